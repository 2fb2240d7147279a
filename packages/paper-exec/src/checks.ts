import { bigCountToDecimal, notional } from '@kb/model';
import type { Instrument, Lots, OrderType, RejectReason, SystemStatus, Ticks, TimeInForce } from '@kb/model';
import { Decimal } from 'decimal.js';

export interface Refusal {
  readonly reason: RejectReason;
  /** For people. */
  readonly text: string;
}

/** What the venue looks at in an order, whether placed or amended. */
export interface CheckedOrder {
  readonly orderType: OrderType;
  readonly price: Ticks | undefined;
  readonly size: Lots;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
}

/**
 * The venue's checks of an order that need neither book nor account, in the venue's sequence: status, parameters, grids,
 * minimums. Source: execution reference 5.7; funds and post-only follow at the order entry.
 */
export function checkOrder(instrument: Instrument, system: SystemStatus, order: CheckedOrder): Refusal | undefined {
  return (
    checkStatus(instrument, system, order) ??
    checkParameters(order) ??
    checkGrids(instrument, order) ??
    checkMinimums(instrument, order)
  );
}

function checkStatus(instrument: Instrument, system: SystemStatus, order: CheckedOrder): Refusal | undefined {
  for (const status of [system, instrument.status]) {
    switch (status) {
      case 'online':
        continue;
      case 'limit_only':
        if (order.orderType === 'limit') continue;
        break;
      case 'post_only':
        if (order.postOnly) continue;
        break;
      case 'cancel_only':
      case 'maintenance':
      case 'delisted':
      case 'work_in_progress':
      // Spot without margin has no position that an order could reduce.
      case 'reduce_only':
        break;
    }
    return { reason: 'instrument-status', text: `${instrument.symbol} is ${status}` };
  }
  return undefined;
}

function checkParameters({ orderType, price, postOnly, timeInForce }: CheckedOrder): Refusal | undefined {
  if (orderType === 'market') {
    if (price !== undefined) return invalid('a market order has no price');
    if (postOnly) return invalid('a market order cannot be post-only');
    return undefined;
  }
  if (price === undefined) return invalid('a limit order needs a price');
  if (postOnly && timeInForce === 'ioc') return invalid('post-only and immediate-or-cancel exclude each other');
  return undefined;
}

function checkGrids({ tickSize, lotSize }: Instrument, { price, size }: CheckedOrder): Refusal | undefined {
  if (price !== undefined && (price <= 0 || price % tickSize !== 0)) {
    return { reason: 'price-off-grid', text: `price of ${price} ticks is not a positive multiple of ${tickSize}` };
  }
  if (size <= 0 || size % lotSize !== 0) {
    return { reason: 'size-off-grid', text: `size of ${size} lots is not a positive multiple of ${lotSize}` };
  }
  return undefined;
}

function checkMinimums(instrument: Instrument, { price, size }: CheckedOrder): Refusal | undefined {
  if (size < instrument.minQty) {
    return { reason: 'below-min-qty', text: `size of ${size} lots is below ${instrument.minQty}` };
  }
  return price === undefined ? undefined : checkCost(instrument, notional(price, size));
}

/** The least price × size, in steps of both; for a market order asked once the book has been walked. */
export function checkCost(instrument: Instrument, steps: bigint): Refusal | undefined {
  const { minCost, quote } = instrument;
  const least = Number(minCost) * 10 ** (instrument.pricePrecision + instrument.qtyPrecision);
  if (Number(steps) > least * CLEARLY) return undefined; // asked of every order, so decimals only where it is close
  const cost = new Decimal(bigCountToDecimal(steps, instrument.pricePrecision + instrument.qtyPrecision));
  return cost.lessThan(minCost) ? { reason: 'below-min-cost', text: `costs less than ${minCost} ${quote}` } : undefined;
}

function invalid(text: string): Refusal {
  return { reason: 'invalid-order', text };
}

/** Far beyond what doubles may be wrong by. */
const CLEARLY = 1.000001;
