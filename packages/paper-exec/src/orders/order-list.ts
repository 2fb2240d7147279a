import type { Lane } from '../matching/lane.ts';
import type { PaperOrder } from '../matching/paper-order.ts';
import { RecentMap } from '../recent-map.ts';

/**
 * Own orders by client order id: those at the venue, and the last ones that ended. An id is free again when the strategy's order has
 * ended; a shadow that still holds that order goes on without it.
 */
export class OrderList {
  /** Orders that the strategy or a shadow still has at the venue. */
  readonly #orders = new Map<string, PaperOrder>();
  /** Those of them that filled in the followed model and wait on in another, oldest first. */
  readonly #shadowOnly = new Set<PaperOrder>();
  /** The last ones that ended. */
  readonly #past = new RecentMap<PaperOrder>(PAST);

  /** An order that the strategy or a shadow still has at the venue. */
  find(clientOrderId: string): PaperOrder | undefined {
    return this.#orders.get(clientOrderId);
  }

  /** An order that stands at the venue, or one of the last that ended. */
  recall(clientOrderId: string): PaperOrder | undefined {
    return this.#orders.get(clientOrderId) ?? this.#past.get(clientOrderId);
  }

  add(order: PaperOrder): void {
    this.#orders.set(order.clientOrderId, order);
  }

  /** Those of a pair, oldest first. */
  *of(lane: Lane): IterableIterator<PaperOrder> {
    for (const order of this.#orders.values()) if (order.lane === lane) yield order;
    for (const order of this.#shadowOnly) if (order.lane === lane && !this.#isNamed(order)) yield order;
  }

  /** The strategy has heard of the order's end, and a shadow holds it still. */
  left(order: PaperOrder): void {
    this.#shadowOnly.add(order);
  }

  /** Nobody holds the order any more. */
  forget(order: PaperOrder): void {
    if (this.#isNamed(order)) this.#orders.delete(order.clientOrderId);
    this.#shadowOnly.delete(order);
    this.#past.set(order.clientOrderId, order);
  }

  /** Whether its id still means this order. */
  #isNamed(order: PaperOrder): boolean {
    return this.#orders.get(order.clientOrderId) === order;
  }

  /** The order that only shadows hold for the longest, when there are too many of those: nobody cancels them. */
  get surplus(): PaperOrder | undefined {
    if (this.#shadowOnly.size <= MAX_SHADOW_ONLY) return undefined;
    for (const oldest of this.#shadowOnly) return oldest;
    return undefined;
  }
}

/** Ended orders that are remembered at least. */
const PAST = 1_024;
/** Most orders that only shadows hold; beyond it the oldest end. */
const MAX_SHADOW_ONLY = 1_024;
