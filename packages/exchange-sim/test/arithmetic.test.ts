import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exp, ln, normalQuantile, power } from '../src/flow/arithmetic.ts';
import { lifetimeTable, logNormalTable, QuantileTable, WeightedPick } from '../src/flow/quantile-table.ts';

describe('arithmetic that rounds the same everywhere', () => {
  test('exp and ln agree with the library to fourteen digits', () => {
    fc.assert(
      fc.property(fc.double({ min: -40, max: 40, noNaN: true }), (x) => {
        expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(2e-14);
      }),
      { seed: 1 },
    );
    fc.assert(
      fc.property(fc.double({ min: 1e-17, max: 1e17, noNaN: true }), (x) => {
        expect(Math.abs(ln(x) - Math.log(x))).toBeLessThan(1e-14 * Math.max(1, Math.abs(Math.log(x))));
      }),
      { seed: 2 },
    );
    expect(exp(-1000)).toBe(0);
    expect(power(2, 0.5)).toBeCloseTo(Math.SQRT2, 13);
  });

  test('the normal quantile has the values of the tables', () => {
    for (const [p, z] of [
      [0.5, 0],
      [0.841344746068543, 1],
      [0.975, 1.959963984540054],
      [0.999, 3.090232306167813],
      [1e-6, -4.753424308822899],
    ] as const) {
      expect(normalQuantile(p)).toBeCloseTo(z, 7);
    }
  });
});

describe('QuantileTable', () => {
  test('draws a log-normal distribution with its median and spread', () => {
    const table = logNormalTable(0.02, 1.4);
    expect(table.at(0.5)).toBeCloseTo(0.02, 9);
    expect(table.at(0.841344746)).toBeCloseTo(0.02 * Math.exp(1.4), 4);
    expect(table.at(0)).toBeGreaterThan(0);
    expect(table.at(1 - 2 ** -53)).toBeLessThan(0.02 * Math.exp(1.4 * 4));
  });

  test('lifetimes follow the hazard that is higher for young orders', () => {
    const [theta, multiple, tau] = [0.03, 12, 1.5];
    const table = lifetimeTable(theta, multiple, tau);
    for (const age of [0.1, 1, 5, 20, 100]) {
      const survival = Math.exp(-theta * age - theta * multiple * tau * (1 - Math.exp(-age / tau)));
      expect(table.at(1 - survival)).toBeCloseTo(age, 1);
    }
  });

  test('lies on straight lines between its points', () => {
    const table = new QuantileTable((p) => p);
    expect(table.at(0.3)).toBeCloseTo(0.3, 12);
  });
});

test('WeightedPick picks each index in proportion to its weight', () => {
  const weights = [5, 0, 1, 3, 0.001, 1];
  const pick = new WeightedPick(weights);
  const counts = weights.map(() => 0);
  const draws = 100_000;
  for (let draw = 0; draw < draws; draw += 1) counts[pick.at((draw + 0.5) / draws)]! += 1;
  weights.forEach((weight, index) => {
    expect(Math.abs(counts[index]! / draws - weight / pick.total)).toBeLessThan(2 / draws);
  });
  expect(pick.at(1 - 2 ** -53)).toBe(5);
});
