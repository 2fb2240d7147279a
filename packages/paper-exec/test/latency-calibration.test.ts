import { KeyedRandom, micros } from '@kb/model';
import type { MarketEvent } from '@kb/model';
import { describe, expect, test } from 'vitest';
import {
  LatencyCalibrator,
  LOAD_BUCKETS,
  logNormalQuantiles,
  PaperError,
  quantileAt,
  QUANTILE_LEVELS,
} from '../src/index.ts';
import type { Latency, LoadBucket, Quantiles } from '../src/index.ts';
import { LoadHistory } from '../src/latency/load-history.ts';
import { LowerLine } from '../src/latency/lower-line.ts';

/** What the synthetic connection is really like, by load. Both ways have the same floor of 3 ms, which is how far the venue is. */
const FLOOR = 3_000;
const TRUTH: Readonly<Record<'entry' | 'ack' | 'feed', Readonly<Record<LoadBucket, Quantiles>>>> = {
  entry: legs(5_000, 57_000),
  ack: legs(4_000, 30_000),
  feed: legs(4_500, 40_000),
};

function legs(p50: number, p99: number): Readonly<Record<LoadBucket, Quantiles>> {
  return {
    quiet: logNormalQuantiles(p50, p99),
    busy: logNormalQuantiles(p50 * 1.3, p99 * 1.5),
    burst: logNormalQuantiles(p50 * 2, p99 * 3),
  };
}

/**
 * A day, or half of one, on a synthetic connection: a round trip every five seconds, and before it as many market events as its load is, our
 * clock ahead of the venue's and running away from it.
 */
class Day {
  /** Realised times by leg and load. */
  readonly realised: Record<string, number[]> = {};
  readonly #sorted: Record<string, Float64Array> = {};
  readonly #random: KeyedRandom;
  readonly #ahead: number;
  readonly #drift: number;
  readonly #load = new LoadHistory();
  #draws = 0;

  constructor(seed: number, { ahead = 250_000, driftPpm = 15 } = {}) {
    this.#random = new KeyedRandom(seed, 'synthetic day');
    this.#ahead = ahead;
    this.#drift = driftPpm / 1e6;
  }

  play(calibrator: LatencyCalibrator | undefined, how: 'ping' | 'half ping' | 'command', hours = 24): this {
    for (let step = 0; step < hours * 720; step += 1) {
      const at = START + step * 5_000_000;
      const load = LOAD_BUCKETS[Math.floor(3 * this.#draw())] ?? 'quiet';
      const events = { quiet: 3, busy: 25, burst: 90 }[load];
      for (let n = 0; n < events; n += 1) {
        const event = this.#market(at - 90_000 + Math.floor((n * 90_000) / events));
        calibrator?.onEvent(event);
      }
      const processing = Math.floor(2_500 * this.#draw());
      const venueIn = at + this.#leg('entry', load, -processing);
      const venueOut = micros(venueIn + processing);
      const received = venueOut + this.#leg('ack', this.#load.bucket(venueOut));
      const round = {
        sent: this.#ours(at),
        received: this.#ours(received),
        ...(how === 'half ping' ? {} : { venueIn: micros(venueIn), venueOut }),
      };
      if (how === 'command') {
        calibrator?.onAnswer({ kind: 'add', ...round, venueIn: micros(venueIn), venueOut });
      } else calibrator?.onPing(round);
    }
    return this;
  }

  quantile(leg: string, load: LoadBucket, share: number): number {
    const name = `${leg} ${load}`;
    const times = (this.#sorted[name] ??= Float64Array.from(this.realised[name]!).toSorted());
    return times[Math.ceil(share * times.length) - 1]!;
  }

  #market(venueTs: number): MarketEvent {
    this.#load.onEvent({ venueTs: micros(venueTs) });
    const recvTs = this.#ours(venueTs + this.#leg('feed', this.#load.bucket(micros(venueTs))));
    return {
      type: 'trade',
      seq: 1,
      venueTs: micros(venueTs),
      recvTs,
      symbol: 'BTC/USD',
      tradeId: 1,
      price: 1 as never,
      size: 1 as never,
      taker: 'buy',
      historical: false,
    };
  }

  /** @param more Of the entry leg, what processing will add to it: the leg ends when the venue has answered. */
  #leg(leg: 'entry' | 'ack' | 'feed', load: LoadBucket, more = 0): number {
    const whole = FLOOR + quantileAt(TRUTH[leg][load], this.#draw());
    const time = Math.max(FLOOR, whole + more);
    (this.realised[`${leg} ${load}`] ??= []).push(time - more);
    return time;
  }

  #ours(venueTime: number): ReturnType<typeof micros> {
    return micros(Math.round(venueTime + this.#ahead + this.#drift * (venueTime - START)));
  }

  #draw(): number {
    return this.#random.at((this.#draws += 1));
  }
}

const START = 1_800_000_000_000_000;
/** The gates: how far a modelled quantile may be from the realised one, out of sample. */
const GATES = [
  [0.5, 0.1],
  [0.9, 0.15],
  [0.99, 0.25],
] as const;

describe('calibration', () => {
  test.each([
    { what: 'commands', how: 'command', hours: 12, gates: GATES },
    { what: 'pings', how: 'ping', hours: 4, gates: GATES.slice(0, 2) }, // too few for a tail
  ] as const)(
    'from $what: what is measured on one day holds on the next, within the gates, for each leg and load',
    ({ how, hours, gates }) => {
      const calibrator = new LatencyCalibrator({ leastSamples: 500 });
      new Day(1).play(calibrator, how, hours);
      const { entry, ack, feed } = modelOf(calibrator);
      const next = new Day(2).play(undefined, how, hours);
      for (const [leg, tables] of Object.entries({ entry, ack, feed })) {
        for (const load of LOAD_BUCKETS) {
          for (const [share, gate] of gates) {
            const error = quantileAt(tables[load], share) / next.quantile(leg, load, share) - 1;
            expect(Math.abs(error), `${leg} ${load} p${share * 100}`).toBeLessThan(gate);
          }
        }
      }
    },
  );

  test('control: against a connection that is half as slow again the gates are missed', () => {
    const calibrator = new LatencyCalibrator();
    new Day(1).play(calibrator, 'command', 2);
    const { entry } = modelOf(calibrator);
    const next = new Day(2).play(undefined, 'command', 2);
    expect(Math.abs(quantileAt(entry.quiet, 0.5) / (1.5 * next.quantile('entry', 'quiet', 0.5)) - 1)).toBeGreaterThan(
      0.1,
    );
  });

  test('a ping without the venue’s times is halved: both legs take half of the round trip', () => {
    const calibrator = new LatencyCalibrator({ leastSamples: 1 });
    for (let n = 0; n < 100; n += 1) {
      const sent = micros(START + n * 5_000_000);
      calibrator.onPing({ sent, received: micros(sent + 40_000) });
      calibrator.onEvent({ ...TRADE, venueTs: micros(sent + 7_000), recvTs: micros(sent + 100_000) });
    }
    const { entry, ack, feed } = modelOf(calibrator);
    const near = (table: Quantiles): number => Math.round(quantileAt(table, 0.5) / 500);
    expect([near(entry.quiet), near(ack.quiet), near(feed.quiet)]).toEqual([40, 40, 40]);
    expect(calibrator.status().clock).toMatchObject({ ahead: 73_000, halfWidth: 20_000 });
  });

  test('tells how far our clock is ahead, within the width it gives, and how fast it drifts', () => {
    for (const driftPpm of [-60, 0, 40]) {
      const calibrator = new LatencyCalibrator();
      new Day(3, { ahead: -1_000_000, driftPpm }).play(calibrator, 'ping', 2);
      const { clock } = calibrator.status();
      const truth = -1_000_000 + (driftPpm / 1e6) * (1_440 * 5_000_000);
      expect(Math.abs(clock!.ahead - truth)).toBeLessThan(clock!.halfWidth);
      expect(clock!.halfWidth).toBeLessThan(6_000);
      expect(Math.abs(clock!.driftPpm - driftPpm)).toBeLessThan(10);
    }
  });

  test('when a clock is set, what was known of it is forgotten, and legs are what they were', () => {
    const calibrator = new LatencyCalibrator({ leastSamples: 1 });
    for (let n = 0; n < 40; n += 1) {
      const at = START + n * 5_000_000;
      const ahead = n < 20 ? 0 : 300_000;
      calibrator.onPing({
        sent: micros(at + ahead),
        venueIn: micros(at + 10_000),
        venueOut: micros(at + 10_000),
        received: micros(at + 20_000 + ahead),
      });
      calibrator.onEvent({ ...TRADE, venueTs: micros(at), recvTs: micros(at + 10_000 + ahead) });
    }
    expect(calibrator.status().clock!.ahead).toBe(300_000);
    expect(calibrator.status().samples['entry ping']).toEqual({ quiet: 18, busy: 0, burst: 0 }); // 9 before, 9 after
    expect(quantileAt(calibratedEntry(calibrator).quiet, 0.999) / 10_000).toBeCloseTo(1, 1);
  });

  test('a table has 33 values that never fall, and the venue takes it', () => {
    const calibrator = new LatencyCalibrator();
    new Day(4).play(calibrator, 'command', 2);
    for (const table of Object.values(calibratedEntry(calibrator))) {
      expect(table).toHaveLength(QUANTILE_LEVELS.length);
      expect(table).toEqual(table.toSorted((a, b) => a - b));
      expect(table[0]).toBeGreaterThanOrEqual(0);
    }
  });

  test('a kind or a load with too few samples borrows; without any there is no latency', () => {
    const calibrator = new LatencyCalibrator({ leastSamples: 50 });
    expect(calibrator.latency()).toBeUndefined();
    new Day(5, { ahead: 0, driftPpm: 0 }).play(calibrator, 'ping', 1);
    expect(calibrator.status().samples['ws entry cancel']).toBeUndefined();
    const answer = (n: number, kind: 'amend' | 'cancel', took: number): void => {
      const at = START + 3_600_000_000 + n * 5_000_000;
      const [venueIn, venueOut] = [micros(at + took), micros(at + took)];
      calibrator.onAnswer({ kind, sent: micros(at), venueIn, venueOut, received: micros(at + 2 * took) });
    };
    for (let n = 0; n < 60; n += 1) answer(n, 'cancel', 30_000);
    for (let n = 60; n < 70; n += 1) answer(n, 'amend', 30_000);
    expect(calibrator.status().samples['ws entry amend']).toEqual({ quiet: 10, busy: 0, burst: 0 });
    const { entry } = calibrator.latency()!;
    expect(Object.keys(entry)).toEqual(['add', 'cancel']);
    expect(calibrator.latency()!.rest).toBeUndefined();
  });

  test('a load with few samples borrows from all loads, stretched to its own median', () => {
    const few = new LatencyCalibrator({ leastSamples: 1_000 });
    new Day(6).play(few, 'command', 1); // 240 of each load
    const { entry } = modelOf(few);
    for (const load of LOAD_BUCKETS) {
      const truth = new Day(7).play(undefined, 'command', 12).quantile('entry', load, 0.5);
      expect(Math.abs(quantileAt(entry[load], 0.5) / truth - 1)).toBeLessThan(0.15);
    }
    const shape = (load: LoadBucket): number => quantileAt(entry[load], 0.9) / quantileAt(entry[load], 0.5);
    expect(shape('burst')).toBeCloseTo(shape('quiet'), 2);
    const fewer = new LatencyCalibrator({ leastSamples: 1_000 });
    new Day(6).play(fewer, 'command', 0.15); // 36 of each
    const tables = modelOf(fewer).entry;
    expect(tables.burst).toEqual(tables.quiet);
  });

  test('times that cannot be are dropped and counted', () => {
    const calibrator = new LatencyCalibrator();
    const [sent, received] = [micros(START), micros(START + 10)];
    calibrator.onPing({ sent: received, received: sent });
    calibrator.onPing({ sent, received, venueIn: micros(5), venueOut: micros(4) });
    calibrator.onPing({ sent, received, venueIn: micros(5), venueOut: micros(50) });
    expect(calibrator.status()).toEqual({ clock: undefined, samples: {}, dropped: 3 });
  });

  test('options that make no sense are told all at once', () => {
    const make = (): LatencyCalibrator =>
      new LatencyCalibrator({ leastSamples: 0, load: { window: -1, busyFrom: 5, burstFrom: 5 } });
    expect(make).toThrow(PaperError);
    expect(make).toThrow(/load\.window.*load\.burstFrom.*leastSamples/s);
  });
});

describe('lower line', () => {
  test('runs along the lowest points, whatever lies above them', () => {
    const line = new LowerLine();
    const random = new KeyedRandom(1, 'points');
    for (let second = 0; second < 600; second += 1) {
      const at = START + second * 1_000_000;
      const above = second % 7 === 0 ? 0 : 5_000 * random.at(second);
      line.note(micros(at), 1_000 + 50e-6 * (at - START) + above);
    }
    const drawn = line.line()!;
    expect(drawn.slope * 1e6).toBeCloseTo(50, 6);
    expect(drawn.at(micros(START + 300_000_000))).toBeCloseTo(1_000 + 50e-6 * 300_000_000, 3);
  });

  test('takes no jump for a drift', () => {
    const line = new LowerLine();
    line.note(micros(START), 100_000);
    line.note(micros(START + 2_000_000), 1_000);
    expect(line.line()!.slope).toBeCloseTo(-200e-6, 12);
    expect(line.line()!.at(micros(START + 2_000_000))).toBeCloseTo(1_000, 6);
  });

  test('forgets what is older than ten minutes', () => {
    const line = new LowerLine();
    line.note(micros(START), 0);
    line.note(micros(START + 700_000_000), 900);
    expect(line.line()!.at(micros(START + 700_000_000))).toBe(900);
  });
});

const TRADE = {
  type: 'trade',
  seq: 1,
  symbol: 'BTC/USD',
  tradeId: 1,
  price: 1 as never,
  size: 1 as never,
  taker: 'buy',
  historical: false,
} as const;

type Tables = Readonly<Record<LoadBucket, Quantiles>>;

function modelOf(calibrator: LatencyCalibrator): { entry: Tables; ack: Tables; feed: Tables } {
  const { entry, ack, feed } = calibrator.latency() as Latency & { entry: { add: Tables }; ack: { add: Tables } };
  return { entry: entry.add, ack: ack.add, feed: feed as Tables };
}

function calibratedEntry(calibrator: LatencyCalibrator): Tables {
  return modelOf(calibrator).entry;
}
