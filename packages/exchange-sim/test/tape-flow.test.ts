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

/** The lots and prices of the trades, with who took. */
function printsOf(events: readonly string[]): string[] {
  return events.flatMap(
    (line) => /^trade \d+ \w+ (\w+) of \d+ takes (\d+ at \d+)/.exec(line)?.slice(1).join(' ') ?? [],
  );
}

function printed(events: readonly string[]): number {
  return printsOf(events).reduce((sum, print) => sum + Number(print.split(' ')[1]), 0);
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
    expect(flow.counts).toEqual({ books: 1, trades: 1, hidden: 1, missed: 0 });
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

describe('no recorded lot trades twice', () => {
  test("of an ask that met a client's bid when it came, the recorded trade prints what is left", () => {
    const { matcher, play, trade, events } = tape();
    play([[100, 5]], [[105, 5]], true);
    matcher.limit(1000, 'buy', ticks(103), lots(2));
    play([], [[103, 5]]);
    trade('buy', 103, 5);
    expect(printsOf(events)).toEqual(['sell 2 at 103', 'buy 3 at 103']);
  });

  test('nor is it there again after an update: growth adds to what the client left', () => {
    const { matcher, play, trade, events } = tape();
    play([[100, 5]], [[103, 5]], true);
    matcher.limit(1000, 'buy', ticks(103), lots(2), 'ioc');
    play([], [[103, 6]]);
    expect(matcher.total('sell', ticks(103))).toBe(4);
    trade('buy', 103, 6);
    expect(printsOf(events)).toEqual(['buy 2 at 103', 'buy 3 at 103', 'buy 1 at 103']);
  });

  test('a cut leaves the taken lots their share, and they are forgotten when the level goes', () => {
    const { matcher, play } = tape();
    play([[100, 5]], [[103, 8]], true);
    matcher.limit(1000, 'buy', ticks(103), lots(4), 'ioc');
    play([], [[103, 4]]);
    expect(matcher.total('sell', ticks(103))).toBe(2);
    play([], [[103, 0]]);
    play([], [[103, 4]]);
    expect(matcher.total('sell', ticks(103))).toBe(4);
  });

  test("what was hidden meets a client's better bid, and prints once: in the client's fill", () => {
    const { matcher, play, trade, events } = tape();
    play([[100, 5]], [[105, 5]], true);
    matcher.limit(1000, 'buy', ticks(102), lots(2));
    trade('buy', 101, 3);
    expect(printsOf(events)).toEqual(['sell 2 at 102', 'buy 1 at 101']);
    expect(matcher.best('sell')).toBe(105);
  });

  test("a client's order that is larger than the trade gets all of it, and rests with what it lacks", () => {
    const { matcher, play, trade, events } = tape();
    play([[100, 5]], [[105, 5]], true);
    matcher.limit(1000, 'buy', ticks(101), lots(9));
    trade('buy', 101, 3);
    expect(printsOf(events)).toEqual(['sell 3 at 101']);
    expect(matcher.order(1000)).toMatchObject({ remaining: 6 });
    expect(matcher.best('sell')).toBe(105);
  });

  test("what was hidden in the recording does not meet the recording's own later orders", () => {
    const { matcher, play, trade, events } = tape();
    play([[101, 5]], [[105, 5]], true);
    trade('buy', 101, 3);
    expect(printsOf(events)).toEqual(['buy 3 at 101']);
    expect(levelsOf(matcher, 'buy')).toEqual([[101, 5]]);
  });

  test('an order that its guard cuts leaves its part of the trade to others', () => {
    const { events, sink } = eventLog();
    const matcher = new Matcher(sink, 1, 1, { roomOf: () => lots(1), onCut: () => undefined });
    matcher.limit(1000, 'sell', ticks(101), lots(4), 'gtc', false, { owner: 1, guarded: true });
    new TapeFlow(matcher).trade({
      symbol: 'BTC/USD',
      side: 'buy',
      price: ticks(101),
      size: lots(4),
      orderType: 'limit',
      tradeId: 1,
      venueTs: micros(0),
    });
    expect(printsOf(events)).toEqual(['buy 1 at 101', 'buy 3 at 101']);
  });

  test('whatever clients do at a price: all that prints there is at most what came there', () => {
    const size = fc.integer({ min: 1, max: 6 });
    const step = fc.record({ what: fc.constantFrom('arrival', 'trade', 'client takes', 'client rests'), size });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { matcher, play, trade, events } = tape();
        play([[90, 1]], [[110, 1]], true);
        let [recorded, came, traded, clients] = [0, 0, 0, 0];
        for (const { what, size: asked } of steps) {
          if (what === 'arrival') {
            came += asked;
            recorded += asked;
            play([], [[103, recorded]]);
          } else if (what === 'trade') {
            const lotsOf = Math.min(asked, recorded);
            if (lotsOf === 0) continue;
            trade('buy', 103, lotsOf);
            traded += lotsOf;
            recorded -= lotsOf;
            play([], [[103, recorded]]);
          } else {
            clients += 1;
            matcher.limit(1000 + clients, 'buy', ticks(103), lots(asked), what === 'client takes' ? 'ioc' : 'gtc');
          }
        }
        expect(printed(events)).toBeLessThanOrEqual(came);
        expect(printed(events)).toBeGreaterThanOrEqual(traded);
      }),
    );
  });
});

describe('a tape whose market stands still', () => {
  test('goes on unheard, and in the end the market is where the recording is', () => {
    const { matcher, flow, play, trade, events } = tape();
    play([[100, 5]], [[105, 5]], true);
    flow.stand(true);
    events.length = 0;
    play([[100, 0]], [[102, 3]]);
    trade('buy', 102, 1);
    play([[101, 4]], [[102, 2]]);
    expect(events).toEqual([]);
    flow.stand(false);
    expect([levelsOf(matcher, 'buy'), levelsOf(matcher, 'sell')]).toEqual([
      [[101, 4]],
      [
        [102, 2],
        [105, 5],
      ],
    ]);
    expect(printsOf(events)).toEqual([]);
    expect(flow.counts).toEqual({ books: 1, trades: 0, hidden: 0, missed: 3 });
  });

  test("trades with a client's order that the recording has passed meanwhile", () => {
    const { matcher, flow, play, events } = tape();
    play([[100, 5]], [[105, 5]], true);
    matcher.limit(1000, 'buy', ticks(103), lots(2));
    flow.stand(true);
    play([[100, 0]], [[102, 3]]);
    flow.stand(false);
    expect(printsOf(events)).toEqual(['sell 2 at 103']);
    expect(levelsOf(matcher, 'sell')).toEqual([
      [102, 1],
      [105, 5],
    ]);
  });
});
