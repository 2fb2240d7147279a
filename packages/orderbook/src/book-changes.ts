import { countToDecimal, decimalToCount, lots, ticks } from '@kb/model';
import type { BookChanges, Grid, Lots, Ticks } from '@kb/model';
import { checkGrid } from './book-checks.ts';
import { BookError } from './errors.ts';
import type { BookErrorCode } from './errors.ts';

/**
 * A level as other people's code has it: price and size, as decimal text or as numbers (ccxt's shape; what follows the
 * two is ignored).
 */
export type PlainLevel = readonly [price: string | number, size: string | number, ...rest: readonly unknown[]];

/** One book message in plain values. */
export interface PlainBookChanges {
  /** True when the levels replace the whole book. */
  readonly snapshot: boolean;
  /** In the order they were sent; size zero removes. */
  readonly bids: readonly PlainLevel[];
  readonly asks: readonly PlainLevel[];
}

/**
 * Converts one book message from decimal text or numbers to what `L2Book.apply` takes. Exact or refused: nothing is
 * rounded, and nothing is returned unless every level is good.
 *
 * Text is the better form. A number is taken for the decimal that it was written as, and refused when the grid is so fine
 * that it could have been one of two (about 16 digits).
 *
 * @throws BookError `KB_BOOK_BAD_GRID`, `KB_BOOK_BAD_LEVEL` (not a pair), `KB_BOOK_BAD_PRICE` and `KB_BOOK_BAD_SIZE`
 *   (negative, no decimal, finer than the grid, beyond 2^53 − 1 steps); the message names side and index.
 */
export function bookChanges(plain: PlainBookChanges, grid: Grid): BookChanges {
  checkGrid('bookChanges', grid);
  const bids = plainSide('bids', plain.bids, grid);
  const asks = plainSide('asks', plain.asks, grid);
  return {
    snapshot: plain.snapshot,
    bidCount: bids.prices.length,
    bidPrices: bids.prices,
    bidSizes: bids.sizes,
    askCount: asks.prices.length,
    askPrices: asks.prices,
    askSizes: asks.sizes,
  };
}

function plainSide(name: 'bids' | 'asks', levels: unknown, grid: Grid): { prices: Ticks[]; sizes: Lots[] } {
  if (!Array.isArray(levels)) throw new BookError('KB_BOOK_BAD_LEVEL', `${name}: expected a list of levels`);
  const prices: Ticks[] = [];
  const sizes: Lots[] = [];
  for (const [index, level] of levels.entries()) {
    const where = `${name}[${index}]`;
    if (!Array.isArray(level) || level.length < 2) {
      throw new BookError('KB_BOOK_BAD_LEVEL', `${where}: expected [price, size], was ${JSON.stringify(level)}`);
    }
    const [price, size] = level as unknown[];
    prices.push(ticks(count('KB_BOOK_BAD_PRICE', `${where} price`, price, grid.pricePrecision)));
    sizes.push(lots(count('KB_BOOK_BAD_SIZE', `${where} size`, size, grid.qtyPrecision)));
  }
  return { prices, sizes };
}

/** A plain value as a whole count of 10^-precision, from 0 on. */
function count(code: BookErrorCode, where: string, value: unknown, precision: number): number {
  let steps: number;
  try {
    steps = typeof value === 'number' ? numberToCount(value, precision) : decimalToCount(String(value), precision);
  } catch (cause) {
    throw new BookError(code, `${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (steps < 0) throw new BookError(code, `${where}: expected no negative number, was ${String(value)}`);
  return steps;
}

/** The count whose decimal reads as this very double. */
function numberToCount(value: number, precision: number): number {
  // Fixed notation is exact where the shortest one may carry a 17th digit; infinities and NaN fail as text.
  const text = value.toFixed(precision);
  if (Number(text) !== value) return decimalToCount(String(value), precision);
  const steps = decimalToCount(text, precision);
  for (const neighbour of [steps - 1, steps + 1]) {
    if (Number(countToDecimal(neighbour, precision)) === value) {
      throw new RangeError(`the number ${value} is too coarse for ${precision} decimals: send the decimal text`);
    }
  }
  return steps;
}
