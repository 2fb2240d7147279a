import { lots } from '@kb/model';
import type { Level3View, Lots, Side, Ticks } from '@kb/model';

/**
 * What own orders took from one side of a book of single orders (rule F3): it stays taken off that very order until the
 * order leaves.
 */
export class MakerConsumption {
  readonly #side: Side;
  /** Lots taken, by queue model, by order id. */
  readonly #taken: readonly Map<string, number>[];

  constructor(side: Side, models: number) {
    this.#side = side;
    this.#taken = Array.from({ length: models }, () => new Map<string, number>());
  }

  /** Lots still to be had of what is displayed at a price, in a queue model. */
  available(book: Level3View, price: Ticks, displayed: Lots, model: number): Lots {
    const taken = this.#taken[model];
    if (taken === undefined || taken.size === 0) return displayed;
    let sum = 0;
    for (const { orderId, size } of book.ordersAt(this.#side, price)) {
      sum += Math.max(0, size - (taken.get(orderId) ?? 0));
    }
    return lots(sum);
  }

  /** Takes lots of the first orders that have any left. */
  take(book: Level3View, price: Ticks, model: number, size: Lots): void {
    const taken = this.#taken[model];
    let left: number = size;
    for (const order of book.ordersAt(this.#side, price)) {
      if (left <= 0 || taken === undefined) return;
      const before = taken.get(order.orderId) ?? 0;
      const part = Math.min(left, Math.max(0, order.size - before));
      if (part === 0) continue;
      taken.set(order.orderId, before + part);
      left -= part;
      if (taken.size > MAX_MAKERS) forgetOldest(taken);
    }
  }

  /** By order id, in a queue model. */
  of(model: number): ReadonlyMap<string, number> {
    return this.#taken[model] ?? NONE;
  }

  /**
   * A real taker got lots of an order that we had taken: it would have gone on to the next maker at the price, if there is
   * one. Call when the book shows the order as it is now.
   * @param left What the order shows now.
   */
  displace(book: Level3View, price: Ticks, orderId: string, left: Lots): void {
    for (const [model, taken] of this.#taken.entries()) {
      const excess = (taken.get(orderId) ?? 0) - left;
      if (excess <= 0) continue;
      if (left === 0) taken.delete(orderId);
      else taken.set(orderId, left);
      this.take(book, price, model, lots(excess));
    }
  }

  /** The order has left. */
  left(orderId: string): void {
    for (const taken of this.#taken) if (taken.size > 0) taken.delete(orderId);
  }

  /** After a snapshot: what is taken of orders that are gone is forgotten. */
  restart(book: Level3View): void {
    for (const taken of this.#taken) {
      for (const orderId of taken.keys()) if (book.order(orderId) === undefined) taken.delete(orderId);
    }
  }
}

/** Orders that fell out of view never report their end: the oldest go when there are too many. */
function forgetOldest(taken: Map<string, number>): void {
  for (const oldest of taken.keys()) {
    taken.delete(oldest);
    return;
  }
}

const MAX_MAKERS = 4_096;
const NONE: ReadonlyMap<string, number> = new Map();
