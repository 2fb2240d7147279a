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
const POWERS: readonly bigint[] = Array.from({ length: AMOUNT_STEPS + 1 }, (_, exponent) => 10n ** BigInt(exponent));
const PRICE_ONE: bigint = powerOfTen(PRICE_STEPS);
/** A step of 10^-`QUOTIENT_DECIMALS`. */
export const QUOTIENT_STEP: bigint = powerOfTen(AMOUNT_STEPS - QUOTIENT_DECIMALS);

/** Looked up: every fill asks for several, and to raise a bigint takes longer than to multiply two. */
export function powerOfTen(exponent: number): bigint {
  return POWERS[exponent] ?? 10n ** BigInt(exponent);
}

/**
 * Quantity × price, in steps of 10^-60. Exact: a quantity, or a fee paid in base, has at most 30 of the 60 decimals
 * (`AMOUNT_DIGITS`), a price 15.
 */
export function product(quantity: bigint, price: bigint): bigint {
  return (quantity * price) / PRICE_ONE;
}

/** Reads a decimal as steps of 10^-60; it has no more decimals than that. */
export function toSteps(amount: Decimal): bigint {
  return BigInt(amount.times(`1e${AMOUNT_STEPS}`).toFixed(0));
}

/** Reads decimal text as steps of 10^-60; `undefined` where `parseExact` gives it. */
export function stepsOf(text: unknown): bigint | undefined {
  const parts = typeof text === 'string' ? PLAIN.exec(text) : null;
  if (parts !== null) {
    const [, whole = '', fraction = ''] = parts;
    return BigInt(whole + fraction) * powerOfTen(AMOUNT_STEPS - fraction.length);
  }
  const amount = parseExact(text);
  return amount && toSteps(amount);
}

export function fromSteps(steps: bigint): Decimal {
  return steps === 0n ? ZERO : new Exact(bigCountToDecimal(steps, AMOUNT_STEPS));
}

/** Steps of 10^-60 as decimal text without idle zeros, as `Decimal.toFixed()` writes it. */
export function textOfSteps(steps: bigint): string {
  const text = bigCountToDecimal(steps, AMOUNT_STEPS);
  let end = text.length;
  while (text[end - 1] === '0') end -= 1;
  return text.slice(0, text[end - 1] === '.' ? end - 1 : end);
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
/** How an amount is mostly written. */
const PLAIN = /^(-?\d{1,30})(?:\.(\d{1,30}))?$/;
