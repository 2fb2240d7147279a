import type { Ticks } from '@kb/model';
import type { OpenOrder } from './open-order.ts';
import { firesBelow, trails } from './order-kinds.ts';
import { trailingPrice } from './price-spec.ts';

/**
 * The orders of a market that wait for a price, all by the same reference.
 *
 * A price between the nearest triggers costs a comparison; only one that fires something, or moves a trailing stop, looks through
 * the orders.
 */
export class TriggerBook {
  /** With the number of the first price that each of them sees. */
  readonly #orders = new Map<OpenOrder, number>();
  /** A price at or below it, or at or above the other, may do something. Never too narrow; looking makes them exact. */
  #below = -Infinity;
  #above = Infinity;

  get size(): number {
    return this.#orders.size;
  }

  /** @param from Prices before that number were there before the order was: it does not see them. */
  add(order: OpenOrder, from: number): void {
    this.#orders.set(order, from);
    this.#widen(order);
  }

  remove(order: OpenOrder): void {
    this.#orders.delete(order);
  }

  /**
   * The reference price is now that.
   * @param number Of the price: it counts up. @param onMoved Called for each trailing stop whose trigger price has moved. @returns The orders that fire, oldest first; they are no
   *   longer in the book.
   */
  see(price: Ticks, number: number, onMoved: (order: OpenOrder) => void): readonly OpenOrder[] {
    if (price > this.#below && price < this.#above) return NONE;
    const fired: OpenOrder[] = [];
    this.#below = -Infinity;
    this.#above = Infinity;
    for (const [order, from] of this.#orders) {
      if (number < from) {
        this.#widen(order);
        continue;
      }
      if (fires(order, price)) {
        fired.push(order);
        this.#orders.delete(order);
        continue;
      }
      if (follow(order, price)) onMoved(order);
      this.#widen(order);
    }
    return fired.toSorted((a, b) => a.number - b.number);
  }

  #widen(order: OpenOrder): void {
    const { trigger, request } = order;
    if (trigger === undefined) return;
    const below = firesBelow(request.kind, request.side);
    const { price, peak } = trigger;
    const lower = below ? price : peak === undefined ? -Infinity : peak - 1;
    const upper = below ? (peak === undefined ? Infinity : peak + 1) : price;
    if (lower > this.#below) this.#below = lower;
    if (upper < this.#above) this.#above = upper;
  }
}

const NONE: readonly never[] = [];

function fires({ trigger, request }: OpenOrder, price: Ticks): boolean {
  if (trigger === undefined) return false;
  return firesBelow(request.kind, request.side) ? price <= trigger.price : price >= trigger.price;
}

/** Lets a trailing stop follow a price better than its peak. @returns Whether its trigger price has moved. */
function follow(order: OpenOrder, price: Ticks): boolean {
  const { trigger, request, listing } = order;
  if (trigger?.peak === undefined || !trails(request.kind)) return false;
  const better = request.side === 'sell' ? price > trigger.peak : price < trigger.peak;
  if (!better) return false;
  // A distance that leaves no price above zero keeps the trigger where it is.
  const moved = trailingPrice(trigger.asked, price, request.side, listing.instrument) ?? trigger.price;
  order.trigger = { ...trigger, peak: price, price: moved };
  return moved !== trigger.price;
}
