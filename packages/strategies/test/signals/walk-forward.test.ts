import fc from 'fast-check';
import { expect, test } from 'vitest';
import { walkForward } from '../../src/index.ts';

test('of sixty rows a second apart, five tests of ten follow one another, each after its training and the embargo', () => {
  const times = Array.from({ length: 60 }, (_, row) => row * 1_000);
  const folds = walkForward(times, { horizonMs: 1_000, embargoMs: 3_000 });
  expect(folds.map(({ test: tested }) => tested.length)).toEqual([10, 10, 10, 10, 10]);
  expect(folds[0]?.test[0]).toBe(10);
  expect(folds[0]?.train).toEqual([0, 1, 2, 3, 4, 5]); // label of row 5 known at 6 s, three more until 9 s
  expect(folds[4]?.train.at(-1)).toBe(45);
});

test('no label of the training is known later than an embargo before its test, and no row is tested twice', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 2, maxLength: 200 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 8 }), (steps, horizonMs, count) => {
      let now = 1_700_000_000_000;
      const times = steps.map((step) => (now += step));
      const folds = walkForward(times, { horizonMs, folds: count });
      for (const { train, test: tested } of folds) {
        const lastLabel = Math.max(...train.map((place) => (times[place] ?? 0) + horizonMs));
        expect(lastLabel + 10 * horizonMs).toBeLessThanOrEqual(times[tested[0] ?? 0] ?? 0);
      }
      const all = folds.flatMap(({ test: tested }) => tested);
      expect(new Set(all).size).toBe(all.length);
    }),
  );
});

test('an embargo shorter than the horizon and fractions of folds are refused', () => {
  expect(() => walkForward([0, 1], { horizonMs: 5_000, embargoMs: 4_999, folds: 1.5 })).toThrow(/folds.*embargoMs/);
});
