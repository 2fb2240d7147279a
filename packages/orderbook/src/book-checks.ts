import type { Grid } from '@kb/model';
import { BookError } from './errors.ts';

/** @throws BookError `KB_BOOK_BAD_DEPTH` unless it is a whole number from 1 to `most`, which may be `Infinity`. */
export function checkDepth(symbol: string, depth: number, most: number): number {
  const isWhole = Number.isInteger(depth) || depth === Number.POSITIVE_INFINITY;
  if (isWhole && depth >= 1 && depth <= most) return depth;
  throw new BookError('KB_BOOK_BAD_DEPTH', `${symbol}: expected a depth of 1 to ${most} levels, was ${depth}`);
}

/** @throws BookError `KB_BOOK_BAD_GRID` unless both precisions are whole numbers from 0 to 15. */
export function checkGrid(where: string, grid: Grid): Grid {
  for (const precision of [grid.pricePrecision, grid.qtyPrecision]) {
    if (!Number.isInteger(precision) || precision < 0 || precision > 15) {
      throw new BookError('KB_BOOK_BAD_GRID', `${where}: expected 0 to 15 decimals, was ${precision}`);
    }
  }
  return grid;
}
