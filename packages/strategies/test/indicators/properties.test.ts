import { micros } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Atr } from '../../src/indicators/atr.ts';
import { Ema } from '../../src/indicators/ema.ts';
import type { Indicator } from '../../src/indicators/indicator.ts';
import { MeanVolume } from '../../src/indicators/mean-volume.ts';
import { RollingDeviation } from '../../src/indicators/rolling-deviation.ts';
import { RollingRange } from '../../src/indicators/rolling-range.ts';
import { Rsi } from '../../src/indicators/rsi.ts';
import { SessionVwap } from '../../src/indicators/session-vwap.ts';
import { Sma } from '../../src/indicators/sma.ts';

/** One input that every indicator can make something of. */
interface Bar {
  readonly at: ReturnType<typeof micros>;
  readonly price: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

const HOUR = 3_600_000_000;

const bar: fc.Arbitrary<Bar> = fc
  .record({
    at: fc.integer({ min: 0, max: 72 }).map((hours) => micros(hours * HOUR)),
    close: fc.integer({ min: 1, max: 200_000 }).map((steps) => steps / 100),
    up: fc.integer({ min: 0, max: 500 }),
    down: fc.integer({ min: 0, max: 500 }),
    volume: fc.nat({ max: 3 }),
  })
  .map(({ at, close, up, down, volume }) => {
    return { at, price: close, close, high: close + up / 100, low: close - down / 100, volume };
  });

const bars = fc.array(bar, { maxLength: 60 });

/** Takes closes. */
function ofCloses(make: (length: number) => Indicator<number>): (length: number) => Indicator<Bar> {
  return (length) => {
    const indicator = make(length);
    return {
      warmUp: indicator.warmUp,
      get isReady() {
        return indicator.isReady;
      },
      get value() {
        return indicator.value;
      },
      update: ({ close }) => indicator.update(close),
      snapshot: () => indicator.snapshot(),
      restore: (state) => indicator.restore(state),
    };
  };
}

const MAKERS: readonly (readonly [string, (length: number) => Indicator<Bar>])[] = [
  ['Sma', ofCloses((length) => new Sma(length))],
  ['Ema', ofCloses((length) => new Ema(length))],
  ['Rsi', ofCloses((length) => new Rsi(length))],
  ['RollingDeviation', ofCloses((length) => new RollingDeviation(length + 1))],
  ['Atr', (length) => new Atr(length)],
  ['RollingRange', (length) => new RollingRange(length)],
  ['MeanVolume', (length) => new MeanVolume(length)],
  ['SessionVwap', (length) => new SessionVwap({ period: micros(length * HOUR) })],
];

const lengths = fc.integer({ min: 1, max: 12 });

test.each(MAKERS)('%s, restored from JSON in mid run, goes on identically', (_name, make) => {
  fc.assert(
    fc.property(lengths, bars, bars, (length, before, after) => {
      const whole = make(length);
      for (const input of before) whole.update(input);
      const saved: unknown = JSON.parse(JSON.stringify(whole.snapshot()));
      const restored = make(length);
      for (const input of after) restored.update(input); // what it was before must not show
      restored.restore(saved);
      expect(restored.value).toBe(whole.value);
      for (const input of after) expect(restored.update(input)).toBe(whole.update(input));
      expect(restored.snapshot()).toEqual(whole.snapshot());
      expect(restored.isReady).toBe(whole.isReady);
    }),
  );
});

test.each(MAKERS)('%s has finite values or none, and is ready no sooner than it says', (_name, make) => {
  fc.assert(
    fc.property(lengths, bars, (length, inputs) => {
      const indicator = make(length);
      inputs.forEach((input, index) => {
        const value = indicator.update(input);
        expect(value === undefined || Number.isFinite(value)).toBe(true);
        expect(value).toBe(indicator.value);
        expect(indicator.isReady && index + 1 < indicator.warmUp).toBe(false);
      });
    }),
  );
});

test.each(MAKERS)('%s refuses a snapshot that it did not make, and stays as it is', (_name, make) => {
  const indicator = make(3);
  const input = { at: micros(0), price: 5, close: 5, high: 6, low: 4, volume: 1 };
  for (let count = 0; count < 5; count += 1) indicator.update(input);
  const before = indicator.snapshot();
  for (const state of [undefined, null, 7, [], {}, { version: 2 }, make(4).snapshot()]) {
    expect(() => indicator.restore(state)).toThrow('expected');
  }
  expect(indicator.snapshot()).toEqual(before);
});

const naiveMean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('rolling means and deviations are those of the window alone, over thousands of values', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 2, max: 30 }),
      (pattern, length) => {
        const mean = new Sma(length);
        const deviation = new RollingDeviation(length);
        const values = Array.from({ length: 2500 }, (_, index) => (pattern[index % pattern.length] ?? 0) / 7 + index);
        for (const value of values) {
          mean.update(value);
          deviation.update(value);
        }
        const window = values.slice(-length);
        const expected = naiveMean(window);
        expect(mean.value).toBeCloseTo(expected, 7);
        expect(deviation.mean).toBeCloseTo(expected, 7);
        const variance = naiveMean(window.map((value) => (value - expected) ** 2));
        expect(deviation.value).toBeCloseTo(Math.sqrt(variance), 6);
      },
    ),
    { numRuns: 30 },
  );
});

test('a mean of ticks is exact', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 2 ** 40 }), { minLength: 1, maxLength: 100 }),
      lengths,
      (all, length) => {
        const mean = new Sma(length);
        for (const value of all) mean.update(value);
        expect(mean.value).toBe(all.length < length ? undefined : naiveMean(all.slice(-length)));
      },
    ),
  );
});

test('a rolling range is the extremes of the last bars that traded', () => {
  fc.assert(
    fc.property(bars, lengths, (all, length) => {
      const range = new RollingRange(length);
      for (const one of all) range.update(one);
      const traded = all.slice(-length).filter(({ volume }) => volume > 0);
      const known = all.length >= length && traded.length > 0;
      expect(range.high).toBe(known ? Math.max(...traded.map(({ high }) => high)) : undefined);
      expect(range.low).toBe(known ? Math.min(...traded.map(({ low }) => low)) : undefined);
    }),
  );
});

test('a range refuses a snapshot whose lists do not go together', () => {
  const range = new RollingRange(2);
  for (const high of [3, 2]) range.update({ high, low: 1, volume: 1 });
  const highs = { version: 1, times: [0, 1], values: [3] };
  expect(() => range.restore({ ...Object(range.snapshot()), highs })).toThrow('expected as many times as values');
  expect(range.high).toBe(3);
});
