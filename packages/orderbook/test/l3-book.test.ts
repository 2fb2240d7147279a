import { existsSync, readFileSync } from 'node:fs';
import { lots, ticks } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { BookError, L3Book, level3Changes, level3ChecksumOf, level3SnapshotOf } from '../src/index.ts';
import type { L3BookOptions, PlainLevel3Changes, PlainOrder } from '../src/index.ts';
import { GRID } from './plain-book.ts';
import { at, l3Message, ordersOf } from './plain-l3-book.ts';
import type { PlainL3Message } from './plain-l3-book.ts';

function bookOf(...messages: Partial<PlainL3Message>[]): L3Book {
  return apply(new L3Book('BTC/USD', GRID, 10), ...messages);
}

function apply(book: L3Book, ...messages: Partial<PlainL3Message>[]): L3Book {
  for (const message of messages) book.apply(l3Message(message));
  return book;
}

/** Ids of the queue of bids at 1000. */
function queue(book: L3Book, price = 1000): string {
  return [...book.ordersAt('buy', ticks(price))].map(({ orderId }) => orderId).join(' ');
}

describe('a queue', () => {
  const three = {
    snapshot: true,
    bids: [
      { id: 'a', size: 10, time: at(1) },
      { id: 'b', size: 20, time: at(2) },
      { id: 'c', size: 30, time: at(3) },
    ],
  };

  test('is in the order of the snapshot, whatever its timestamps', () => {
    expect(queue(bookOf({ snapshot: true, bids: [...three.bids].toReversed() }))).toBe('c b a');
  });

  test('has new orders at its back, also those with an older timestamp than who is there', () => {
    expect(queue(bookOf(three, { bids: [{ id: 'd', time: at(0) }] }, { bids: [{ id: 'e', time: at(9) }] }))).toBe(
      'a b c d e',
    );
  });

  const shuffled = {
    bids: [
      { id: 'y', time: at(8) },
      { id: 'x', time: at(7) },
      { id: 'other', price: 999, time: at(1) },
      { id: 'z', time: at(8) },
    ],
  };

  test.each<[L3BookOptions | undefined, string]>([
    [undefined, 'a b c x y z'],
    [{ queueBy: 'timestamp' }, 'a b c x y z'],
    [{ queueBy: 'sent' }, 'a b c y x z'],
  ])('with %j has the orders of one update as %s', (options, expected) => {
    expect(queue(apply(new L3Book('BTC/USD', GRID, 10, options), three, shuffled))).toBe(expected);
  });

  test('compares timestamps of any number of decimals', () => {
    const second = '2026-11-24T12:00:00';
    const bids = ['.5', '.25', '', '.123456789', '.1'].map((fraction) => ({
      id: fraction,
      time: `${second}${fraction}Z`,
    }));
    expect([...bookOf({ bids }).ordersAt('buy', ticks(1000))].map(({ orderId }) => orderId)).toEqual([
      '',
      '.1',
      '.123456789',
      '.25',
      '.5',
    ]);
  });

  test.each([5, 20, 25])('keeps the place of an order that is modified to %i lots, and tells its new time', (size) => {
    const book = bookOf(three, { bids: [{ event: 'modify', id: 'b', size, time: at(50) }] });
    expect(queue(book)).toBe('a b c');
    expect(book.order('b')).toEqual({ orderId: 'b', side: 'buy', price: 1000, size, timestamp: at(50) });
    expect(book.sizeAt('buy', 0)).toBe(40 + size);
    expect(book.queueAhead('c')).toBe(10 + size);
  });

  test('does not take the time of a modify for the time of joining', () => {
    const bids = [
      { id: 'x', time: at(5) },
      { event: 'modify', id: 'x', size: 7, time: at(9) },
      { id: 'y', time: at(6) },
    ] as const;
    expect(queue(bookOf(three, { bids }))).toBe('a b c x y');
  });

  test('loses an order that is modified to another price to the back of the queue there', () => {
    const book = bookOf(
      three,
      { bids: [{ id: 'd', price: 1001 }] },
      { bids: [{ event: 'modify', id: 'a', price: 1001 }] },
    );
    expect([queue(book), queue(book, 1001)]).toEqual(['b c', 'd a']);
    expect(book.queueAhead('b')).toBe(0);
    expect(book.levels('buy')).toBe(2);
  });

  test('loses an order that is deleted, with whatever size, or has no size left', () => {
    expect(queue(bookOf(three, { bids: [{ event: 'delete', id: 'b', size: 20 }] }))).toBe('a c');
    expect(queue(bookOf(three, { bids: [{ event: 'modify', id: 'c', size: 0 }] }))).toBe('a b');
    expect(queue(bookOf(three, { bids: [{ event: 'add', id: 'a', size: 0 }] }))).toBe('b c');
  });

  test('tells what is ahead of each order, and of no other', () => {
    const book = bookOf(three);
    expect(['a', 'b', 'c', 'd'].map((id) => book.queueAhead(id))).toEqual([0, 10, 30, undefined]);
    expect(book.order('d')).toBeUndefined();
    expect([...book.ordersAt('sell', ticks(1000))]).toEqual([]);
  });
});

describe('the book', () => {
  test('adds orders up to levels, and is a view like any other', () => {
    const book = bookOf({
      bids: [
        { id: 'a', price: 990, size: 1 },
        { id: 'b', price: 1000, size: 2 },
        { id: 'c', price: 990, size: 4 },
      ],
      asks: [{ id: 'd', price: 1001, size: 8 }],
    });
    expect([book.bestBid(), book.bestAsk(), book.levels('buy'), book.levels('sell'), book.orderCount]).toEqual([
      1000, 1001, 2, 1, 4,
    ]);
    expect([0, 1, 2, -1, 0.5, 0].map((index) => book.sizeAt('buy', index))).toEqual([2, 5, ...Array(3), 2]);
    expect(book.priceAt('buy', 1)).toBe(990);
    expect([book.sizeOf('buy', ticks(990)), book.sizeOf('sell', ticks(990))]).toEqual([5, 0]);
    expect(book.isCrossed()).toBe(false);
    expect(apply(book, { asks: [{ id: 'e', price: 1000 }] }).isCrossed()).toBe(true);
  });

  test('is read by index from where the last look ended, also when levels have come and gone since', () => {
    const book = bookOf({ bids: [30, 20, 10].map((price) => ({ id: `p${price}`, price })) });
    expect(book.priceAt('buy', 1)).toBe(20);
    apply(book, { bids: [{ event: 'delete', id: 'p30' }] });
    expect([1, 0].map((index) => book.priceAt('buy', index))).toEqual([10, 20]);
    expect(book.priceAt('buy', 1)).toBe(10);
    apply(book, { bids: [{ id: 'p40', price: 40 }] });
    expect([1, 2, 3].map((index) => book.priceAt('buy', index))).toEqual([20, 10, undefined]);
  });

  test('is replaced by a snapshot', () => {
    const book = bookOf(
      { bids: [{ id: 'a' }, { id: 'b', price: 999 }], asks: [{ id: 'c', price: 1001 }] },
      { snapshot: true, bids: [{ id: 'd', price: 998 }] },
    );
    expect(ordersOf(book, 'buy').map(({ orderId }) => orderId)).toEqual(['d']);
    expect(ordersOf(book, 'sell')).toEqual([]);
    expect([book.orderCount, book.order('a'), book.bestAsk()]).toEqual([1, undefined, undefined]);
    expect(book.checksum()).toBe(level3ChecksumOf(book));
    book.clear();
    expect([book.orderCount, book.levels('buy'), book.checksum()]).toEqual([0, 0, 0]);
  });

  test('is cut to its depth after the message, not within it, and forgets the orders beyond', () => {
    const book = new L3Book('BTC/USD', GRID, 2);
    book.apply(l3Message({ bids: [3, 2, 1].map((price) => ({ id: `p${price}`, price })) }));
    expect([book.levels('buy'), book.orderCount, book.order('p1')]).toEqual([2, 2, undefined]);
    const swap = [
      { id: 'p4', price: 4 },
      { event: 'delete', id: 'p3' },
    ] as const;
    expect(book.apply(l3Message({ bids: swap }))).toBe(0);
    expect(ordersOf(book, 'buy').map(({ orderId }) => orderId)).toEqual(['p4', 'p2']);
    // A level that comes back is sent whole.
    expect(
      book.apply(
        l3Message({
          bids: [
            { event: 'delete', id: 'p4' },
            { id: 'p1', price: 1 },
          ],
        }),
      ),
    ).toBe(0);
    expect(ordersOf(book, 'buy').map(({ orderId }) => orderId)).toEqual(['p2', 'p1']);
  });

  test('counts what does not fit and applies the rest', () => {
    const book = bookOf({ bids: [{ id: 'a' }], asks: [{ id: 'b', price: 1001 }] });
    const misfits = l3Message({
      bids: [
        { event: 'delete', id: 'x' },
        { event: 'modify', id: 'y' },
        { event: 'modify', id: 'b' },
        { event: 'delete', id: 'b' },
        { id: 'z', size: 0 },
        { id: 'a', price: 999, size: 7 },
        { id: 'c' },
      ],
    });
    expect(book.apply(misfits)).toBe(6);
    expect([book.unknownOrders, book.repeatedOrders]).toEqual([5, 1]);
    expect(ordersOf(book, 'buy').map(({ orderId, size }) => `${orderId} ${size}`)).toEqual(['c 1', 'a 7']);
    expect([book.orderCount, book.order('b')?.side]).toEqual([3, 'sell']);
    expect(book.checksum()).toBe(level3ChecksumOf(book));
  });

  test('holds sums that leave the exact integers, and has them exactly again when they are back', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const bids = [most, most, 3].map((size, index) => ({ id: `o${index}`, size }));
    const book = bookOf({ bids });
    expect([book.sizeAt('buy', 0), book.sizeOf('buy', ticks(1000)), book.queueAhead('o2')]).toEqual([most, most, most]);
    apply(book, { bids: [{ event: 'delete', id: 'o0' }] }, { bids: [{ event: 'modify', id: 'o1', size: 4 }] });
    expect([book.sizeAt('buy', 0), book.queueAhead('o2')]).toEqual([7, 4]);
    expect(book.checksum()).toBe(level3ChecksumOf(book));
  });

  test('can be copied into another by a snapshot of it', () => {
    const book = bookOf({ bids: [{ id: 'a' }, { id: 'b', price: 999, size: 2 }, { id: 'c', time: at(7) }] });
    const copy = new L3Book('BTC/USD', GRID, 10);
    copy.apply(level3SnapshotOf(book));
    expect(ordersOf(copy, 'buy')).toEqual(ordersOf(book, 'buy'));
    expect(copy.checksum()).toBe(book.checksum());
  });

  test('refuses a depth or grid that cannot be', () => {
    expect(() => new L3Book('BTC/USD', GRID, 0)).toThrow(BookError);
    expect(() => new L3Book('BTC/USD', { pricePrecision: 16, qtyPrecision: 8 }, 10)).toThrow(BookError);
    expect(new L3Book('BTC/USD', GRID, Number.POSITIVE_INFINITY).depth).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('plain values', () => {
  const good = { order_id: 'O1', limit_price: '45285.2', order_qty: '0.00100000', timestamp: at(1) } as const;
  const convert = (order: unknown): unknown =>
    level3Changes({ snapshot: false, bids: [{ ...good, event: 'add' }, order as PlainOrder], asks: [] }, GRID);

  test('become counts', () => {
    expect(level3Changes({ snapshot: true, bids: [], asks: [good] }, GRID)).toEqual({
      snapshot: true,
      bids: [],
      asks: [{ event: 'add', orderId: 'O1', price: 452_852, size: lots(100_000), timestamp: at(1) }],
    });
  });

  test.each([
    ['KB_BOOK_BAD_ORDER', null, 'bids[1]: expected an object with order_id, limit_price and order_qty'],
    ['KB_BOOK_BAD_ORDER', good, 'bids[1] event: expected add, modify or delete, was undefined'],
    ['KB_BOOK_BAD_ORDER', { ...good, event: 'fill' }, 'bids[1] event: expected add, modify or delete, was "fill"'],
    ['KB_BOOK_BAD_ORDER', { ...good, event: 'add', order_id: '' }, 'bids[1] order_id: expected an id, was ""'],
    ['KB_BOOK_BAD_ORDER', { ...good, event: 'add', order_id: null }, 'bids[1] order_id: expected an id, was null'],
    [
      'KB_BOOK_BAD_ORDER',
      { ...good, event: 'add', timestamp: '2026-01-15T12:00:04+01:00' },
      'bids[1] timestamp: expected a time in UTC like 2026-01-15T12:00:04.000000000Z, was "2026-01-15T12:00:04+01:00"',
    ],
    ['KB_BOOK_BAD_PRICE', { ...good, event: 'add', limit_price: '0' }, 'bids[1] price: expected more than zero, was 0'],
    [
      'KB_BOOK_BAD_SIZE',
      { ...good, event: 'add', order_qty: '-1' },
      'bids[1] size: expected no less than zero, was -1',
    ],
  ])('are refused with %s: %j', (code, order, message) => {
    expect(() => convert(order)).toThrow(expect.objectContaining({ code, message }));
  });

  test('are refused when a side is no list', () => {
    const plain = { snapshot: true, bids: [], asks: {} } as unknown as PlainLevel3Changes;
    expect(() => level3Changes(plain, GRID)).toThrow(
      expect.objectContaining({ code: 'KB_BOOK_BAD_ORDER', message: 'asks: expected a list of orders' }),
    );
  });
});

const VECTORS = new URL('../../../../shared/data/kraken-v2/checksum_vectors_from_docs.json', import.meta.url);

/** The example of Kraken's guide: https://docs.kraken.com/api/docs/guides/spot-ws-l3-v2 */
describe.skipIf(!existsSync(VECTORS))('the published example (skipped where ../shared/data is absent)', () => {
  type Entry = readonly [price: string, qty: string];
  const published = (): { checksum: number; bids: Entry[]; asks: Entry[] } => {
    const { l3 } = JSON.parse(readFileSync(VECTORS, 'utf8')) as {
      l3: { checksum: number; bids: Entry[]; asks: Entry[] };
    };
    return l3;
  };
  const orders = (side: string, entries: readonly Entry[]): PlainOrder[] =>
    entries.map(([price, qty], index) => ({
      event: 'add',
      order_id: `${side}${index}`,
      limit_price: price,
      order_qty: qty,
      timestamp: at(index),
    }));

  test('has the published checksum, told by snapshot, or order by order with deeper levels coming and going', () => {
    const { checksum, bids, asks } = published();
    const plain = { snapshot: true, bids: orders('b', bids), asks: orders('a', asks) };
    const book = new L3Book('BTC/USD', GRID, 100);
    book.apply(level3Changes(plain, GRID));
    expect([checksum, book.checksum(), level3ChecksumOf(book)]).toEqual(Array(3).fill(1_063_832_831));

    const built = new L3Book('BTC/USD', GRID, 100);
    const one = (side: 'bids' | 'asks', order: PlainOrder): void => {
      built.apply(level3Changes({ snapshot: false, bids: [], asks: [], [side]: [order] }, GRID));
      expect(built.checksum()).toBe(level3ChecksumOf(built));
    };
    for (const order of plain.bids) one('bids', order);
    for (const order of plain.asks) one('asks', order);
    expect(built.checksum()).toBe(checksum);
    const deep = { order_id: 'deep', limit_price: '44000.0', order_qty: '1', timestamp: at(99) } as const;
    one('bids', { ...deep, event: 'add' });
    expect([built.levels('buy'), built.checksum()]).toEqual([11, checksum]);
    one('bids', { ...deep, event: 'modify', order_qty: '2' });
    one('bids', { ...deep, event: 'delete' });
    expect([built.levels('buy'), built.checksum()]).toEqual([10, checksum]);
  });

  test('loses it when two orders of a queue change places', () => {
    const { checksum, bids, asks } = published();
    const swapped = orders('b', bids);
    [swapped[0], swapped[1]] = [swapped[1]!, swapped[0]!];
    const book = new L3Book('BTC/USD', GRID, 10);
    book.apply(level3Changes({ snapshot: true, bids: swapped, asks: orders('a', asks) }, GRID));
    expect(book.checksum()).not.toBe(checksum);
  });
});
