import { lots, ModelError, notional } from '@kb/model';
import type { Instrument, Lots, Ticks } from '@kb/model';

/** A pair's minimums in the units that orders are counted in. */
export interface Minimums {
  readonly qty: Lots;
  /** In ticks × lots, rounded up. */
  readonly cost: bigint;
}

/** Reads a pair's minimums, exactly: a minimum cost is decimal text of any length. */
export function minimumsOf(instrument: Instrument): Minimums {
  return {
    qty: instrument.minQty,
    cost: stepsOf(instrument.minCost, instrument.pricePrecision + instrument.qtyPrecision, 1n),
  };
}

/** Whether an order is large enough for the venue to take it. */
export function reachesMinimums(minimums: Minimums, price: Ticks, size: Lots): boolean {
  return size > 0 && size >= minimums.qty && notional(price, size) >= minimums.cost;
}

/**
 * A quantity as whole lots on the pair's lot size, what is finer cut off.
 * @returns `undefined` when it is more than lots can count (2^53 − 1).
 * @throws ModelError `KB_MODEL_NOT_A_DECIMAL`.
 */
export function floorToLots({ qtyPrecision, lotSize }: Instrument, qty: string): Lots | undefined {
  const step = BigInt(lotSize);
  return countable((stepsOf(qty, qtyPrecision, 0n) / step) * step);
}

/** Brands a count as lots if it is one. */
export function countable(count: bigint): Lots | undefined {
  return count > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : lots(Number(count));
}

/** Positive decimal text as a count of 10^-precision. @param carry 1 rounds what is finer up, 0 down. */
function stepsOf(text: string, precision: number, carry: 0n | 1n): bigint {
  const parts = DECIMAL.exec(text);
  if (parts === null)
    throw new ModelError('KB_MODEL_NOT_A_DECIMAL', `Expected a positive decimal, was ${JSON.stringify(text)}`);
  const [, whole = '0', fraction = '', exponent = '0'] = parts;
  const digits = BigInt(whole + fraction);
  const shift = precision + Number(exponent) - fraction.length;
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return (digits + carry * (divisor - 1n)) / divisor;
}

const DECIMAL = /^\+?(\d+)(?:\.(\d*))?(?:[eE]([-+]?\d{1,3}))?$/;
