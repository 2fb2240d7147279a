import type { Grid } from '@kb/model';
import { quote } from './json-tree.ts';
import type { JsonArray, JsonObject } from './json-tree.ts';
import type { Level3Message, WireOrder } from './messages.ts';
import type { SymbolTable } from './symbol-table.ts';
import { gridShown, lockGrid, unknownPrecision } from './tree-book.ts';
import {
  arrayOf,
  badField,
  checksumField,
  objectOf,
  onlyElement,
  optional,
  optionalTimeField,
  priceField,
  required,
  sizeField,
  snapshotField,
  symbolField,
  textField,
  timeField,
} from './tree-fields.ts';

/**
 * Reads a frame of single orders. A snapshot of a symbol without a grid locks one, as a book snapshot does.
 * @see https://docs.kraken.com/api/docs/websocket-v2/level3
 */
export function level3FromTree(frame: JsonObject, symbols: SymbolTable): Level3Message {
  const snapshot = snapshotField(frame);
  const data = onlyElement(frame);
  const symbol = symbolField(data);
  const bids = arrayOf(required(data, 'bids'), '"bids"');
  const asks = arrayOf(required(data, 'asks'), '"asks"');
  const known = symbols.get(symbol)?.grid;
  const grid = known ?? (snapshot ? gridShown([bids, asks], 'limit_price', 'order_qty') : undefined);
  if (grid === undefined) throw unknownPrecision(data, symbol);
  const message: Level3Message = {
    type: 'level3',
    symbol,
    snapshot,
    checksum: checksumField(data),
    venueTs: optionalTimeField(data, 'timestamp'),
    bids: ordersOf(bids, snapshot, grid),
    asks: ordersOf(asks, snapshot, grid),
  };
  if (known === undefined) lockGrid(symbols, symbol, grid, data);
  return message;
}

function ordersOf({ items }: JsonArray, snapshot: boolean, grid: Grid): WireOrder[] {
  return items.map((node) => {
    const order = objectOf(node, 'an order');
    timeField(order, 'timestamp'); // refused when it is no time; its text is kept, as microseconds lose the order of arrival
    return {
      event: eventOf(order, snapshot),
      orderId: orderIdField(order),
      price: priceField(order, grid, 'limit_price'),
      size: sizeField(order, grid, 'order_qty'),
      timestamp: textField(order, 'timestamp'),
    };
  });
}

/** Orders of a snapshot have no `event`. */
function eventOf(order: JsonObject, snapshot: boolean): WireOrder['event'] {
  const node = optional(order, 'event');
  if (snapshot && node === undefined) return 'add';
  const event = textField(order, 'event');
  if (event === 'add' || (!snapshot && (event === 'modify' || event === 'delete'))) return event;
  const expected = snapshot ? 'add, if anything' : 'add, modify or delete';
  throw badField(required(order, 'event'), `expected "event" to be ${expected}, was ${quote(event)}`);
}

function orderIdField(order: JsonObject): string {
  const orderId = textField(order, 'order_id');
  if (orderId === '') throw badField(required(order, 'order_id'), 'the order id is empty');
  return orderId;
}
