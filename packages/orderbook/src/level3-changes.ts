import { lots, ticks } from '@kb/model';
import type { Grid, Level3Change, Level3Changes, Level3View, Side } from '@kb/model';
import { checkGrid } from './book-checks.ts';
import { BookError } from './errors.ts';
import { plainCount } from './plain-count.ts';

/** An order of a message of Kraken's `level3` channel, fields as the wire names them, price and size as decimal text or numbers. */
export interface PlainOrder {
  /** In updates; a snapshot's orders have none, and are all added. */
  readonly event?: 'add' | 'modify' | 'delete';
  readonly order_id: string;
  readonly limit_price: string | number;
  readonly order_qty: string | number;
  /** RFC 3339, UTC, to the nanosecond. */
  readonly timestamp: string;
}

/** One level-3 message in plain values. */
export interface PlainLevel3Changes {
  /** True when the orders replace the whole book. */
  readonly snapshot: boolean;
  /** In the order they were sent. */
  readonly bids: readonly PlainOrder[];
  readonly asks: readonly PlainOrder[];
}

/**
 * Converts one level-3 message from decimal text or numbers to what `L3Book.apply` takes. Exact or refused, as
 * `bookChanges`: nothing is rounded, and nothing is returned unless every order is good.
 *
 * @throws BookError `KB_BOOK_BAD_GRID`, `KB_BOOK_BAD_ORDER` (no list, no object in it, no id, no time in UTC, no known event),
 *   `KB_BOOK_BAD_PRICE` (not a positive decimal on the grid) or `KB_BOOK_BAD_SIZE` (negative, or no decimal on the grid);
 *   the message names side and index.
 */
export function level3Changes(plain: PlainLevel3Changes, grid: Grid): Level3Changes {
  checkGrid('level3Changes', grid);
  const { snapshot } = plain;
  return {
    snapshot,
    bids: plainOrders('bids', plain.bids, snapshot, grid),
    asks: plainOrders('asks', plain.asks, snapshot, grid),
  };
}

/**
 * Copies what a book of single orders shows now as a snapshot message, best level first, each in the order of its queue:
 * what makes a second book equal to the first with `apply`, and what may be kept when the view has moved on.
 */
export function level3SnapshotOf(view: Level3View): Level3Changes {
  return { snapshot: true, bids: viewedOrders(view, 'buy'), asks: viewedOrders(view, 'sell') };
}

function viewedOrders(view: Level3View, side: Side): Level3Change[] {
  const changes: Level3Change[] = [];
  const count = view.levels(side);
  for (let index = 0; index < count; index += 1) {
    const at = view.priceAt(side, index);
    if (at === undefined) break;
    for (const { orderId, price, size, timestamp } of view.ordersAt(side, at)) {
      changes.push({ event: 'add', orderId, price, size, timestamp });
    }
  }
  return changes;
}

/** `orders` comes from outside, so its type is a hope. */
function plainOrders(name: 'bids' | 'asks', orders: unknown, snapshot: boolean, grid: Grid): Level3Change[] {
  if (!Array.isArray(orders)) throw new BookError('KB_BOOK_BAD_ORDER', `${name}: expected a list of orders`);
  return orders.map((order: unknown, index) => plainOrder(`${name}[${index}]`, order, snapshot, grid));
}

function plainOrder(where: string, order: unknown, snapshot: boolean, grid: Grid): Level3Change {
  if (typeof order !== 'object' || order === null) {
    throw new BookError('KB_BOOK_BAD_ORDER', `${where}: expected an object with order_id, limit_price and order_qty`);
  }
  const fields: { readonly [field in keyof PlainOrder]?: unknown } = order;
  return {
    event: snapshot ? 'add' : plainEvent(where, fields.event),
    orderId: plainText(where, 'order_id', fields.order_id, /./),
    price: ticks(plainCount('KB_BOOK_BAD_PRICE', `${where} price`, fields.limit_price, grid.pricePrecision, 1)),
    size: lots(plainCount('KB_BOOK_BAD_SIZE', `${where} size`, fields.order_qty, grid.qtyPrecision, 0)),
    timestamp: plainText(where, 'timestamp', fields.timestamp, TIME),
  };
}

/** Only the form: queues compare times as they are written. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

function plainEvent(where: string, event: unknown): Level3Change['event'] {
  if (event === 'add' || event === 'modify' || event === 'delete') return event;
  throw new BookError('KB_BOOK_BAD_ORDER', `${where} event: expected add, modify or delete, was ${describe(event)}`);
}

function plainText(where: string, field: string, value: unknown, form: RegExp): string {
  if (typeof value === 'string' && form.test(value)) return value;
  const expected = form === TIME ? 'a time in UTC like 2026-01-15T12:00:04.000000000Z' : 'an id';
  throw new BookError('KB_BOOK_BAD_ORDER', `${where} ${field}: expected ${expected}, was ${describe(value)}`);
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return value === null ? 'null' : typeof value;
}
