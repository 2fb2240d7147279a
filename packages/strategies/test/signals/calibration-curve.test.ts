import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  NO_SCALING,
  betaBin,
  betaBinCurve,
  calibrated,
  isotonicCurve,
  plattScaled,
  plattStep,
} from '../../src/index.ts';
import type { Forecast } from '../../src/index.ts';

test('14 wins of 20 with a prior of 0.55 make 0.625', () => {
  expect(betaBin(14, 20, 0.55)).toBe(0.625);
});

test('one online step of Platt scaling from p 0.8 that did not happen: a 0.944548, b −0.04, then 0.780644', () => {
  const scaling = plattStep(NO_SCALING, { p: 0.8, y: 0 });
  expect(scaling.a.toFixed(6)).toBe('0.944548');
  expect(scaling.b).toBeCloseTo(-0.04, 12);
  expect(plattScaled(scaling, 0.8).toFixed(6)).toBe('0.780644');
  expect(plattScaled(NO_SCALING, 0.3)).toBeCloseTo(0.3, 12);
  expect(plattScaled(scaling, 1)).toBeLessThan(1);
});

test('a bin takes the estimate of the one below it as prior', () => {
  const low = Array.from({ length: 20 }, (): Forecast => ({ p: 0.2, y: 0 }));
  const high = Array.from({ length: 20 }, (): Forecast => ({ p: 0.8, y: 1 }));
  const curve = betaBinCurve([...high, ...low], 2);
  expect(curve).toEqual({ upTo: [0.2, 0.8], p: [0.25, 0.625] }); // (0+10)/40, (20+5)/40
  expect([0.1, 0.2, 0.21, 0.8, 0.95].map((p) => calibrated(curve, p))).toEqual([0.25, 0.25, 0.625, 0.625, 0.625]);
  expect(betaBinCurve([...high, ...low], 10)).toEqual(curve); // what was stated alike is not torn apart
  expect(calibrated(betaBinCurve([]), 0.9)).toBe(0.5);
});

test('outcomes that fall where they should rise are pooled', () => {
  const given: readonly Forecast[] = [
    { p: 0.1, y: 0 },
    { p: 0.3, y: 1 },
    { p: 0.5, y: 0 },
    { p: 0.7, y: 1 },
    { p: 0.9, y: 1 },
  ];
  expect(isotonicCurve(given)).toEqual({ upTo: [0.1, 0.5, 0.9], p: [0, 0.5, 1] });
});

test('isotonic steps rise, keep the mean outcome, and no constant fits better', () => {
  const forecast = fc.record({ p: fc.double({ min: 0, max: 1, noNaN: true }), y: fc.constantFrom<0 | 1>(0, 1) });
  fc.assert(
    fc.property(fc.array(forecast, { minLength: 1, maxLength: 60 }), (given) => {
      const curve = isotonicCurve(given);
      expect(curve.p).toEqual(curve.p.toSorted((a, b) => a - b));
      expect(curve.upTo).toEqual(curve.upTo.toSorted((a, b) => a - b));
      const mean = given.reduce((sum, { y }) => sum + y, 0) / given.length;
      const fitted = given.map(({ p, y }) => ({ p: calibrated(curve, p), y }));
      expect(fitted.reduce((sum, { p }) => sum + p, 0) / given.length).toBeCloseTo(mean, 9);
      const squares = fitted.reduce((sum, { p, y }) => sum + (p - y) ** 2, 0);
      expect(squares).toBeLessThanOrEqual(given.length * mean * (1 - mean) + 1e-9);
    }),
  );
});
