import { assertNever, lots, lotsToQty, microsToIso, NO_LOTS, ticksToPrice } from '@kb/model';
import type { Lots, Micros, Ticks } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { Fill } from '../accounts/account.ts';
import { rounded, ZERO } from '../accounts/money.ts';
import { hasLimit } from '../trading/order-kinds.ts';
import type { Order, OrderEvent, PriceSpec } from '../trading/order.ts';
import { decimalOf } from '../trading/price-spec.ts';
import type { FrameType } from './data-frames.ts';

/*
 * Frames of the `executions` channel. Entries are sparse as Kraken's are: the first one of an order describes it, later ones bear only
 * what they are about and its `order_id`. Prices, quantities and costs have the digits of the pair. (Field sets of `filled`, `expired`,
 * `amended`, `restated`, `status` and `iceberg_refill` are UNCONFIRMED.)
 */

/** What entries say beyond the order itself. */
export interface ExecutionContext {
  /** What a unit of an asset is worth in US dollars; `undefined` where nothing tells. */
  readonly usd: (asset: string) => Decimal | undefined;
  /** The price that triggers of a pair look at now. */
  readonly seen: (symbol: string, reference: 'last' | 'index') => Ticks | undefined;
}

/** @param entries Texts of `executionEntry` and its like. */
export function executionsFrame(type: FrameType, entries: readonly string[], sequence: number): string {
  return `{"channel":"executions","type":"${type}","data":[${entries.join(',')}],"sequence":${sequence}}`;
}

/**
 * The entry of something that happened, as it happens.
 * @param described Whether the order was described before. @param rateCount Sent along when given (its name is UNCONFIRMED).
 */
export function executionEntry(
  event: OrderEvent,
  context: ExecutionContext,
  described: boolean,
  rateCount: number | undefined,
): string {
  return `{${membersOf(event, context, described)}${rateCount === undefined ? '' : `,"ratecount":${rateCount}`}}`;
}

/** The entry of an open order in a snapshot. */
export function openOrderEntry(order: Order, context: ExecutionContext): string {
  const pending = order.status === 'pending';
  const at = order.openedAt ?? order.receivedAt;
  return `{${description(order, pending ? 'pending_new' : 'new', openStatus(order), at, context)}}`;
}

/** The entry of a past fill in a snapshot. */
export function pastFillEntry(fill: Fill, order: Order, context: ExecutionContext): string {
  const status = order.status === 'closed' ? 'filled' : 'partially_filled';
  return `{${tradeMembers(order, fill, status, totalsUpTo(order, fill), context)}}`;
}

function membersOf(event: OrderEvent, context: ExecutionContext, described: boolean): string {
  const { order, at, type } = event;
  switch (event.type) {
    case 'pending_new':
      return description(order, type, 'pending_new', at, context);
    case 'new':
      return described ? followUp(order, type, 'new', at) : description(order, type, 'new', at, context);
    case 'trade':
      // Kraken says so also of the fill that completes an order; that it is complete is an entry of its own.
      return tradeMembers(order, event.fill, 'partially_filled', order, context);
    case 'filled':
      return `${followUp(order, type, 'filled', at)}${totals(order, context)}`;
    case 'canceled': {
      const reason = JSON.stringify(event.reason);
      const sums = totals(order, context);
      return `${followUp(order, type, 'canceled', at)}${sums},"cancel_reason":${reason},"reason":${reason}`;
    }
    case 'expired':
      return `${followUp(order, type, 'expired', at)}${totals(order, context)},"reason":${JSON.stringify(event.reason)}`;
    case 'amended':
      return `${followUp(order, type, openStatus(order), at)}${terms(order, context)},"amended":true`;
    case 'restated':
      return (
        `${followUp(order, type, openStatus(order), at)}${terms(order, context)},"amended":true,` +
        `"reason":${JSON.stringify(event.reason)}`
      );
    case 'status':
      return `${followUp(order, type, openStatus(order), at)}${triggers(order, context)}`;
    case 'iceberg_refill':
      return `${followUp(order, type, openStatus(order), at)}${display(order)}`;
    default:
      return assertNever(event);
  }
}

type ExecType = OrderEvent['type'];
type WireStatus = 'pending_new' | 'new' | 'partially_filled' | 'filled' | 'canceled' | 'expired';

function openStatus({ status, filled }: Order): WireStatus {
  switch (status) {
    case 'pending':
      return 'pending_new';
    case 'open':
      return filled > 0 ? 'partially_filled' : 'new';
    case 'closed':
      return 'filled';
    case 'canceled':
    case 'expired':
      return status;
    default:
      return assertNever(status);
  }
}

function followUp(order: Order, type: ExecType, status: WireStatus, at: Micros): string {
  return (
    `"timestamp":"${microsToIso(at)}","order_status":"${status}","exec_type":"${type}",` +
    `"order_userref":${order.request.userref ?? 0},"order_id":"${order.id}"`
  );
}

/** All about an order. */
function description(order: Order, type: ExecType, status: WireStatus, at: Micros, context: ExecutionContext): string {
  const { request, listing } = order;
  const { costPrecision } = listing.instrument;
  const { kind, side, timeInForce = 'gtc', feeIn = 'quote' } = request;
  return (
    `"order_id":"${order.id}",${ownIds(order)},"symbol":${JSON.stringify(order.symbol)},"order_qty":${qty(order, order.qty)}` +
    `${request.cashQty === undefined ? '' : `,"cash_order_qty":${plain(request.cashQty)}`}${display(order)}` +
    `${order.filled > 0 ? `,"cum_qty":${qty(order, order.filled)},"avg_price":${averagePrice(order, order)}` : ''}` +
    `,"cum_cost":${order.cost.toFixed(costPrecision)},"time_in_force":"${timeInForce.toUpperCase()}"` +
    `,"exec_type":"${type}","side":"${side}","order_type":"${kind}"${limit(order)}` +
    `,"stop_price":${price(order, order.trigger?.price)}${triggers(order, context)}${contingent(order)}` +
    `,"order_status":"${status}"${feeInUsd(order, order.fee, context)},"fee_ccy_pref":"${feeIn === 'base' ? 'fcib' : 'fciq'}"` +
    `${flags(order)}${times(order)}${order.refId === undefined ? '' : `,"ord_ref_id":"${order.refId}"`}` +
    `,"timestamp":"${microsToIso(at)}"`
  );
}

/** The client's own id, or its tag; who gave neither has the tag 0. */
function ownIds({ request }: Order): string {
  const { clOrdId, userref = 0 } = request;
  return clOrdId === undefined ? `"order_userref":${userref}` : `"cl_ord_id":${JSON.stringify(clOrdId)}`;
}

/** What an amend may have changed. */
function terms(order: Order, context: ExecutionContext): string {
  return `,"order_qty":${qty(order, order.qty)}${display(order)}${limit(order)}${triggers(order, context)}${totals(order, context)}`;
}

function display(order: Order): string {
  const { displayQty, filled, qty: size } = order;
  if (displayQty === undefined) return '';
  const left = lots(Math.max(size - filled, 0));
  const shown = lots(Math.min(displayQty, left));
  return `,"display_qty":${qty(order, displayQty)},"display_qty_remain":${qty(order, shown)}`;
}

/** Until a trailing stop triggers, its limit is the offset that was asked for. */
function limit(order: Order): string {
  const { kind, limitPrice } = order.request;
  if (!hasLimit(kind)) return '';
  if (order.limitPrice !== undefined)
    return `,"limit_price_type":"static","limit_price":${price(order, order.limitPrice)}`;
  return limitPrice === undefined
    ? ''
    : `,"limit_price_type":"${limitPrice.type}","limit_price":${plain(limitPrice.value)}`;
}

function triggers(order: Order, { seen }: ExecutionContext): string {
  const { trigger, symbol } = order;
  if (trigger === undefined) return '';
  const { reference, asked, triggered, triggeredAt, peak } = trigger;
  const last = seen(symbol, reference);
  return (
    `,"triggers":{"reference":"${reference}","price":${asked.type === 'static' ? price(order, trigger.price) : plain(asked.value)}` +
    `,"price_type":"${asked.type}","actual_price":${price(order, trigger.price)}` +
    `${peak === undefined ? '' : `,"peak_price":${price(order, peak)}`}${last === undefined ? '' : `,"last_price":${price(order, last)}`}` +
    `,"status":"${triggered ? 'triggered' : 'untriggered'}"` +
    `${triggeredAt === undefined ? '' : `,"timestamp":"${microsToIso(triggeredAt)}"`}}`
  );
}

function contingent({ request }: Order): string {
  const { conditional } = request;
  if (conditional === undefined) return '';
  const named = (name: string, spec: PriceSpec | undefined): string =>
    spec === undefined ? '' : `,"${name}":${plain(spec.value)},"${name}_type":"${spec.type}"`;
  const { kind, trigger, limitPrice } = conditional;
  return `,"contingent":{"order_type":"${kind}"${named('trigger_price', trigger)}${named('limit_price', limitPrice)}}`;
}

function flags({ request, leverage, liquidated, amends }: Order): string {
  return (
    (request.postOnly === true ? ',"post_only":true' : '') +
    (request.reduceOnly === true ? ',"reduce_only":true' : '') +
    (leverage > 0 ? ',"margin":true' : '') +
    (liquidated ? ',"liquidated":true' : '') +
    (amends.length > 0 ? ',"amended":true' : '')
  );
}

function times({ request, expireAt }: Order): string {
  const { effectiveAt } = request;
  return (
    (effectiveAt === undefined ? '' : `,"effective_time":"${microsToIso(effectiveAt)}"`) +
    (expireAt === undefined ? '' : `,"expire_time":"${microsToIso(expireAt)}"`)
  );
}

/** What has traded of an order so far. */
interface Totals {
  readonly filled: Lots;
  readonly cost: Decimal;
  readonly fee: Decimal;
}

function totals(order: Order, context: ExecutionContext): string {
  const { costPrecision } = order.listing.instrument;
  return (
    `,"cum_qty":${qty(order, order.filled)},"cum_cost":${order.cost.toFixed(costPrecision)}` +
    `${feeInUsd(order, order.fee, context)},"avg_price":${averagePrice(order, order)}`
  );
}

/** What had traded when a fill had; `undefined` where the order has forgotten that fill. */
function totalsUpTo(order: Order, fill: Fill): Totals | undefined {
  const index = order.fills.findIndex(({ id }) => id === fill.id);
  if (index === -1) return undefined;
  let [filled, cost, fee] = [order.filled, order.cost, order.fee];
  for (const later of order.fills.slice(index + 1)) {
    filled = lots(filled - later.size);
    cost = cost.minus(later.cost);
    fee = fee.minus(later.fee);
  }
  return { filled, cost, fee };
}

function tradeMembers(
  order: Order,
  fill: Fill,
  status: WireStatus,
  sums: Totals | undefined,
  context: ExecutionContext,
): string {
  const { costPrecision } = order.listing.instrument;
  const soFar =
    sums === undefined
      ? ''
      : `,"cum_qty":${qty(order, sums.filled)},"cum_cost":${sums.cost.toFixed(costPrecision)}` +
        `,"avg_price":${averagePrice(order, sums)}${feeInUsd(order, sums.fee, context)}`;
  return (
    `"order_id":"${order.id}",${ownIds(order)},"exec_id":"${fill.id}","exec_type":"trade","trade_id":${fill.tradeId}` +
    `,"symbol":${JSON.stringify(order.symbol)},"side":"${fill.side}","last_qty":${qty(order, fill.size)}` +
    `,"last_price":${price(order, fill.price)},"liquidity_ind":"${fill.liquidity === 'maker' ? 'm' : 't'}"` +
    `,"cost":${fill.cost.toFixed(costPrecision)},"order_type":"${order.request.kind}","timestamp":"${microsToIso(fill.at)}"` +
    `,"order_status":"${status}"${soFar},"fees":[{"asset":"${fill.feeAsset}","qty":${fill.fee.toFixed(costPrecision)}}]` +
    (fill.margin === undefined ? '' : `,"margin":true,"position_status":"${fill.margin.effect}"`)
  );
}

/** In the cost decimals of the pair; left out where nothing tells what the fee is worth. */
function feeInUsd(order: Order, fee: Decimal, { usd }: ExecutionContext): string {
  const worth = fee.isZero() ? ZERO : usd(feeAssetOf(order))?.times(fee);
  const { costPrecision } = order.listing.instrument;
  return worth === undefined ? '' : `,"fee_usd_equiv":${rounded(worth, costPrecision).toFixed(costPrecision)}`;
}

function feeAssetOf({ fills, listing }: Order): string {
  return fills.at(-1)?.feeAsset ?? listing.quote.id;
}

/** In the pair's digits. */
function averagePrice({ listing }: Order, { filled, cost }: Totals): string {
  const { instrument } = listing;
  const average = filled === NO_LOTS ? ZERO : cost.div(lotsToQty(instrument, filled));
  return rounded(average, instrument.pricePrecision).toFixed(instrument.pricePrecision);
}

function qty({ listing }: Order, size: Lots): string {
  return lotsToQty(listing.instrument, size);
}

/** Zero where there is none, as Kraken writes a `stop_price`. */
function price({ listing }: Order, value: Ticks | undefined): string {
  const { instrument } = listing;
  return value === undefined ? ZERO.toFixed(instrument.pricePrecision) : ticksToPrice(instrument, value);
}

/** A number as a client wrote it, in plain digits: `+5` and `1e3` are no JSON of ours. */
function plain(text: string): string {
  return decimalOf(text)?.toFixed() ?? '0';
}
