// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import { micros } from '@kb/model';
import type { Micros, Ticks } from '@kb/model';
import type { PaperOrder } from '../matching/paper-order.ts';

/** Hears of an order whose trigger was reached; it is parked no longer. */
export type OnTriggered = (order: PaperOrder, at: Micros) => void;

/**
 * The own orders of one symbol that wait for their trigger, and the prices that they look at: prints of the public tape in their
 * order, and the index where one is told. Until then, and from a gap of the feed on, the last trade stands for the index.
 */
export class ParkedOrders {
  /** Price of the last trade; told from outside, for not every print that orders look at is the last. */
  last: Ticks | undefined = undefined;
  /** In the order of arrival. */
  readonly #orders: PaperOrder[] = [];
  readonly #onTriggered: OnTriggered;
  #index: Ticks | undefined = undefined;
  /** No trigger lies outside of these two, unless some trail. */
  #below = Number.NEGATIVE_INFINITY;
  #above = Number.POSITIVE_INFINITY;
  #anyTrails = false;

  constructor(onTriggered: OnTriggered) {
    this.#onTriggered = onTriggered;
  }

  get size(): number {
    return this.#orders.length;
  }

  /** The price that a trigger looks at. */
  seen(reference: 'last' | 'index'): Ticks | undefined {
    return reference === 'index' ? (this.#index ?? this.last) : this.last;
  }

  /** Parks an order; it looks at the present price at once. */
  add(order: PaperOrder, at: Micros): void {
    const { trigger } = order;
    if (trigger === undefined) return;
    const seen = this.seen(trigger.reference);
    if (seen !== undefined && trigger.see(seen)) {
      this.#onTriggered(order, at);
      return;
    }
    this.#orders.push(order);
    this.#measure();
  }

  remove(order: PaperOrder): void {
    const index = this.#orders.indexOf(order);
    if (index < 0) return;
    this.#orders.splice(index, 1);
    this.#measure();
  }

  /** A print. @param printedAt As the venue said it: an order that came later has not seen it. */
  onTrade(price: Ticks, printedAt: Micros, at: Micros): void {
    if (this.#orders.length > 0) this.#look('last', price, printedAt, at);
  }

  onIndex(price: Ticks, at: Micros): void {
    this.#index = price;
    // Whoever is parked came before it, also where the market has not moved since.
    if (this.#orders.length > 0) this.#look('index', price, END_OF_TIME, at);
  }

  /** The feed has a gap: what the index is now is not known. */
  forgetIndex(): void {
    this.#index = undefined;
  }

  #look(source: 'last' | 'index', price: Ticks, toldAt: Micros, at: Micros): void {
    if (!this.#anyTrails && price > this.#below && price < this.#above) return;
    const fired: PaperOrder[] = [];
    for (const order of this.#orders) {
      const trigger = order.trigger!;
      const looks = trigger.reference === source || (source === 'last' && this.#index === undefined);
      if (looks && order.arrivedAt < toldAt && trigger.see(price)) fired.push(order);
    }
    for (const order of fired) {
      this.remove(order);
      this.#onTriggered(order, at);
    }
  }

  #measure(): void {
    this.#below = Number.NEGATIVE_INFINITY;
    this.#above = Number.POSITIVE_INFINITY;
    this.#anyTrails = false;
    for (const { trigger } of this.#orders) {
      if (trigger!.trails) this.#anyTrails = true;
      if (trigger!.firesBelow) this.#below = Math.max(this.#below, trigger!.price);
      else this.#above = Math.min(this.#above, trigger!.price);
    }
  }
}

const END_OF_TIME = micros(Number.MAX_SAFE_INTEGER);
