import { micros, microsToIso, SECOND } from '@kb/model';
import type { CandleEvent, MarketEvent, Micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FeedCore } from '../src/core/feed-core.ts';
import { VenueClock } from '../src/core/venue-clock.ts';
import { GRID, START } from './venue.ts';

const SYMBOL = 'BTC/USD';
const MINUTE = micros(60 * SECOND);
const HOUR = micros(3600 * SECOND);

/** A venue that trades, and a computer whose clock may be wrong. */
class Stage {
  readonly events: MarketEvent[] = [];
  readonly core: FeedCore;
  venue: Micros;
  ours: Micros;
  #tradeId = 0;

  constructor(start: Micros = START, intervals: readonly Micros[] = [MINUTE]) {
    this.venue = start;
    this.ours = start;
    this.core = new FeedCore({
      symbols: [SYMBOL],
      grids: { [SYMBOL]: GRID },
      candles: intervals,
      onEvent: (event) => this.events.push(event),
    });
  }

  /** Time passes, for both unless told. */
  pass(venue: number, ours: number = venue): void {
    this.venue = micros(this.venue + venue);
    this.ours = micros(this.ours + ours);
  }

  trade(venueTs: Micros = this.venue): void {
    this.#tradeId += 1;
    const rest = `"ord_type":"limit","trade_id":${this.#tradeId},"timestamp":"${microsToIso(venueTs)}"`;
    this.frame(
      `{"channel":"trade","type":"update","data":[{"symbol":"${SYMBOL}","side":"buy","price":1.0,"qty":0.00000001,${rest}}]}`,
    );
  }

  pong(): void {
    const at = microsToIso(this.venue);
    this.frame(`{"method":"pong","req_id":1,"time_in":"${at}","time_out":"${at}"}`);
  }

  tick(): void {
    this.core.handle({ type: 'tick', recvTs: this.ours });
  }

  frame(text: string): void {
    this.core.handle({ type: 'frame', recvTs: this.ours, frame: Buffer.from(text) });
  }

  /** Trades, pongs and ticks of a market where all is well, second by second. */
  minutes(count: number): void {
    for (let second = 0; second < count * 60; second += 1) {
      this.pass(SECOND);
      if (second % 7 === 2) this.trade();
      if (second % 5 === 0) this.pong();
      this.tick();
    }
  }

  candles(interval: Micros = MINUTE): CandleEvent[] {
    return this.events.filter((event): event is CandleEvent => event.type === 'candle' && event.interval === interval);
  }
}

/** Each span once, one after the other, up to the one that is forming at the venue. */
function expectAll(stage: Stage, interval: Micros = MINUTE): void {
  const starts = stage
    .candles(interval)
    .filter(({ revision }) => revision === 0)
    .map(({ start }) => start);
  expect(starts).toEqual(starts.map((_, index) => (starts[0] ?? 0) + index * interval));
  // A candle waits half a second for what is on its way.
  const over = Math.floor((stage.venue - 500_000) / interval) * interval;
  expect(stage.core.market.formingCandle(SYMBOL, interval)?.start).toBe(over);
  expect(starts.at(-1)).toBe(over - interval);
}

describe('candles neither repeat nor skip', () => {
  test.each([
    ['counted', 2 * HOUR],
    ['did not count', 0],
    ['was set back by an hour in', -1 * HOUR],
    ['was set ahead by an hour in', 3 * HOUR],
  ])('after two hours of sleep, which our clock %s', (_, ours) => {
    const stage = new Stage();
    stage.minutes(3);
    stage.pass(2 * HOUR, ours);
    stage.tick();
    // Nothing closes because of our clock alone, but for seconds.
    expect(stage.candles().at(-1)?.start).toBeLessThanOrEqual(START + 3 * MINUTE);
    const state = { type: 'state', recvTs: stage.ours, symbol: undefined, detail: '' } as const;
    stage.core.handle({ ...state, state: 'connecting', cause: 'silence' });
    stage.pong();
    stage.pong();
    stage.trade();
    stage.minutes(2);
    expectAll(stage);
    const flat = stage.candles().filter(({ trades }) => trades === 0);
    expect(flat.length).toBeGreaterThanOrEqual(118);
  });

  test.each([
    ['ahead', HOUR],
    ['back', -1 * HOUR],
  ])('when our clock jumps an hour %s, again and again', (_, by) => {
    const stage = new Stage();
    for (let jump = 0; jump < 5; jump += 1) {
      stage.minutes(2);
      stage.pass(0, by);
      stage.tick();
    }
    stage.minutes(1);
    expectAll(stage);
    expect(stage.core.leaps).toBe(0);
  });

  test.each(['trade', 'pong'])('when one %s has a time of the next day', (kind) => {
    const stage = new Stage();
    stage.minutes(2);
    const day = 24 * HOUR;
    if (kind === 'trade') {
      stage.trade(micros(stage.venue + day));
    } else {
      stage.pass(day, 0);
      stage.pong();
      stage.pass(-1 * day, 0);
    }
    stage.minutes(2);
    expectAll(stage);
    expect(stage.core.leaps).toBe(1);
    // Not lost: it counts where it came.
    const traded = stage.core.tradeStatsOf(SYMBOL).trades;
    const counted = stage.candles().reduce((sum, { trades }) => sum + trades, 0);
    expect(counted + (stage.core.market.formingCandle(SYMBOL, MINUTE)?.trades ?? 0)).toBe(traded);
  });

  // Candles are spans since 1970 in UTC: the dates on which zones change their clocks are days as any other.
  test.each([
    ['New York, spring', '2026-03-08T06:30:00Z'],
    ['New York, autumn', '2026-11-01T05:30:00Z'],
    ['Berlin, spring', '2026-03-29T00:30:00Z'],
    ['Berlin, autumn', '2026-10-25T00:30:00Z'],
    ['Lord Howe, half an hour', '2026-04-04T14:30:00Z'],
    ['Sydney, spring', '2026-10-03T15:30:00Z'],
    ['the end of a day', '2026-06-30T23:30:00Z'],
    ['the end of a year', '2026-12-31T23:30:00Z'],
    ['a leap day', '2028-02-28T23:30:00Z'],
    ['a leap second', '2016-12-31T23:30:00Z'],
  ])('over the change of clocks: %s', (_, from) => {
    const intervals = [MINUTE, micros(15 * MINUTE), HOUR, micros(24 * HOUR)];
    const stage = new Stage(micros(Date.parse(from) * 1000), intervals);
    stage.minutes(95);
    for (const interval of intervals.slice(0, 3)) expectAll(stage, interval);
    const day = stage.core.market.formingCandle(SYMBOL, micros(24 * HOUR))?.start ?? 0;
    expect(microsToIso(micros(day))).toMatch(/T00:00:00\.000000Z$/);
  });

  test('in a market where nothing trades, pongs and ticks close them', () => {
    const stage = new Stage();
    stage.trade();
    for (let second = 0; second < 300; second += 1) {
      stage.pass(SECOND);
      if (second % 15 === 0) stage.pong();
      stage.tick();
    }
    expectAll(stage);
    expect(stage.candles()).toHaveLength(4);
  });

  test('over a leap of more empty spans than are told, what is left out is counted', () => {
    const stage = new Stage(START, [micros(SECOND)]);
    stage.trade();
    stage.pass(4 * HOUR);
    stage.trade();
    expect(stage.candles(micros(SECOND))).toHaveLength(10_081);
    expect(stage.core.historyOf(SYMBOL).candles).toMatchObject([{ skipped: 4 * 3600 - 10_081, closed: 500 }]);
  });
});

describe('the clock of the venue', () => {
  test('is carried on by ours for fifteen seconds at most', () => {
    const clock = new VenueClock();
    clock.note(START, micros(5000));
    expect(clock.tick(micros(5000 + 10 * SECOND))).toBe(START + 10 * SECOND);
    expect(clock.tick(micros(5000 + 16 * SECOND))).toBe(START + 15 * SECOND);
    expect(clock.tick(micros(5000 + 2 * HOUR))).toBe(START + 15 * SECOND);
    clock.note(micros(START + HOUR), micros(5000 + HOUR));
    expect(clock.tick(micros(5001 + HOUR))).toBe(START + HOUR + 1);
    // Never back, whatever our clock does.
    expect(clock.tick(micros(0))).toBe(START + HOUR + 1);
  });

  test('does not take a leap of more than a minute until a second time agrees with it', () => {
    const clock = new VenueClock();
    clock.note(START, START);
    expect(clock.note(micros(START + MINUTE), START)).toBe(START + MINUTE);
    expect(clock.note(micros(START + 2 * MINUTE + 1), START)).toBe(START + MINUTE);
    expect(clock.note(micros(START + 9 * MINUTE), START)).toBe(START + MINUTE);
    // Seven minutes later, the second one was right.
    expect(clock.note(micros(START + 16 * MINUTE), micros(START + 7 * MINUTE))).toBe(START + 16 * MINUTE);
    expect(clock.at(START)).toBe(START + 16 * MINUTE);
    expect(clock.leaps).toBe(2);
  });

  test('doubts the same wrong time again when right ones came between', () => {
    const clock = new VenueClock();
    clock.note(START, START);
    for (let second = 1; second <= 5; second += 1) {
      const ours = micros(START + second * SECOND);
      expect(clock.note(micros(ours + HOUR), ours)).toBe(ours - SECOND);
      expect(clock.note(ours, ours)).toBe(ours);
    }
    expect(clock.leaps).toBe(5);
  });

  test('does not doubt the present after a snapshot that told of hours ago', () => {
    const clock = new VenueClock();
    expect(clock.note(micros(START - 3 * HOUR), START, true)).toBe(START - 3 * HOUR);
    expect(clock.note(micros(START - HOUR), START, true)).toBe(START - HOUR);
    expect(clock.note(START, START)).toBe(START);
    expect(clock.leaps).toBe(0);
  });
});
