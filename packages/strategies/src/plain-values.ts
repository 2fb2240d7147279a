import { bigCountToDecimal, isoToMicros, micros } from '@kb/model';
import type { Micros } from '@kb/model';
import { decimalSteps } from './decimal-steps.ts';

/** Decimal text, or a number as ccxt gives it (read by its shortest digits, once). */
export type PlainNumber = string | number;

/** RFC 3339 text in UTC (ccxt's `datetime`), or milliseconds since the epoch (its `timestamp`). */
export type PlainTime = string | number;

/** @throws ModelError `KB_MODEL_BAD_TIMESTAMP`, `KB_MODEL_OUT_OF_RANGE`. */
export function timeOf(time: PlainTime): Micros {
  return typeof time === 'string' ? isoToMicros(time) : micros(Math.round(time * 1000));
}

/** Decimals at which amounts of money are counted: a price times a quantity has no more, whatever the pair. */
export const AMOUNT_DECIMALS = 30;

/** An amount, exact. @throws ModelError `KB_MODEL_NOT_A_DECIMAL`, `KB_MODEL_OFF_GRID` beyond 30 decimals. */
export function amountOf(value: PlainNumber): bigint {
  return decimalSteps(String(value), AMOUNT_DECIMALS, 'refuse');
}

/** An amount as decimal text without trailing zeros. */
export function amountText(amount: bigint): string {
  return bigCountToDecimal(amount, AMOUNT_DECIMALS).replace(/\.?0+$/, '');
}
