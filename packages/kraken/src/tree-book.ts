import type { Grid, Lots, Ticks } from '@kb/model';
import type { BookBuffer } from './book-buffer.ts';
import { DecodeFault, quote } from './json-tree.ts';
import type { JsonArray, JsonObject } from './json-tree.ts';
import { MAX_SYMBOLS } from './symbol-table.ts';
import type { SymbolTable } from './symbol-table.ts';
import {
  arrayOf,
  objectOf,
  onlyElement,
  optional,
  optionalTimeField,
  priceField,
  required,
  sizeField,
  snapshotField,
  symbolField,
  wholeField,
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
  const grid = known ?? (snapshot ? gridOfLevels(bids, asks) : undefined);
  if (grid === undefined) throw unknownPrecision(data, symbol);

  // Nobody may see a message that is half this frame and half the one before.
  into.bidCount = 0;
  into.askCount = 0;
  fill(bids, grid, into.bidPrices, into.bidSizes);
  fill(asks, grid, into.askPrices, into.askSizes);
  const checksum = optional(data, 'checksum') === undefined ? undefined : wholeField(data, 'checksum');
  if (checksum !== undefined && checksum > 0xffff_ffff) {
    throw new DecodeFault('KB_KRAKEN_OUT_OF_RANGE', required(data, 'checksum').start, 'the checksum exceeds 32 bits');
  }
  const venueTs = optionalTimeField(data, 'timestamp');

  const entry = known === undefined ? symbols.set(symbol, grid) : symbols.get(symbol);
  if (entry === undefined) {
    throw new DecodeFault('KB_KRAKEN_UNKNOWN_PRECISION', data.start, `more than ${MAX_SYMBOLS} symbols`);
  }
  into.symbol = entry.symbol;
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

/** The most decimals seen; `undefined` without any level to see them on. */
function gridOfLevels(bids: JsonArray, asks: JsonArray): Grid | undefined {
  const levels = [...bids.items, ...asks.items].map((node) => objectOf(node, 'a level'));
  if (levels.length === 0) return undefined;
  return { pricePrecision: mostDecimals(levels, 'price'), qtyPrecision: mostDecimals(levels, 'qty') };
}

function mostDecimals(levels: readonly JsonObject[], name: string): number {
  let most = 0;
  for (const level of levels) {
    const node = required(level, name);
    // What is no number is refused with its offset when the level is read.
    if (node.kind !== 'number') continue;
    const [digits = '', exponent = '0'] = node.text.toLowerCase().split('e');
    const decimals = (digits.split('.')[1] ?? '').length - Number(exponent);
    if (decimals > MAX_PRECISION) {
      throw new DecodeFault('KB_KRAKEN_OUT_OF_RANGE', node.start, `more than ${MAX_PRECISION} decimals`);
    }
    most = Math.max(most, decimals);
  }
  return most;
}

/** A pair with more decimals than this cannot be held in ticks and lots. */
export const MAX_PRECISION = 15;
