import { SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import { hasLimit, hasTrigger, mayBePostOnly, trails } from './order-kinds.ts';
import type { ConditionalClose, OrderKind, OrderRequest, PriceSpec } from './order.ts';
import { decimalOf } from './price-spec.ts';

/** Kraken: a GTD order lives five seconds at least, and a month at most (taken as 31 days). */
const SHORTEST_LIFE = 5 * SECOND;
const LONGEST_LIFE = 31 * 86_400 * SECOND;

const CLOSING_KINDS: ReadonlySet<OrderKind> = new Set<OrderKind>([
  'limit',
  'stop-loss',
  'stop-loss-limit',
  'take-profit',
  'take-profit-limit',
  'trailing-stop',
  'trailing-stop-limit',
]);

/**
 * What is wrong with a request whatever the market: the field, as REST names it, of the first rule that it breaks.
 *
 * A limit price or trigger that the kind of order has no use for is ignored (UNCONFIRMED).
 * @param keepsTimes The times are those of an order that it replaces: how far off they are was judged when that came.
 */
export function badField(request: OrderRequest, at: Micros, keepsTimes = false): string | undefined {
  return (
    badQuantity(request) ??
    badPrices(request, 'price', 'price2') ??
    badTiming(request) ??
    (keepsTimes ? undefined : badTimes(request, at)) ??
    badFlags(request) ??
    badNames(request) ??
    (request.conditional === undefined ? undefined : badClose(request.conditional, request))
  );
}

function badQuantity({ qty, cashQty, kind, side, leverage, displayQty }: OrderRequest): string | undefined {
  if (cashQty !== undefined) {
    const cash = decimalOf(cashQty);
    if (qty !== undefined || cash === undefined || !cash.gt(0)) return 'volume';
    if (kind !== 'market' || side !== 'buy' || leverage !== undefined) return 'oflags';
  } else {
    const size = qty === undefined ? undefined : decimalOf(qty);
    if (size === undefined || size.lt(0)) return 'volume';
    // A margin order of no volume closes what is open.
    if (size.isZero() && leverage === undefined) return 'volume';
  }
  if ((displayQty !== undefined) !== (kind === 'iceberg')) return 'displayvol';
  if (displayQty !== undefined && decimalOf(displayQty)?.gt(0) !== true) return 'displayvol';
  return undefined;
}

/** @param field What the first price is called. @param limitField What the limit of a triggered order is called. */
function badPrices(
  { kind, limitPrice, trigger }: Pick<OrderRequest, 'kind' | 'limitPrice' | 'trigger'>,
  field: string,
  limitField: string,
): string | undefined {
  if (hasTrigger(kind)) {
    if (trigger === undefined) return field;
    const bad = trails(kind) ? !isDistance(trigger) : !isPrice(trigger);
    if (bad) return field;
  }
  if (hasLimit(kind)) {
    const name = hasTrigger(kind) ? limitField : field;
    if (limitPrice === undefined) return name;
    // The limit of a trailing stop is an offset from wherever it will trigger.
    const bad = trails(kind) ? !isOffset(limitPrice) : !isPrice(limitPrice);
    if (bad) return name;
  }
  return undefined;
}

function isPrice(spec: PriceSpec): boolean {
  const value = decimalOf(spec.value);
  return value !== undefined && (spec.type !== 'static' || value.gt(0));
}

function isOffset(spec: PriceSpec): boolean {
  return spec.type !== 'static' && decimalOf(spec.value) !== undefined;
}

function isDistance(spec: PriceSpec): boolean {
  return isOffset(spec) && spec.sign === undefined && decimalOf(spec.value)?.gt(0) === true;
}

function badTiming({ kind, timeInForce, expireAt, postOnly }: OrderRequest): string | undefined {
  if (timeInForce === 'gtd' && expireAt === undefined) return 'expiretm';
  if (expireAt !== undefined) {
    // An expiry alone means GTD.
    if (timeInForce !== undefined && timeInForce !== 'gtd') return 'expiretm';
    if (!hasLimit(kind) && !hasTrigger(kind)) return 'timeinforce';
  }
  if (timeInForce === 'fok' && kind !== 'limit') return 'timeinforce';
  if (timeInForce === 'ioc' && kind === 'iceberg') return 'timeinforce';
  if (postOnly === true && (timeInForce === 'ioc' || timeInForce === 'fok')) return 'timeinforce';
  return undefined;
}

function badTimes({ effectiveAt, expireAt }: OrderRequest, at: Micros): string | undefined {
  const startAt = Math.max(at, effectiveAt ?? at);
  const isBad = expireAt !== undefined && (expireAt < startAt + SHORTEST_LIFE || expireAt > at + LONGEST_LIFE);
  if (isBad) return 'expiretm';
  return startAt > at + LONGEST_LIFE ? 'starttm' : undefined;
}

function badFlags({ kind, postOnly, reduceOnly, leverage }: OrderRequest): string | undefined {
  if (postOnly === true && !mayBePostOnly(kind)) return 'oflags';
  if (reduceOnly === true && leverage === undefined) return 'reduce_only';
  if (kind === 'settle-position' && leverage === undefined) return 'leverage';
  return undefined;
}

function badNames({ userref, clOrdId, conditional }: OrderRequest): string | undefined {
  if (userref !== undefined && userref !== (userref | 0)) return 'userref';
  if (clOrdId === undefined) return undefined;
  return userref !== undefined || conditional !== undefined || !isClOrdId(clOrdId) ? 'cl_ord_id' : undefined;
}

/** A UUID, 32 hexadecimal digits, or up to 18 printable ASCII characters. */
function isClOrdId(text: string): boolean {
  return /^(?:[\dA-Fa-f]{8}(?:-[\dA-Fa-f]{4}){3}-[\dA-Fa-f]{12}|[\dA-Fa-f]{32}|[ -~]{1,18})$/.test(text);
}

/** (Whether a conditional close may be an iceberg is UNCONFIRMED; Kraken's SDK says no.) */
function badClose(close: ConditionalClose, { kind }: OrderRequest): string | undefined {
  if (kind === 'settle-position' || !CLOSING_KINDS.has(close.kind)) return 'close[ordertype]';
  return badPrices(close, 'close[price]', 'close[price2]');
}
