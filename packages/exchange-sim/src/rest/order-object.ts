import { Money } from '../accounts/money.ts';
import type { Order } from '../trading/order.ts';
import { hasLimit } from '../trading/order-kinds.ts';
import type { JsonMembers } from './json-text.ts';
import { longPrice, NOTHING, quantity, seconds, wholeSeconds } from './numbers.ts';
import { description, volume } from './order-texts.ts';

/**
 * An order as `OpenOrders`, `ClosedOrders` and `QueryOrders` show it.
 *
 * `cost`, `fee` and `price` are cut off at the pair's price decimals, as Kraken does it; trades and ledgers have all digits. `volume` of an
 * order that was sized in quote currency is in quote currency.
 * @param trades Ids of its trades, where they are to be listed: an order that has none has no list either.
 */
export function orderObject(order: Order, trades: readonly string[] = []): JsonMembers {
  const { request, listing, trigger, filled, openedAt, receivedAt, closedAt, expireAt } = order;
  const pair = listing.instrument;
  const isOver = closedAt !== undefined;
  const isTriggeredLimit = trigger?.triggered === true && hasLimit(request.kind) && order.limitPrice !== undefined;
  return {
    refid: order.refId ?? null,
    userref: request.userref ?? 0,
    cl_ord_id: request.clOrdId,
    status: order.status,
    ...(isOver ? { reason: order.reason ?? null } : {}),
    opentm: seconds(openedAt ?? receivedAt, 4),
    closetm: isOver ? seconds(closedAt, 4) : undefined,
    starttm: request.effectiveAt === undefined ? 0 : wholeSeconds(request.effectiveAt),
    expiretm: expireAt === undefined ? 0 : wholeSeconds(expireAt),
    descr: description(order),
    vol: volume(order),
    vol_exec: quantity(filled, pair),
    cost: cutOff(order.cost, pair.pricePrecision),
    fee: cutOff(order.fee, pair.pricePrecision),
    price: filled === 0 ? NOTHING : cutOff(order.cost.div(quantity(filled, pair)), pair.pricePrecision),
    stopprice: trigger === undefined ? NOTHING : longPrice(trigger.price, pair),
    limitprice: isTriggeredLimit ? longPrice(order.limitPrice, pair) : NOTHING,
    trigger: trigger?.reference,
    margin: order.leverage === 0 ? undefined : true,
    misc: miscOf(order),
    oflags: flagsOf(order),
    time_in_force: request.timeInForce ?? 'gtc',
    ...(request.reduceOnly === true ? { reduce_only: true } : {}),
    ...(trades.length > 0 ? { trades } : {}),
  };
}

/** Zero is `0.00000`, whatever the pair. */
function cutOff(amount: Order['cost'], decimals: number): string {
  return amount.isZero() ? NOTHING : amount.toFixed(decimals, Money.ROUND_DOWN);
}

/** `stopped` a stop has triggered, `touched` a take-profit has. */
function miscOf({ request, trigger, filled, qty, amends, liquidated, closedAt }: Order): string {
  const isTake = request.kind === 'take-profit' || request.kind === 'take-profit-limit';
  const words = [
    trigger?.triggered === true ? (isTake ? 'touched' : 'stopped') : '',
    liquidated ? 'liquidated' : '',
    closedAt !== undefined && filled > 0 && filled < qty ? 'partial' : '',
    amends.length > 0 ? 'amended' : '',
  ];
  return words.filter((word) => word !== '').join(',');
}

function flagsOf({ request }: Order): string {
  const words = [
    request.postOnly === true ? 'post' : '',
    request.feeIn === 'base' ? 'fcib' : 'fciq',
    request.cashQty === undefined ? '' : 'viqc',
  ];
  return words.filter((word) => word !== '').join(',');
}
