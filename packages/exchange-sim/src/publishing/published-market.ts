import type { Grid, Instrument } from '@kb/model';
import type { MarketHistory } from '../history/market-history.ts';
import type { Subscriber } from '../subscriber.ts';
import type { FrameWriter } from '../wire/frame-writer.ts';
import { Ladder } from './ladder.ts';

/** What the channels of one market share: its names and decimals, its levels, its past, and the way out. */
export class PublishedMarket {
  readonly writer: FrameWriter;
  readonly history: MarketHistory;
  readonly bids: Ladder = new Ladder('buy');
  readonly asks: Ladder = new Ladder('sell');
  /** The symbol as v2 and as v1 writes it, as JSON. */
  readonly symbol: string;
  readonly wsname: string;
  grid: Grid;
  /** Frames made, counted once however many clients got them. */
  frames = 0;

  constructor(instrument: Instrument, wsname: string, writer: FrameWriter, history: MarketHistory) {
    this.symbol = JSON.stringify(instrument.symbol);
    this.wsname = JSON.stringify(wsname);
    this.grid = instrument;
    this.writer = writer;
    this.history = history;
  }

  send(subscribers: Iterable<Subscriber>, frame: Uint8Array): void {
    this.frames += 1;
    for (const subscriber of subscribers) subscriber.send(frame);
  }
}
