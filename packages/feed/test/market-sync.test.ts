import { micros, MILLISECOND, SECOND, VirtualScheduler } from '@kb/model';
import type { CancelTask, Micros, Scheduler } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FeedCore, MarketSync } from '../src/index.ts';
import type { MarketSnapshot, MarketSyncOptions } from '../src/index.ts';
import { codeOf } from './error-code.ts';
import { instrumentFrame, Pair, START, WRONG } from './venue.ts';

const BTC = 'BTC/USD';
const ETH = 'ETH/USD';
const MINUTE = micros(60 * SECOND);

interface World {
  readonly time: VirtualScheduler;
  readonly core: FeedCore;
  readonly sync: MarketSync;
  readonly taken: ReturnType<MarketSnapshot['copy']>[];
  readonly feed: (...frames: string[]) => void;
}

function world(options: Partial<MarketSyncOptions> = {}): World {
  const time = new VirtualScheduler(START);
  const taken: World['taken'] = [];
  const core: FeedCore = new FeedCore({
    symbols: [BTC, ETH],
    depth: 10,
    candles: [MINUTE],
    onEvent: (event) => sync.onEvent(event),
  });
  const sync: MarketSync = new MarketSync({
    market: core.market,
    symbols: [BTC, ETH],
    scheduler: time,
    candles: [MINUTE],
    onSync: (snapshot) => taken.push(snapshot.copy()),
    ...options,
  });
  const feed = (...frames: string[]): void => {
    for (const frame of frames) core.handle({ type: 'frame', recvTs: time.now(), frame: Buffer.from(frame) });
  };
  return { time, core, sync, taken, feed };
}

/** A clock whose tasks run late; `lateness` of the n-th task, in µs. */
function lateScheduler(time: VirtualScheduler, lateness: (task: number) => number): Scheduler {
  let tasks = 0;
  return {
    now: () => time.now(),
    after(delay: Micros, task: () => void): CancelTask {
      tasks += 1;
      return time.after(micros(delay + lateness(tasks - 1)), task);
    },
  };
}

describe('a snapshot', () => {
  test('has every symbol as its book was at that instant', () => {
    const { time, core, sync, taken, feed } = world({ depth: 3 });
    const [btc, eth] = [new Pair(BTC), new Pair(ETH)];
    feed(btc.snapshot(), eth.snapshot());
    sync.start();
    fc.assert(
      fc.property(fc.boolean(), fc.integer({ min: 1, max: 20 }), (isBtc, ms) => {
        feed((isBtc ? btc : eth).nudge());
        const before = taken.length;
        time.advance(micros(ms * MILLISECOND));
        const last = taken.at(-1);
        if (taken.length === before || last === undefined) return;
        for (const { symbol, bids, asks } of last.symbols) {
          const book = core.market.book(symbol);
          expect(bids.count).toBe(3);
          for (let index = 0; index < 3; index += 1) {
            expect([bids.prices[index], bids.sizes[index]]).toEqual([
              book?.priceAt('buy', index),
              book?.sizeAt('buy', index),
            ]);
            expect(asks.prices[index]).toBe(book?.priceAt('sell', index));
          }
        }
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(taken.length).toBeGreaterThan(30);
  });

  test('has no book of a symbol that is frozen, and says why', () => {
    const { time, sync, taken, feed } = world();
    const [btc, eth] = [new Pair(BTC), new Pair(ETH)];
    feed(btc.snapshot(), eth.snapshot());
    sync.start();
    time.advance(micros(50 * MILLISECOND));
    feed(eth.nudge(WRONG));
    time.advance(micros(50 * MILLISECOND));
    const states = taken.map(({ symbols }) => symbols.map(({ state, hasBook, bids }) => [state, hasBook, bids.count]));
    expect(states).toEqual([
      [
        ['live', true, 10],
        ['live', true, 10],
      ],
      [
        ['live', true, 10],
        ['resyncing', false, 0],
      ],
    ]);
  });

  test('tells the age of each book, the last trade and the forming candle', () => {
    const { time, sync, taken, feed } = world();
    const btc = new Pair(BTC);
    feed(instrumentFrame([btc]), btc.snapshot(), btc.trades(2));
    sync.start();
    time.advance(micros(50 * MILLISECOND));
    const [first] = taken[0]?.symbols ?? [];
    expect(first).toMatchObject({ symbol: BTC, bookAge: 50 * MILLISECOND, forming: [{ trades: 2, closed: false }] });
    expect(first?.lastTrade?.tradeId).toBe(102);
    expect(taken[0]?.symbols[1]).toMatchObject({ bookAge: undefined, forming: [undefined], lastTrade: undefined });
  });

  test('has the forming candle as it was at the beat, though it goes on', () => {
    const kept: MarketSnapshot[] = [];
    const { time, sync, feed } = world({ onSync: (snapshot) => kept.push(snapshot) });
    const btc = new Pair(BTC);
    feed(instrumentFrame([btc]), btc.snapshot(), btc.trades(2));
    sync.start();
    time.advance(micros(50 * MILLISECOND));
    const copy = kept[0]?.copy();
    feed(btc.trades(3));
    expect(kept[0]?.of(BTC)?.forming).toMatchObject([{ trades: 2 }]);
    time.advance(micros(50 * MILLISECOND));
    expect(kept[0]?.of(BTC)?.forming).toMatchObject([{ trades: 5 }]);
    expect(copy?.symbols[0]?.forming).toMatchObject([{ trades: 2 }]);
  });

  test('is filled anew at each beat, its copy is not', () => {
    const kept: MarketSnapshot[] = [];
    const { time, sync, feed } = world({ onSync: (snapshot) => kept.push(snapshot) });
    const btc = new Pair(BTC);
    feed(btc.snapshot());
    sync.start();
    time.advance(micros(50 * MILLISECOND));
    const copy = kept[0]?.copy();
    feed(btc.nudge());
    time.advance(micros(50 * MILLISECOND));
    expect(kept[0]).toBe(kept[1]);
    expect(kept[0]?.of(BTC)?.bids.sizes[0]).not.toBe(copy?.symbols[0]?.bids.sizes[0]);
  });
});

describe('beats', () => {
  test('do not drift over an hour, however late each one is', () => {
    const time = new VirtualScheduler(START);
    let last: { beat: number; due: Micros } = { beat: -1, due: START };
    const { core } = world();
    const sync = new MarketSync({
      market: core.market,
      symbols: [BTC],
      depth: 1,
      scheduler: lateScheduler(time, (task) => (task * 7919) % 20_000),
      onSync: ({ beat, due }) => {
        last = { beat, due };
      },
    });
    sync.start();
    time.advance(micros(3600 * SECOND));
    expect(last).toEqual({ beat: 71_998, due: micros(START + 71_999 * 50 * MILLISECOND) });
    expect(sync.stats()).toMatchObject({ beats: 71_999, missed: 0 });
    expect(sync.stats().latenessMax).toBeLessThan(20_020);
    expect(sync.stats().latenessP50).toBeGreaterThan(9_000);
  });

  test('that were missed are counted and never bunched', () => {
    const time = new VirtualScheduler(START);
    const at: number[] = [];
    const { core } = world();
    const sync = new MarketSync({
      market: core.market,
      symbols: [BTC],
      scheduler: lateScheduler(time, (task) => (task === 1 ? 170 * MILLISECOND : 0)),
      onSync: (snapshot) => at.push((snapshot.at - START) / MILLISECOND),
    });
    sync.start();
    time.advance(micros(400 * MILLISECOND));
    expect(at).toEqual([50, 270, 300, 350, 400]);
    expect(sync.stats()).toMatchObject({ beats: 5, missed: 3 });
  });

  test('end with stop, also from within one', () => {
    let count = 0;
    const { time, sync } = world({
      onSync: () => {
        count += 1;
        if (count === 2) sync.stop();
      },
    });
    sync.start();
    sync.start();
    time.advance(micros(SECOND));
    expect(count).toBe(2);
  });
});

test('options that cannot work are refused, all at once', () => {
  expect(codeOf(() => world({ every: micros(0), depth: 0, symbols: [] }))).toBe('KB_FEED_BAD_OPTIONS');
  expect(() => world({ every: micros(0), depth: 0, symbols: [] })).toThrow(/every.*depth.*symbols/);
});
