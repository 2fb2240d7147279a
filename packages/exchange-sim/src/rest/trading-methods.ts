import type { Permission } from '../access/api-keys.ts';
import type { Order, OrderRef } from '../trading/order.ts';
import { accepted } from './call.ts';
import type { PrivateCall, PrivateMethod } from './call.ts';
import type { Json, JsonMembers } from './json-text.ts';
import { isoSeconds } from './numbers.ts';
import {
  decimal,
  deadlineOf,
  definedMembers,
  orderFlags,
  orderRequest,
  priceSpec,
  pricesOf,
  userref,
} from './order-request.ts';
import { closeText, describedPrices, orderText, volume } from './order-texts.ts';
import { askedPair } from './pairs.ts';
import type { Params } from './params.ts';

/** Orders that one call may name. */
const MOST_CANCELLED = 50;

/** `{"descr":{"order":"…","close":"…"},"txid":["O…"]}`; without `txid` when it was only checked. */
function addOrder(call: PrivateCall): Json {
  const { params, venue, account, at } = call;
  const request = orderRequest(params, callTerms(call));
  const order = accepted(call, venue.desk.place(account.name, request, at));
  return { descr: { order: orderText(order), close: closeOf(order) }, txid: isChecked(order) ? undefined : [order.id] };
}

/** One answer an order, in their order; here `txid` is a text. */
function addOrderBatch(call: PrivateCall): Json {
  const { params, venue, account, at } = call;
  const terms = callTerms(call);
  const requests = params.objects('orders').map((order) => orderRequest(order, terms));
  const answers = accepted(call, venue.desk.placeBatch(account.name, requests, at));
  const orders = answers.map((answer): JsonMembers => {
    if (!answer.ok) return { error: answer.error };
    const order = answer.value;
    return {
      txid: isChecked(order) ? undefined : order.id,
      descr: { order: orderText(order) },
      close: closeOf(order),
    };
  });
  return { orders };
}

function amendOrder(call: PrivateCall): Json {
  const { params, venue, account, at } = call;
  const request = definedMembers({
    qty: decimal(params, 'order_qty'),
    displayQty: decimal(params, 'display_qty'),
    limitPrice: priceSpec(params, 'limit_price'),
    trigger: priceSpec(params, 'trigger_price'),
    postOnly: params.flag('post_only') ? true : undefined,
    deadline: deadlineOf(params, at),
  });
  const ref = orderRef(params);
  return { amend_id: accepted(call, venue.desk.amend(account.name, ref, request, at)).amendId };
}

function editOrder(call: PrivateCall): Json {
  const { params, venue, account, at } = call;
  const ref = orderRef(params);
  const { symbol } = askedPair(call).market.listing.instrument;
  // Which price is which goes by the kind of the order; one that is not there is refused by the desk.
  const kind = venue.desk.order(account.name, ref)?.request.kind ?? 'limit';
  const flags = orderFlags(params);
  for (const flag of flags) if (flag !== 'post') throw params.invalid('oflags');
  const request = definedMembers({
    symbol,
    qty: decimal(params, 'volume'),
    ...pricesOf(params, kind),
    displayQty: decimal(params, 'displayvol'),
    postOnly: flags.has('post') ? true : undefined,
    userref: 'userref' in ref ? undefined : userref(params),
    deadline: deadlineOf(params, at),
    validateOnly: params.flag('validate') ? true : undefined,
  });
  const { order, original } = accepted(call, venue.desk.edit(account.name, ref, request, at));
  return {
    status: 'ok',
    txid: isChecked(order) ? undefined : order.id,
    originaltxid: original.id,
    volume: volume(order),
    ...describedPrices(order),
    orders_cancelled: isChecked(order) ? 0 : 1,
    descr: { order: orderText(order), close: closeOf(order) },
  };
}

function cancelOrder(call: PrivateCall): Json {
  const { params, venue, account, at } = call;
  return { count: accepted(call, venue.desk.cancel(account.name, orderRef(params), at)).length };
}

function cancelOrderBatch(call: PrivateCall): Json {
  const { params, venue, account, at } = call;
  const refs: OrderRef[] = [
    ...params.list('orders', MOST_CANCELLED).map(refOf),
    ...params.list('cl_ord_ids', MOST_CANCELLED).map((clOrdId) => ({ clOrdId })),
  ];
  return { count: accepted(call, venue.desk.cancelBatch(account.name, refs, at)).count };
}

function cancelAll(call: PrivateCall): Json {
  const { venue, account, at } = call;
  return { count: accepted(call, venue.desk.cancelAll(account.name, at)).count };
}

/** Without a timer `triggerTime` is `0`. */
function cancelAllOrdersAfter(call: PrivateCall): Json {
  const { params, venue, account, at } = call;
  const timeout = params.whole('timeout', 0, 1e9);
  if (timeout === undefined) throw params.invalid('timeout');
  const { triggerAt } = accepted(call, venue.desk.cancelAllAfter(account.name, timeout, at));
  return { currentTime: isoSeconds(at), triggerTime: triggerAt === undefined ? '0' : isoSeconds(triggerAt) };
}

function callTerms(call: PrivateCall): Parameters<typeof orderRequest>[1] {
  const { params, at } = call;
  return {
    symbol: askedPair(call).market.listing.instrument.symbol,
    at,
    deadline: deadlineOf(params, at),
    validateOnly: params.flag('validate'),
  };
}

/** `txid`, which may hold a userref, or `cl_ord_id`. @throws Refusal when neither is there. */
function orderRef(params: Params): OrderRef {
  const txid = params.text('txid');
  if (txid !== undefined) return refOf(txid);
  const clOrdId = params.text('cl_ord_id');
  if (clOrdId === undefined) throw params.invalid('txid');
  return { clOrdId };
}

/** No order id is a whole number, so a whole number is a userref. */
function refOf(text: string): OrderRef {
  return /^[-+]?\d{1,10}$/.test(text) ? { userref: Number(text) } : { orderId: text };
}

function closeOf({ request, listing }: Order): string | undefined {
  return request.conditional === undefined ? undefined : closeText(request.conditional, listing);
}

/** Whether the order was only checked: such a one has no id. */
function isChecked({ request }: Order): boolean {
  return request.validateOnly === true;
}

const PLACING: readonly Permission[] = ['modify-trades'];
const CANCELLING: readonly Permission[] = ['modify-trades', 'close-trades'];

/** Methods that change orders, by name. */
export const TRADING_METHODS: ReadonlyMap<string, PrivateMethod> = new Map([
  ['AddOrder', { permissions: PLACING, answer: addOrder }],
  ['AddOrderBatch', { permissions: PLACING, answer: addOrderBatch }],
  ['AmendOrder', { permissions: PLACING, answer: amendOrder }],
  ['EditOrder', { permissions: PLACING, answer: editOrder }],
  ['CancelOrder', { permissions: CANCELLING, answer: cancelOrder }],
  ['CancelOrderBatch', { permissions: CANCELLING, answer: cancelOrderBatch }],
  ['CancelAll', { permissions: CANCELLING, answer: cancelAll }],
  ['CancelAllOrdersAfter', { permissions: CANCELLING, answer: cancelAllOrdersAfter }],
]);
