import { lots, lotsToQty, NO_LOTS, ticks } from '@kb/model';
import type { Instrument, Lots, Micros, Side, SystemStatus, Ticks } from '@kb/model';
import type { Decimal } from 'decimal.js';
import { Money } from '../accounts/money.ts';
import type { Listing, PriceSource } from '../listings/listing.ts';
import type { Matcher } from '../matching/matcher.ts';
import { accept, refuse } from './answer.ts';
import type { Answer } from './answer.ts';
import { hasLimit, hasTrigger, naturalSign, statusRefusal, trails } from './order-kinds.ts';
import { badField } from './order-shape.ts';
import type { OrderRequest, PriceSpec, TriggerState } from './order.ts';
import { asTicks, decimalOf, offsetPrice, priceOf, trailingPrice } from './price-spec.ts';
import { invalid, REFUSED } from './texts.ts';

/** A request, judged: what its order will be. */
export interface OrderTerms {
  /** With the defaults filled in. */
  readonly request: OrderRequest;
  readonly listing: Listing;
  readonly qty: Lots;
  /** `undefined` for market kinds, and for the offset of a trailing stop. */
  readonly limitPrice: Ticks | undefined;
  readonly displayQty: Lots | undefined;
  readonly trigger: TriggerState | undefined;
  /** 0: spot. */
  readonly leverage: number;
  readonly expireAt: Micros | undefined;
}

/** What a request is judged by. */
export interface OrderContext {
  readonly listing: Listing;
  readonly prices: PriceSource;
  readonly system: SystemStatus;
  /** Signed margin position of the account in the pair. */
  readonly position: Lots;
  /** What a market buy for this much quote currency (price × lots) would get; zero where nobody sells. */
  readonly affordable: (budget: bigint) => Lots;
  /** Set for what the exchange itself makes of a fill, whose size need not reach the minimums. */
  readonly anySize?: boolean;
  /** Set for an edit, whose times are those of the order that it replaces. */
  readonly keepsTimes?: boolean;
}

/**
 * Judges a request. Where it breaks several rules the first one tells, in this order (Kraken's is UNCONFIRMED): malformed arguments,
 * deadline, status of system and pair, reduce-only, relative prices, tick size (of a conditional close too), lot step, minimum quantity,
 * minimum cost, price band. What depends on the account's money and counters comes after these, elsewhere.
 */
export function termsOf(asked: OrderRequest, at: Micros, context: OrderContext): Answer<OrderTerms> {
  const field = badField(asked, at, context.keepsTimes);
  if (field !== undefined) return refuse(invalid(field));
  if (asked.deadline !== undefined && asked.deadline < at) return refuse(REFUSED.deadline);
  const { listing, system } = context;
  const closed = statusRefusal(system, listing.instrument.status, asked);
  if (closed !== undefined) return refuse(closed);
  const leverage = leverageOf(asked, listing);
  if (!leverage.ok) return leverage;
  const notReducing = positionRefusal(asked, context);
  if (notReducing !== undefined) return refuse(notReducing);

  const prices = pricesOf(asked, context);
  if (!prices.ok) return prices;
  const size = sizeOf(asked, prices.value, context);
  if (!size.ok) return size;
  return accept({
    request: withDefaults(asked),
    listing,
    qty: size.value.qty,
    displayQty: size.value.displayQty,
    ...prices.value,
    leverage: leverage.value,
    expireAt: asked.expireAt,
  });
}

/** Fees: Kraken prefers the currency that is received. A price that the kind has no use for is dropped. */
function withDefaults({ limitPrice, trigger, triggerReference = 'last', ...asked }: OrderRequest): OrderRequest {
  const { kind, side, expireAt, conditional } = asked;
  const { timeInForce = expireAt === undefined ? 'gtc' : 'gtd', selfTrade = 'cancel_newest' } = asked;
  const { feeIn = side === 'buy' ? 'quote' : 'base' } = asked;
  return {
    ...asked,
    timeInForce,
    selfTrade,
    feeIn,
    ...(hasLimit(kind) && limitPrice !== undefined ? { limitPrice } : {}),
    ...(hasTrigger(kind) && trigger !== undefined ? { trigger } : {}),
    ...(hasTrigger(kind) || conditional !== undefined ? { triggerReference } : {}),
  };
}

/** (Which text each of the two gets is UNCONFIRMED.) */
function leverageOf({ leverage }: OrderRequest, { margin }: Listing): Answer<number> {
  if (leverage === undefined) return accept(0);
  if (margin === undefined) return refuse(REFUSED.noMargin);
  const ratio = leverage === 'max' ? Math.max(...margin.leverage) : leverage;
  return margin.leverage.includes(ratio) ? accept(ratio) : refuse(invalid('leverage'));
}

/** What closes a position needs one to close; what waits for a trigger needs it only then. */
function positionRefusal(asked: OrderRequest, { position }: OrderContext): string | undefined {
  const { side, kind, reduceOnly = false } = asked;
  const closes = side === 'buy' ? position < 0 : position > 0;
  if (closes) return undefined;
  if (reduceOnly && hasTrigger(kind)) return undefined;
  if (reduceOnly) return position === 0 ? REFUSED.reduceOnlyNothing : REFUSED.reduceOnlyOpens;
  return kind === 'settle-position' || isWhole(asked) ? REFUSED.unknownPosition : undefined;
}

/** Whether it asks for no quantity: for all of the position. */
function isWhole({ qty, cashQty }: OrderRequest): boolean {
  return cashQty === undefined && decimalOf(qty ?? '0')?.isZero() === true;
}

type Prices = Pick<OrderTerms, 'limitPrice' | 'trigger'>;

/** Only what is off the tick size is let through here: it is told after what is no price at all. */
function pricesOf(asked: OrderRequest, context: OrderContext): Answer<Prices & { readonly offGrid: boolean }> {
  const { kind, side, triggerReference = 'last' } = asked;
  const pair = context.listing.instrument;
  let offGrid = false;
  const read = (spec: PriceSpec, reference: Ticks | undefined): Ticks | undefined => {
    if (spec.type !== 'static') {
      return reference === undefined ? undefined : offsetPrice(spec, reference, naturalSign(kind, side), pair);
    }
    const value = decimalOf(spec.value);
    if (value === undefined) return undefined;
    const price = asTicks(value, pair);
    if (price !== undefined && price % pair.tickSize === 0) return price;
    offGrid = true;
    return asTicks(value.toDecimalPlaces(pair.pricePrecision, Money.ROUND_UP), pair);
  };

  let limitPrice: Ticks | undefined;
  if (hasLimit(kind) && !trails(kind) && asked.limitPrice !== undefined) {
    limitPrice = read(asked.limitPrice, context.prices.last());
    if (limitPrice === undefined) return refuse(REFUSED.price);
  }
  let trigger: TriggerState | undefined;
  if (hasTrigger(kind) && asked.trigger !== undefined) {
    const seen = triggerReference === 'index' ? context.prices.index() : context.prices.last();
    const price = trails(kind) ? seen && trailingPrice(asked.trigger, seen, side, pair) : read(asked.trigger, seen);
    if (price === undefined) return refuse(REFUSED.price);
    trigger = {
      reference: triggerReference,
      asked: asked.trigger,
      price,
      peak: trails(kind) ? seen : undefined,
      triggered: false,
      triggeredAt: undefined,
    };
  }
  return accept({ limitPrice, trigger, offGrid: offGrid || isCloseOffGrid(asked, pair) });
}

/** A close is placed long after its order: what can be said of its prices now must not be the end of it then. */
function isCloseOffGrid({ conditional }: OrderRequest, pair: Instrument): boolean {
  if (conditional === undefined) return false;
  const { kind, limitPrice, trigger } = conditional;
  return [hasLimit(kind) ? limitPrice : undefined, hasTrigger(kind) ? trigger : undefined].some((spec) => {
    if (spec?.type !== 'static') return false;
    const value = decimalOf(spec.value);
    const price = value === undefined ? undefined : asTicks(value, pair);
    return price === undefined || price % pair.tickSize !== 0;
  });
}

/** Quantities, and the checks of them and of the prices, in the order that `termsOf` tells. */
function sizeOf(
  asked: OrderRequest,
  { limitPrice, trigger, offGrid }: Prices & { readonly offGrid: boolean },
  context: OrderContext,
): Answer<Pick<OrderTerms, 'qty' | 'displayQty'>> {
  const { listing, prices, anySize = false } = context;
  const pair = listing.instrument;
  const price = limitPrice ?? trigger?.price ?? prices.last();
  const size = isWhole(asked)
    ? new Money(lotsToQty(pair, lots(Math.abs(context.position))))
    : (decimalOf(asked.qty ?? '') ?? cashSize(asked, price, context));
  if (offGrid) return refuse(REFUSED.tickSize);
  const qty = onLotGrid(size, pair);
  // Money that buys nothing is below the minimum.
  if (qty === undefined && asked.cashQty === undefined) return refuse(invalid('volume'));
  if (!anySize && asked.reduceOnly !== true && asked.kind !== 'settle-position' && !isWhole(asked)) {
    if (size.lt(lotsToQty(pair, pair.minQty))) return refuse(REFUSED.minimum);
    const cost = decimalOf(asked.cashQty ?? '') ?? (price === undefined ? undefined : priceOf(price, pair).times(size));
    if (cost?.lt(pair.minCost) === true) return refuse(REFUSED.costMinimum);
  }
  if (qty === undefined) return refuse(invalid('volume'));
  const displayQty = asked.displayQty === undefined ? undefined : displayOf(asked.displayQty, qty, pair);
  if (asked.displayQty !== undefined && displayQty === undefined) return refuse(invalid('displayvol'));
  if (limitPrice !== undefined && isOutsideBand(limitPrice, context)) return refuse(REFUSED.price);
  return accept({ qty, displayQty });
}

/** What the money gets at present; where nobody sells, what it would get at the last price. */
function cashSize({ cashQty = '' }: OrderRequest, price: Ticks | undefined, context: OrderContext): Decimal {
  const pair = context.listing.instrument;
  const cash = new Money(cashQty);
  const scale = Money.pow(10, pair.pricePrecision + pair.qtyPrecision);
  const affordable = context.affordable(BigInt(cash.times(scale).toFixed(0, Money.ROUND_DOWN)));
  if (affordable > 0 || price === undefined) return new Money(lotsToQty(pair, affordable));
  const step = new Money(lotsToQty(pair, pair.lotSize));
  return cash.div(priceOf(price, pair)).div(step).toDecimalPlaces(0, Money.ROUND_DOWN).times(step);
}

/** The quantity in lots; `undefined` when it is zero, off the lot step or out of range. */
export function onLotGrid(size: Decimal, { qtyPrecision, lotSize }: Instrument): Lots | undefined {
  const count = size.times(Money.pow(10, qtyPrecision));
  if (!count.gt(0) || count.gt(Number.MAX_SAFE_INTEGER) || !count.mod(lotSize).isZero()) return undefined;
  return lots(count.toNumber());
}

/** Kraken: an iceberg shows at least a fifteenth. `undefined` for another size. */
export function displayOf(text: string, size: Lots, pair: Instrument): Lots | undefined {
  const value = decimalOf(text);
  const display = value === undefined ? undefined : onLotGrid(value, pair);
  return display !== undefined && display <= size && 15n * BigInt(display) >= BigInt(size) ? display : undefined;
}

/** Whether the limit is farther from the last trade than the listing allows. */
export function isOutsideBand(limit: Ticks, { listing, prices }: Pick<OrderContext, 'listing' | 'prices'>): boolean {
  const last = prices.last();
  const { priceBandPercent } = listing;
  if (last === undefined || priceBandPercent === undefined) return false;
  return new Money(limit).minus(last).abs().times(100).gt(new Money(last).times(priceBandPercent));
}

/** The limit of a trailing stop that triggers at this price; `undefined` where that is no price. */
export function trailingLimit(spec: PriceSpec, triggeredAt: Ticks, side: Side, pair: Instrument): Ticks | undefined {
  return offsetPrice(spec, triggeredAt, side === 'buy' ? 1 : -1, pair);
}

/** The last price at which a market order may trade, that far from the best one when it came. */
export function protectedPrice(best: Ticks, side: Side, { instrument, marketProtectionPercent }: Listing): Ticks {
  const from = new Money(best);
  const distance = from.times(marketProtectionPercent).div(100);
  const { tickSize } = instrument;
  const edge = side === 'buy' ? from.plus(distance).floor() : Money.max(from.minus(distance).ceil(), tickSize);
  return ticks(Money.min(edge, Number.MAX_SAFE_INTEGER).toNumber());
}

/** What a market buy for that budget (price × lots) of that owner would get. */
export function affordableFor(budget: bigint, orders: Matcher, listing: Listing, owner: number): Lots {
  const best = orders.best('sell');
  if (best === undefined) return NO_LOTS;
  const worstPrice = protectedPrice(best, 'buy', listing);
  return orders.affordable('buy', budget, listing.instrument.lotSize, { owner, worstPrice });
}
