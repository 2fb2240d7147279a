import { bigCountToDecimal } from '@kb/model';
import { Decimal } from 'decimal.js';

/**
 * The ledger's own decimal.js: its settings are private, so nobody's `Decimal.set` can round our money.
 *
 * 200 digits hold every sum and product below without rounding: amounts have at most 30 digits each side of the point
 * (`parseExact`), prices of assets at most 40 decimals. Only divisions round, and each says to how many decimals.
 */
export const Exact: Decimal.Constructor = Decimal.clone({
  precision: 200,
  rounding: Decimal.ROUND_HALF_EVEN,
  defaults: true,
});

export const ZERO: Decimal = new Exact(0);
export const ONE: Decimal = new Exact(1);

/** Decimals to which a quotient is rounded where it has no end. */
export const QUOTIENT_DECIMALS = 40;

/** Positions are counted in steps of 10^-60, prices in steps of 10^-15: finer than any pair's. */
export const AMOUNT_STEPS = 60;
export const PRICE_STEPS = 15;
export const PRICE_ONE: bigint = 10n ** BigInt(PRICE_STEPS);
/** A step of 10^-`QUOTIENT_DECIMALS`. */
export const QUOTIENT_STEP: bigint = 10n ** BigInt(AMOUNT_STEPS - QUOTIENT_DECIMALS);

/** Reads a decimal as steps of 10^-60; it has no more decimals than that. */
export function toSteps(amount: Decimal): bigint {
  return BigInt(amount.times(`1e${AMOUNT_STEPS}`).toFixed(0));
}

export function fromSteps(steps: bigint): Decimal {
  return steps === 0n ? ZERO : new Exact(bigCountToDecimal(steps, AMOUNT_STEPS));
}

/** Digits that an amount from outside may have before the point, and behind it. */
export const AMOUNT_DIGITS = 30;

/** Reads decimal text; `undefined` if it is not a decimal number or has more digits on a side of the point than allowed. */
export function parseExact(text: unknown, digits: number = AMOUNT_DIGITS): Decimal | undefined {
  if (typeof text !== 'string' || !DECIMAL.test(text)) return undefined;
  const value = new Exact(text);
  return value.isZero() || (value.decimalPlaces() <= digits && value.e < digits) ? value.plus(0) : undefined;
}

const DECIMAL = /^[-+]?\d{1,200}(?:\.\d{1,200})?(?:[eE][-+]?\d{1,2})?$/;
