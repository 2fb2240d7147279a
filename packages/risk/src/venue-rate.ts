import { commandPoints, micros, ORDER_RATE_TIERS, OrderCounter } from '@kb/model';
import type { Micros, OrderRateTierName, OwnOrder } from '@kb/model';

/**
 * What the venue's own counter of order commands shows, as far as it can be told before sending: the same table, counted when
 * a command leaves instead of when it arrives. An order's age is taken from when something about it was last sent.
 */
export class VenueRate {
  readonly #counter: OrderCounter | undefined;

  constructor(tier: OrderRateTierName | undefined) {
    if (tier !== undefined) this.#counter = new OrderCounter(ORDER_RATE_TIERS[tier]);
  }

  /** Why the venue would refuse the order, in numbers; `undefined` when it would not, or nothing is counted. */
  full(
    symbol: string,
    target: OwnOrder | undefined,
    now: Micros,
  ): { readonly points: number; readonly limit: number } | undefined {
    const counter = this.#counter;
    if (counter === undefined) return undefined;
    const added = pointsOf(target, now);
    if (counter.admits(symbol, added, now)) return undefined;
    return { points: counter.points(symbol, now) + added, limit: counter.tier.max };
  }

  /** Counts a new order, or an amend of one. */
  addOrder(symbol: string, target: OwnOrder | undefined, now: Micros): void {
    this.#counter?.add(symbol, pointsOf(target, now), now);
  }

  addCancel({ sentAt, symbol }: OwnOrder, now: Micros): void {
    this.#counter?.add(symbol, commandPoints('cancel', micros(now - sentAt)), now);
  }
}

function pointsOf(target: OwnOrder | undefined, now: Micros): number {
  return target === undefined ? commandPoints('add', NEW) : commandPoints('amend', micros(now - target.sentAt));
}

const NEW = micros(0);
