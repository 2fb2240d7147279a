import { describe, expect, test } from 'vitest';
import { fairValue, referenceLevel } from '../src/index.ts';
import { FakeBook } from './harness.ts';

function book(bids: readonly [string, string][], asks: readonly [string, string][]): FakeBook {
  const made = new FakeBook();
  made.set(bids, asks);
  return made;
}

describe('the worked examples (in ticks of 0.1)', () => {
  const touch = book([['100.0', '5']], [['100.2', '1']]);
  const deep = book(
    [
      ['100.0', '5'],
      ['99.9', '4'],
      ['99.8', '6'],
    ],
    [
      ['100.2', '1'],
      ['100.3', '2'],
      ['100.4', '8'],
    ],
  );

  test('mid is 100.1', () => {
    expect(fairValue(touch, 'mid', 0, 0)).toBe(1001);
  });

  test('micro is 100.166667', () => {
    expect((fairValue(touch, 'micro', 0, 0)! / 10).toFixed(6)).toBe('100.166667');
  });

  test('depthMicro is 100.136', () => {
    expect((fairValue(deep, 'depthMicro', 0, 0)! / 10).toFixed(3)).toBe('100.136');
  });
});

test('there is none when a side is empty or the book is crossed', () => {
  expect(fairValue(book([], [['100.0', '1']]), 'mid', -1, 0)).toBeUndefined();
  expect(fairValue(book([['100.1', '1']], [['100.0', '1']]), 'micro', 0, 0)).toBeUndefined();
});

test('levels worth too little are skipped', () => {
  const dusty = book(
    [
      ['100.0', '0.4'],
      ['99.9', '1'],
    ],
    [['100.2', '0.1']],
  );
  const fiftyUsd = 50 * 10 * 1e8;
  expect(referenceLevel(dusty, 'buy', fiftyUsd)).toBe(1);
  expect(referenceLevel(dusty, 'sell', fiftyUsd)).toBe(-1);
});
