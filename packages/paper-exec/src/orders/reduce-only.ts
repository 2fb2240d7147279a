import { lots } from '@kb/model';
import type { Lots, Side, Ticks } from '@kb/model';

/** An order that may trade a position back only, as it rests or comes. */
export interface ReducingOrder {
  readonly side: Side;
  /** `undefined`: at any price. */
  readonly price: Ticks | undefined;
  /** Lots of it that could still trade. */
  readonly remaining: Lots;
}

/** Lots that an order on this side can trade a signed position back by. */
export function roomFor(side: Side, position: number): number {
  return Math.max(0, side === 'sell' ? position : -position);
}

/**
 * How much each order of one pair and side may keep, so that they could all trade and not turn the position: the least
 * aggressive ones give way first, of equal ones the younger.
 * @param orders Oldest first.
 */
export function keptSizes<Order extends ReducingOrder>(
  orders: readonly Order[],
  room: number,
): readonly { readonly order: Order; readonly keep: Lots }[] {
  const byAggression = orders.toSorted((a, b) => rank(a) - rank(b));
  let left = room;
  return byAggression.map((order) => {
    const keep = lots(Math.min(order.remaining, left));
    left -= keep;
    return { order, keep };
  });
}

function rank({ side, price }: ReducingOrder): number {
  if (price === undefined) return Number.NEGATIVE_INFINITY;
  return side === 'sell' ? price : 0 - price;
}
