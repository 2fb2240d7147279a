import { expect, test } from 'vitest';
import { onlySide, widenFactor } from '../../src/index.ts';

test('a quote widens with VPIN above its limit and with flow to either side, three times at most', () => {
  expect(widenFactor(0, 0, 2, 0.5)).toBe(1);
  expect(widenFactor(-0.4, 0, 2, 0.5)).toBe(1);
  expect(widenFactor(0.25, 0, 2, 0.5)).toBe(1.5);
  expect(widenFactor(0, -1, 2, 0.5)).toBe(1.5);
  expect(widenFactor(0.25, 1, 2, 0.5)).toBe(2);
  expect(widenFactor(0.5, 9, 2, 0.5)).toBe(3);
});

test('both gates are off with weights of zero', () => {
  expect(widenFactor(1, 8, 0, 0)).toBe(1);
});

test('one side is quoted when the drift exceeds half of the half-spread: the side of the move', () => {
  expect(onlySide(0, 4)).toBeUndefined();
  expect(onlySide(2, 4)).toBeUndefined();
  expect(onlySide(-2, 4)).toBeUndefined();
  expect(onlySide(2.01, 4)).toBe('buy');
  expect(onlySide(-2.01, 4)).toBe('sell');
});
