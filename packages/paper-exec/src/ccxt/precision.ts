import { Decimal } from 'decimal.js';
import { BadRequest } from './errors.ts';

/**
 * A number of a bot as decimal text with at most so many decimals, without trailing zeros: cut off, as ccxt does with amounts, or
 * rounded half away from zero, as with prices.
 * @throws BadRequest for what is no finite number.
 */
export function toDecimals(value: number | string, decimals: number, rounding: 'cut' | 'round'): string {
  const mode = rounding === 'cut' ? Decimal.ROUND_DOWN : Decimal.ROUND_HALF_UP;
  return decimalOf(value).toDecimalPlaces(decimals, mode).toFixed();
}

/** @throws BadRequest. */
export function decimalOf(value: number | string): Decimal {
  if (typeof value === 'number' ? Number.isFinite(value) : DECIMAL.test(value)) return new Decimal(value);
  throw new BadRequest(`kraken (paper): expected a number, was ${JSON.stringify(value)}`);
}

const DECIMAL = /^[-+]?\d{1,40}(?:\.\d{1,40})?(?:[eE][-+]?\d{1,2})?$/;
