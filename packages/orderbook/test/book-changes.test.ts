import { countToDecimal } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bookChanges, BookError, L2Book } from '../src/index.ts';
import type { PlainLevel } from '../src/index.ts';
import { GRID } from './plain-book.ts';

const bids = (...levels: readonly unknown[]): { snapshot: boolean; bids: PlainLevel[]; asks: PlainLevel[] } => ({
  snapshot: false,
  bids: levels as PlainLevel[],
  asks: [],
});

test('decimal text becomes ticks and lots, in the order given', () => {
  const changes = bookChanges(
    {
      snapshot: true,
      bids: [
        ['45283.5', '0.10000000'],
        ['45283.4', '0'],
      ],
      asks: [['45285.2', '1.5e-3']],
    },
    GRID,
  );
  expect(changes).toEqual({
    snapshot: true,
    bidCount: 2,
    bidPrices: [452_835, 452_834],
    bidSizes: [10_000_000, 0],
    askCount: 1,
    askPrices: [452_852],
    askSizes: [150_000],
  });
});

test('numbers in the shape of ccxt are taken for the decimals they were read from', () => {
  const changes = bookChanges(bids([45283.1, 0.1], [45281, 1.54582015], [0.3, 1e-8], [45281.2, 0, 1700000000]), GRID);
  expect(changes.bidPrices).toEqual([452_831, 452_810, 3, 452_812]);
  expect(changes.bidSizes).toEqual([10_000_000, 154_582_015, 1, 0]);
});

test('text and number of up to 15 digits give the same count, at any precision', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 999_999_999_999_999 }),
      fc.integer({ min: 0, max: 15 }),
      (count, precision) => {
        const text = countToDecimal(count, precision);
        const grid = { pricePrecision: precision, qtyPrecision: precision };
        const changes = bookChanges(bids([text, text], [Number(text), Number(text)]), grid);
        expect([...changes.bidPrices, ...changes.bidSizes]).toEqual(Array(4).fill(count));
      },
    ),
  );
});

test('a number of 16 digits is exact or refused, never another count', () => {
  const sizesOf = (value: number, precision: number): unknown => {
    try {
      return bookChanges(bids([1, value]), { pricePrecision: 0, qtyPrecision: precision }).bidSizes;
    } catch (error) {
      return error instanceof BookError ? error.code : error;
    }
  };
  let refused = 0;
  fc.assert(
    fc.property(fc.integer({ min: 2 ** 51, max: Number.MAX_SAFE_INTEGER }), fc.nat({ max: 15 }), (count, precision) => {
      const sizes = sizesOf(Number(countToDecimal(count, precision)), precision);
      if (sizes === 'KB_BOOK_BAD_SIZE') refused += 1;
      else expect(sizes).toEqual([count]); // oxlint-disable-line vitest/no-conditional-expect -- either is right, nothing else is
    }),
    { seed: 20261121, numRuns: 500 },
  );
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(500);
});

describe('refuses, with a code and the place, and gives nothing back', () => {
  test.each([
    ['a price that is no decimal', [['1,5', '1']], 'KB_BOOK_BAD_PRICE', 'bids[0] price'],
    [
      'a price of zero',
      [
        ['1.0', '1'],
        ['0.0', '1'],
      ],
      'KB_BOOK_BAD_PRICE',
      'bids[1] price',
    ],
    ['a negative price', [['-1.0', '1']], 'KB_BOOK_BAD_PRICE', 'bids[0] price'],
    ['a price finer than the grid', [['1.05', '1']], 'KB_BOOK_BAD_PRICE', 'bids[0] price'],
    ['a number finer than the grid', [[0.1 + 0.2, 1]], 'KB_BOOK_BAD_PRICE', 'bids[0] price'],
    ['NaN', [[Number.NaN, 1]], 'KB_BOOK_BAD_PRICE', 'bids[0] price'],
    ['an infinite price', [[Number.POSITIVE_INFINITY, 1]], 'KB_BOOK_BAD_PRICE', 'bids[0] price'],
    ['a missing price', [[undefined, 1]], 'KB_BOOK_BAD_PRICE', 'bids[0] price'],
    [
      'a negative size',
      [
        ['1.0', '1'],
        ['1.1', '-0.1'],
      ],
      'KB_BOOK_BAD_SIZE',
      'bids[1] size',
    ],
    ['a negative size as a number', [[1, -0.1]], 'KB_BOOK_BAD_SIZE', 'bids[0] size'],
    ['a size beyond 2^53 − 1 lots', [['1', '90071992.54740992']], 'KB_BOOK_BAD_SIZE', 'bids[0] size'],
    ['a size beyond it as a number', [[1, 1e22]], 'KB_BOOK_BAD_SIZE', 'bids[0] size'],
    ['a size of null', [['1.0', null]], 'KB_BOOK_BAD_SIZE', 'bids[0] size'],
    ['a size in a list', [['1.0', ['1']]], 'KB_BOOK_BAD_SIZE', 'bids[0] size'],
    ['a level without a size', [['1.0']], 'KB_BOOK_BAD_LEVEL', 'bids[0]'],
    ['a level that is no pair', [{ price: 1, qty: 1 }], 'KB_BOOK_BAD_LEVEL', 'bids[0]'],
  ])('%s', (_, levels, code, where) => {
    const convert = (): unknown => bookChanges(bids(...levels), GRID);
    expect(convert).toThrow(BookError);
    expect(convert).toThrow(expect.objectContaining({ code }));
    expect(convert).toThrow(where);
  });

  test('a side that is no list', () => {
    const broken = { snapshot: true, bids: [], asks: undefined as unknown as PlainLevel[] };
    expect(() => bookChanges(broken, GRID)).toThrow(expect.objectContaining({ code: 'KB_BOOK_BAD_LEVEL' }));
  });

  test('a grid that is none', () => {
    expect(() => bookChanges(bids(), { pricePrecision: 1, qtyPrecision: -8 })).toThrow(
      expect.objectContaining({ code: 'KB_BOOK_BAD_GRID' }),
    );
  });

  test('and leaves the book as it was', () => {
    const book = new L2Book('BTC/USD', GRID, 10);
    book.apply(bookChanges(bids(['1.0', '1']), GRID));
    const before = book.checksum();
    expect(() => book.apply(bookChanges(bids(['1.1', '1'], ['1.2', '-1']), GRID))).toThrow(BookError);
    expect(book.checksum()).toBe(before);
    expect(book.levels('buy')).toBe(1);
  });
});

test('what was wrong with a decimal stays readable as the cause', () => {
  expect(() => bookChanges(bids(['1.05', '1']), GRID)).toThrow(
    expect.objectContaining({ cause: expect.objectContaining({ code: 'KB_MODEL_OFF_GRID' }) }),
  );
});
