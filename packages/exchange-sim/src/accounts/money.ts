import { bigCountToDecimal, lotsToQty, notional } from '@kb/model';
import type { Lots, Ticks } from '@kb/model';
import { Decimal } from 'decimal.js';
import { SimError } from '../errors.ts';
import type { Asset, Listing } from '../listings/listing.ts';

/** Decimals with our own settings: nobody's `Decimal.set` can change what an account owns. */
export const Money: Decimal.Constructor = Decimal.clone({ precision: 60, defaults: true });

export const ZERO: Decimal = new Money(0);

/**
 * Reads a decimal amount of zero or more. @param what Names it in the error.
 * @throws SimError `KB_SIM_BAD_OPTION` for anything else.
 */
export function amountOf(text: string, what: string): Decimal {
  if (!/^\d{1,30}(\.\d{1,20})?$/.test(text)) {
    throw new SimError(
      'KB_SIM_BAD_OPTION',
      `${what}: expected a decimal amount, was ${JSON.stringify(text.slice(0, 80))}`,
    );
  }
  return new Money(text);
}

/** Rounds to that many decimals, half away from zero. Kraken's direction is not published. */
export function rounded(amount: Decimal, decimals: number): Decimal {
  return amount.toDecimalPlaces(decimals, Money.ROUND_HALF_UP);
}

/** price × size, rounded to the pair's cost decimals: the one number that both sides of a trade are booked with. */
export function costOf({ instrument }: Listing, price: Ticks, size: Lots): Decimal {
  const { pricePrecision, qtyPrecision, costPrecision } = instrument;
  return rounded(new Money(bigCountToDecimal(notional(price, size), pricePrecision + qtyPrecision)), costPrecision);
}

/** Percent of an amount, rounded to that many decimals. */
export function percentOf(amount: Decimal, percent: Decimal, decimals: number): Decimal {
  return rounded(amount.times(percent).div(100), decimals);
}

/** A size in base units. */
export function sizeOf({ instrument }: Listing, size: Lots): Decimal {
  return new Money(lotsToQty(instrument, size));
}

/** An amount as it enters a ledger: in the decimals of its asset, which may be fewer than those of costs. */
export function ledgerAmount(amount: Decimal, asset: Asset): Decimal {
  return rounded(amount, asset.decimals);
}
