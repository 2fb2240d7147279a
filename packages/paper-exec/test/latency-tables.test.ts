import { KeyedRandom, micros } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LATENCY_PROFILES, logNormalQuantiles, QUANTILE_LEVELS, quantileAt } from '../src/index.ts';
import type { LoadBucket } from '../src/index.ts';
import { AckSlack } from '../src/latency/ack-slack.ts';
import { LoadHistory } from '../src/latency/load-history.ts';
import { LatencyHistogram } from '../src/latency/latency-histogram.ts';
import { LoadMeter } from '../src/latency/load-meter.ts';
import { exp, log } from '../src/latency/repeatable-math.ts';
import { RunningMinimum } from '../src/latency/running-minimum.ts';

const SEEDED = { seed: 20_261_124, numRuns: 200 };

describe('repeatable mathematics', () => {
  test('exp and log agree with the platform to 15 digits', () => {
    fc.assert(
      fc.property(fc.double({ min: -40, max: 40, noNaN: true }), (x) => {
        expect(exp(x) / Math.exp(x)).toBeCloseTo(1, 13);
        expect(log(Math.exp(x))).toBeCloseTo(x, 12);
      }),
      SEEDED,
    );
  });
});

describe('quantile tables', () => {
  test('33 levels up to 99.9 %', () => {
    expect(QUANTILE_LEVELS).toHaveLength(33);
    expect([QUANTILE_LEVELS[0], QUANTILE_LEVELS.at(-1)]).toEqual([0, 0.999]);
  });

  test('a log-normal goes through its median and its 99th percentile', () => {
    const table = logNormalQuantiles(8_000, 60_000);
    expect([quantileAt(table, 0.5), quantileAt(table, 0.99)]).toEqual([8_000, 60_000]);
  });

  test('its other points are those of the normal distribution', () => {
    const [median, e] = [1e12, Math.E];
    const table = logNormalQuantiles(median, median * e);
    const z99 = 2.326347874040841;
    for (const [index, level] of QUANTILE_LEVELS.entries()) {
      const z = Math.log((table[index] ?? 0) / median) * z99;
      expect(normalShareBelow(z)).toBeCloseTo(level === 0 ? 0.001 : level, 9);
    }
  });

  test('a draw is the table at its levels, linear between, and never beyond the last', () => {
    const table = QUANTILE_LEVELS.map((_, index) => 100 * index);
    for (const [index, level] of QUANTILE_LEVELS.entries()) expect(quantileAt(table, level)).toBe(100 * index);
    expect(quantileAt(table, 0.005)).toBe(50);
    expect(quantileAt(table, 0.999_9)).toBe(3_200);
  });

  test('draws are never negative, and more luck never takes longer', () => {
    const table = fc
      .array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 33, maxLength: 33 })
      .map((values) => values.toSorted((a, b) => a - b));
    const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
    fc.assert(
      fc.property(table, share, share, (values, one, other) => {
        const [low, high] = [quantileAt(values, Math.min(one, other)), quantileAt(values, Math.max(one, other))];
        expect(low).toBeGreaterThanOrEqual(values[0]!);
        expect(high).toBeGreaterThanOrEqual(low);
        expect(high).toBeLessThanOrEqual(values[32]!);
      }),
      SEEDED,
    );
  });

  test.each([
    ['eu-vps', 8_000, 60_000],
    ['home', 25_000, 150_000],
    ['us-east', 90_000, 200_000],
  ] as const)(
    'the profile %s has a median of %i µs and a 99th percentile of %i, three times that in a burst',
    (name, p50, p99) => {
      const { entry } = LATENCY_PROFILES[name];
      const tables = entry as Readonly<Record<LoadBucket, number[]>>;
      const ends = (bucket: LoadBucket): number[] => [
        quantileAt(tables[bucket], 0.5),
        quantileAt(tables[bucket], 0.99),
      ];
      expect(ends('quiet')).toEqual([p50, p99]);
      expect(ends('busy')).toEqual([p50, Math.round(p99 * Math.sqrt(3))]);
      expect(ends('burst')).toEqual([p50, 3 * p99]);
      for (const table of Object.values(tables)) expect(table).toEqual(table.toSorted((a, b) => a - b));
    },
  );
});

function bucketOf(count: number): LoadBucket {
  if (count >= 9) return 'burst';
  return count >= 4 ? 'busy' : 'quiet';
}

describe('load', () => {
  test('counts the events of the last 100 ms', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 150 }), (steps, later) => {
        const meter = new LoadMeter({ window: 100, busyFrom: 4, burstFrom: 9 });
        const times: number[] = [];
        let now = 1_000;
        for (const step of steps) {
          now += step;
          times.push(now);
          meter.note(micros(now));
          expect(meter.bucket()).toBe(bucketOf(times.filter((time) => time > now - 100).length));
        }
        const at = now + later;
        expect(meter.bucket(micros(at))).toBe(bucketOf(times.filter((time) => time > at - 100).length));
      }),
      SEEDED,
    );
  });

  test('its history tells the same of any time in the last windows, within a tenth of a window', () => {
    const thresholds = { window: 100, busyFrom: 4, burstFrom: 9 };
    const times = fc.array(fc.integer({ min: 1_000, max: 3_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(times, fc.integer({ min: 900, max: 3_200 }), (all, at) => {
        const history = new LoadHistory(thresholds);
        for (const time of all) history.onEvent({ venueTs: micros(time) });
        const slot = Math.floor(at / 10);
        const within = all.filter((time) => Math.floor(time / 10) > slot - 10 && Math.floor(time / 10) <= slot);
        expect(history.bucket(micros(at))).toBe(bucketOf(within.length));
      }),
      SEEDED,
    );
    const forgetful = new LoadHistory(thresholds);
    for (let n = 0; n < 20; n += 1) forgetful.onEvent({ venueTs: micros(1_000) });
    expect(forgetful.bucket(micros(1_000))).toBe('burst');
    forgetful.onEvent({ venueTs: micros(11_000) });
    forgetful.onEvent({ venueTs: micros(1_000) });
    expect(forgetful.bucket(micros(1_000))).toBe('quiet');
  });

  test('an event of another channel that is behind counts as now', () => {
    const meter = new LoadMeter({ window: 100, busyFrom: 2, burstFrom: 4 });
    for (const at of [5_000, 1_000, 5_050]) meter.note(micros(at));
    expect(meter.bucket()).toBe('busy');
  });
});

describe('histogram', () => {
  test('its quantiles are right within 0.8 %', () => {
    const values = fc.array(fc.integer({ min: 0, max: 2 ** 36 - 1 }).map(skewed), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (times, share) => {
        const histogram = new LatencyHistogram();
        for (const time of times) histogram.note(time);
        const exact = times.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * times.length)) - 1]!;
        expect(Math.abs(histogram.quantile(share) - exact)).toBeLessThanOrEqual(0.008 * exact);
        expect(histogram.max).toBe(Math.max(...times));
      }),
      SEEDED,
    );
    function skewed(value: number): number {
      return value % 3 === 0 ? value : value % 100_000;
    }
  });

  test('the newer weigh more once it is full', () => {
    const histogram = new LatencyHistogram(1_000);
    for (let n = 0; n < 999; n += 1) histogram.note(100);
    for (let n = 0; n < 600; n += 1) histogram.note(5_000);
    expect(histogram.count).toBeLessThan(1_000);
    expect(histogram.quantile(0.5)).toBeGreaterThan(4_900);
  });

  test('without values its quantiles are zero; beyond 19 hours they share a cell', () => {
    const histogram = new LatencyHistogram();
    expect(histogram.quantile(0.5)).toBe(0);
    histogram.note(2 ** 40);
    expect(histogram.quantile(0.5)).toBeGreaterThan(2 ** 35);
  });
});

test('slack has one distribution below zero and above', () => {
  const slack = new AckSlack();
  for (let n = 10; n >= -9; n -= 1) slack.note(-n); // ten in time by 1 to 10, one just in time, nine late
  expect(slack.summary()).toEqual({ reports: 20, onTime: 11 / 20, p50: -1, p90: 7, p99: 9, max: 9 });
  expect([slack.late, slack.worst, slack.isFasterThanFeed]).toEqual([9, 9, true]);
});

test('where all are in time, the latest of them was the least early', () => {
  const slack = new AckSlack();
  for (const each of [-5, -3, -8]) slack.note(each);
  expect(slack.summary()).toMatchObject({ max: -3, onTime: 1 });
});

test('a history of load tells a window that begins before the clock does, and leaves out what is a window old', () => {
  const history = new LoadHistory({ window: 100, busyFrom: 2, burstFrom: 3 });
  for (let n = 0; n < 3; n += 1) history.onEvent({ venueTs: micros(5) });
  expect(history.bucket(micros(5))).toBe('burst');
  history.onEvent({ venueTs: micros(205) });
  expect([99, 100, 205].map((at) => history.bucket(micros(at)))).toEqual(['burst', 'quiet', 'quiet']);
});

test('a running minimum forgets what is older than its window', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 25 }), fc.integer({ min: -50, max: 50 })), {
    minLength: 1,
  });
  fc.assert(
    fc.property(steps, (values) => {
      const minimum = new RunningMinimum(micros(60), 6);
      const all: { at: number; value: number }[] = [];
      let now = 500;
      for (const [step, value] of values) {
        now += step;
        all.push({ at: now, value });
        minimum.note(micros(now), value);
        const slot = Math.floor(now / 10);
        const kept = all.filter(({ at }) => Math.floor(at / 10) > slot - 6);
        expect(minimum.value).toBe(Math.min(...kept.map((each) => each.value)));
      }
    }),
    SEEDED,
  );
});

/** Simpson's rule over the density. */
function normalShareBelow(z: number): number {
  const steps = 2_000;
  const width = z / steps;
  let sum = 0;
  for (let n = 0; n <= steps; n += 1) {
    const weight = n === 0 || n === steps ? 1 : n % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-((n * width) ** 2) / 2);
  }
  return 0.5 + (sum * width) / 3 / Math.sqrt(2 * Math.PI);
}

test('drawn 200,000 times, a profile keeps its median and its 99th percentile', () => {
  const random = new KeyedRandom(7, 'test');
  const table = logNormalQuantiles(8_000, 60_000);
  const histogram = new LatencyHistogram();
  for (let id = 0; id < 200_000; id += 1) histogram.note(quantileAt(table, random.at(id)));
  expect(histogram.quantile(0.5) / 8_000).toBeCloseTo(1, 1);
  expect(Math.abs(histogram.quantile(0.99) / 60_000 - 1)).toBeLessThan(0.03);
});
