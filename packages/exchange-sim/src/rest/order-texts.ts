import { Money } from '../accounts/money.ts';
import type { Listing } from '../listings/listing.ts';
import { hasLimit, hasTrigger, trails } from '../trading/order-kinds.ts';
import type { ConditionalClose, Order, OrderKind, PriceSpec } from '../trading/order.ts';
import type { JsonMembers } from './json-text.ts';
import { money, pairPrice, quantity } from './numbers.ts';

/** How the texts name a kind: no dashes, and the limit of `*-limit` kinds is told by an arrow. */
const SPOKEN: Readonly<Record<OrderKind, string>> = {
  market: 'market',
  limit: 'limit',
  iceberg: 'iceberg',
  'stop-loss': 'stop loss',
  'stop-loss-limit': 'stop loss',
  'take-profit': 'take profit',
  'take-profit-limit': 'take profit',
  'trailing-stop': 'trailing stop',
  'trailing-stop-limit': 'trailing stop',
  'settle-position': 'settle position',
};

/** The two prices of an order, as its description has them: `0` where it has none. */
export interface DescribedPrices {
  readonly price: string;
  readonly price2: string;
}

/** The member `descr` of an order. */
export function description(order: Order): JsonMembers {
  const { request, listing, leverage } = order;
  return {
    pair: listing.altname,
    aclass: 'forex',
    type: request.side,
    ordertype: request.kind,
    ...describedPrices(order),
    leverage: leverage === 0 ? 'none' : `${leverage}:1`,
    order: orderText(order),
    close: request.conditional === undefined ? '' : closeText(request.conditional, listing),
  };
}

/** `buy 2.12340000 XBTUSD @ limit 45000.1 with 2:1 leverage` */
export function orderText(order: Order): string {
  const { request, listing, leverage } = order;
  const { price, price2 } = describedPrices(order);
  const what = `${request.side} ${volume(order)} ${listing.altname} @ ${spoken(request.kind, price, price2)}`;
  return leverage === 0 ? what : `${what} with ${leverage}:1 leverage`;
}

/** `close position @ stop loss 38000.0 -> limit 36000.0` */
export function closeText({ kind, limitPrice, trigger }: ConditionalClose, listing: Listing): string {
  const limit = limitPrice === undefined ? '0' : specText(limitPrice, listing);
  const start = trigger === undefined ? '0' : specText(trigger, listing);
  return `close position @ ${hasTrigger(kind) ? spoken(kind, start, limit) : spoken(kind, limit, '0')}`;
}

/** In quote currency for an order that was sized so, otherwise in base currency. */
export function volume({ request, qty, listing }: Order): string {
  return request.cashQty === undefined ? quantity(qty, listing.instrument) : money(new Money(request.cashQty), 8);
}

export function describedPrices(order: Order): DescribedPrices {
  const { request, listing, limitPrice, trigger } = order;
  const { kind } = request;
  const pair = listing.instrument;
  const asked = (spec: PriceSpec | undefined): string => (spec === undefined ? '0' : specText(spec, listing));
  const limit = limitPrice === undefined ? asked(request.limitPrice) : pairPrice(limitPrice, pair);
  if (!hasTrigger(kind)) return { price: hasLimit(kind) ? limit : '0', price2: '0' };
  const start = trigger === undefined || trails(kind) ? asked(trigger?.asked) : pairPrice(trigger.price, pair);
  // A trailing stop keeps the offset of its limit, which says more than the price that came of it.
  return { price: start, price2: hasLimit(kind) ? (trails(kind) ? asked(request.limitPrice) : limit) : '0' };
}

function spoken(kind: OrderKind, price: string, price2: string): string {
  const name = SPOKEN[kind];
  if (!hasLimit(kind) && !hasTrigger(kind)) return name;
  return hasLimit(kind) && hasTrigger(kind) ? `${name} ${price} -> limit ${price2}` : `${name} ${price}`;
}

/** `45000.1`, `+50.0`, `-1.5000%`, `#5.0000%` */
function specText({ value, type, sign }: PriceSpec, listing: Listing): string {
  const amount = new Money(value);
  const { pricePrecision } = listing.instrument;
  if (type === 'static') return money(amount, pricePrecision);
  const before = sign === 'auto' ? '#' : amount.isNegative() ? '-' : '+';
  return `${before}${type === 'pct' ? `${money(amount.abs(), 4)}%` : money(amount.abs(), pricePrecision)}`;
}
