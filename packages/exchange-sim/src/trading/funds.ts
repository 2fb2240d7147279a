import type { Lots, Ticks } from '@kb/model';
import { lots, signOf } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { Account } from '../accounts/account.ts';
import { costOf, ledgerAmount, Money, percentOf, rounded, sizeOf, ZERO } from '../accounts/money.ts';
import type { Listing } from '../listings/listing.ts';
import type { Matcher, OrderExtras } from '../matching/matcher.ts';
import type { OpenOrder } from './open-order.ts';
import { REFUSED } from './texts.ts';

/** What an order holds back of its account. */
export interface Hold {
  readonly asset: string;
  readonly amount: Decimal;
}

/**
 * What an open order holds back, from the time it is accepted until it ends, also while it waits for its start or its trigger.
 * (Kraken shows holds and not how they come about: UNCONFIRMED.)
 *
 * A sale holds what is left to sell. A purchase holds what is left at its limit, or where it has none at its trigger price (a scheduled
 * market order: at the price seen when it came), with the taker's fee of the tier when it came, rounded as a fill would be. An order on
 * margin holds the initial margin of what it opens. An order that trades at once and never rests holds nothing.
 */
export function holdOf(order: OpenOrder): Hold {
  const { base, quote } = order.listing;
  const asset = order.request.side === 'sell' && order.leverage === 0 ? base.id : quote.id;
  return { asset, amount: order.stage === 'over' || order.takesAtOnce ? ZERO : heldBy(order) };
}

function heldBy(order: OpenOrder): Decimal {
  const { request, leverage, listing, remaining, highestPrice } = order;
  if (leverage > 0) return initialMargin(order);
  if (request.side === 'sell') return sizeOf(listing, remaining);
  return highestPrice === undefined ? ZERO : costWithFee(listing, highestPrice, remaining, order.feePercent);
}

/** As the fill of a buyer would be booked. */
function costWithFee(listing: Listing, price: Ticks, size: Lots, feePercent: Decimal): Decimal {
  const cost = costOf(listing, price, size);
  const fee = percentOf(cost, feePercent, listing.instrument.costPrecision);
  return ledgerAmount(cost, listing.quote).plus(ledgerAmount(fee, listing.quote));
}

function initialMargin({ listing, opens, leverage, highestPrice }: OpenOrder): Decimal {
  if (opens === 0 || highestPrice === undefined) return ZERO;
  return rounded(costOf(listing, highestPrice, opens).div(leverage), listing.quote.decimals);
}

/**
 * Why the account cannot pay for what is left of the order, or `undefined`. The order itself must hold nothing meanwhile. (Whether a
 * position can be settled is asked when that is done.)
 * @param extras What the order would be sent to the matcher with.
 */
export function fundsRefusal(
  order: OpenOrder,
  account: Account,
  orders: Matcher,
  extras: OrderExtras,
): string | undefined {
  const { request, listing, leverage } = order;
  if (leverage > 0) {
    // Without any price there is nothing to trade with either.
    const price = order.highestPrice;
    if (order.opens === 0 || price === undefined) return undefined;
    const closable = Math.max(-signOf(request.side) * account.openPosition(order.symbol), 0);
    return account.marginRefusal(listing, request.side, lots(order.opens + closable), price, leverage);
  }
  const { base, quote } = listing;
  if (request.side === 'sell') {
    return account.available(base.id).gte(sizeOf(listing, order.remaining)) ? undefined : REFUSED.funds;
  }
  const available = account.available(quote.id);
  const enough = order.takesAtOnce ? canPayNow(order, available, orders, extras) : available.gte(holdOf(order).amount);
  return enough ? undefined : REFUSED.funds;
}

/** Whether the money pays for as much of a market purchase as the book, up to the protected price, has. */
function canPayNow(order: OpenOrder, available: Decimal, orders: Matcher, extras: OrderExtras): boolean {
  if (!available.gt(0)) return false;
  const { pricePrecision, qtyPrecision } = order.listing.instrument;
  const scale = Money.pow(10, pricePrecision + qtyPrecision);
  const withoutFee = available.div(order.feePercent.div(100).plus(1));
  const budget = BigInt(withoutFee.times(scale).toFixed(0, Money.ROUND_DOWN));
  const affordable = orders.affordable('buy', budget, lots(1), extras);
  return affordable >= order.remaining || affordable === orders.affordable('buy', ENDLESS, lots(1), extras);
}

/** More than any book has. */
const ENDLESS = 10n ** 60n;
