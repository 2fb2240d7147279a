import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reversionHalfLife, reversionSlope } from '../../src/indicators/mean-reversion.ts';
import { RollingDeviation } from '../../src/indicators/rolling-deviation.ts';

const REVERTING = [
  100.0, 100.2, 99.9, 100.1, 100.3, 100.0, 99.8, 100.1, 100.2, 99.9, 100.0, 100.1, 100.3, 100.2, 99.9, 100.0, 99.8,
  100.1, 100.0, 99.4,
];

test('the worked example is drawn back by 96 % a bar, and half way in a fifth of one', () => {
  const window = new RollingDeviation(20);
  for (const price of [1, 2, 3, ...REVERTING]) window.update(price);
  const slope = reversionSlope(window.inputs()) ?? 0;
  expect(slope.toFixed(6)).toBe('-0.961240');
  expect(reversionHalfLife(slope)?.toFixed(3)).toBe('0.213');
});

test('a distance that shrinks by the same share each step has that slope, whatever its mean', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: -1000, max: 1000 }), (tenths, middle) => {
      const keeps = tenths / 10;
      const values = Array.from({ length: 8 }, (_, index) => middle + 100 * keeps ** index);
      const slope = reversionSlope(values) ?? 0;
      expect(slope).toBeCloseTo(keeps - 1, 8);
      expect(keeps ** (reversionHalfLife(slope) ?? 0)).toBeCloseTo(0.5, 6);
    }),
  );
});

test('what is not drawn back has no half-life', () => {
  expect(reversionHalfLife(0)).toBeUndefined();
  expect(reversionHalfLife(0.1)).toBeUndefined();
  expect(reversionHalfLife(-1)).toBeUndefined();
  expect(reversionHalfLife(-1.5)).toBeUndefined();
  expect(reversionSlope([1, 2, 4, 8])).toBeCloseTo(1, 12);
});

test('too few values, and values that are all alike, have no slope', () => {
  expect(reversionSlope([])).toBeUndefined();
  expect(reversionSlope([1, 2])).toBeUndefined();
  expect(reversionSlope([0.1, 0.1, 0.1, 0.7])).toBeUndefined();
  expect(() => reversionSlope([1, Number.NaN, 2])).toThrow(RangeError);
});
