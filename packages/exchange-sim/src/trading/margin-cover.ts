import { lots, NO_LOTS, signOf } from '@kb/model';
import type { Lots } from '@kb/model';
import type { AccountOrders } from './account-orders.ts';
import { opening } from './open-order.ts';
import type { OpenOrder } from './open-order.ts';

/** What says which position an order would close. */
type Closing = Pick<OpenOrder, 'symbol' | 'request'>;

/** Lots of the position that orders of this side would close. */
export function reducible(owner: AccountOrders, { symbol, request }: Closing): Lots {
  return lots(Math.max(-signOf(request.side) * owner.account.openPosition(symbol), 0));
}

/** Lots of the position that are left for an order to close by those others that rest on its side: together they may trade at once. */
export function leftToClose(owner: AccountOrders, closing: Closing, others: readonly OpenOrder[]): Lots {
  let left: number = reducible(owner, closing);
  if (left === 0) return NO_LOTS;
  for (const other of others) {
    if (restsOnMargin(other) && isAlike(other, closing)) left -= other.remaining;
  }
  return lots(Math.max(left, 0));
}

/** The resting margin orders that would open more or less than they are known to, with what that is: the older ones close first. */
export function openingsOf(owner: AccountOrders): readonly { readonly order: OpenOrder; readonly opens: Lots }[] {
  const changed: { readonly order: OpenOrder; readonly opens: Lots }[] = [];
  const left = new Map<string, number>();
  for (const order of owner.open) {
    if (!restsOnMargin(order)) continue;
    const key = `${order.request.side} ${order.symbol}`;
    const closable = left.get(key) ?? reducible(owner, order);
    left.set(key, Math.max(closable - order.remaining, 0));
    const opens = opening(order, order.remaining, lots(closable));
    if (opens !== order.opens) changed.push({ order, opens });
  }
  return changed;
}

function restsOnMargin({ leverage, matcherId }: OpenOrder): boolean {
  return leverage > 0 && matcherId !== 0;
}

function isAlike(one: Closing, other: Closing): boolean {
  return one.symbol === other.symbol && one.request.side === other.request.side;
}
