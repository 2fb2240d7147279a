import { describe, expect, test } from 'vitest';
import { fitIntensity, glftTerms, intensityBeyond } from '../../src/index.ts';

const TICKS = [1, 2, 3, 4, 5, 6];
const REACHED = [180, 121, 83, 52, 37, 24];

describe('the worked examples', () => {
  test('ordinary least squares: log A −0.795956, κ 0.402764', () => {
    const fit = fitIntensity(TICKS, REACHED, 600, [1, 1, 1, 1, 1, 1]);
    expect(Math.log(fit?.intensity ?? 0)).toBeCloseTo(-0.795956, 6);
    expect(fit?.decay).toBeCloseTo(0.402764, 6);
  });

  test('weighted by the counts: A 0.450004, κ 0.401732', () => {
    const fit = fitIntensity(TICKS, REACHED, 600);
    expect(fit?.intensity).toBeCloseTo(0.450004, 6);
    expect(fit?.decay).toBeCloseTo(0.401732, 6);
    expect(fit?.rSquared).toBeGreaterThan(0.99);
  });

  test('GLFT with that calibration: 2.346079, 0.631722, 2.725113, 0.758066', () => {
    const fit = fitIntensity(TICKS, REACHED, 600);
    const { intensity = 0, decay = 0 } = fit ?? {};
    const terms = glftTerms({ riskAversion: 0.05, intensity, decay, volatility: 1.2, fee: 0 });
    expect(terms.c1).toBeCloseTo(2.346079, 6);
    expect(terms.c2).toBeCloseTo(0.631722, 6);
    expect(terms.half).toBeCloseTo(2.725113, 6);
    expect(terms.skew).toBeCloseTo(0.758066, 6);
  });

  test('the closed form: κ 0.833333, or 0.75 with n − 1, and A 1.150488', () => {
    const distances = [1.2, 1.5, 2.1, 1.1, 3.4, 2.6, 1.8, 5, 1.3, 2];
    expect(intensityBeyond(distances, 1, 20)?.decay).toBeCloseTo(0.833333, 6);
    expect(intensityBeyond(distances, 1, 20)?.intensity).toBeCloseTo(1.150488, 6);
    expect(intensityBeyond(distances, 1, 20, true)?.decay).toBeCloseTo(0.75, 12);
    expect(intensityBeyond([...distances, 0.4, 1], 1, 20)).toEqual(intensityBeyond(distances, 1, 20));
  });
});

test('a true exponential is found again, whatever the weights', () => {
  const reached = TICKS.map((distance) => 1000 * Math.exp(-0.7 * distance));
  for (const weights of [reached, [1, 5, 2, 9, 1, 1]]) {
    const fit = fitIntensity(TICKS, reached, 250, weights);
    expect(fit?.intensity).toBeCloseTo(4, 12);
    expect(fit?.decay).toBeCloseTo(0.7, 12);
    expect(fit?.rSquared).toBeCloseTo(1, 12);
  }
});

test('what has no slope has none: too few distances, or none beyond the least', () => {
  expect(fitIntensity([], [], 10)).toBeUndefined();
  expect(fitIntensity([3], [10], 10)).toBeUndefined();
  expect(fitIntensity([1, 2], [10, 10], 10)).toMatchObject({ decay: 0, rSquared: 0 });
  expect(intensityBeyond([0.5, 1], 1, 10)).toBeUndefined();
  expect(intensityBeyond([2], 1, 10, true)).toBeUndefined();
});

test('no time and no counts are refused', () => {
  expect(() => fitIntensity([1, 2], [10, 5], 0)).toThrow(RangeError);
  expect(() => fitIntensity([1, 2], [10, 0], 10)).toThrow(RangeError);
  expect(() => intensityBeyond([2, 3], 1, 0)).toThrow(RangeError);
});
