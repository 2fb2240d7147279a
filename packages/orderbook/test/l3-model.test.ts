import fc from 'fast-check';
import { KeyedRandom, lots, ticks } from '@kb/model';
import type { Level3Change, Level3Changes } from '@kb/model';
import { expect, test } from 'vitest';
import { L3Book, level3ChecksumOf } from '../src/index.ts';
import { GRID } from './plain-book.ts';
import { at, l3Message, ordersOf, PlainL3Book } from './plain-l3-book.ts';
import type { PlainChange, PlainL3Message } from './plain-l3-book.ts';

const change: fc.Arbitrary<PlainChange> = fc.record({
  event: fc.constantFrom('add', 'add', 'modify', 'delete'),
  id: fc.integer({ min: 0, max: 40 }).map((id) => `O${id}`),
  price: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(999, 1000, 999_999_999_999, 2 ** 53 - 1)),
  size: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(99, 100, 10 ** 15, 2 ** 53 - 1)),
  time: fc.integer({ min: 0, max: 4 }).map(at),
});

const message: fc.Arbitrary<PlainL3Message> = fc.record({
  snapshot: fc.integer({ min: 0, max: 15 }).map((draw) => draw === 0),
  bids: fc.array(change, { maxLength: 8 }),
  asks: fc.array(change, { maxLength: 8 }),
});

test('the book equals a list of orders that is sorted again after every message', () => {
  const depth = fc.constantFrom(1, 2, 3, 10, 11, Number.POSITIVE_INFINITY);
  fc.assert(
    fc.property(depth, fc.boolean(), fc.array(message, { maxLength: 30 }), (levels, byTime, messages) => {
      const model = new PlainL3Book(levels, byTime);
      const book = new L3Book('BTC/USD', GRID, levels, { queueBy: byTime ? 'timestamp' : 'sent' });
      for (const plain of messages) {
        const before = model.faults;
        model.apply(plain);
        expect(book.apply(l3Message(plain))).toBe(model.faults - before);
        expect(book.checksum()).toBe(model.checksum());
        expect(book.orderCount).toBe(model.orders('buy').length + model.orders('sell').length);
        for (const side of ['buy', 'sell'] as const) {
          expect(ordersOf(book, side)).toEqual(model.orders(side));
          for (const [index, price] of model.prices(side).entries()) {
            let sum = 0;
            for (const { id, size } of model.queue(side, price)) {
              expect(book.queueAhead(id)).toBe(Math.min(sum, Number.MAX_SAFE_INTEGER));
              expect(book.order(id)?.price).toBe(price);
              sum += size;
            }
            expect(book.sizeAt(side, index)).toBe(Math.min(sum, Number.MAX_SAFE_INTEGER));
            expect(book.sizeOf(side, ticks(price))).toBe(book.sizeAt(side, index));
          }
        }
      }
      expect(level3ChecksumOf(book)).toBe(book.checksum());
      expect(book.unknownOrders + book.repeatedOrders).toBe(model.faults);
    }),
    { numRuns: 300 },
  );
});

/** Random changes near a price that drifts: what a busy book sees in hours. */
function* busyMarket(seed: number, messages: number): Generator<Level3Changes> {
  const random = new KeyedRandom(seed, 'busy-l3');
  let draws = 0;
  const draw = (below: number): number => Math.floor(random.at((draws += 1)) * below);
  const live: { readonly id: string; readonly side: 'bids' | 'asks'; price: number }[] = [];
  let middle = 500_000;
  for (let turn = 0; turn < messages; turn += 1) {
    const sides: Record<'bids' | 'asks', Level3Change[]> = { bids: [], asks: [] };
    if (draw(20) === 0) middle += draw(3) - 1;
    const time = at(turn);
    for (let count = 0; count < 4; count += 1) {
      const index = draw(live.length);
      const known = live[index];
      const size = lots(1 + draw(1e9));
      if (known === undefined || (draw(100) < 50 && live.length < 2000)) {
        const side = draw(2) === 0 ? 'bids' : 'asks';
        const price = middle + (side === 'bids' ? -1 : 1) * (1 + draw(60));
        const id = `O${turn}-${count}`;
        live.push({ id, side, price });
        sides[side].push({ event: 'add', orderId: id, price: ticks(price), size, timestamp: time });
      } else {
        const event = draw(100) < 30 ? 'modify' : 'delete';
        sides[known.side].push({ event, orderId: known.id, price: ticks(known.price), size, timestamp: time });
        if (event === 'delete') live[index] = live.at(-1)!;
        if (event === 'delete') live.pop();
      }
    }
    yield { snapshot: false, ...sides };
  }
}

test('a million random changes leave the checksum true and nothing behind', () => {
  const book = new L3Book('BTC/USD', GRID, Number.POSITIVE_INFINITY);
  const wrong: number[] = [];
  let messages = 0;
  let misfits = 0;
  for (const changes of busyMarket(11, 250_000)) {
    misfits += book.apply(changes);
    messages += 1;
    const checksum = book.checksum();
    if (messages % 997 === 0 && checksum !== level3ChecksumOf(book)) wrong.push(messages);
  }
  expect([messages, misfits, wrong]).toEqual([250_000, 0, []]);
  const orders = [...ordersOf(book, 'buy'), ...ordersOf(book, 'sell')];
  expect(orders).toHaveLength(book.orderCount);
  expect(book.orderCount).toBeGreaterThan(500);
  for (const { orderId, side } of orders) {
    const event = { event: 'delete', orderId, price: ticks(1), size: lots(1), timestamp: at(1) } as const;
    book.apply({ snapshot: false, bids: side === 'buy' ? [event] : [], asks: side === 'sell' ? [event] : [] });
  }
  expect([book.orderCount, book.levels('buy'), book.levels('sell'), book.checksum(), book.unknownOrders]).toEqual([
    0, 0, 0, 0, 0,
  ]);
});

test('the same messages give the same book', () => {
  const [first, second] = [0, 1].map(() => {
    const book = new L3Book('BTC/USD', GRID, 10);
    const checksums: number[] = [];
    for (const changes of busyMarket(3, 2000)) {
      book.apply(changes);
      checksums.push(book.checksum());
    }
    return { checksums, bids: ordersOf(book, 'buy'), asks: ordersOf(book, 'sell'), unknown: book.unknownOrders };
  });
  expect(first).toEqual(second);
  expect(first?.unknown).toBeGreaterThan(0);
});
