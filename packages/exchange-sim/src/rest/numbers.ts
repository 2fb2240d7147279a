import { countToDecimal } from '@kb/model';
import type { Grid, Lots, Micros, Ticks } from '@kb/model';
import type { Decimal } from 'decimal.js';
import { Money } from '../accounts/money.ts';
import { Digits } from './json-text.ts';

/** Prices of market data have at least so many decimals, however few the pair has; quantities eight. */
const PRICE_DECIMALS = 5;
const QTY_DECIMALS = 8;

/** `30243.40000`: a price of market data, or of a trade. */
export function longPrice(price: Ticks | undefined, { pricePrecision }: Grid): string {
  return padded(price ?? 0, pricePrecision, PRICE_DECIMALS);
}

/** `30010.0`: a price in the pair's own decimals. */
export function pairPrice(price: Ticks, { pricePrecision }: Grid): string {
  return countToDecimal(price, pricePrecision);
}

/** `0.34507674` */
export function quantity(size: Lots | undefined, { qtyPrecision }: Grid): string {
  return padded(size ?? 0, qtyPrecision, QTY_DECIMALS);
}

/** `2.059`: quantities of `Depth` have three decimals; halves are rounded up (UNCONFIRMED). */
export function shortQuantity(size: Lots, { qtyPrecision }: Grid): string {
  return new Money(countToDecimal(size, qtyPrecision)).toFixed(3, Money.ROUND_HALF_UP);
}

/** `6`: whole units only. */
export function wholeQuantity(size: Lots, { qtyPrecision }: Grid): string {
  return countToDecimal(size, qtyPrecision).split('.', 1)[0] ?? '0';
}

/** Without trailing zeros: `0.00005`, `50`. */
export function shortest(decimal: string): string {
  return new Money(decimal).toFixed();
}

export function money(amount: Decimal, decimals: number): string {
  return amount.toFixed(decimals, Money.ROUND_HALF_UP);
}

/** Zero of an order: `0.00000` whatever the pair. */
export const NOTHING = '0.00000';

/** A time as a JSON number of seconds with this many decimals: cut off, not rounded. */
export function seconds(at: Micros, decimals: 4 | 6): Digits {
  return new Digits(
    `${wholeSeconds(at)}.${String(at % 1_000_000)
      .padStart(6, '0')
      .slice(0, decimals)}`,
  );
}

export function wholeSeconds(at: Micros): number {
  return Math.floor(at / 1_000_000);
}

/** As a JSON number of nanoseconds, beyond what a double holds. */
export function nanoseconds(at: Micros): Digits {
  return new Digits(`${at}000`);
}

/** `2023-03-24T17:41:56Z` */
export function isoSeconds(at: Micros): string {
  return `${new Date(wholeSeconds(at) * 1000).toISOString().slice(0, 19)}Z`;
}

/** `2024-05-30T12:34:56.123456Z` */
export function isoMicros(at: Micros): string {
  return `${isoNanos(nanosOf(at)).slice(0, -4)}Z`;
}

/** A time in nanoseconds. */
export function nanosOf(at: Micros): bigint {
  return BigInt(at) * 1000n;
}

/** `2024-05-30T12:34:56.123456789Z` @param nanos Since 1970, not below zero. */
export function isoNanos(nanos: bigint): string {
  const second = nanos / 1_000_000_000n;
  const fraction = String(nanos % 1_000_000_000n).padStart(9, '0');
  return `${new Date(Number(second) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

function padded(count: number, precision: number, least: number): string {
  const text = countToDecimal(count, precision);
  const missing = least - precision;
  if (missing <= 0) return text;
  return `${text}${precision === 0 ? '.' : ''}${'0'.repeat(missing)}`;
}
