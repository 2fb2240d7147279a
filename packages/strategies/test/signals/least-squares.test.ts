import { KeyedRandom } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LeastSquares, StrategyError } from '../../src/index.ts';

const WORKED: readonly (readonly [readonly number[], number, string, readonly string[]])[] = [
  [[1, 0.5], 0.3, '0.300000', ['0.238097', '0.119049']],
  [[1, -0.2], -0.1, '-0.314287', ['0.017535', '0.549155']],
  [[1, 0.9], 0.6, '0.088225', ['0.018937', '0.619211']],
];

test('three rows move the coefficients and leave the errors of the worked example', () => {
  const model = new LeastSquares(2);
  for (const [x, y, error, theta] of WORKED) {
    expect(model.learn(x, y)?.toFixed(6)).toBe(error);
    expect(model.coefficients.map((value) => value.toFixed(6))).toEqual(theta);
  }
  expect(model.rows).toBe(3);
});

test('it finds the coefficients of a noisy line, and follows them when they change', () => {
  const random = new KeyedRandom(1, 'rows');
  const model = new LeastSquares(3, { forgetting: 0.99 });
  const learn = (from: number, truth: readonly number[]): void => {
    for (let row = from; row < from + 1_500; row += 1) {
      const x = [1, random.at(row) - 0.5, random.at(row, 1) - 0.5];
      const noise = 0.1 * (random.at(row, 2) - 0.5);
      model.learn(
        x,
        x.reduce((sum, value, index) => sum + value * (truth[index] ?? 0), noise),
      );
    }
    for (const [index, value] of truth.entries()) {
      expect(Math.abs((model.coefficients[index] ?? 0) - value)).toBeLessThan(0.03);
    }
  };
  learn(0, [0.5, -2, 1]);
  learn(1_500, [-0.5, 1, 0]);
  expect(model.errorDeviation).toBeCloseTo(0.1 / Math.sqrt(12), 2);
  expect(model.probabilityAbove([1, 0.4, 0])).toBeLessThan(0.1);
  expect(model.probabilityAbove([1, 0.6, 0])).toBeGreaterThan(0.9);
});

test('without forgetting it ends where the normal equations do, but for the prior', () => {
  const rows: readonly (readonly [number, number])[] = [
    [1, 2],
    [2, 3],
    [3, 7],
  ];
  const model = new LeastSquares(1, { forgetting: 1, startVariance: 1e9 });
  for (const [x, y] of rows) model.learn([x], y);
  expect(model.coefficients[0]).toBeCloseTo((2 + 6 + 21) / (1 + 4 + 9), 6);
});

test('rows with numbers that are none are skipped, and state stays finite along directions that never occur', () => {
  const model = new LeastSquares(2, { forgetting: 0.9 });
  expect(model.learn([Number.NaN, 1], 1)).toBeUndefined();
  expect(model.learn([1, 1], Infinity)).toBeUndefined();
  expect(model.probabilityAbove([1, 1])).toBeUndefined();
  expect(model.rows).toBe(0);
  for (let row = 0; row < 20_000; row += 1) model.learn([1, 0], row % 2);
  expect(model.coefficients[0]).toBeCloseTo(0.5, 1);
  const { p } = Object(model.snapshot());
  expect(p.every(Number.isFinite)).toBe(true);
  expect(p[0] + p[3]).toBeLessThanOrEqual(1e6 + 1e-3);
});

test('restored in mid-run it goes on with the same digits', () => {
  const value = fc.double({ min: -10, max: 10, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value, value), { maxLength: 40 }), fc.nat(40), (rows, at) => {
      const whole = new LeastSquares(2);
      let resumed = new LeastSquares(2);
      for (const [index, [a, b, y]] of rows.entries()) {
        if (index === at) {
          const state: unknown = JSON.parse(JSON.stringify(resumed.snapshot()));
          resumed = new LeastSquares(2);
          resumed.restore(state);
        }
        expect(resumed.learn([a, b], y)).toEqual(whole.learn([a, b], y));
      }
      expect(resumed.errorDeviation).toEqual(whole.errorDeviation);
    }),
  );
});

test('other sizes, impossible options and states of another size are refused', () => {
  expect(() => new LeastSquares(2).learn([1], 1)).toThrow(/expected 2 features, were 1/);
  expect(() => new LeastSquares(0, { forgetting: 1.1, errorShare: 0 })).toThrow(/size.*forgetting.*errorShare/);
  expect(() => new LeastSquares(2).restore(new LeastSquares(3).snapshot())).toThrow(StrategyError);
});
