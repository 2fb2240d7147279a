import { KeyedRandom } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Logistic, StrategyError } from '../../src/index.ts';

test('the first step goes half a unit along every feature that was there', () => {
  const model = new Logistic(3);
  expect(model.learn([1, -2, 0], 1)).toBe(0.5);
  expect(model.coefficients).toEqual([0.5, -0.5, 0]);
});

test('it finds the coefficients behind outcomes, and its probabilities come true', () => {
  const random = new KeyedRandom(3, 'rows');
  const model = new Logistic(3);
  const truth = [0.3, 1.5, -1];
  let stated = 0;
  let happened = 0;
  for (let row = 0; row < 20_000; row += 1) {
    const x = [1, 2 * random.at(row) - 1, 2 * random.at(row, 1) - 1];
    const score = x.reduce((sum, value, index) => sum + value * (truth[index] ?? 0), 0);
    const y = random.at(row, 2) < 1 / (1 + Math.exp(-score)) ? 1 : 0;
    stated += model.learn(x, y) ?? 0;
    happened += y;
  }
  for (const [index, value] of truth.entries()) {
    expect(Math.abs((model.coefficients[index] ?? 0) - value)).toBeLessThan(0.1);
  }
  expect(Math.abs(stated - happened) / 20_000).toBeLessThan(0.01);
});

test('on noise it states about a half', () => {
  const random = new KeyedRandom(4, 'rows');
  const model = new Logistic(2);
  for (let row = 0; row < 5_000; row += 1) {
    model.learn([2 * random.at(row) - 1, 2 * random.at(row, 1) - 1], random.at(row, 2) < 0.5 ? 1 : 0);
  }
  for (const x of [
    [1, 1],
    [-1, 1],
  ]) {
    expect(Math.abs((model.predict(x) ?? 0) - 0.5)).toBeLessThan(0.06);
  }
});

test('a decay keeps coefficients small where outcomes are always alike', () => {
  const [free, tied] = [new Logistic(1), new Logistic(1, { decay: 0.1 })];
  for (let row = 0; row < 2_000; row += 1) for (const model of [free, tied]) model.learn([1], 1);
  expect(tied.coefficients[0]).toBeLessThan(2);
  expect(free.coefficients[0]).toBeGreaterThan(3);
});

test('restored in mid-run it goes on with the same digits', () => {
  const value = fc.double({ min: -10, max: 10, noNaN: true });
  const row = fc.tuple(value, value, fc.constantFrom<0 | 1>(0, 1));
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), fc.nat(40), (rows, at) => {
      const whole = new Logistic(2);
      let resumed = new Logistic(2);
      for (const [index, [a, b, y]] of rows.entries()) {
        if (index === at) {
          const state: unknown = JSON.parse(JSON.stringify(resumed.snapshot()));
          resumed = new Logistic(2);
          resumed.restore(state);
        }
        expect(resumed.learn([a, b], y)).toEqual(whole.learn([a, b], y));
      }
    }),
  );
});

test('rows with numbers that are none are skipped; other sizes, options and states are refused', () => {
  const model = new Logistic(2);
  expect(model.learn([Number.NaN, 1], 1)).toBeUndefined();
  expect(model.coefficients).toEqual([0, 0]);
  expect(() => model.predict([1])).toThrow(/expected 2 features, were 1/);
  expect(() => new Logistic(1.5, { step: 0, decay: -1 })).toThrow(/size.*step.*decay/);
  expect(() => model.restore({ version: 1, theta: [0, 0], slopes: [-1, 0] })).toThrow(StrategyError);
  expect(() => model.restore(new Logistic(3).snapshot())).toThrow(StrategyError);
});
