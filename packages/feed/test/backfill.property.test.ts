import {
  instrument,
  KeyedRandom,
  lotsToQty,
  micros,
  microsToIso,
  SECOND,
  ticksToPrice,
  VirtualScheduler,
} from '@kb/model';
import type { Candle, Micros } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Backfill } from '../src/backfill/backfill.ts';
import type { BackfillEvent } from '../src/backfill/backfill-events.ts';
import { FeedCore } from '../src/core/feed-core.ts';
import { barsOf, madeTrades, PastVenue } from './past-venue.ts';
import type { MadeTrade, ModelBar } from './past-venue.ts';

const SYMBOL = 'BTC/USD';
const PAIR = instrument({ symbol: SYMBOL, pricePrecision: 1, qtyPrecision: 8 });
const START = micros(1_795_000_020 * SECOND);
const MINUTE = micros(60 * SECOND);
/** The venue has no bars of this length. */
const TEN_SECONDS = micros(10 * SECOND);
const INTERVALS = [TEN_SECONDS, MINUTE, micros(5 * MINUTE), micros(15 * MINUTE)];

interface Course {
  readonly seed: number;
  readonly perSecond: number;
  /** Part of the stream's frames that are lost. */
  readonly loss: number;
  /** Part of the minutes in which the connection is lost for a while. */
  readonly breaks: number;
  readonly pageSize: number;
  readonly pages: number;
  readonly latency: number;
  readonly lag: number;
  readonly failures: number;
  readonly inclusive: boolean;
  /** The venue numbers anew from this minute on; never when left out. */
  readonly renumberAt?: number;
}

/** Lives through twenty minutes of a market that has been trading for as long, then through some in which all goes well. */
async function live(course: Course) {
  const { seed, loss, breaks, pages } = course;
  const scheduler = new VirtualScheduler(START);
  const listening = micros(START + 20 * MINUTE);
  const end = micros(START + 40 * MINUTE);
  const random = new KeyedRandom(seed, 'test.stream');
  const venue = new PastVenue({ ...course, scheduler, grid: PAIR });
  venue.all.push(...renumbered(madeTrades(seed, START, end, course.perSecond), course.renumberAt));
  const events: BackfillEvent[] = [];
  const revised = new Map<string, number>();
  const core: FeedCore = new FeedCore({
    symbols: [SYMBOL],
    instruments: [PAIR],
    candles: INTERVALS,
    onEvent(event) {
      backfill.onEvent(event);
      if (event.type !== 'candle') return;
      const key = `${event.interval} ${event.start}`;
      expect(event.revision).toBeGreaterThan(revised.get(key) ?? -1);
      revised.set(key, event.revision);
    },
    onGap: (symbol, gap) => backfill.onGap(symbol, gap),
  });
  const backfill: Backfill = new Backfill({
    rest: venue,
    scheduler,
    market: core.market,
    supply: (input) => core.handle(input),
    candles: INTERVALS,
    onBackfill: (event) => events.push(event),
    pages,
  });

  let isUp = false;
  const connect = (): void => {
    isUp = true;
    state('subscribing');
    const told = venue.all.filter(({ venueTs }) => venueTs <= scheduler.now()).slice(-50);
    if (told.length > 0) frame('snapshot', told);
  };
  const state = (name: 'connecting' | 'subscribing'): void =>
    core.handle({ type: 'state', recvTs: scheduler.now(), symbol: undefined, state: name, cause: 'start', detail: '' });
  const frame = (type: string, trades: readonly MadeTrade[]): void =>
    core.handle({ type: 'frame', recvTs: scheduler.now(), frame: Buffer.from(frameOf(type, trades)) });

  // Trades of one moment come in one frame or in several.
  for (const [index, trades] of framesOf(venue.all, random).entries()) {
    const at = (trades[0]?.venueTs ?? 0) - START;
    const isLost = random.at(index, 10) < loss && at < 35 * MINUTE;
    scheduler.after(micros(at + 20_000), () => {
      if (isUp && !isLost) frame('update', trades);
    });
  }
  const tick = (): void => {
    if (scheduler.now() > listening) core.handle({ type: 'tick', recvTs: scheduler.now() });
    scheduler.after(micros(SECOND), tick);
  };
  tick();
  scheduler.after(micros(listening - START), connect);
  for (let minute = 21; minute < 35; minute += 1) {
    if (random.at(minute, 11) >= breaks) continue;
    const at = micros(minute * MINUTE + Math.floor(random.at(minute, 12) * MINUTE));
    scheduler.after(at, () => {
      if (!isUp) return;
      isUp = false;
      state('connecting');
      scheduler.after(micros(Math.floor(random.at(minute, 13) * 2 * MINUTE)), connect);
    });
  }
  await pass(scheduler, micros(35 * MINUTE));
  venue.failures = 0;
  await pass(scheduler, micros(8 * MINUTE));
  backfill.close();
  return { core, venue, events };
}

/** Lets time pass, and promises settle on the way. */
async function pass(scheduler: VirtualScheduler, duration: Micros): Promise<void> {
  const end = scheduler.now() + duration;
  for (let due = scheduler.nextDue(); due !== undefined && due <= end; due = scheduler.nextDue()) {
    scheduler.step();
    for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
  }
}

function renumbered(trades: readonly MadeTrade[], minute = Infinity): MadeTrade[] {
  const first = trades.findIndex(({ venueTs }) => venueTs >= START + minute * MINUTE);
  return trades.map((trade, index) =>
    first >= 0 && index >= first ? { ...trade, tradeId: 1 + index - first } : trade,
  );
}

function framesOf(trades: readonly MadeTrade[], random: KeyedRandom): MadeTrade[][] {
  const frames: MadeTrade[][] = [];
  for (const trade of trades) {
    const last = frames.at(-1);
    if (last?.[0]?.venueTs === trade.venueTs && random.at(trade.tradeId, 14) < 0.6) last.push(trade);
    else frames.push([trade]);
  }
  return frames;
}

function frameOf(type: string, trades: readonly MadeTrade[]): string {
  const data = trades.map(
    ({ tradeId, venueTs, price, size, side }) =>
      `{"symbol":"${SYMBOL}","side":"${side}","price":${ticksToPrice(PAIR, price)},"qty":${lotsToQty(PAIR, size)},` +
      `"ord_type":"limit","trade_id":${tradeId},"timestamp":"${microsToIso(venueTs)}"}`,
  );
  return `{"channel":"trade","type":"${type}","data":[${data.join(',')}]}`;
}

function figures({ start, open, high, low, close, volume, trades }: Candle | ModelBar): unknown {
  return { start, open, high, low, close, volume, trades };
}

function closed(core: FeedCore, interval: Micros): Candle[] {
  return [...core.market.candles(SYMBOL, interval)];
}

const courses = fc.record({
  seed: fc.integer({ min: 1, max: 1e9 }),
  perSecond: fc.constantFrom(0.05, 0.5, 2),
  loss: fc.constantFrom(0, 0.02, 0.2),
  breaks: fc.constantFrom(0, 0.3),
  pageSize: fc.constantFrom(1, 3, 10, 1000),
  pages: fc.constantFrom(1, 3, 10),
  latency: fc.constantFrom(0, 300_000, 3 * SECOND),
  lag: fc.constantFrom(0, SECOND),
  failures: fc.constantFrom(0, 0.2, 0.7),
  inclusive: fc.boolean(),
});

test('in the end every closed candle of the venue’s intervals is whole, and the one that all trades make', async () => {
  await fc.assert(
    fc.asyncProperty(courses, async (course) => {
      const { core, venue } = await live(course);
      for (const interval of INTERVALS) {
        const model = new Map(barsOf(venue.all, interval, micros(START + 60 * MINUTE)).map((bar) => [bar.start, bar]));
        const candles = closed(core, interval);
        expect(candles.length).toBeGreaterThan(0);
        for (const candle of candles) {
          if (interval === TEN_SECONDS && candle.partial) continue;
          expect(candle.partial).toBe(false);
          const bar = model.get(candle.start)!;
          expect(figures(candle)).toEqual(figures(bar));
          // The venue's vwap is rounded down to a tick.
          expect(bar.turnover - candle.turnover).toBeGreaterThanOrEqual(0n);
          expect(bar.turnover - candle.turnover).toBeLessThanOrEqual(bar.volume);
        }
      }
    }),
    { numRuns: 40 },
  );
});

test('where the venue answers in time, every gap is closed by its trades, and candles that it has no bars of are whole too', async () => {
  const prompt = fc.record({
    seed: fc.integer({ min: 1, max: 1e9 }),
    perSecond: fc.constantFrom(0.05, 0.5, 2),
    loss: fc.constantFrom(0.02, 0.2),
    breaks: fc.constantFrom(0, 0.3),
    latency: fc.constantFrom(0, 300_000),
    lag: fc.constantFrom(0, SECOND),
    inclusive: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(prompt, async (course) => {
      const { core, events } = await live({ ...course, failures: 0, pageSize: 1000, pages: 10 });
      expect(events.filter(({ outcome, unreadable }) => outcome !== 'done' || unreadable > 0)).toEqual([]);
      expect(closed(core, TEN_SECONDS).filter(({ partial }) => partial)).toEqual([]);
    }),
    { numRuns: 20 },
  );
});

test('where the venue numbers anew, no candle is called whole that is not, and bars mend those that it has', async () => {
  const anew = fc.record({
    seed: fc.integer({ min: 1, max: 1e9 }),
    renumberAt: fc.integer({ min: 21, max: 33 }),
    loss: fc.constantFrom(0.02, 0.2),
    latency: fc.constantFrom(300_000, 20 * SECOND),
    lag: fc.constantFrom(0, SECOND),
    failures: fc.constantFrom(0, 0.7),
    inclusive: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(anew, async (course) => {
      const { core, venue } = await live({ ...course, perSecond: 2, breaks: 0, pageSize: 1000, pages: 10 });
      for (const interval of INTERVALS) {
        const model = new Map(barsOf(venue.all, interval, micros(START + 60 * MINUTE)).map((bar) => [bar.start, bar]));
        const candles = closed(core, interval);
        const whole = candles.filter(({ partial }) => !partial);
        expect(whole.map(figures)).toEqual(whole.map(({ start }) => figures(model.get(start)!)));
        // Bars of ten seconds are none that the venue tells.
        const mended = interval === TEN_SECONDS ? [] : candles;
        expect(mended.filter(({ partial }) => partial)).toEqual([]);
      }
    }),
    { numRuns: 20 },
  );
});
