import { expect, test } from 'vitest';
import { blockBootstrap, median, quantile } from '../src/fidelity/stats/bootstrap.ts';
import { correlation } from '../src/fidelity/stats/correlation.ts';
import { forecastScore } from '../src/fidelity/stats/forecast.ts';
import { countsOf, kaplanMeier, largestGap, survivalAt } from '../src/fidelity/stats/kaplan-meier.ts';
import { blockProfit, orderProfit } from '../src/fidelity/measure/block-profit.ts';

test('Kaplan and Meier agree with the textbook: remission of leukaemia under 6-MP (Freireich 1963)', () => {
  const ended = [6, 6, 6, 7, 10, 13, 16, 22, 23];
  const censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
  const lives = [...ended.map((time) => ({ time, ended: true })), ...censored.map((time) => ({ time, ended: false }))];
  const curve = kaplanMeier(countsOf(lives));
  expect(curve.times).toEqual([6, 7, 10, 13, 16, 22, 23]);
  expect(curve.survival.map((share) => share.toFixed(4))).toEqual([
    '0.8571',
    '0.8067',
    '0.7529',
    '0.6902',
    '0.6275',
    '0.5378',
    '0.4482',
  ]);
  expect([5.9, 6, 12, 40].map((time) => survivalAt(curve, time).toFixed(4))).toEqual([
    '1.0000',
    '0.8571',
    '0.7529',
    '0.4482',
  ]);
});

test('the gap of two survival curves is the largest at any time, also where only one of them steps', () => {
  const a = { times: [1, 4], survival: [0.8, 0.5] };
  const b = { times: [2, 3], survival: [0.9, 0.3] };
  expect(largestGap(a, b)).toBeCloseTo(0.5, 12); // from 3 to 4: 0.8 and 0.3
  expect(largestGap(a, a)).toBe(0);
  expect(largestGap(a, { times: [], survival: [] })).toBe(0.5);
});

test('Brier’s score, its base rate and the slope of calibration', () => {
  // Forecasts 0.8, 0.8, 0.2, 0.4 of outcomes 1, 0, 0, 1: (0.04 + 0.64 + 0.04 + 0.36) / 4.
  const sums = { count: 4, p: 2.2, o: 2, pp: 0.64 + 0.64 + 0.04 + 0.16, po: 1.2 };
  const score = forecastScore(sums);
  expect(score.brier).toBeCloseTo(0.27, 12);
  expect(score.baseRate).toBe(0.25);
  expect(score.slope).toBeCloseTo((4 * 1.2 - 2.2 * 2) / (4 * 1.48 - 2.2 ** 2), 12);
  // Who is always right is calibrated.
  expect(forecastScore({ count: 4, p: 1, o: 1, pp: 1, po: 1 })).toMatchObject({ brier: 0, slope: 1 });
});

test('correlation of Anscombe’s first set', () => {
  const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
  const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  const found = correlation({
    count: x.length,
    x: total(x),
    y: total(y),
    xx: total(x.map((value) => value * value)),
    yy: total(y.map((value) => value * value)),
    xy: total(x.map((value, index) => value * (y[index] ?? 0))),
  });
  expect(found.toFixed(4)).toBe('0.8164');
});

test('quantiles are those of R’s type 7', () => {
  expect(quantile([1, 2, 3, 4], 0.25)).toBe(1.75);
  expect(quantile([1, 2, 3, 4], 1)).toBe(4);
  expect(median([5, 1, 3])).toBe(3);
  expect(median([])).toBeNaN();
});

test('the bootstrap draws whole blocks, the same for the same seed', () => {
  const blocks = [1, 2, 3, 4, 5, 6, 7, 8].map((value) => Float64Array.of(value, 1));
  const mean = (sums: Float64Array): number => (sums[0] ?? 0) / (sums[1] ?? 0);
  const interval = blockBootstrap(blocks, mean, { seed: 1, draws: 4_000 });
  expect(interval).toEqual(blockBootstrap(blocks, mean, { seed: 1, draws: 4_000 }));
  const few = (seed: number): unknown => blockBootstrap(blocks, mean, { seed, draws: 20 });
  expect(few(1)).not.toEqual(few(2));
  // The standard error of the mean of eight is 2.291 / √8 = 0.81.
  expect(Math.abs((interval?.low ?? 0) - (4.5 - 1.96 * 0.81))).toBeLessThan(0.13); // it has steps of an eighth
  expect(Math.abs((interval?.high ?? 0) - (4.5 + 1.96 * 0.81))).toBeLessThan(0.13);
  // Each sample has as many blocks as there are.
  expect(blockBootstrap(blocks, (sums) => sums[1] ?? 0, { seed: 1, draws: 20 })).toEqual({ low: 8, high: 8 });
  const alike = [1, 1, 1].map((value) => Float64Array.of(value, 1));
  expect(blockBootstrap(alike, mean, { seed: 1, draws: 10 })).toEqual({ low: 1, high: 1 });
  expect(blockBootstrap(blocks.slice(0, 1), mean, { seed: 1, draws: 10 })).toBeUndefined();
});

test('a block earns its cash, and what its orders hold at the mid of its end', () => {
  const order = (side: 'buy' | 'sell', filled: number, paid: number) => ({
    block: 0,
    side,
    filled: Float64Array.of(filled, 0),
    paid: Float64Array.of(paid, 0),
  });
  const orders = [order('buy', 2, 200), order('sell', 1, 103)];
  // −200 + 103, and one lot at 105.
  expect(blockProfit(orders, 0, 105)).toEqual({ profit: 8, turnover: 303 });
  expect(orders.map((each) => orderProfit(each, 0, 105))).toEqual([10, -2]);
  expect(blockProfit(orders, 1, 105)).toEqual({ profit: 0, turnover: 0 });
});
