import { expect, test } from 'vitest';
import { StrategyError, deltaBps, deltaClass, fittedScaler, standardised } from '../../src/index.ts';

test('a move is told in basis points of the logarithm, the way back as the same', () => {
  expect(deltaBps(30_000, 30_030)).toBeCloseTo(1e4 * Math.log(1.001), 9);
  expect(deltaBps(30_030, 30_000)).toBeCloseTo(-1e4 * Math.log(1.001), 9);
  expect(deltaBps(100, 100)).toBe(0);
  expect(() => deltaBps(0, 1)).toThrow(StrategyError);
});

test('moves within the cost, edges included, are neutral', () => {
  expect([-2.1, -2, 0, 2, 2.1].map((delta) => deltaClass(delta, 2))).toEqual([-1, 0, 0, 0, 1]);
});

test('rows are scaled by what the training knew, and cut at five deviations', () => {
  const scaler = fittedScaler([
    [1, 7],
    [3, 7],
  ]);
  expect(scaler).toEqual({ mean: [2, 7], std: [1, 1] });
  expect(standardised(scaler, [4, 7])).toEqual([2, 0]);
  expect(standardised(scaler, [100, -100])).toEqual([5, -5]);
  expect(() => fittedScaler([])).toThrow(StrategyError);
  expect(() => fittedScaler([[1], [1, 2]])).toThrow(StrategyError);
});
