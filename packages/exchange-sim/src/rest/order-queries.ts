import type { Micros } from '@kb/model';
import type { Order } from '../trading/order.ts';
import type { PrivateCall, PrivateMethod } from './call.ts';
import type { Json, JsonMembers } from './json-text.ts';
import { nanoseconds, pairPrice, quantity } from './numbers.ts';
import { orderObject } from './order-object.ts';
import { userref } from './order-request.ts';
import { askedSpan, isWithin, page } from './paging.ts';
import type { Params } from './params.ts';
import { Refusal } from './refusal.ts';
import { consolidated } from './trade-rows.ts';

/** Orders that one call may name. */
const MOST_ASKED = 50;

/** Newest first. */
function openOrders({ venue, account, params }: PrivateCall): Json {
  const found = venue.desk.openOrders(account.name).toReversed().filter(askedFor(params));
  return { open: orderMap(found, params, false) };
}

/** Newest first, 50 a page. `count` is that of all pages. */
function closedOrders({ venue, account, params }: PrivateCall): Json {
  const closeTime = params.choice('closetime', ['open', 'close', 'both']) ?? 'both';
  const span = askedSpan(params, (id) => {
    const order = venue.desk.order(account.name, { orderId: id });
    return order && (closeTime === 'open' ? openTime(order) : (order.closedAt ?? openTime(order)));
  });
  const isAsked = askedFor(params);
  const found = venue.desk.closedOrders(account.name).filter((order) => {
    if (!isAsked(order)) return false;
    const opened = isWithin(openTime(order), span);
    const closed = isWithin(order.closedAt ?? Number.NaN, span);
    return closeTime === 'open' ? opened : closeTime === 'close' ? closed : opened || closed;
  });
  return {
    closed: orderMap(page(params, found), params, params.flag('consolidate_taker', true)),
    count: params.flag('without_count') ? undefined : found.length,
  };
}

/** By ids, or by `cl_ord_id` or `userref` alone. Unknown ids are passed over; when all are, that is told (UNCONFIRMED). */
function queryOrders({ venue, account, params }: PrivateCall): Json {
  const ids = params.list('txid', MOST_ASKED);
  const clOrdId = params.text('cl_ord_id');
  const reference = userref(params);
  if (ids.length === 0 && clOrdId === undefined && reference === undefined) throw params.invalid('txid');
  const candidates =
    ids.length > 0
      ? ids.flatMap((orderId) => venue.desk.order(account.name, { orderId }) ?? [])
      : [...venue.desk.openOrders(account.name).toReversed(), ...venue.desk.closedOrders(account.name)];
  const found = candidates.filter(askedFor(params)).slice(0, MOST_ASKED);
  if (found.length === 0) throw new Refusal('EOrder:Unknown order');
  return orderMap(found, params, params.flag('consolidate_taker', true));
}

/** How an order came, and each of its changes. An order that was never changed has none. */
function orderAmends({ venue, account, params }: PrivateCall): Json {
  const order = venue.desk.order(account.name, { orderId: params.required('order_id') });
  if (order === undefined) throw new Refusal('EOrder:Unknown order');
  const pair = order.listing.instrument;
  const amends = order.amends.map((amend) => ({
    amend_id: amend.id,
    amend_type: amend.type,
    order_qty: quantity(amend.qty, pair),
    remaining_qty: quantity(amend.remaining, pair),
    limit_price: amend.limitPrice === undefined ? undefined : pairPrice(amend.limitPrice, pair),
    timestamp: nanoseconds(amend.at),
  }));
  return { amends, count: amends.length };
}

/** @param consolidates Lists the trades of a taker as `TradesHistory` has them. */
function orderMap(orders: readonly Order[], params: Params, consolidates: boolean): JsonMembers {
  const withTrades = params.flag('trades');
  const tradesOf = ({ fills }: Order): readonly string[] =>
    (consolidates ? consolidated(fills) : fills).map(({ id }) => id);
  return Object.fromEntries(
    orders.map((order) => [order.id, orderObject(order, withTrades ? tradesOf(order) : undefined)]),
  );
}

/** Whether an order has the `userref` and the `cl_ord_id` that were asked for, if any. */
function askedFor(params: Params): (order: Order) => boolean {
  const reference = userref(params);
  const clOrdId = params.text('cl_ord_id');
  return ({ request }) =>
    (reference === undefined || request.userref === reference) &&
    (clOrdId === undefined || request.clOrdId === clOrdId);
}

function openTime({ openedAt, receivedAt }: Order): Micros {
  return openedAt ?? receivedAt;
}

const EITHER = ['query-open-trades', 'query-closed-trades'] as const;

/** Methods about an account's orders, by name. */
export const ORDER_QUERIES: ReadonlyMap<string, PrivateMethod> = new Map<string, PrivateMethod>([
  ['OpenOrders', { permissions: ['query-open-trades'], answer: openOrders }],
  ['ClosedOrders', { permissions: ['query-closed-trades'], answer: closedOrders }],
  ['QueryOrders', { permissions: EITHER, answer: queryOrders }],
  ['OrderAmends', { permissions: EITHER, answer: orderAmends }],
]);
