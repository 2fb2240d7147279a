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

/**
 * Divides, to `QUOTIENT_DECIMALS`. Digit by digit is slow, so it takes no more digits than can count: an amount has at most
 * `AMOUNT_DIGITS` before the point, and ten to spare keep the second rounding from showing but in a tie.
 */
export function quotient(dividend: Decimal, divisor: Decimal): Decimal {
  return new Exact(new Quotient(dividend).div(divisor).toDecimalPlaces(QUOTIENT_DECIMALS));
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

const Quotient: Decimal.Constructor = Decimal.clone({
  precision: 80,
  rounding: Decimal.ROUND_HALF_EVEN,
  defaults: true,
});
