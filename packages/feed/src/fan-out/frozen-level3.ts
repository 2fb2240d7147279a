import type { Level3Change, Level3Changes, Level3Event, Level3View, Side } from '@kb/model';
import { L3Book, level3SnapshotOf } from '@kb/orderbook';

/** An event about orders that outlives its call: the orders of the best levels, and what the message said. */
export function frozenLevel3(event: Level3Event, depth: number): Level3Event {
  return { ...event, book: bestLevelsOf(event.book, depth), changes: copiedChanges(event.changes) };
}

/** The same, for whoever did not see what came before: its changes are the whole of it. */
export function wholeLevel3(event: Level3Event): Level3Event {
  return { ...event, snapshot: true, changes: level3SnapshotOf(event.book) };
}

/** A book of its own that nobody moves on. */
function bestLevelsOf(book: Level3View, depth: number): Level3View {
  const { symbol, pricePrecision, qtyPrecision } = book;
  const copy = new L3Book(symbol, { pricePrecision, qtyPrecision }, Math.min(depth, book.depth));
  copy.apply({ snapshot: true, bids: bestOf(book, 'buy', depth), asks: bestOf(book, 'sell', depth) });
  return copy;
}

function bestOf(book: Level3View, side: Side, depth: number): Level3Change[] {
  const orders: Level3Change[] = [];
  for (let index = 0; index < depth; index += 1) {
    const at = book.priceAt(side, index);
    if (at === undefined) break;
    for (const { orderId, price, size, timestamp } of book.ordersAt(side, at)) {
      orders.push({ event: 'add', orderId, price, size, timestamp });
    }
  }
  return orders;
}

function copiedChanges({ snapshot, bids, asks }: Level3Changes): Level3Changes {
  const copied = (changes: readonly Level3Change[]): Level3Change[] => changes.map((change) => ({ ...change }));
  return { snapshot, bids: copied(bids), asks: copied(asks) };
}
