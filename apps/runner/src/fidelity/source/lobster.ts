import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { OrderRow } from '../order-row.ts';

/** A share in lots: so fine that a phantom of one lot is as good as no size at all. */
export const LOTS_PER_SHARE = 1_000_000;

/**
 * Reads a LOBSTER message file (gzip), row by row: seconds after midnight, type, order id, shares, price × 10,000, direction.
 *
 * Types: 1 new, 2 partial cancel, 3 delete, 4 execution, 5 execution of a hidden order; others (halts, crosses) are no order's.
 * What is off the cent grid is hidden too: midpoint orders, which no public book shows. Source: lobsterdata.com, "Data structure".
 */
export async function* readLobster(path: string): AsyncGenerator<OrderRow> {
  const text = createReadStream(path).pipe(createGunzip());
  for await (const line of createInterface({ input: text, crlfDelay: Infinity })) {
    const row = rowOf(line);
    if (row !== undefined) yield row;
  }
}

function rowOf(line: string): OrderRow | undefined {
  const [seconds = Number.NaN, type = 0, id = 0, shares = 0, price = 0, direction = 0] = line.split(',').map(Number);
  const kind = price % 100 === 0 ? KINDS[type] : UNSEEN[type];
  if (kind === undefined || Number.isNaN(seconds)) return undefined;
  const time = Math.round(seconds * 1e6);
  return { time, kind, id, size: shares * LOTS_PER_SHARE, price: price / 100, side: direction === 1 ? 'buy' : 'sell' };
}

/** Off the grid only executions say anything: nobody saw the orders. */
const UNSEEN: readonly (OrderRow['kind'] | undefined)[] = [
  undefined,
  undefined,
  undefined,
  undefined,
  'hidden',
  'hidden',
];
const KINDS: readonly (OrderRow['kind'] | undefined)[] = [undefined, 'add', 'reduce', 'delete', 'trade', 'hidden'];
