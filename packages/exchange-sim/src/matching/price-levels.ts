import type { Side, Ticks } from '@kb/model';
import { RBTree } from 'bintrees';

/** One order in its queue. The matcher owns it; nobody else changes it. */
export interface QueuedOrder {
  readonly id: number;
  readonly level: PriceLevel;
  remaining: number;
  ahead: QueuedOrder | undefined;
  behind: QueuedOrder | undefined;
}

/** The orders resting at one price, first come first, as a linked list. */
export interface PriceLevel {
  readonly side: Side;
  readonly price: Ticks;
  /** Lots over all of its orders. */
  total: number;
  orders: number;
  first: QueuedOrder | undefined;
  last: QueuedOrder | undefined;
}

/**
 * The price levels of one side, best first. A hash finds a level by its price, a red-black tree keeps the order; the best
 * level is remembered because nearly every order asks for it.
 *
 * Cost: `at` and `best` O(1); adding and removing a level O(log levels).
 */
export class PriceLevels {
  readonly side: Side;
  best: PriceLevel | undefined = undefined;
  readonly #byPrice = new Map<number, PriceLevel>();
  readonly #sorted: RBTree<PriceLevel>;

  constructor(side: Side) {
    this.side = side;
    this.#sorted = new RBTree<PriceLevel>(side === 'buy' ? (a, b) => b.price - a.price : (a, b) => a.price - b.price);
  }

  get count(): number {
    return this.#byPrice.size;
  }

  get worst(): PriceLevel | undefined {
    return this.#sorted.max() ?? undefined;
  }

  at(price: Ticks): PriceLevel | undefined {
    return this.#byPrice.get(price);
  }

  /** Adds an empty level at a price that has none. */
  add(price: Ticks): PriceLevel {
    const level: PriceLevel = { side: this.side, price, total: 0, orders: 0, first: undefined, last: undefined };
    this.#byPrice.set(price, level);
    this.#sorted.insert(level);
    const { best } = this;
    if (best === undefined || (this.side === 'buy' ? price > best.price : price < best.price)) this.best = level;
    return level;
  }

  remove(level: PriceLevel): void {
    this.#byPrice.delete(level.price);
    this.#sorted.remove(level);
    if (level === this.best) this.best = this.#sorted.min() ?? undefined;
  }

  /** Visits levels best first until the visitor returns false. */
  walk(visit: (level: PriceLevel) => boolean): void {
    const iterator = this.#sorted.iterator();
    for (let level = iterator.next(); level !== null; level = iterator.next()) {
      if (!visit(level)) return;
    }
  }
}
