import { lots } from '@kb/model';
import { describe, expect, test } from 'vitest';
import {
  costToFill,
  depthWithinBps,
  imbalance,
  isCrossed,
  L2Book,
  microprice,
  mid,
  spread,
  TreeBook,
} from '../src/index.ts';
import { GRID, message } from './plain-book.ts';
import type { PlainMessage } from './plain-book.ts';

const MOST = Number.MAX_SAFE_INTEGER;

describe.each([
  ['L2Book', () => new L2Book('BTC/USD', GRID, 10)],
  ['TreeBook', () => new TreeBook('BTC/USD', GRID, Number.POSITIVE_INFINITY)],
])('of a %s', (_, make) => {
  const bookOf = (plain: Partial<PlainMessage>): L2Book | TreeBook => {
    const book = make();
    book.apply(message({ snapshot: true, ...plain }));
    return book;
  };

  /** Bids 100.0 × 5, 99.9 × 4, 99.8 × 6; asks 100.2 × 1, 100.3 × 2, 100.4 × 8. */
  const example = bookOf({
    bids: [
      [1000, 5],
      [999, 4],
      [998, 6],
    ],
    asks: [
      [1002, 1],
      [1003, 2],
      [1004, 8],
    ],
  });

  test('the worked example: spread 0.2, mid 100.1, microprice 100.166667', () => {
    expect(spread(example)).toBe(2);
    expect(mid(example)).toBe(1001);
    expect(microprice(example)).toBeCloseTo(1001.66667, 5);
    expect(imbalance(example)).toBeCloseTo(5 / 6, 12);
  });

  test('a mid may lie between two ticks', () => {
    expect(mid(bookOf({ bids: [[1000, 1]], asks: [[1001, 1]] }))).toBe(1000.5);
    expect(mid(bookOf({ bids: [[MOST - 2, 1]], asks: [[MOST, 1]] }))).toBe(MOST - 1);
  });

  test('imbalance sums the levels asked for, or what there is', () => {
    expect(imbalance(example, 2)).toBe(9 / 12);
    expect(imbalance(example, 3)).toBe(15 / 26);
    expect(imbalance(example, 50)).toBe(15 / 26);
  });

  test('the microprice stays inside the spread at any sizes', () => {
    const heavy = bookOf({ bids: [[1000, MOST]], asks: [[1002, 1]] });
    expect(microprice(heavy)).toBeLessThanOrEqual(1002);
    expect(microprice(heavy)).toBeGreaterThan(1001.9);
  });

  test('depth within a distance from the mid counts the level that lies on the limit', () => {
    const book = bookOf({
      bids: [
        [9_999, 1],
        [9_990, 2],
        [9_980, 4],
      ],
      asks: [
        [10_001, 1],
        [10_010, 2],
        [10_011, 4],
      ],
    });
    expect([0.5, 1, 10, 20, 1000].map((bps) => depthWithinBps(book, 'buy', bps))).toEqual([0, 1, 3, 7, 7]);
    expect([0.5, 1, 10, 11].map((bps) => depthWithinBps(book, 'sell', bps))).toEqual([0, 1, 3, 7]);
  });

  test('the cost of a market order is the exact sum over the levels it takes', () => {
    expect(costToFill(example, 'buy', lots(4))).toEqual({
      filled: 4,
      unfilled: 0,
      cost: 1002n + 2n * 1003n + 1004n,
      worstPrice: 1004,
      averagePrice: 4012 / 4,
    });
    expect(costToFill(example, 'sell', lots(5))).toMatchObject({
      filled: 5,
      unfilled: 0,
      cost: 5000n,
      worstPrice: 1000,
    });
  });

  test('what the book does not hold is left unfilled', () => {
    expect(costToFill(example, 'sell', lots(20))).toMatchObject({ filled: 15, unfilled: 5, worstPrice: 998 });
  });

  test('the cost is exact beyond 2^53', () => {
    const book = bookOf({ asks: [[MOST, MOST]] });
    expect(costToFill(book, 'buy', lots(MOST))).toMatchObject({ filled: MOST, cost: BigInt(MOST) ** 2n });
  });

  test.each([0, -1])('a size of %i lots is refused', (size) => {
    expect(() => costToFill(example, 'buy', lots(size))).toThrow(expect.objectContaining({ code: 'KB_BOOK_BAD_SIZE' }));
  });

  test.each([
    ['no bids', { asks: [[1002, 1]] as const }],
    ['no asks', { bids: [[1000, 1]] as const }],
    ['nothing', {}],
  ])('with %s there is no spread, mid, microprice, imbalance or depth', (__, plain) => {
    const book = bookOf(plain);
    expect([spread(book), mid(book), microprice(book), imbalance(book)]).toEqual(Array(4).fill(undefined));
    expect([depthWithinBps(book, 'buy', 10), depthWithinBps(book, 'sell', 10)]).toEqual([undefined, undefined]);
    expect(isCrossed(book)).toBe(false);
  });

  test('the side that is there can still be taken', () => {
    const book = bookOf({ asks: [[1002, 1]] });
    expect(costToFill(book, 'buy', lots(1))).toMatchObject({ filled: 1 });
    expect(costToFill(book, 'sell', lots(1))).toBeUndefined();
  });

  test.each([[1002], [1003]])('crossed by a bid at %i there is no fair value, and the spread says so', (bid) => {
    const book = bookOf({ bids: [[bid, 1]], asks: [[1002, 1]] });
    expect(isCrossed(book)).toBe(true);
    expect([mid(book), microprice(book), depthWithinBps(book, 'buy', 10)]).toEqual(Array(3).fill(undefined));
    expect(spread(book)).toBe(1002 - bid);
  });
});
