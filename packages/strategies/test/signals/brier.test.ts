import fc from 'fast-check';
import { expect, test } from 'vitest';
import { binsBetween, brierParts, brierScore, brierSkill, calibrationError, equalCountBins } from '../../src/index.ts';
import type { Forecast } from '../../src/index.ts';

const EIGHT: readonly Forecast[] = [
  { p: 0.9, y: 1 },
  { p: 0.8, y: 1 },
  { p: 0.7, y: 0 },
  { p: 0.6, y: 1 },
  { p: 0.6, y: 0 },
  { p: 0.55, y: 1 },
  { p: 0.3, y: 0 },
  { p: 0.2, y: 0 },
];

test('eight forecasts score 0.1740625, with a skill of 0.30375 over their mean', () => {
  expect(brierScore(EIGHT)).toBeCloseTo(0.1740625, 12);
  expect(brierSkill(EIGHT)).toBeCloseTo(0.30375, 12);
});

test('in bins below 0.4, below 0.65 and above, reliability is 0.024896, resolution 0.083333 and the error 0.14375', () => {
  const bins = binsBetween(EIGHT, [0.4, 0.65]);
  const mean = (values: readonly number[]): string =>
    (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(4);
  expect(bins.map((bin) => mean(bin.map(({ p }) => p)))).toEqual(['0.2500', '0.5833', '0.8000']);
  expect(bins.map((bin) => mean(bin.map(({ y }) => y)))).toEqual(['0.0000', '0.6667', '0.6667']);
  const parts = brierParts(bins);
  expect(parts?.reliability.toFixed(6)).toBe('0.024896');
  expect(parts?.resolution.toFixed(6)).toBe('0.083333');
  expect(parts?.uncertainty).toBe(0.25);
  expect(calibrationError(bins)).toBeCloseTo(0.14375, 12);
});

test('without forecasts nothing is scored, and without two outcomes there is no skill', () => {
  expect([brierScore([]), brierSkill([]), brierParts([]), calibrationError([])]).toEqual(Array(4).fill(undefined));
  expect(brierSkill([{ p: 0.5, y: 1 }])).toBeUndefined();
});

const forecasts = fc.array(
  fc.record({ p: fc.constantFrom(0.1, 0.3, 0.5, 0.7, 0.9), y: fc.constantFrom<0 | 1>(0, 1) }),
  { minLength: 1, maxLength: 80 },
);

test('where p is constant in each bin the parts make the score', () => {
  fc.assert(
    fc.property(forecasts, (given) => {
      const parts = brierParts(binsBetween(given, [0.2, 0.4, 0.6, 0.8]));
      const sum = (parts?.reliability ?? 0) - (parts?.resolution ?? 0) + (parts?.uncertainty ?? 0);
      expect(sum).toBeCloseTo(brierScore(given) ?? 0, 12);
    }),
  );
});

test('bins of equal count hold every forecast once, in order, give or take one', () => {
  fc.assert(
    fc.property(forecasts, fc.integer({ min: 1, max: 12 }), (given, count) => {
      const bins = equalCountBins(given, count);
      expect(bins.flat()).toEqual(given.toSorted((a, b) => a.p - b.p));
      const sizes = bins.map((bin) => bin.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});
