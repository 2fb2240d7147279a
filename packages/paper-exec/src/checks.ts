import { bigCountToDecimal, notional, SECOND } from '@kb/model';
import type {
  CloseOrder,
  Instrument,
  Lots,
  Micros,
  OrderRequest,
  OrderType,
  RejectReason,
  SystemStatus,
  Ticks,
} from '@kb/model';
import { Decimal } from 'decimal.js';
import { ORDER_KINDS } from './orders/order-kinds.ts';
import { distanceOf } from './orders/price-offset.ts';

export interface Refusal {
  readonly reason: RejectReason;
  /** For people. */
  readonly text: string;
}

/** What the venue looks at in an order, whether placed or amended. */
export type CheckedOrder = Omit<OrderRequest, 'symbol'>;

/** What it is judged by. */
export interface CheckContext {
  readonly instrument: Instrument;
  readonly system: SystemStatus;
  /** Price of the last trade; `undefined` before any. */
  readonly last: Ticks | undefined;
  /** How far from it a limit may lie, as a fraction; `undefined`: anywhere. */
  readonly priceBand: Decimal | undefined;
  /** True for what a fill places: its size need not reach the minimums. */
  readonly anySize?: boolean;
}

/**
 * The venue's checks of an order that need neither book nor account, in the venue's sequence: status, parameters, grids,
 * minimums, price band. What needs the account and post-only follow at the order entry.
 */
export function checkOrder(context: CheckContext, order: CheckedOrder): Refusal | undefined {
  const { instrument } = context;
  return (
    checkStatus(instrument, context.system, order) ??
    checkParameters(order) ??
    checkGrids(instrument, order) ??
    (context.anySize === true ? undefined : checkMinimums(instrument, order)) ??
    checkBand(context, order)
  );
}

/** Whether the venue takes such an order now. */
export function checkStatus(
  instrument: Instrument,
  system: SystemStatus,
  order: Pick<CheckedOrder, 'orderType' | 'postOnly' | 'reduceOnly'>,
): Refusal | undefined {
  const { orderType, postOnly, reduceOnly = false } = order;
  for (const status of [system, instrument.status]) {
    switch (status) {
      case 'online':
        continue;
      case 'limit_only':
        if (ORDER_KINDS[orderType].limit !== undefined) continue;
        break;
      case 'post_only':
        if (postOnly) continue;
        break;
      case 'reduce_only':
        if (reduceOnly || orderType === 'settle-position') continue;
        break;
      case 'cancel_only':
      case 'maintenance':
      case 'delisted':
      case 'work_in_progress':
        break;
    }
    return { reason: 'instrument-status', text: `${instrument.symbol} is ${status}` };
  }
  return undefined;
}

/** An expiry is judged when the order comes. Kraken: five seconds at least, a month at most (taken as 31 days). */
export function checkExpiry({ expiresAt }: Pick<CheckedOrder, 'expiresAt'>, at: Micros): Refusal | undefined {
  if (expiresAt === undefined) return undefined;
  const life = expiresAt - at;
  if (life >= SHORTEST_LIFE && life <= LONGEST_LIFE) return undefined;
  return invalid('an order expires between five seconds and 31 days after it comes');
}

function checkParameters(order: CheckedOrder): Refusal | undefined {
  const { orderType, price, postOnly, timeInForce, displaySize, size } = order;
  const kind = ORDER_KINDS[orderType];
  const name = `${orderType === 'iceberg' ? 'an' : 'a'} ${orderType} order`;
  const isPlain = orderType === 'limit' || orderType === 'iceberg';
  if (kind.limit !== 'own' && price !== undefined) return invalid(`${name} has no price`);
  if (kind.limit === 'own' && price === undefined) return invalid(`${name} needs a price`);
  if (postOnly && !isPlain) return invalid(`${name} cannot be post-only`);
  if (postOnly && timeInForce === 'ioc') return invalid('post-only and immediate-or-cancel exclude each other');
  if (postOnly && timeInForce === 'fok') return invalid('post-only and fill-or-kill exclude each other');
  if (timeInForce === 'fok' && orderType !== 'limit') return invalid(`${name} cannot be fill-or-kill`);
  if (timeInForce === 'ioc' && orderType === 'iceberg') return invalid(`${name} cannot be immediate-or-cancel`);
  if (timeInForce === 'gtd' && kind.limit === undefined && kind.trigger === undefined) {
    return invalid(`${name} cannot be good till date`);
  }
  if ((timeInForce === 'gtd') !== (order.expiresAt !== undefined)) {
    return invalid('an order has an expiry when it is good till date, and only then');
  }
  if (order.reduceOnly === true && order.leverage === undefined)
    return invalid('only margin orders can be reduce-only');
  if ((orderType === 'iceberg') !== (displaySize !== undefined)) {
    return invalid('an order has a display size when it is an iceberg, and only then');
  }
  if (displaySize !== undefined) {
    const refusal = checkDisplay(displaySize, size);
    if (refusal !== undefined) return refusal;
  }
  if (order.close !== undefined && orderType === 'settle-position') return invalid(`${name} has no closing order`);
  return checkTrigger(order) ?? (order.close && checkClose(order.close, order));
}

/** An iceberg shows a fifteenth of what remains at least. Source: Kraken. */
export function checkDisplay(displaySize: Lots, remaining: Lots): Refusal | undefined {
  if (displaySize > 0 && displaySize <= remaining && displaySize * MOST_SLICES >= remaining) return undefined;
  return invalid(`a display size of ${displaySize} lots is not from a fifteenth of ${remaining} to all of it`);
}

function checkTrigger({ orderType, trigger, limitOffset }: CheckedOrder): Refusal | undefined {
  const kind = ORDER_KINDS[orderType];
  if ((kind.trigger !== undefined) !== (trigger !== undefined)) {
    return invalid(`a ${orderType} order ${trigger === undefined ? 'needs a' : 'has no'} trigger`);
  }
  if ((kind.limit === 'offset') !== (limitOffset !== undefined)) {
    return invalid(`a ${orderType} order ${limitOffset === undefined ? 'needs a' : 'has no'} limit offset`);
  }
  if (limitOffset !== undefined && distanceOf(limitOffset) === undefined)
    return invalid('the limit offset is no offset');
  if (trigger === undefined) return undefined;
  const { price } = trigger;
  const distance = price.type === 'static' ? undefined : distanceOf(price);
  if (kind.trigger === 'trail') {
    if (distance === undefined || distance.count <= 0n) return invalid('a trailing stop needs a distance above zero');
  } else if (price.type !== 'static' && distance === undefined) return invalid('the trigger is no price');
  return undefined;
}

/** What the closing order will be, as far as it can be judged before there is anything to close. */
function checkClose(close: CloseOrder, { side, size }: CheckedOrder): Refusal | undefined {
  const { orderType, price } = close;
  if (!CLOSING.has(orderType)) return invalid(`a ${orderType} order cannot close another`);
  return checkParameters({ ...close, side, size, price, timeInForce: 'gtc', postOnly: false });
}

function checkGrids({ tickSize, lotSize }: Instrument, order: CheckedOrder): Refusal | undefined {
  const { price, size, trigger, displaySize, close } = order;
  for (const each of [price, staticPrice(trigger), close?.price, staticPrice(close?.trigger)]) {
    if (each === undefined || (each > 0 && each % tickSize === 0)) continue;
    return { reason: 'price-off-grid', text: `price of ${each} ticks is not a positive multiple of ${tickSize}` };
  }
  for (const each of [size, displaySize]) {
    if (each === undefined || (each > 0 && each % lotSize === 0)) continue;
    return { reason: 'size-off-grid', text: `size of ${each} lots is not a positive multiple of ${lotSize}` };
  }
  return undefined;
}

/** What trades a position back may be as small as the position. */
function checkMinimums(instrument: Instrument, order: CheckedOrder): Refusal | undefined {
  const { orderType, price, size, reduceOnly = false } = order;
  if (reduceOnly || orderType === 'settle-position') return undefined;
  if (size < instrument.minQty) {
    return { reason: 'below-min-qty', text: `size of ${size} lots is below ${instrument.minQty}` };
  }
  const told = price ?? staticPrice(order.trigger);
  return told === undefined ? undefined : checkCost(instrument, notional(told, size));
}

function checkBand({ last, priceBand }: CheckContext, { price }: CheckedOrder): Refusal | undefined {
  if (price === undefined || last === undefined || priceBand === undefined) return undefined;
  if (priceBand.times(last).gte(Math.abs(price - last))) return undefined;
  return { reason: 'price-band', text: `a limit of ${price} ticks is too far from the last trade at ${last}` };
}

/** The least price × size, in steps of both; for a market order asked once the book has been walked. */
export function checkCost(instrument: Instrument, steps: bigint): Refusal | undefined {
  const { minCost, quote } = instrument;
  const least = Number(minCost) * 10 ** (instrument.pricePrecision + instrument.qtyPrecision);
  if (Number(steps) > least * CLEARLY) return undefined; // asked of every order, so decimals only where it is close
  const cost = new Decimal(bigCountToDecimal(steps, instrument.pricePrecision + instrument.qtyPrecision));
  return cost.lessThan(minCost) ? { reason: 'below-min-cost', text: `costs less than ${minCost} ${quote}` } : undefined;
}

export function invalid(text: string): Refusal {
  return { reason: 'invalid-order', text };
}

function staticPrice(trigger: OrderRequest['trigger']): Ticks | undefined {
  return trigger?.price.type === 'static' ? trigger.price.price : undefined;
}

const CLOSING: ReadonlySet<OrderType> = new Set<OrderType>([
  'limit',
  'stop-loss',
  'stop-loss-limit',
  'take-profit',
  'take-profit-limit',
  'trailing-stop',
  'trailing-stop-limit',
]);
const SHORTEST_LIFE = 5 * SECOND;
const LONGEST_LIFE = 31 * 86_400 * SECOND;
/** Of an iceberg. */
const MOST_SLICES = 15;
/** Far beyond what doubles may be wrong by. */
const CLEARLY = 1.000001;
