import { lots } from '@kb/model';
import type { Lots, Side } from '@kb/model';
import type { AccountOrders } from './account-orders.ts';
import type { OpenOrder } from './open-order.ts';
import { reducible } from './margin-cover.ts';

/** A resting reduce-only order that is larger than what is left of the position for it. */
export interface Trim {
  readonly order: OpenOrder;
  /** Lots that it may keep. */
  readonly keep: Lots;
}

/**
 * What is too much among an account's resting reduce-only orders: those of one pair and side may together rest with no more than the
 * position: the least aggressive give way first (source: Kraken support), of equal ones the younger. So they can never turn it, however many of them trade at once; where an order that is not reduce-only has
 * traded before them in one taker's sweep, the matcher asks how much they still may (`MarketOrders.roomOf`).
 */
export function excessOf(owner: AccountOrders): readonly Trim[] {
  const trims: Trim[] = [];
  const left = new Map<string, number>();
  const resting = owner.open.filter(({ request, inMarket }) => request.reduceOnly === true && inMarket > 0);
  for (const order of resting.toSorted((one, other) => distanceOf(one) - distanceOf(other))) {
    const key = keyOf(order.symbol, order.request.side);
    const budget = left.get(key) ?? reducible(owner, order);
    const keep = Math.min(order.inMarket, budget);
    left.set(key, budget - keep);
    if (keep < order.remaining) trims.push({ order, keep: lots(keep) });
  }
  return trims;
}

/** The lower, the more aggressive. */
function distanceOf({ limitPrice, request }: OpenOrder): number {
  const price = limitPrice ?? 0; // an order that rests has one
  return request.side === 'sell' ? price : 0 - price;
}

function keyOf(symbol: string, side: Side): string {
  return `${side} ${symbol}`;
}
