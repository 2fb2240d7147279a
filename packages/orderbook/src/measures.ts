import { lots, notional, opposite } from '@kb/model';
import type { BookView, Lots, Side, Ticks } from '@kb/model';
import { BookError } from './errors.ts';

/**
 * Measures of a book, read off any `BookView`. Prices are in ticks, sizes in lots, as numbers that may be fractional:
 * statistics, not money. `undefined` means that the book does not say: a side is empty, or it is crossed.
 */

/** True when the best bid is at or above the best ask. Such a book is wrong, and its fair values are `undefined`. */
export function isCrossed(book: BookView): boolean {
  const bid = book.bestBid();
  const ask = book.bestAsk();
  return bid !== undefined && ask !== undefined && bid >= ask;
}

/** Best ask − best bid, in ticks; zero or negative when crossed, `undefined` when a side is empty. */
export function spread(book: BookView): number | undefined {
  const bid = book.bestBid();
  const ask = book.bestAsk();
  return bid === undefined || ask === undefined ? undefined : ask - bid;
}

/** Halfway between best bid and best ask, in ticks (may end in .5). */
export function mid(book: BookView): number | undefined {
  const bid = book.bestBid();
  const ask = book.bestAsk();
  return bid === undefined || ask === undefined || bid >= ask ? undefined : bid + (ask - bid) / 2;
}

/**
 * The mid weighted by the sizes at the best prices, `(Pa·Qb + Pb·Qa) / (Qb + Qa)`, in ticks: it leans to the ask when the
 * bid is heavier, where the next move is likelier.
 */
export function microprice(book: BookView): number | undefined {
  const bid = book.bestBid();
  const ask = book.bestAsk();
  const share = imbalance(book, 1);
  return bid === undefined || ask === undefined || share === undefined || bid >= ask
    ? undefined
    : bid + (ask - bid) * share;
}

/**
 * The bids' share of the size in the best levels, `I = Qb / (Qb + Qa)`, in [0, 1]; 0.5 is balance.
 * @param levels How many levels a side are summed (what there is, if fewer). Default 1.
 */
export function imbalance(book: BookView, levels = 1): number | undefined {
  const bids = topSize(book, 'buy', levels);
  const asks = topSize(book, 'sell', levels);
  return bids === 0 || asks === 0 ? undefined : bids / (bids + asks);
}

/**
 * Total size of a side at prices no further than `bps` basis points from the mid, in lots. It sees no further than the
 * book's depth.
 */
export function depthWithinBps(book: BookView, side: Side, bps: number): number | undefined {
  const middle = mid(book);
  if (middle === undefined) return undefined;
  let total = 0;
  const count = book.levels(side);
  for (let index = 0; index < count; index += 1) {
    const price = book.priceAt(side, index);
    if (price === undefined || Math.abs(price - middle) * 10_000 > bps * middle) break;
    total += book.sizeAt(side, index) ?? 0;
  }
  return total;
}

/** What taking from the book would cost, at the sizes displayed now. */
export interface CostToFill {
  readonly filled: Lots;
  /** What the book in view does not hold. */
  readonly unfilled: Lots;
  /** Exact price × size, in steps of 10^-(pricePrecision + qtyPrecision) of the quote currency, fees not included. */
  readonly cost: bigint;
  /** The furthest price reached. */
  readonly worstPrice: Ticks;
  /** In ticks, fractional. */
  readonly averagePrice: number;
}

/**
 * Walks the book as a market order would.
 *
 * @param side Side of the order: `buy` takes the asks.
 * @param size Lots, at least 1.
 * @returns `undefined` when there is nothing to take.
 * @throws BookError `KB_BOOK_BAD_SIZE` when the size is not positive.
 */
export function costToFill(book: BookView, side: Side, size: Lots): CostToFill | undefined {
  if (!(size > 0)) throw new BookError('KB_BOOK_BAD_SIZE', `${book.symbol}: expected at least 1 lot, was ${size}`);
  const taken = opposite(side);
  const count = book.levels(taken);
  let left: number = size;
  let cost = 0n;
  let worstPrice: Ticks | undefined;
  for (let index = 0; index < count && left > 0; index += 1) {
    const price = book.priceAt(taken, index);
    const displayed = book.sizeAt(taken, index);
    if (price === undefined || displayed === undefined) break;
    const take = lots(Math.min(left, displayed));
    cost += notional(price, take);
    left -= take;
    worstPrice = price;
  }
  if (worstPrice === undefined) return undefined;
  const filled = lots(size - left);
  return { filled, unfilled: lots(left), cost, worstPrice, averagePrice: Number(cost) / filled };
}

function topSize(book: BookView, side: Side, levels: number): number {
  const count = Math.min(levels, book.levels(side));
  let total = 0;
  for (let index = 0; index < count; index += 1) total += book.sizeAt(side, index) ?? 0;
  return total;
}
