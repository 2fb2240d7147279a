/**
 * What a history costs a core for each frame: the latest trades and best prices are always kept, candles on demand. Hot: once for each
 * book message and each trade of every symbol. Frames from bytes to event, in one process, interleaved.
 */
import { micros, microsToIso, SECOND } from '@kb/model';
import { FeedCore } from '../src/core/feed-core.ts';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { bookFrames, GRID } from './frame-stream.ts';

const INTERVALS = [1, 5, 15, 60].map((minutes) => micros(minutes * 60 * SECOND));
const SYMBOL = 'BTC/USD';
/** Frames of one round. */
const FRAMES = 10_000;

export const run: BenchRun = (options) => {
  const count = options.smoke ? 500 : FRAMES;
  const books = bookFrames(1, 1000, count);
  let tradeId = 0;
  const played = (frames: readonly Buffer[], candles: readonly (typeof INTERVALS)[number][]) => (): number => {
    let events = 0;
    const core = new FeedCore({ grids: { [SYMBOL]: GRID }, candles, onEvent: () => (events += 1) });
    for (const frame of frames) core.handle({ type: 'frame', recvTs: micros(START), frame });
    if (events < frames.length) throw new Error(`Only ${events} events of ${frames.length} frames`);
    return events;
  };
  // A trade a second and a half: a minute closes with every fortieth.
  const trades = Array.from({ length: count }, () => {
    tradeId += 1;
    const timestamp = microsToIso(micros(START + tradeId * 1.5 * SECOND));
    const price = 63_000 + (tradeId % 7);
    return Buffer.from(
      `{"channel":"trade","type":"update","data":[{"symbol":"${SYMBOL}","side":"sell","price":${price}.0,"qty":0.00185211,` +
        `"ord_type":"limit","trade_id":${tradeId},"timestamp":"${timestamp}"}]}`,
    );
  });
  const time = interleave(
    {
      book: played(books, []),
      bookCandles: played(books, INTERVALS),
      trade: played(trades, []),
      tradeCandles: played(trades, INTERVALS),
    },
    count,
    options,
  );
  const row = (name: string, ours: number, against?: string, theirs = Number.NaN): BenchRow => {
    const ratio = against === undefined ? undefined : ours / theirs;
    return { name, median: ours, unit: 'ns/frame', against, ratio };
  };
  return [
    row('book frame of depth 1000, tape and prices', time.book),
    row('book frame of depth 1000, candles of four intervals too', time.bookCandles, 'without', time.book),
    row('trade frame, tape and prices', time.trade),
    row('trade frame, candles of four intervals too', time.tradeCandles, 'without', time.trade),
  ];
};

const START = 1_785_641_751_000_000;
