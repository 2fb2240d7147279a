import type { Side, Ticks } from '@kb/model';
import { RBTree } from 'bintrees';
import type { SelfTradePrevention } from './order-extras.ts';

/** One order in its queue. The matcher owns it; nobody else changes it. */
export interface QueuedOrder {
  readonly id: number;
  readonly level: PriceLevel;
  /** Lots that show and can trade in its turn; never 0 while it rests. */
  displayed: number;
  /** Lots that will show, slice by slice, once those have traded. */
  hidden: number;
  /** Lots of a slice; 0 when it is no iceberg, and all shows. */
  display: number;
  /** 0 is nobody. */
  readonly owner: number;
  readonly selfTrade: SelfTradePrevention;
  /** Whether the guard is asked before it trades. */
  readonly guarded: boolean;
  ahead: QueuedOrder | undefined;
  behind: QueuedOrder | undefined;
}

/** The orders resting at one price, next to trade first, as a linked list. */
export interface PriceLevel {
  readonly side: Side;
  readonly price: Ticks;
  /** Displayed lots over all of its orders. */
  total: number;
  /** Hidden lots over all of its orders. With the total it never leaves 2^53 − 1. */
  hidden: number;
  orders: number;
  first: QueuedOrder | undefined;
  last: QueuedOrder | undefined;
}

/** Puts the order, and its lots, at the back of its level's queue. */
export function enqueue(order: QueuedOrder): void {
  const { level } = order;
  const { last } = level;
  order.ahead = last;
  order.behind = undefined;
  if (last === undefined) level.first = order;
  else last.behind = order;
  level.last = order;
  level.total += order.displayed;
  level.hidden += order.hidden;
  level.orders += 1;
}

/** Takes the order, and what is left of it, out of its level's queue. */
export function dequeue(order: QueuedOrder): void {
  const { level, ahead, behind } = order;
  if (ahead === undefined) level.first = behind;
  else ahead.behind = behind;
  if (behind === undefined) level.last = ahead;
  else behind.ahead = ahead;
  level.total -= order.displayed;
  level.hidden -= order.hidden;
  level.orders -= 1;
}

/** Shows the next slice of an iceberg whose displayed lots have traded, at the back of its queue. */
export function queueNextSlice(order: QueuedOrder): void {
  dequeue(order);
  order.displayed = Math.min(order.display, order.hidden);
  order.hidden -= order.displayed;
  enqueue(order);
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
  /** Guarded orders on this side. */
  guarded = 0;
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

  /** Whether that price is as good as the limit, or better, for one who takes from this side. */
  isWithin(price: Ticks, limit: Ticks): boolean {
    return this.side === 'buy' ? price >= limit : price <= limit;
  }

  /** Adds an empty level at a price that has none. */
  add(price: Ticks): PriceLevel {
    const level: PriceLevel = {
      side: this.side,
      price,
      total: 0,
      hidden: 0,
      orders: 0,
      first: undefined,
      last: undefined,
    };
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
