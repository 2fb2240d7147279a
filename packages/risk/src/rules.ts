import { bigCountToDecimal, countToDecimal } from '@kb/model';
import type { Instrument } from '@kb/model';
import type { Candidate } from './candidate.ts';
import { refuse } from './decision.ts';
import type { RiskRefusal, RiskState } from './decision.ts';
import type { CheckedLimits, PairLimits } from './limits.ts';
import type { OrderRate } from './order-rate.ts';
import type { VenueRate } from './venue-rate.ts';

/** What the rules know besides the order. */
export interface RuleBook {
  readonly limits: CheckedLimits;
  readonly rate: OrderRate;
  readonly venueRate: VenueRate;
  readonly state: RiskState;
  readonly cause: string | undefined;
}

export type Rule = (order: Candidate, pair: PairLimits, book: RuleBook) => RiskRefusal | undefined;

/** In the order of the reference (strategies, 8.3): the first that refuses gives the verdict. */
export const RULES: readonly Rule[] = [
  engineState,
  dataHealth,
  instrumentStatus,
  precision,
  minimums,
  orderRate,
  venueRate,
  orderNotional,
  positionLimit,
];

function engineState(order: Candidate, _pair: PairLimits, book: RuleBook): RiskRefusal | undefined {
  switch (book.state) {
    case 'ACTIVE':
      return undefined;
    case 'REDUCING':
      if (order.isReducing || order.onlyShrinks) return undefined;
      return refuse('REDUCING', `only exposure-reducing orders pass: ${book.cause ?? ''}`);
    case 'HALTED':
      if (order.context.emergency === true && order.isReducing) return undefined;
      return refuse('HALTED', `halted: ${book.cause ?? ''}`);
  }
}

/** No fresh price, no new risk; what reduces exposure may go. */
function dataHealth(order: Candidate, _pair: PairLimits, book: RuleBook): RiskRefusal | undefined {
  if (order.isReducing || order.onlyShrinks) return undefined;
  const { now, bookTs, dataLive } = order.context;
  if (!dataLive) return refuse('STALE_BOOK', 'the book is not live');
  if (bookTs === undefined) return refuse('STALE_BOOK', 'there is no book yet');
  const { maxBookAgeMs } = book.limits;
  const age = now - bookTs;
  if (!(age <= maxBookAgeMs * 1000)) {
    const wouldBe = String(age / 1000);
    return refuse('STALE_BOOK', `the book is ${wouldBe} ms old, above ${maxBookAgeMs}`, String(maxBookAgeMs), wouldBe);
  }
  return order.mark === undefined ? refuse('NO_PRICE', 'there is no price to value the order at') : undefined;
}

function instrumentStatus(order: Candidate): RiskRefusal | undefined {
  const { symbol, status } = order.context.instrument;
  if (order.onlyShrinks || takes(status, order)) return undefined;
  return refuse('INSTRUMENT_STATUS', `${symbol} is ${status}`);
}

function takes(status: Instrument['status'], order: Candidate): boolean {
  switch (status) {
    case 'online':
      return true;
    case 'limit_only':
      return !order.isMarket;
    case 'post_only':
      return !order.isMarket && order.postOnly;
    case 'reduce_only':
      return order.isReducing;
    case 'cancel_only':
    case 'delisted':
    case 'maintenance':
    case 'work_in_progress':
      return false;
  }
}

function precision(order: Candidate): RiskRefusal | undefined {
  const { instrument } = order.context;
  const { price, size } = order;
  if (price === undefined ? !order.isMarket : !(price > 0)) {
    return refuse('PRECISION', `expected a price above zero, was ${price ?? 'none'}`);
  }
  if (price !== undefined && price % instrument.tickSize !== 0) {
    const step = countToDecimal(instrument.tickSize, instrument.pricePrecision);
    const found = countToDecimal(price, instrument.pricePrecision);
    return refuse('PRECISION', `the price ${found} is not a multiple of ${step}`, step, found);
  }
  if (size % instrument.lotSize !== 0) {
    const step = countToDecimal(instrument.lotSize, instrument.qtyPrecision);
    const found = countToDecimal(size, instrument.qtyPrecision);
    return refuse('PRECISION', `the quantity ${found} is not a multiple of ${step}`, step, found);
  }
  return undefined;
}

function minimums(order: Candidate, pair: PairLimits): RiskRefusal | undefined {
  if (order.onlyShrinks && order.remaining === 0) return undefined; // a cancel by another name
  const { instrument } = order.context;
  if (!(order.size >= instrument.minQty) || order.size <= 0) {
    const limit = countToDecimal(instrument.minQty, instrument.qtyPrecision);
    const found = countToDecimal(order.size, instrument.qtyPrecision);
    return refuse('MIN_SIZE', `the quantity ${found} ${instrument.base} is below ${limit}`, limit, found);
  }
  const price = order.price ?? order.mark;
  if (price === undefined || pair.minCost === 0n) return undefined;
  const cost = notionalOf(price, order.size);
  if (cost >= pair.minCost) return undefined;
  const limit = notionalText(pair.minCost, instrument);
  const found = notionalText(cost, instrument);
  return refuse('MIN_SIZE', `price × quantity is ${found} ${instrument.quote}, below ${limit}`, limit, found);
}

/** Amends that add no risk are free, so that a maker can follow the market; cancels are never asked about. */
function orderRate(order: Candidate, _pair: PairLimits, book: RuleBook): RiskRefusal | undefined {
  if (order.added <= 0) return undefined;
  const full = book.rate.full(order.context.now, order.isReducing);
  if (full === undefined) return undefined;
  const { per, count, limit } = full;
  return refuse(
    'RATE_LIMIT',
    `${count} orders in the last ${per}, the limit is ${limit}`,
    String(limit),
    String(count + 1),
  );
}

/** What the venue would refuse is not sent, except where it could bring exposure down: the venue may count less. */
function venueRate(order: Candidate, _pair: PairLimits, book: RuleBook): RiskRefusal | undefined {
  if (order.isReducing || order.onlyShrinks) return undefined;
  const { instrument, now } = order.context;
  const full = book.venueRate.full(instrument.symbol, order.target, now);
  if (full === undefined) return undefined;
  const { limit, points } = full;
  const text = `the venue's counter would be at ${points}, above ${limit}`;
  return refuse('RATE_LIMIT', text, String(limit), String(points));
}

function orderNotional(order: Candidate, pair: PairLimits): RiskRefusal | undefined {
  if (order.isReducing || order.onlyShrinks) return undefined;
  const { instrument } = pair;
  const limit = pair.orderNotional;
  if (limit === undefined) return refuse('ORDER_LIMIT', `no maxOrderNotional is configured for ${instrument.quote}`);
  const wouldBe = notionalOf(dearest(order, order.price), order.remaining);
  if (wouldBe <= limit) return undefined;
  // An amend is judged by what it adds: an order that is too large already may become smaller.
  if (order.oldRemaining > 0 && wouldBe <= notionalOf(dearest(order, order.oldPrice), order.oldRemaining))
    return undefined;
  const limitText = notionalText(limit, instrument);
  const found = notionalText(wouldBe, instrument);
  return refuse('ORDER_LIMIT', `the order comes to ${found} ${instrument.quote}, above ${limitText}`, limitText, found);
}

/** A buy costs at most its price; a sell may bring more than its price, and a market order trades about the mark. */
function dearest(order: Candidate, price: number | undefined): number {
  const mark = order.mark ?? 0; // without one the rule before has refused
  if (price === undefined) return mark;
  return order.side === 'buy' ? price : Math.max(price, mark);
}

/**
 * Worst case of reference 8.4: an order can only add to the exposure of its own side, so a position past its limit may
 * always shrink, and may flip as far as the limit on the other side.
 */
function positionLimit(order: Candidate, pair: PairLimits): RiskRefusal | undefined {
  if (order.isReducing || order.added <= 0) return undefined;
  const { instrument } = pair;
  const { position, positionNotional } = pair;
  const { worst, side } = order;
  if (position === undefined) {
    const names = `maxPosition for ${instrument.symbol} or maxPositionNotional for ${instrument.quote}`;
    return refuse('POSITION_LIMIT', `neither ${names} is configured`);
  }
  const direction = side === 'buy' ? 'long' : 'short';
  if (!(worst <= position)) {
    const limit = countToDecimal(position, instrument.qtyPrecision);
    const found = Number.isSafeInteger(worst) ? countToDecimal(worst, instrument.qtyPrecision) : String(worst);
    const text = `if all open orders filled the position would be ${direction} ${found} ${instrument.base}, above ${limit}`;
    return refuse('POSITION_LIMIT', text, limit, found);
  }
  if (positionNotional === undefined || order.mark === undefined) return undefined;
  const notional = notionalOf(order.mark, worst);
  if (notional <= positionNotional) return undefined;
  const limit = notionalText(positionNotional, instrument);
  const found = notionalText(notional, instrument);
  const text = `if all open orders filled the position would be ${direction} ${found} ${instrument.quote}, above ${limit}`;
  return refuse('POSITION_LIMIT', text, limit, found);
}

/** Price (ticks, rounded up to a half) × size (lots, rounded up), in half steps of the pair's notional. */
function notionalOf(price: number, size: number): bigint {
  return BigInt(Math.ceil(price * 2)) * BigInt(Math.ceil(size));
}

function notionalText(halfSteps: bigint, instrument: Instrument): string {
  const text = bigCountToDecimal(halfSteps * 5n, instrument.pricePrecision + instrument.qtyPrecision + 1);
  return text.replace(/\.?0+$/, '');
}
