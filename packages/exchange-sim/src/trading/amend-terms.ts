import { lots, lotsToQty } from '@kb/model';
import type { Lots, Ticks } from '@kb/model';
import type { Listing, PriceSource } from '../listings/listing.ts';
import { accept, refuse } from './answer.ts';
import type { Answer } from './answer.ts';
import { opening } from './open-order.ts';
import type { Amendable, OpenOrder } from './open-order.ts';
import { hasLimit, hasTrigger, naturalSign, trails } from './order-kinds.ts';
import { displayOf, isOutsideBand, onLotGrid } from './order-terms.ts';
import type { AmendRequest, OrderRequest, PriceSpec, TriggerState } from './order.ts';
import { asTicks, decimalOf, offsetPrice, priceOf, trailingPrice } from './price-spec.ts';
import { invalid, REFUSED } from './texts.ts';

/** What an amend is judged by. */
export interface AmendContext {
  readonly listing: Listing;
  readonly prices: PriceSource;
  /** Lots that the order closes of a margin position. */
  readonly closable: Lots;
}

/**
 * Judges an amend: what the order would be after it. In this order (Kraken's is UNCONFIRMED): fields that the order does not have,
 * malformed values, relative prices, nothing changed, tick size, minimum quantity, minimum cost, price band.
 *
 * A quantity is the total, with what is filled; one that is filled already is let through, and means that the rest is cancelled.
 */
export function amendedTerms(order: OpenOrder, asked: AmendRequest, context: AmendContext): Answer<Amendable> {
  const field = notAmendable(order, asked);
  if (field !== undefined) return refuse(invalid(field));
  const limit = limitOf(order, asked, context);
  if (!limit.ok) return limit;
  const trigger = triggerOf(order, asked, context);
  if (!trigger.ok) return trigger;
  const size = amendedSize(order, asked, context.listing);
  if (!size.ok) return size;

  const after: Amendable = {
    limitPrice: limit.value.limitPrice,
    request: asked.qty === undefined ? limit.value.request : inBase(limit.value.request),
    trigger: trigger.value,
    ...size.value,
    opens: opens(order, size.value.qty, context),
  };
  if (isSame(order, after)) return refuse(REFUSED.nothingToAmend);
  const { tickSize } = context.listing.instrument;
  for (const price of [asked.limitPrice && after.limitPrice, asked.trigger && after.trigger?.price]) {
    if (price !== undefined && price % tickSize !== 0) return refuse(REFUSED.tickSize);
  }
  const small = asked.qty !== undefined && after.qty > order.filled ? belowMinimum(order, after, context) : undefined;
  if (small !== undefined) return refuse(small);
  const { limitPrice } = after;
  if (asked.limitPrice !== undefined && limitPrice !== undefined && isOutsideBand(limitPrice, context)) {
    return refuse(REFUSED.price);
  }
  return accept(after);
}

function notAmendable({ request, stage }: OpenOrder, asked: AmendRequest): string | undefined {
  const { kind } = request;
  if (asked.limitPrice !== undefined && !hasLimit(kind)) return 'limit_price';
  if (asked.trigger !== undefined && (!hasTrigger(kind) || stage === 'live')) return 'trigger_price';
  if (asked.displayQty !== undefined && kind !== 'iceberg') return 'display_qty';
  return undefined;
}

/** The limit; for a trailing stop that has not triggered, the offset of its limit, which is part of the request. */
function limitOf(
  order: OpenOrder,
  { limitPrice: asked }: AmendRequest,
  { listing, prices }: AmendContext,
): Answer<Pick<Amendable, 'request' | 'limitPrice'>> {
  const { request, limitPrice } = order;
  if (asked === undefined) return accept({ request, limitPrice });
  if (trails(request.kind) && order.stage !== 'live') {
    if (asked.type === 'static' || decimalOf(asked.value) === undefined) return refuse(invalid('limit_price'));
    return accept({ request: { ...request, limitPrice: asked }, limitPrice });
  }
  const price = read(order, asked, prices.last(), listing, 'limit_price');
  return price.ok ? accept({ request, limitPrice: price.value }) : price;
}

function triggerOf(
  order: OpenOrder,
  { trigger: asked }: AmendRequest,
  { listing, prices }: AmendContext,
): Answer<TriggerState | undefined> {
  const { trigger, request } = order;
  if (asked === undefined || trigger === undefined) return accept(trigger);
  if (trails(request.kind)) {
    if (asked.type === 'static' || decimalOf(asked.value)?.gt(0) !== true) return refuse(invalid('trigger_price'));
    const { peak } = trigger;
    const price = peak === undefined ? undefined : trailingPrice(asked, peak, request.side, listing.instrument);
    return price === undefined ? refuse(REFUSED.price) : accept({ ...trigger, asked, price });
  }
  const seen = trigger.reference === 'index' ? prices.index() : prices.last();
  const price = read(order, asked, seen, listing, 'trigger_price');
  return price.ok ? accept({ ...trigger, asked, price: price.value }) : price;
}

/** A price on the grid of the pair's digits; that it is on the tick size is looked at later. */
function read(
  { request }: OpenOrder,
  asked: PriceSpec,
  reference: Ticks | undefined,
  { instrument }: Listing,
  field: string,
): Answer<Ticks> {
  const value = decimalOf(asked.value);
  if (value === undefined) return refuse(invalid(field));
  if (asked.type !== 'static') {
    const sign = naturalSign(request.kind, request.side);
    const price = reference === undefined ? undefined : offsetPrice(asked, reference, sign, instrument);
    return price === undefined ? refuse(REFUSED.price) : accept(price);
  }
  if (!value.gt(0)) return refuse(invalid(field));
  const price = asTicks(value, instrument);
  return price === undefined ? refuse(REFUSED.tickSize) : accept(price);
}

function amendedSize(
  order: OpenOrder,
  asked: AmendRequest,
  { instrument }: Listing,
): Answer<Pick<Amendable, 'qty' | 'displayQty'>> {
  const value = asked.qty === undefined ? undefined : decimalOf(asked.qty);
  const qty = asked.qty === undefined ? order.qty : value && onLotGrid(value, instrument);
  if (qty === undefined) return refuse(invalid('order_qty'));
  const remaining = lots(qty - order.filled);
  if (order.displayQty === undefined || remaining <= 0) return accept({ qty, displayQty: order.displayQty });
  // What shrinks below its display shows as a whole.
  const display = asked.displayQty ?? lotsToQty(instrument, lots(Math.min(order.displayQty, remaining)));
  const displayQty = displayOf(display, remaining, instrument);
  return displayQty === undefined ? refuse(invalid('display_qty')) : accept({ qty, displayQty });
}

/** A quantity takes the place of the money that an order was to buy for (UNCONFIRMED). */
function inBase({ cashQty: _gone, ...request }: OrderRequest): OrderRequest {
  return request;
}

function opens(order: OpenOrder, qty: Lots, { closable }: AmendContext): Lots {
  return qty === order.qty ? order.opens : opening(order, lots(Math.max(qty - order.filled, 0)), closable);
}

function isSame(order: OpenOrder, after: Amendable): boolean {
  const { trigger, request } = order;
  return (
    after.qty === order.qty &&
    after.limitPrice === order.limitPrice &&
    after.displayQty === order.displayQty &&
    after.trigger?.price === trigger?.price &&
    (!trails(request.kind) || sameSpec(after.trigger?.asked, trigger?.asked)) &&
    sameSpec(after.request.limitPrice, request.limitPrice) &&
    after.request.cashQty === request.cashQty
  );
}

/** For what trails the offset itself counts; for the others the price says it all. */
function sameSpec(one: PriceSpec | undefined, other: PriceSpec | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined || one.type !== other.type) return false;
  return decimalOf(one.value)?.eq(decimalOf(other.value) ?? 0) === true;
}

function belowMinimum({ request }: OpenOrder, after: Amendable, { listing, prices }: AmendContext): string | undefined {
  if (request.reduceOnly === true) return undefined;
  const pair = listing.instrument;
  if (after.qty < pair.minQty) return REFUSED.minimum;
  const price = after.limitPrice ?? after.trigger?.price ?? prices.last();
  const cost = price === undefined ? undefined : priceOf(price, pair).times(lotsToQty(pair, after.qty));
  return cost?.lt(pair.minCost) === true ? REFUSED.costMinimum : undefined;
}
