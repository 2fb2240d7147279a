import { lots, ticks } from '@kb/model';
import type { BookChanges, BookView, Grid, Lots, Side, Ticks } from '@kb/model';
import { checkGrid } from './book-checks.ts';
import { BookError } from './errors.ts';
import { plainCount } from './plain-count.ts';

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
 * Text is the better form. A number stands for the decimal that it was read from, and is refused when the grid is so fine
 * that it could have been one of two (16 digits).
 *
 * @throws BookError `KB_BOOK_BAD_GRID`, `KB_BOOK_BAD_LEVEL` (no list, or no pair in it), `KB_BOOK_BAD_PRICE` (not a
 *   positive decimal on the grid) or `KB_BOOK_BAD_SIZE` (negative, or no decimal on the grid); the message names side and
 *   index. What is beyond 2^53 − 1 steps is refused too: it could not be held exactly.
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

/**
 * Copies what any book shows now as a snapshot message, best level first, arrays of its own: what makes a second book equal
 * to the first with `apply`, and what may be kept when the view has moved on.
 */
export function snapshotOf(view: BookView): BookChanges {
  const bids = viewedSide(view, 'buy');
  const asks = viewedSide(view, 'sell');
  return {
    snapshot: true,
    bidCount: bids.prices.length,
    bidPrices: bids.prices,
    bidSizes: bids.sizes,
    askCount: asks.prices.length,
    askPrices: asks.prices,
    askSizes: asks.sizes,
  };
}

function viewedSide(view: BookView, side: Side): { prices: Ticks[]; sizes: Lots[] } {
  const prices: Ticks[] = [];
  const sizes: Lots[] = [];
  const count = view.levels(side);
  for (let index = 0; index < count; index += 1) {
    const price = view.priceAt(side, index);
    const size = view.sizeAt(side, index);
    if (price === undefined || size === undefined) break;
    prices.push(price);
    sizes.push(size);
  }
  return { prices, sizes };
}

/** `levels` comes from outside, so its type is a hope. */
function plainSide(name: 'bids' | 'asks', levels: unknown, grid: Grid): { prices: Ticks[]; sizes: Lots[] } {
  if (!Array.isArray(levels)) throw new BookError('KB_BOOK_BAD_LEVEL', `${name}: expected a list of levels`);
  const prices: Ticks[] = [];
  const sizes: Lots[] = [];
  for (const [index, level] of levels.entries() as ArrayIterator<[number, unknown]>) {
    const where = `${name}[${index}]`;
    if (!Array.isArray(level) || level.length < 2) {
      throw new BookError('KB_BOOK_BAD_LEVEL', `${where}: expected [price, size]`);
    }
    const [price, size] = level as unknown[];
    prices.push(ticks(plainCount('KB_BOOK_BAD_PRICE', `${where} price`, price, grid.pricePrecision, 1)));
    sizes.push(lots(plainCount('KB_BOOK_BAD_SIZE', `${where} size`, size, grid.qtyPrecision, 0)));
  }
  return { prices, sizes };
}
