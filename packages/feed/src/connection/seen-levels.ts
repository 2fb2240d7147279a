import { KbError, priceToTicks, qtyToLots } from '@kb/model';
import type { BookView, Lots, Side, Ticks } from '@kb/model';
import { isCrossed } from '@kb/orderbook';
import type { RestDepth, RestLevel } from '../delta/delta-monitor.ts';

/** Levels a side that are compared. */
export const COMPARED = 10;
/** One in so many may be told otherwise: REST answers with a moment that need not be one between two of our messages. */
const TOLERATED = 5;

export type Comparison =
  | { readonly kind: 'agrees'; readonly detail: string }
  | { readonly kind: 'disagrees'; readonly detail: string }
  | { readonly kind: 'unreadable'; readonly detail: string };

/** The best levels that a book has had for a while: what an answer is compared with that was true at some moment of it. */
export class SeenLevels {
  readonly #bids = new SeenSide('buy');
  readonly #asks = new SeenSide('sell');

  note(book: BookView): void {
    this.#bids.note(book);
    this.#asks.note(book);
  }

  /**
   * Agrees when, on each side, the best price lies within ours, at least four in five of the ten best levels are at prices where we had
   * one, we did not have more levels than there are, and those of ours that did not change are there with their sizes, by the same measure.
   * @param book As it is now.
   */
  compare(book: BookView, depth: RestDepth): Comparison {
    if (isCrossed(book)) return { kind: 'disagrees', detail: 'ours is crossed' };
    try {
      const faults = [this.#bids.faultOf(book, depth.bids), this.#asks.faultOf(book, depth.asks)];
      const detail = faults.filter((fault) => fault !== undefined).join('; ');
      const levels = `${Math.min(COMPARED, depth.bids.length)} bids and ${Math.min(COMPARED, depth.asks.length)} asks`;
      return detail === '' ? { kind: 'agrees', detail: `${levels} compared` } : { kind: 'disagrees', detail };
    } catch (error) {
      if (!(error instanceof KbError)) throw error;
      return { kind: 'unreadable', detail: error.message };
    }
  }
}

class SeenSide {
  readonly #side: Side;
  readonly #prices = new Set<number>();
  #low = Infinity;
  #high = -Infinity;
  /** The fewest levels that it had, of those compared. */
  #fewest = COMPARED;
  /** Those that it had at first, as long as they do not change: whatever moment REST tells, they are part of it. */
  #steady: Map<Ticks, Lots> | undefined = undefined;

  constructor(side: Side) {
    this.#side = side;
  }

  note(book: BookView): void {
    const count = Math.min(COMPARED, book.levels(this.#side));
    this.#fewest = Math.min(this.#fewest, count);
    this.#noteSteady(book, count);
    for (let index = 0; index < count; index += 1) {
      const price = book.priceAt(this.#side, index);
      if (price === undefined) return;
      if (index === 0) {
        this.#low = Math.min(this.#low, price);
        this.#high = Math.max(this.#high, price);
      }
      this.#prices.add(price);
    }
  }

  /** @throws KbError when a price is no number of ticks, or a size none of lots. */
  faultOf(book: BookView, levels: readonly RestLevel[]): string | undefined {
    const name = this.#side === 'buy' ? 'bids' : 'asks';
    const told = levels.slice(0, COMPARED);
    const prices = told.map(({ price }) => priceToTicks(book, price));
    const tolerated = Math.floor(told.length / TOLERATED);
    const [best] = prices;
    if (best !== undefined && !(best >= this.#low && best <= this.#high)) {
      const ours = this.#low === Infinity ? 'we had none' : `ours was ${this.#low} to ${this.#high}`;
      return `${name}: best ${best} ticks, ${ours}`;
    }
    const known = prices.filter((price) => this.#prices.has(price)).length;
    if (known < prices.length - tolerated) return `${name}: ${known} of ${prices.length} levels were known to us`;
    if (this.#fewest > prices.length + tolerated || (best === undefined && this.#fewest > 0)) {
      return `${name}: ${prices.length} levels, ours were ${this.#fewest} or more`;
    }
    const steady = this.#steadyWithin(prices);
    const others = steady.filter(([price, size]) => !isSize(book, told[prices.indexOf(price)], size)).length;
    if (others > tolerated)
      return `${name}: ${others} of ${steady.length} levels that did not change are told otherwise`;
    return undefined;
  }

  #noteSteady(book: BookView, count: number): void {
    if (this.#steady === undefined) {
      this.#steady = new Map();
      for (let index = 0; index < count; index += 1) {
        const price = book.priceAt(this.#side, index);
        const size = book.sizeAt(this.#side, index);
        if (price !== undefined && size !== undefined) this.#steady.set(price, size);
      }
      return;
    }
    for (const [price, size] of this.#steady) if (book.sizeOf(this.#side, price) !== size) this.#steady.delete(price);
  }

  /** Those that are no worse than the worst price told: fewer than are compared are all that there are. */
  #steadyWithin(told: readonly Ticks[]): (readonly [Ticks, Lots])[] {
    const sign = this.#side === 'buy' ? 1 : -1;
    const worst = told.length < COMPARED ? -Infinity : Math.min(...told.map((price) => sign * price));
    return [...(this.#steady ?? [])].filter(([price]) => sign * price >= worst);
  }
}

/** Whether a level is told, and with this size, as far as its decimals go: REST of Kraken cuts sizes to three. */
function isSize(book: BookView, level: RestLevel | undefined, ours: Lots): boolean {
  if (level?.size === undefined) return level !== undefined;
  const decimals = level.size.split('.')[1]?.length ?? 0;
  const step = 10 ** Math.max(0, book.qtyPrecision - decimals);
  return Math.abs(qtyToLots(book, level.size) - ours) < step;
}
