import { bigCountToDecimal, decimalToCount, KbError } from '@kb/model';
import type { Instrument } from '@kb/model';
import { Decimal } from 'decimal.js';
import { PaperError } from '../errors.ts';

/** Decimals that a fee is rounded to, half up. Finer than any quote currency, so that many small fills are not overcharged. */
export const FEE_DECIMALS = 10;

/**
 * Amounts are whole counts of 10^-60, rates and prices of 10^-30: price × size has at most 30 decimals (15 each), so that
 * times a rate everything is exact. In bigint, because each order and each fill asks: decimals took half of a maker's
 * reaction.
 */
export const AMOUNT_DECIMALS = 60;
export const RATE_DECIMALS = 30;
/** One, as a rate or as a price. */
export const RATE_ONE: bigint = 10n ** BigInt(RATE_DECIMALS);
/** A count of 10^-`FEE_DECIMALS`, as an amount. */
export const FEE_STEP: bigint = 10n ** BigInt(AMOUNT_DECIMALS - FEE_DECIMALS);

/** What a pair's integers are worth, in steps of 10^-60. */
export interface Worth {
  /** A lot of the base. */
  readonly lot: bigint;
  /** A step of price × size. */
  readonly step: bigint;
  /** The same times a step of a rate, which is exact too. */
  readonly lotAtRate: bigint;
  readonly stepAtRate: bigint;
  /** What a lot, or a step of price × size, times a rate is divided by to be a count of 10^-`FEE_DECIMALS`. */
  readonly lotFeeDivisor: bigint;
  readonly stepFeeDivisor: bigint;
}

/** Weak, because the feed tells a pair's rules again and again, each time as a new object. */
export class Worths {
  readonly #worths = new WeakMap<Instrument, Worth>();

  of(instrument: Instrument): Worth {
    let worth = this.#worths.get(instrument);
    if (worth === undefined) {
      const { pricePrecision, qtyPrecision } = instrument;
      const decimals = pricePrecision + qtyPrecision;
      worth = {
        lot: 10n ** BigInt(AMOUNT_DECIMALS - qtyPrecision),
        step: 10n ** BigInt(AMOUNT_DECIMALS - decimals),
        lotAtRate: 10n ** BigInt(AMOUNT_DECIMALS - RATE_DECIMALS - qtyPrecision),
        stepAtRate: 10n ** BigInt(AMOUNT_DECIMALS - RATE_DECIMALS - decimals),
        lotFeeDivisor: 10n ** BigInt(qtyPrecision + RATE_DECIMALS - FEE_DECIMALS),
        stepFeeDivisor: 10n ** BigInt(decimals + RATE_DECIMALS - FEE_DECIMALS),
      };
      this.#worths.set(instrument, worth);
    }
    return worth;
  }
}

/** A fee on an amount, rounded half up, as a count of 10^-`FEE_DECIMALS`. */
export function feeOn(amount: bigint, rate: bigint): bigint {
  return dividedHalfUp(amount * rate, FEE_STEP * RATE_ONE);
}

/** An amount at a rate or price; what is beyond 10^-60 is cut off. */
export function times(amount: bigint, rate: bigint): bigint {
  return (amount * rate) / RATE_ONE;
}

/** Half of a sum of two prices in ticks, as a price. */
export function midOf({ pricePrecision }: Instrument, sum: number): bigint {
  return (BigInt(sum) * 10n ** BigInt(RATE_DECIMALS - pricePrecision)) / 2n;
}

/** Halves go away from zero. */
export function dividedHalfUp(value: bigint, divisor: bigint): bigint {
  return value < 0n ? -dividedHalfUp(-value, divisor) : (2n * value + divisor) / (2n * divisor);
}

/** An amount as decimal text, without trailing zeros. */
export function amountText(amount: bigint): string {
  return withoutZeros(bigCountToDecimal(amount, AMOUNT_DECIMALS));
}

/** A fee as decimal text, likewise. */
export function feeText(fee: bigint): string {
  return withoutZeros(bigCountToDecimal(fee, FEE_DECIMALS));
}

/** A rate or price as decimal text, likewise. */
export function rateText(rate: bigint): string {
  return withoutZeros(bigCountToDecimal(rate, RATE_DECIMALS));
}

/**
 * Reads an amount of zero or more.
 * @throws PaperError `KB_PAPER_BAD_OPTION`, naming the option.
 */
export function amountOf(name: string, text: string): bigint {
  const amount = countOf(name, text, AMOUNT_DECIMALS);
  if (amount < 0n) throw new PaperError('KB_PAPER_BAD_OPTION', `${name}: was ${text}`);
  return amount;
}

/**
 * Reads a rate, a fraction between −1 and 1.
 * @throws PaperError `KB_PAPER_BAD_OPTION`, naming the option.
 */
export function rateOf(name: string, text: string): bigint {
  const value = countOf(name, text, RATE_DECIMALS);
  if (value < RATE_ONE && value > -RATE_ONE) return value;
  throw new PaperError('KB_PAPER_BAD_OPTION', `${name}: expected a fraction such as 0.0025 for 0.25 %, was ${text}`);
}

/**
 * Reads a price, or a weight, of zero or more.
 * @throws PaperError `KB_PAPER_BAD_OPTION`, naming the option.
 */
export function priceOf(name: string, text: string): bigint {
  const value = countOf(name, text, RATE_DECIMALS);
  if (value < 0n) throw new PaperError('KB_PAPER_BAD_OPTION', `${name}: was ${text}`);
  return value;
}

function withoutZeros(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === ZERO) end -= 1;
  return text.slice(0, text.charCodeAt(end - 1) === POINT ? end - 1 : end);
}

/** Reads decimal text into a count of 10^-decimals, of any size. */
function countOf(name: string, text: string, decimals: number): bigint {
  try {
    decimalToCount(text, 0);
  } catch (cause) {
    // Only the form matters here: digits beyond the point and beyond 2^53 are fine.
    if (cause instanceof KbError && cause.code === 'KB_MODEL_NOT_A_DECIMAL') {
      throw new PaperError('KB_PAPER_BAD_OPTION', `${name}: ${cause.message}`, { cause });
    }
  }
  const plain = new Exact(text).toFixed(); // without an exponent; the constructor does not round
  const [whole = '', fraction = ''] = plain.split('.');
  if (fraction.length > decimals) {
    throw new PaperError('KB_PAPER_BAD_OPTION', `${name}: expected at most ${decimals} decimals, was ${text}`);
  }
  return BigInt(whole + fraction.padEnd(decimals, '0'));
}

/** Nobody's `Decimal.set` may change how a number is read. */
const Exact: Decimal.Constructor = Decimal.clone({ defaults: true });
const ZERO = 0x30;
const POINT = 0x2e;
