import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lots, micros, MILLISECOND, NO_LOTS, notional, opposite, SECOND, signOf, ticks } from '../src/index.ts';
import { codeOf } from './harness.ts';

describe.each([
  ['ticks', ticks],
  ['lots', lots],
  ['micros', micros],
])('%s', (_name, brand) => {
  test('takes whole numbers within ±(2^53 − 1) as they are', () => {
    for (const count of [0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) expect(brand(count)).toBe(count);
  });

  test.each([0.5, 2 ** 53, -(2 ** 53), Number.NaN, Infinity, -Infinity, '1' as never, undefined as never])(
    'refuses %s',
    (count) => {
      expect(codeOf(() => brand(count))).toBe('KB_MODEL_OUT_OF_RANGE');
    },
  );
});

test('price × size is exact beyond 2^53', () => {
  expect(notional(ticks(950_000), lots(10_000_000_000))).toBe(9_500_000_000_000_000n);
  const most = Number.MAX_SAFE_INTEGER;
  expect(notional(ticks(most), lots(most))).toBe(81129638414606663681390495662081n);
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (price, size) => {
      expect(notional(ticks(price), lots(size))).toBe(BigInt(price) * BigInt(size));
    }),
    { seed: 20_261_111 },
  );
});

test('the constants', () => {
  expect([NO_LOTS, MILLISECOND, SECOND]).toEqual([0, 1000, 1_000_000]);
});

test('sides', () => {
  expect([opposite('buy'), opposite('sell')]).toEqual(['sell', 'buy']);
  expect([signOf('buy'), signOf('sell')]).toEqual([1, -1]);
});
