import type { Grid, Lots, Ticks } from '@kb/model';
import type { BookBuffer } from './book-buffer.ts';
import { DecodeFault, quote } from './json-tree.ts';
import type { JsonArray, JsonObject } from './json-tree.ts';
import { MAX_SYMBOLS } from './symbol-table.ts';
import type { SymbolTable } from './symbol-table.ts';
import {
  arrayOf,
  checksumField,
  decimalsOf,
  objectOf,
  onlyElement,
  optionalTimeField,
  priceField,
  required,
  sizeField,
  snapshotField,
  symbolField,
} from './tree-fields.ts';

/**
 * Reads a book frame whose fields may stand in any order, into the reused message.
 *
 * A snapshot of a symbol without a grid locks one: the most decimals that its prices and its quantities show.
 */
export function bookFromTree(frame: JsonObject, symbols: SymbolTable, into: BookBuffer): BookBuffer {
  const snapshot = snapshotField(frame);
  const data = onlyElement(frame);
  const symbol = symbolField(data);
  const bids = arrayOf(required(data, 'bids'), '"bids"');
  const asks = arrayOf(required(data, 'asks'), '"asks"');
  const known = symbols.get(symbol)?.grid;
  const grid = known ?? (snapshot ? gridShown([bids, asks], 'price', 'qty') : undefined);
  if (grid === undefined) throw unknownPrecision(data, symbol);

  // Nobody may see a message that is half this frame and half the one before.
  into.bidCount = 0;
  into.askCount = 0;
  fill(bids, grid, into.bidPrices, into.bidSizes);
  fill(asks, grid, into.askPrices, into.askSizes);
  const checksum = checksumField(data);
  const venueTs = optionalTimeField(data, 'timestamp');

  if (known === undefined) lockGrid(symbols, symbol, grid, data);
  into.symbol = symbols.get(symbol)?.symbol ?? symbol;
  into.snapshot = snapshot;
  into.checksum = checksum;
  into.venueTs = venueTs;
  into.bidCount = bids.items.length;
  into.askCount = asks.items.length;
  return into;
}

export function unknownPrecision(node: JsonObject, symbol: string): DecodeFault {
  return new DecodeFault(
    'KB_KRAKEN_UNKNOWN_PRECISION',
    node.start,
    `no instrument and no book snapshot has told the decimals of ${quote(symbol)}`,
  );
}

function fill(levels: JsonArray, grid: Grid, prices: Ticks[], sizes: Lots[]): void {
  for (const [index, node] of levels.items.entries()) {
    const level = objectOf(node, 'a level');
    prices[index] = priceField(level, grid);
    sizes[index] = sizeField(level, grid);
  }
}

/** Keeps what a snapshot has shown of a symbol that nothing was known of. @throws DecodeFault when too many symbols are known. */
export function lockGrid(symbols: SymbolTable, symbol: string, grid: Grid, data: JsonObject): void {
  if (symbols.set(symbol, grid) !== undefined) return;
  throw new DecodeFault('KB_KRAKEN_UNKNOWN_PRECISION', data.start, `more than ${MAX_SYMBOLS} symbols`);
}

/** The most decimals that a snapshot shows; `undefined` without anything to see them on. */
export function gridShown(sides: readonly JsonArray[], price: string, qty: string): Grid | undefined {
  const entries = sides.flatMap(({ items }) => items).map((node) => objectOf(node, 'a level'));
  if (entries.length === 0) return undefined;
  return { pricePrecision: mostDecimals(entries, price), qtyPrecision: mostDecimals(entries, qty) };
}

function mostDecimals(entries: readonly JsonObject[], name: string): number {
  let most = 0;
  for (const entry of entries) {
    const node = required(entry, name);
    // What is no number is refused with its offset when the entry is read.
    if (node.kind === 'number') most = Math.max(most, decimalsOf(node.text, node.start));
  }
  return most;
}
