import { KbError, priceToTicks } from '@kb/model';
import type { BookView, Side } from '@kb/model';
import type { RestDepth } from '../delta/delta-monitor.ts';

/** Levels a side that are compared. */
export const COMPARED = 10;
/** How many of them may be unknown to us: REST answers with a moment that need not be one between two of our messages. */
const UNKNOWN_ALLOWED = 2;

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
   * Agrees when, on each side, the best price lies within ours, at least eight of the ten best levels are at prices where we had one,
   * and we did not have more levels than there are, by the same measure. Sizes change too often to be compared.
   * @param book For its decimals.
   */
  compare(book: BookView, depth: RestDepth): Comparison {
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

  constructor(side: Side) {
    this.#side = side;
  }

  note(book: BookView): void {
    const count = Math.min(COMPARED, book.levels(this.#side));
    this.#fewest = Math.min(this.#fewest, count);
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

  /** @throws KbError when a price is no number of ticks. */
  faultOf(book: BookView, levels: RestDepth['bids']): string | undefined {
    const name = this.#side === 'buy' ? 'bids' : 'asks';
    const prices = levels.slice(0, COMPARED).map(({ price }) => priceToTicks(book, price));
    const [best] = prices;
    if (best !== undefined && !(best >= this.#low && best <= this.#high)) {
      const ours = this.#low === Infinity ? 'we had none' : `ours was ${this.#low} to ${this.#high}`;
      return `${name}: best ${best} ticks, ${ours}`;
    }
    const known = prices.filter((price) => this.#prices.has(price)).length;
    if (known < prices.length - UNKNOWN_ALLOWED) return `${name}: ${known} of ${prices.length} levels were known to us`;
    if (this.#fewest > prices.length + UNKNOWN_ALLOWED || (best === undefined && this.#fewest > 0)) {
      return `${name}: ${prices.length} levels, ours were ${this.#fewest} or more`;
    }
    return undefined;
  }
}
