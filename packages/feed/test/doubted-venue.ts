import { inProcessDial } from '@kb/kraken';
import { micros, MILLISECOND, SECOND, VirtualScheduler } from '@kb/model';
import type { BookEvent } from '@kb/model';
import { KrakenSpotFeed } from '../src/index.ts';
import type { FeedInput, KrakenSpotFeedOptions, RestDepth, RestLevel } from '../src/index.ts';
import { EventLog } from './event-log.ts';
import { HEARTBEAT, Pair, START, Venue, WRONG } from './venue.ts';
import type { Sides } from './venue.ts';

export const BTC = 'BTC/USD';
export const ETH = 'ETH/USD';

/** What REST would say of a pair now. */
export function restOf(pair: Pair): RestDepth {
  const { now } = pair;
  type Levels = { price: number; qty: number }[];
  const frame = JSON.parse(pair.snapshot()) as { data: { bids: Levels; asks: Levels }[] };
  pair.now = now; // to ask moves no clock
  const side = (name: 'asks' | 'bids'): RestLevel[] =>
    (frame.data[0]?.[name] ?? []).map(({ price, qty }) => ({ price: price.toFixed(5), size: qty.toFixed(8) }));
  return { bids: side('bids'), asks: side('asks') };
}

/** A feed of two pairs, of which the venue's checksums of the first can be made wrong, and REST for it. */
export class DoubtedVenue {
  readonly btc: Pair = new Pair(BTC);
  readonly eth: Pair = new Pair(ETH);
  readonly venue: Venue = new Venue(this.btc, this.eth);
  readonly time: VirtualScheduler = new VirtualScheduler(START);
  readonly log: EventLog = new EventLog();
  readonly inputs: FeedInput[] = [];
  readonly feed: KrakenSpotFeed;
  /** How often REST was asked, and how it answers. */
  asked = 0;
  answer: () => Promise<RestDepth> = () => Promise.resolve(restOf(this.btc));
  isWrong = true;
  /** Called with every event. */
  look: () => void = () => {};

  constructor(options: Partial<KrakenSpotFeedOptions> = {}) {
    this.venue.snapshot = (pair) => pair.snapshot(this.isWrong && pair === this.btc ? WRONG : undefined);
    this.feed = new KrakenSpotFeed({
      url: 'ws://venue.test/v2',
      symbols: [BTC, ETH],
      scheduler: this.time,
      seed: 7,
      dial: inProcessDial(this.venue.accept, this.time),
      crossCheck: () => {
        this.asked += 1;
        return this.answer();
      },
      onEvent: (event) => {
        this.log.push(event);
        this.look();
      },
      onInput: (input) => this.inputs.push(input),
      ...options,
    });
  }

  async start(): Promise<this> {
    this.feed.start();
    await this.advance(3 * SECOND);
    return this;
  }

  /** Lets time pass, and promises settle, a heartbeat a second. */
  async advance(duration: number): Promise<void> {
    for (let left = duration; left > 0; left -= SECOND) {
      this.time.advance(micros(Math.min(left, SECOND)));
      await this.settle();
      this.venue.send(HEARTBEAT);
    }
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 3; round += 1) {
      for (let task = 0; task < 10; task += 1) await Promise.resolve();
      this.time.advance(micros(1));
    }
  }

  /** Changes the pair's book and sends the update, with a checksum that is as wrong as the venue's are now. */
  async nudge(times = 1): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      this.venue.send(this.btc.nudge(this.isWrong ? WRONG : undefined));
      await this.advance(MILLISECOND);
    }
  }

  async update(sides: Sides): Promise<void> {
    this.venue.send(this.btc.update(sides, this.isWrong ? WRONG : undefined));
    await this.advance(MILLISECOND);
  }

  get state(): string {
    return this.feed.market.state(BTC);
  }

  /** The states of the first pair so far. */
  get states(): string[] {
    return this.log.states.filter((state) => state.startsWith(BTC)).map((state) => state.slice(BTC.length + 1));
  }

  /** The book events of the first pair so far, as they can be kept. */
  get books(): BookEvent[] {
    return this.log.events.filter((event): event is BookEvent => event.type === 'book' && event.symbol === BTC);
  }

  get subscribed(): number {
    return this.venue.asked('subscribe').filter((each) => each === `book ${BTC}`).length;
  }
}
