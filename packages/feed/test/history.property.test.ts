import { countToDecimal, lots, micros, microsToIso, SECOND, ticks } from '@kb/model';
import type { Candle, CandleEvent, MarketEvent, Micros } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FeedCore } from '../src/core/feed-core.ts';
import { candlesOf, inOrder, unknownOf } from './history-model.ts';
import type { ModelTrade, Told } from './history-model.ts';
import { GRID, START } from './venue.ts';

const SYMBOL = 'BTC/USD';
const INTERVALS = [micros(7 * SECOND), micros(60 * SECOND)];
const KEEP_TRADES = 12;

/** What becomes of one trade on its way to us, and what else happens after it. */
const step = fc.record({
  /** Since the trade before it, in milliseconds. */
  wait: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 3_000, max: 40_000 })),
  price: fc.integer({ min: 1, max: 9 }),
  size: fc.integer({ min: 1, max: 999 }),
  fate: fc.constantFrom('comes', 'comes', 'comes', 'comes', 'is lost', 'is late', 'comes twice'),
  /** For a late one: after so many trades more. */
  by: fc.integer({ min: 1, max: 9 }),
  next: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant('break' as const) },
    { weight: 1, arbitrary: fc.constant('tick' as const) },
    { weight: 1, arbitrary: fc.constant('page' as const) },
    { weight: 1, arbitrary: fc.constant('snapshot' as const) },
  ),
  /** Part of what was, that a page tells: where it begins and how long it is. */
  page: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** A market, a core that listens to it, and the slow model of what the core should know. */
class Course {
  readonly core: FeedCore;
  readonly all: ModelTrade[] = [];
  readonly known = new Map<number, ModelTrade>();
  readonly told: Told[] = [];
  readonly candles: CandleEvent[] = [];
  readonly seqs: number[] = [];
  now = START + 12_345_000;
  lastId = 0;
  /** Latest venue time that the stream showed. */
  latest = 0;
  away: number | undefined = undefined;

  constructor(keepCandles: number) {
    this.core = new FeedCore({
      symbols: [SYMBOL],
      grids: { [SYMBOL]: GRID },
      candles: INTERVALS,
      keepCandles,
      keepTrades: KEEP_TRADES,
      onEvent: (event) => this.#onEvent(event),
    });
  }

  frame(trades: readonly ModelTrade[], type = 'update'): void {
    const data = trades.map(
      ({ tradeId, venueTs, price, size }) =>
        `{"symbol":"${SYMBOL}","side":"buy","price":${countToDecimal(price, GRID.pricePrecision)},` +
        `"qty":${countToDecimal(size, GRID.qtyPrecision)},"ord_type":"limit","trade_id":${tradeId},` +
        `"timestamp":"${microsToIso(micros(venueTs))}"}`,
    );
    const text = `{"channel":"trade","type":"${type}","data":[${data.join()}]}`;
    for (const trade of trades) {
      this.known.set(trade.tradeId, trade);
      this.lastId = Math.max(this.lastId, trade.tradeId);
      this.latest = Math.max(this.latest, trade.venueTs);
    }
    if (trades.length > 0) this.away = undefined;
    this.core.handle({ type: 'frame', recvTs: micros(this.now), frame: Buffer.from(text) });
  }

  break(): void {
    const state = { type: 'state', recvTs: micros(this.now), symbol: undefined, cause: 'start', detail: '' } as const;
    if (this.known.size > 0) this.away ??= this.latest;
    this.core.handle({ ...state, state: 'connecting' });
    this.core.handle({ ...state, state: 'subscribing' });
  }

  tick(): void {
    this.core.handle({ type: 'tick', recvTs: micros(this.now) });
  }

  /** Tells a part of what was, as REST does. */
  page([start, length]: readonly [number, number]): void {
    const [first] = this.all;
    if (first === undefined) return;
    const span = this.now - first.venueTs;
    const from = micros(first.venueTs + Math.floor(start * span));
    const to = micros(Math.min(this.now, from + Math.ceil(length * span)));
    const trades = this.all.filter(({ venueTs }) => venueTs >= from && venueTs <= to);
    for (const trade of trades) if (trade.tradeId <= this.lastId) this.known.set(trade.tradeId, trade);
    this.told.push({ from, to, upTo: this.lastId });
    const recovered = trades.map(({ tradeId, venueTs, price, size }) => ({
      tradeId,
      venueTs: micros(venueTs),
      price: ticks(price),
      size: lots(size),
      taker: 'buy' as const,
    }));
    this.core.handle({ type: 'trades', recvTs: micros(this.now), symbol: SYMBOL, from, to, trades: recovered });
  }

  /** The venue's own bars of all spans that are over for us. */
  venueBars(interval: Micros): void {
    const forming = this.core.market.formingCandle(SYMBOL, interval);
    if (forming === undefined) return;
    const candles = candlesOf(this.all, interval, forming.start).map((bar) => ({
      ...bar,
      start: micros(bar.start),
      open: ticks(bar.open),
      high: ticks(bar.high),
      low: ticks(bar.low),
      close: ticks(bar.close),
      volume: String(bar.volume),
      turnover: String(bar.turnover),
    }));
    this.core.handle({ type: 'candles', recvTs: micros(this.now), symbol: SYMBOL, interval, candles });
  }

  /** What the core keeps of an interval, the candle that is forming last. */
  kept(interval: Micros): Omit<Candle, 'closed' | 'interval' | 'revision'>[] {
    const forming = this.core.market.formingCandle(SYMBOL, interval);
    return [...this.core.market.candles(SYMBOL, interval), ...(forming === undefined ? [] : [forming])].map(fieldsOf);
  }

  /** What it should keep. */
  expected(interval: Micros): unknown[] {
    const known = [...this.known.values()];
    const unknown = unknownOf(known, this.told);
    const forming = this.core.market.formingCandle(SYMBOL, interval)?.start;
    if (forming === undefined) return [];
    return candlesOf(known, interval, forming + interval).map((bar) => {
      const end = bar.start + interval;
      const isAway = this.away !== undefined && end > this.away;
      return { ...bar, partial: isAway || unknown.some(({ from, to }) => to >= bar.start && from < end) };
    });
  }

  #onEvent(event: MarketEvent): void {
    this.seqs.push(event.seq);
    if (event.type === 'candle') this.candles.push(event);
  }
}

function fieldsOf({
  start,
  open,
  high,
  low,
  close,
  volume,
  turnover,
  trades,
  partial,
}: Candle): Omit<Candle, 'closed' | 'interval' | 'revision'> {
  return { start, open, high, low, close, volume, turnover, trades, partial };
}

function live(course: Course, steps: readonly Step[], after: (step: Step) => void): void {
  const late: { readonly due: number; readonly trade: ModelTrade }[] = [];
  for (const [index, each] of steps.entries()) {
    course.now += each.wait * 1000;
    const { price, size, fate, by } = each;
    const trade = { tradeId: index + 1, venueTs: course.now, price, size };
    course.all.push(trade);
    course.now += 1000;
    if (fate === 'comes' || fate === 'comes twice') course.frame([trade]);
    if (fate === 'comes twice') course.frame([trade]);
    if (fate === 'is late') late.push({ due: index + by, trade });
    for (const { due, trade: old } of late) if (due === index) course.frame([old]);
    if (each.next === 'break') course.break();
    if (each.next === 'tick') course.tick();
    if (each.next === 'page') course.page(each.page);
    if (each.next === 'snapshot') course.frame(course.all.slice(-5).toReversed(), 'snapshot');
    after(each);
  }
}

/** Each span is told once as closed, and then again with one revision more; no span between is left out. */
function expectNoHoles(events: readonly CandleEvent[], interval: Micros): void {
  const revisions = new Map<number, number>();
  let newest: number | undefined = undefined;
  for (const { interval: of, start, closed, revision } of events) {
    if (of !== interval) continue;
    expect(closed).toBe(true);
    expect(revision).toBe((revisions.get(start) ?? -1) + 1);
    revisions.set(start, revision);
    expect(newest === undefined || start <= newest + interval).toBe(true);
    newest = Math.max(newest ?? start, start);
  }
  const starts = [...revisions.keys()].toSorted((a, b) => a - b);
  expect(starts).toEqual(starts.map((_, index) => (starts[0] ?? 0) + index * interval));
}

test('whatever is lost, late, repeated or told later, candles and tape are those of all known trades', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.constantFrom(3, 500), (steps, keep) => {
      const course = new Course(keep);
      live(course, steps, () => {
        for (const interval of INTERVALS) {
          const kept = course.kept(interval);
          const expected = course.expected(interval);
          expect(kept).toEqual(expected.slice(-kept.length || expected.length));
          // Older ones are not there only where they would not be kept.
          expect(kept.length === expected.length || kept.length > keep || expected.length > keep + 1).toBe(true);
        }
        const tape = [...course.core.market.trades(SYMBOL)].map(({ tradeId }) => tradeId);
        const known = inOrder([...course.known.values()]).map(({ tradeId }) => tradeId);
        expect(tape).toEqual(known.slice(-KEEP_TRADES));
        for (const interval of INTERVALS) {
          for (const candle of course.core.market.candles(SYMBOL, interval)) {
            // Nothing changed that was not told.
            const told = course.candles.findLast((each) => each.interval === interval && each.start === candle.start);
            expect(told).toMatchObject({ ...fieldsOf(candle), revision: candle.revision });
          }
        }
      });
      for (const interval of INTERVALS) expectNoHoles(course.candles, interval);
      expect(course.seqs).toEqual(course.seqs.map((_, index) => index + 1));
    }),
    { numRuns: 300 },
  );
});

test('with the venue’s own bars among all that, each closed candle is in the end the one of all trades', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.constantFrom(3, 500), (steps, keep) => {
      const course = new Course(keep);
      // A venue's bar can only be judged where a trade has shown what was lost before it.
      const shown = { ...steps[0]!, wait: 0, fate: 'comes' as const, next: undefined };
      live(course, [...steps, shown], ({ by, fate, next }) => {
        if (fate === 'comes' && next === undefined && by > 7) course.venueBars(INTERVALS[by % 2] ?? INTERVALS[0]!);
      });
      for (const interval of INTERVALS) {
        course.venueBars(interval);
        const forming = course.core.market.formingCandle(SYMBOL, interval)?.start ?? 0;
        const closed = candlesOf(course.all, interval, forming).map((bar) => ({ ...bar, partial: false }));
        expect([...course.core.market.candles(SYMBOL, interval)].map(fieldsOf)).toEqual(closed.slice(-keep));
        expectNoHoles(course.candles, interval);
      }
      for (const { disagreed } of course.core.historyOf(SYMBOL).candles) expect(disagreed).toBe(0);
    }),
    { numRuns: 300 },
  );
});
