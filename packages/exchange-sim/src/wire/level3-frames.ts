import type { Grid, Lots, Micros, Ticks } from '@kb/model';
import type { FrameType } from './data-frames.ts';
import type { FrameWriter } from './frame-writer.ts';

/** `add` at the back of its queue · `modify` in its place · `delete` gone. */
export type OrderEventKind = 'add' | 'modify' | 'delete';

/** Orders in the order in which they go out, in parallel. */
export interface OrderList {
  readonly kinds: readonly OrderEventKind[];
  readonly orderIds: readonly number[];
  readonly prices: readonly Ticks[];
  readonly sizes: readonly Lots[];
  readonly moments: readonly { readonly at: Micros }[];
}

/**
 * `{"channel":"level3",…}`.
 * @param symbol As a JSON string, quotes included.
 * @param at Time of an update; snapshots have none.
 * @param orderIdText Public text of an order id, in ASCII.
 */
export function level3Frame(
  writer: FrameWriter,
  type: FrameType,
  symbol: string,
  grid: Grid,
  bids: OrderList,
  asks: OrderList,
  checksum: number,
  at: Micros | undefined,
  orderIdText: (orderId: number) => string,
): Uint8Array {
  writer.ascii('{"channel":"level3","type":"').ascii(type).ascii('","data":[{"symbol":').ascii(symbol);
  if (at !== undefined) writer.ascii(',"timestamp":"').timeNs(at).ascii('"');
  writer.ascii(',"checksum":').decimal(checksum, 0).ascii(',"bids":[');
  writeOrders(writer, type, bids, grid, orderIdText);
  writer.ascii('],"asks":[');
  writeOrders(writer, type, asks, grid, orderIdText);
  writer.ascii(']}]}');
  return writer.take();
}

function writeOrders(
  writer: FrameWriter,
  type: FrameType,
  { kinds, orderIds, prices, sizes, moments }: OrderList,
  { pricePrecision, qtyPrecision }: Grid,
  orderIdText: (orderId: number) => string,
): void {
  for (let i = 0; i < orderIds.length; i += 1) {
    writer.ascii(i === 0 ? '{' : ',{');
    if (type === 'update')
      writer
        .ascii('"event":"')
        .ascii(kinds[i] ?? 'add')
        .ascii('",');
    writer.ascii('"order_id":"').ascii(orderIdText(orderIds[i] ?? 0));
    writer.ascii('","limit_price":').decimal(prices[i] ?? 0, pricePrecision);
    writer.ascii(',"order_qty":').decimal(sizes[i] ?? 0, qtyPrecision);
    const moment = moments[i];
    if (moment !== undefined) writer.ascii(',"timestamp":"').timeNs(moment.at).ascii('"');
    writer.ascii('}');
  }
}
