import { lots, micros, ticks } from '@kb/model';
import type { BookChanges, Lots, Side, Ticks } from '@kb/model';
import { L2Book } from '@kb/orderbook';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Matcher } from '../src/matching/matcher.ts';
import { TapeFlow } from '../src/tape/tape-flow.ts';
import { eventLog } from './event-log.ts';

type Level = readonly [price: number, size: number];

/** A recorded book and the market that follows it. */
function tape(depth = 10): {
  readonly matcher: Matcher;
  readonly flow: TapeFlow;
  readonly book: L2Book;
  readonly events: string[];
  /** Plays a recorded message. */
  play(bids: readonly Level[], asks: readonly Level[], snapshot?: boolean): void;
  trade(side: Side, price: number, size: number): void;
} {
  const { events, sink } = eventLog();
  const matcher = new Matcher(sink);
  const flow = new TapeFlow(matcher);
  const book = new L2Book('BTC/USD', { pricePrecision: 0, qtyPrecision: 0 }, depth);
  return {
    matcher,
    flow,
    book,
    events,
    play(bids, asks, snapshot = false) {
      const changes = changesOf(bids, asks, snapshot);
      book.apply(changes);
      flow.follow(book, changes);
    },
    trade: (side, price, size) =>
      flow.trade({
        symbol: 'BTC/USD',
        side,
        price: ticks(price),
        size: lots(size),
        orderType: 'limit',
        tradeId: 1,
        venueTs: micros(0),
      }),
  };
}

function changesOf(bids: readonly Level[], asks: readonly Level[], snapshot: boolean): BookChanges {
  return {
    snapshot,
    bidCount: bids.length,
    bidPrices: bids.map(([price]) => ticks(price)),
    bidSizes: bids.map(([, size]) => lots(size)),
    askCount: asks.length,
    askPrices: asks.map(([price]) => ticks(price)),
    askSizes: asks.map(([, size]) => lots(size)),
  };
}

function levelsOf(matcher: Matcher, side: Side): (readonly [Ticks, Lots])[] {
  const found: (readonly [Ticks, Lots])[] = [];
  matcher.walk(side, (price, total) => found.push([price, total]) > 0);
  return found;
}

describe('a tape as the flow of a market', () => {
  test("a client's order rests behind what was there, and later arrivals queue behind it", () => {
    const { matcher, play } = tape();
    play([[100, 5]], [[102, 5]], true);
    matcher.limit(1000, 'buy', ticks(100), lots(2));
    play([[100, 9]], []);
    expect(matcher.queue('buy', ticks(100)).map(({ remaining }) => remaining)).toEqual([5, 2, 4]);
    expect(matcher.order(1000)).toMatchObject({ position: 1, ahead: 5 });
  });

  test("a cut takes from the back: a client's place is not flattered by cancels", () => {
    const { matcher, play } = tape();
    play([[100, 5]], [[102, 5]], true);
    matcher.limit(1000, 'buy', ticks(100), lots(2));
    play([[100, 9]], []);
    play([[100, 3]], []);
    expect(matcher.queue('buy', ticks(100)).map(({ remaining }) => remaining)).toEqual([3, 2]);
    play([[100, 0]], []);
    expect(matcher.queue('buy', ticks(100)).map(({ id }) => id)).toEqual([1000]);
  });

  test('a recorded trade eats the queue ahead, then fills the client', () => {
    const { matcher, play, trade, events } = tape();
    play([[100, 5]], [[102, 5]], true);
    matcher.limit(1000, 'buy', ticks(100), lots(2));
    events.length = 0;
    trade('sell', 100, 6);
    expect(events.filter((line) => line.startsWith('trade'))).toEqual([
      expect.stringContaining('takes 5 at 100 from 1'),
      expect.stringContaining('takes 1 at 100 from 1000'),
    ]);
    expect(matcher.order(1000)).toMatchObject({ remaining: 1, ahead: 0 });
  });

  test('a recorded trade that found hidden size trades in full here too', () => {
    const { play, trade, events, flow } = tape();
    play([[100, 5]], [[102, 5]], true);
    events.length = 0;
    trade('buy', 101, 3);
    expect(events.filter((line) => line.startsWith('trade'))).toEqual([expect.stringContaining('takes 3 at 101')]);
    expect(flow.counts).toEqual({ books: 1, trades: 1, hidden: 1 });
  });

  test("a recorded ask that arrives at a client's better bid trades with it", () => {
    const { matcher, play, events } = tape();
    play([[100, 5]], [[105, 5]], true);
    matcher.limit(1000, 'buy', ticks(103), lots(2));
    events.length = 0;
    play([], [[103, 5]]);
    expect(events.filter((line) => line.startsWith('trade'))).toEqual([
      expect.stringContaining('takes 2 at 103 from 1000'),
    ]);
    expect(levelsOf(matcher, 'sell')).toEqual([
      [103, 3],
      [105, 5],
    ]);
  });

  test('levels that fall out of the recorded depth go, and come back when the recording says them again', () => {
    const { matcher, play } = tape(10);
    const bids = Array.from({ length: 10 }, (_, index): Level => [100 - index, 1]);
    play(bids, [[120, 1]], true);
    play([[101, 1]], []);
    expect(matcher.total('buy', ticks(91))).toBe(0);
    play(
      [
        [101, 0],
        [91, 4],
      ],
      [],
    );
    expect(matcher.total('buy', ticks(91))).toBe(4);
  });

  test('without clients the market shows exactly the recorded book after every message', () => {
    const size = fc.integer({ min: 0, max: 4 });
    const update = fc.record({
      bids: fc.array(fc.tuple(fc.integer({ min: 80, max: 99 }), size), { maxLength: 6 }),
      asks: fc.array(fc.tuple(fc.integer({ min: 100, max: 120 }), size), { maxLength: 6 }),
      snapshot: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(update, { maxLength: 30 }), (updates) => {
        const { matcher, book, play } = tape(10);
        for (const { bids, asks, snapshot } of updates) {
          const kept = (levels: readonly Level[]): Level[] => [
            ...new Map(levels.filter(([, lotsOf]) => !snapshot || lotsOf > 0)),
          ];
          play(kept(bids), kept(asks), snapshot);
          for (const side of ['buy', 'sell'] as const) {
            const recorded = Array.from({ length: book.levels(side) }, (_, index) => [
              book.priceAt(side, index),
              book.sizeAt(side, index),
            ]);
            expect(levelsOf(matcher, side)).toEqual(recorded);
          }
        }
      }),
    );
  });
});
