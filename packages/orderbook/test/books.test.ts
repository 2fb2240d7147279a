import { ticks } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32 } from 'node:zlib';
import { BookError, checksumOf, L2Book, snapshotOf, TreeBook } from '../src/index.ts';
import { GRID, levelsOf, message, PlainBook } from './plain-book.ts';
import type { PlainMessage } from './plain-book.ts';

const MOST = Number.MAX_SAFE_INTEGER;

describe.each([
  ['L2Book', (depth: number) => new L2Book('BTC/USD', GRID, depth)],
  ['TreeBook', (depth: number) => new TreeBook('BTC/USD', GRID, depth)],
])('%s', (_, make) => {
  test('an empty book has no best prices, no levels and the checksum of no text', () => {
    const book = make(10);
    expect([book.bestBid(), book.bestAsk(), book.levels('buy'), book.levels('sell')]).toEqual([
      undefined,
      undefined,
      0,
      0,
    ]);
    expect(book.priceAt('buy', 0)).toBeUndefined();
    expect(book.sizeAt('sell', 0)).toBeUndefined();
    expect(book.sizeOf('buy', ticks(100))).toBe(0);
    expect(book.checksum()).toBe(0);
    expect(book.isCrossed()).toBe(false);
  });

  test('keeps what it was made with', () => {
    const book = make(25);
    expect([book.symbol, book.depth, book.pricePrecision, book.qtyPrecision]).toEqual(['BTC/USD', 25, 1, 8]);
  });

  test('shows each side best first and answers sizes by price', () => {
    const book = make(10);
    book.apply(
      message({
        snapshot: true,
        bids: [
          [99, 5],
          [100, 1],
          [98, 7],
        ],
        asks: [
          [103, 4],
          [101, 2],
        ],
      }),
    );
    expect(levelsOf(book, 'buy')).toEqual([
      [100, 1],
      [99, 5],
      [98, 7],
    ]);
    expect(levelsOf(book, 'sell')).toEqual([
      [101, 2],
      [103, 4],
    ]);
    expect([book.bestBid(), book.bestAsk()]).toEqual([100, 101]);
    expect([book.sizeOf('buy', ticks(98)), book.sizeOf('sell', ticks(98)), book.sizeOf('sell', ticks(103))]).toEqual([
      7, 0, 4,
    ]);
  });

  test.each([-1, 3, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('has no level at index %s of three', (index) => {
    const book = make(10);
    book.apply(
      message({
        snapshot: true,
        bids: [
          [99, 5],
          [100, 1],
          [98, 7],
        ],
      }),
    );
    expect(book.priceAt('buy', index)).toBeUndefined();
    expect(book.sizeAt('buy', index)).toBeUndefined();
  });

  test('applies a repeated price in the order sent', () => {
    const book = make(10);
    book.apply(message({ snapshot: true, bids: [[635_016, 9]] }));
    book.apply(
      message({
        bids: [
          [635_016, 3],
          [635_016, 0],
          [634_786, 16],
          [634_786, 17],
        ],
      }),
    );
    expect(levelsOf(book, 'buy')).toEqual([[634_786, 17]]);
    book.apply(
      message({
        bids: [
          [634_786, 0],
          [634_786, 4],
        ],
      }),
    );
    expect(levelsOf(book, 'buy')).toEqual([[634_786, 4]]);
    expect(book.unknownRemovals).toBe(0);
  });

  test('ignores the removal of a level that is not there, and counts it', () => {
    const book = make(10);
    book.apply(message({ snapshot: true, bids: [[100, 1]], asks: [[102, 1]] }));
    const before = book.checksum();
    book.apply(
      message({
        bids: [
          [99, 0],
          [101, 0],
        ],
        asks: [[101, 0]],
      }),
    );
    expect(book.unknownRemovals).toBe(3);
    expect(book.checksum()).toBe(before);
  });

  test('cuts only after the whole message, so that a level beyond the depth can come into view', () => {
    const book = make(2);
    book.apply(
      message({
        snapshot: true,
        asks: [
          [101, 1],
          [102, 2],
        ],
      }),
    );
    book.apply(
      message({
        asks: [
          [103, 3],
          [101, 0],
        ],
      }),
    );
    expect(levelsOf(book, 'sell')).toEqual([
      [102, 2],
      [103, 3],
    ]);
  });

  test('drops the worst level without being told, and takes it again when it is sent again', () => {
    const book = make(2);
    book.apply(
      message({
        snapshot: true,
        bids: [
          [100, 1],
          [99, 2],
        ],
      }),
    );
    book.apply(message({ bids: [[101, 3]] }));
    expect(levelsOf(book, 'buy')).toEqual([
      [101, 3],
      [100, 1],
    ]);
    book.apply(
      message({
        bids: [
          [101, 0],
          [99, 2],
        ],
      }),
    );
    expect(levelsOf(book, 'buy')).toEqual([
      [100, 1],
      [99, 2],
    ]);
  });

  test('a snapshot in mid-stream replaces both sides, even by nothing', () => {
    const book = make(10);
    book.apply(message({ snapshot: true, bids: [[100, 1]], asks: [[102, 1]] }));
    book.checksum();
    book.apply(message({ snapshot: true, asks: [[202, 1]] }));
    expect([levelsOf(book, 'buy'), levelsOf(book, 'sell')]).toEqual([[], [[202, 1]]]);
    expect(book.checksum()).toBe(crc32('2021'));
    book.clear();
    expect([levelsOf(book, 'buy'), levelsOf(book, 'sell')]).toEqual([[], []]);
    expect(book.checksum()).toBe(0);
  });

  test('takes a snapshot longer than its depth, in any order', () => {
    const book = make(3);
    const asks = Array.from({ length: 500 }, (_, index) => [1000 + ((index * 7) % 500), index + 1] as const);
    book.apply(message({ snapshot: true, asks }));
    expect(levelsOf(book, 'sell').map(([price]) => price)).toEqual([1000, 1001, 1002]);
    expect(book.checksum()).toBe(checksumOf(book));
  });

  test('holds prices and sizes up to 2^53 − 1', () => {
    const book = make(10);
    book.apply(
      message({
        snapshot: true,
        bids: [
          [MOST - 1, MOST],
          [1, 1],
        ],
        asks: [[MOST, MOST - 1]],
      }),
    );
    expect(levelsOf(book, 'buy')).toEqual([
      [MOST - 1, MOST],
      [1, 1],
    ]);
    expect(book.checksum()).toBe(crc32(`${MOST}${MOST - 1}${MOST - 1}${MOST}11`));
  });

  test('says that it is crossed when the best prices meet or pass each other', () => {
    const book = make(10);
    book.apply(message({ snapshot: true, bids: [[100, 1]], asks: [[101, 1]] }));
    expect(book.isCrossed()).toBe(false);
    book.apply(message({ bids: [[101, 1]] }));
    expect(book.isCrossed()).toBe(true);
    book.apply(message({ bids: [[102, 1]] }));
    expect(book.isCrossed()).toBe(true);
    book.apply(message({ asks: [[101, 0]] }));
    expect(book.isCrossed()).toBe(false);
  });

  test.each([0, -1, 1.5, Number.NaN])('refuses a depth of %s', (depth) => {
    expect(() => make(depth)).toThrow(expect.objectContaining({ code: 'KB_BOOK_BAD_DEPTH' }));
  });
});

test('only a tree book may be without a depth limit', () => {
  expect(new TreeBook('BTC/USD', GRID, Number.POSITIVE_INFINITY).depth).toBe(Number.POSITIVE_INFINITY);
  expect(() => new L2Book('BTC/USD', GRID, Number.POSITIVE_INFINITY)).toThrow(BookError);
});

test.each([-1, 16, 0.5, Number.NaN])('a grid of %s decimals is refused', (precision) => {
  expect(() => new L2Book('BTC/USD', { pricePrecision: precision, qtyPrecision: 8 }, 10)).toThrow(
    expect.objectContaining({ code: 'KB_BOOK_BAD_GRID' }),
  );
  expect(() => new TreeBook('BTC/USD', { pricePrecision: 1, qtyPrecision: precision }, 10)).toThrow(
    expect.objectContaining({ code: 'KB_BOOK_BAD_GRID' }),
  );
});

test('reading a tree book out of order finds the same levels', () => {
  const book = new TreeBook('BTC/USD', GRID, Number.POSITIVE_INFINITY);
  book.apply(
    message({
      snapshot: true,
      asks: [
        [101, 1],
        [102, 2],
        [103, 3],
      ],
    }),
  );
  expect([2, 0, 1, 1, 2].map((index) => book.priceAt('sell', index))).toEqual([103, 101, 102, 102, 103]);
  book.apply(message({ asks: [[100, 9]] }));
  expect(book.priceAt('sell', 2)).toBe(102);
  book.apply(message({ asks: [[100, 0]] }));
  expect(book.priceAt('sell', 2)).toBe(103);
});

describe('a snapshot of a view', () => {
  const plain = {
    snapshot: true,
    bids: [
      [100, 1],
      [99, 2],
    ],
    asks: [[102, 3]],
  } as const;

  test('makes any other book equal to it, whatever that one held', () => {
    const view = new TreeBook('BTC/USD', GRID, Number.POSITIVE_INFINITY);
    view.apply(message(plain));
    const other = new L2Book('BTC/USD', GRID, 10);
    other.apply(message({ snapshot: true, bids: [[50, 5]], asks: [[60, 6]] }));
    other.apply(snapshotOf(view));
    expect([levelsOf(other, 'buy'), levelsOf(other, 'sell')]).toEqual([plain.bids, plain.asks]);
    expect(other.checksum()).toBe(view.checksum());
  });

  test('stays as it was when the view moves on', () => {
    const book = new L2Book('BTC/USD', GRID, 10);
    book.apply(message(plain));
    const kept = snapshotOf(book);
    book.apply(message({ snapshot: true, asks: [[102, 9]] }));
    expect(kept).toEqual(message(plain));
    expect(snapshotOf(book)).toEqual(message({ snapshot: true, asks: [[102, 9]] }));
  });
});

describe('over long random streams', () => {
  const sizes = fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 999 }) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 10_000_000_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: MOST - 1000, max: MOST }) },
  );
  /** Few prices, so that levels are hit again; at both ends of what a count can hold. */
  const prices = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 9_980, max: 10_020 }) },
    { weight: 3, arbitrary: fc.integer({ min: 9_000, max: 11_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: MOST - 5, max: MOST }) },
  );
  const side = fc.array(fc.tuple(prices, sizes), { maxLength: 6 });
  const update = fc.record({ snapshot: fc.constant(false), bids: side, asks: side });
  const longSide = fc.array(fc.tuple(prices, sizes), { maxLength: 60 });
  const snapshot = fc.record({ snapshot: fc.constant(true), bids: longSide, asks: longSide });
  const stream = fc.array(fc.oneof({ weight: 30, arbitrary: update }, { weight: 1, arbitrary: snapshot }), {
    minLength: 50,
    maxLength: 150,
    size: 'max',
  });

  test.each([1, 2, 9, 10, 11, 25, 100])(
    'at depth %i both books equal a sorted Map, and so do their checksums',
    (depth) => {
      fc.assert(
        fc.property(stream, fc.integer({ min: 1, max: 3 }), (messages: readonly PlainMessage[], checkEvery) => {
          const model = new PlainBook(depth);
          const flat = new L2Book('BTC/USD', GRID, depth);
          const tree = new TreeBook('BTC/USD', GRID, depth);
          for (const [index, plain] of messages.entries()) {
            model.apply(plain);
            flat.apply(message(plain));
            tree.apply(message(plain));
            const bids = model.levels('buy');
            const asks = model.levels('sell');
            expect([levelsOf(flat, 'buy'), levelsOf(flat, 'sell')]).toEqual([bids, asks]);
            expect([levelsOf(tree, 'buy'), levelsOf(tree, 'sell')]).toEqual([bids, asks]);
            // Asked after some messages only, the checksum must still know of all changes since.
            if (index % checkEvery > 0) continue;
            const text = [...asks.slice(0, 10), ...bids.slice(0, 10)].flat().join('');
            expect([flat.checksum(), tree.checksum(), checksumOf(flat)]).toEqual(Array(3).fill(crc32(text)));
          }
          expect([flat.unknownRemovals, tree.unknownRemovals]).toEqual(Array(2).fill(model.unknownRemovals));
          expect([flat.bestBid(), flat.bestAsk()]).toEqual([tree.bestBid(), tree.bestAsk()]);
        }),
        { numRuns: 20, seed: 20261121 },
      );
    },
  );
});
