/**
 * What a beat costs: reading the best ten levels, last trade and state of twenty symbols out of the feed. Hot: twenty times a second,
 * with the feed's thread held meanwhile.
 *
 * The peers copy the same levels, kept as plain rows of price and size the way other libraries hand them out: with structuredClone, and
 * with JSON there and back. `read and copied` is a beat whose snapshot is kept.
 */
import { micros, MILLISECOND, VirtualScheduler } from '@kb/model';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { FeedCore, MarketSync } from '../src/index.ts';
import type { LevelColumns, MarketSnapshot } from '../src/index.ts';
import { bookFrames, renamed, symbolNames } from './frame-stream.ts';

const SYMBOLS = symbolNames(20);
const DEPTH = 10;
const EVERY = micros(50 * MILLISECOND);

export const run: BenchRun = (options) => {
  const beats = options.smoke ? 20 : 1000;
  const core = new FeedCore({ symbols: SYMBOLS, depth: 100, onEvent: () => undefined });
  for (const frame of bookFrames(1, 100, 200)) {
    for (const name of SYMBOLS) core.handle({ type: 'frame', recvTs: micros(1), frame: renamed(frame, name) });
  }

  const beaten = (onSync: (snapshot: MarketSnapshot) => number): (() => number) => {
    const scheduler = new VirtualScheduler();
    let sum = 0;
    const sync = new MarketSync({
      market: core.market,
      symbols: SYMBOLS,
      scheduler,
      every: EVERY,
      depth: DEPTH,
      onSync: (snapshot) => (sum += onSync(snapshot)),
    });
    sync.start();
    return () => {
      const before = sync.stats().beats;
      for (let beat = 0; beat < beats; beat += 1) scheduler.advance(EVERY);
      if (sync.stats().beats - before !== beats) throw new Error(`Expected ${beats} beats`);
      return sum;
    };
  };

  let plain: PlainMarket = [];
  beaten((snapshot) => (plain = plainOf(snapshot)).length)();
  const rows = plain.reduce((total, { bids, asks }) => total + bids.length + asks.length, 0);
  if (rows !== 2 * DEPTH * SYMBOLS.length) throw new Error(`Expected full books, were ${rows} rows`);
  const copied = (copy: () => PlainMarket) => (): number => {
    let sum = 0;
    for (let beat = 0; beat < beats; beat += 1) sum += copy()[0]!.bids[0]![0];
    return sum;
  };

  const time = interleave(
    {
      read: beaten((snapshot) => snapshot.symbols[0]!.bids.prices[0]!),
      kept: beaten((snapshot) => snapshot.copy().symbols[0]!.bids.prices[0]!),
      clone: copied(() => structuredClone(plain)),
      json: copied(() => JSON.parse(JSON.stringify(plain)) as PlainMarket),
    },
    beats,
    options,
  );
  const row = (name: string, ours: number, against: string, theirs: number): BenchRow => ({
    name: `${name}, ${SYMBOLS.length} symbols of depth ${DEPTH}`,
    median: ours / 1000,
    unit: 'µs/beat',
    against,
    ratio: ours / theirs,
  });
  return [
    row('read', time.read, 'structuredClone', time.clone),
    row('read', time.read, 'JSON there and back', time.json),
    row('read and copied', time.kept, 'structuredClone', time.clone),
    row('read and copied', time.kept, 'JSON there and back', time.json),
  ];
};

type PlainMarket = readonly {
  readonly symbol: string;
  readonly bids: readonly (readonly [price: number, size: number])[];
  readonly asks: readonly (readonly [price: number, size: number])[];
}[];

function plainOf(snapshot: MarketSnapshot): PlainMarket {
  const rows = ({ count, prices, sizes }: LevelColumns): [number, number][] =>
    Array.from({ length: count }, (_, index) => [prices[index]!, sizes[index]!]);
  return snapshot.symbols.map(({ symbol, bids, asks }) => ({ symbol, bids: rows(bids), asks: rows(asks) }));
}
