import { ModelError, notional } from '@kb/model';
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
    cost: stepsOf(instrument.minCost, instrument.pricePrecision + instrument.qtyPrecision),
  };
}

/** Whether an order is large enough for the venue to take it. */
export function reachesMinimums(minimums: Minimums, price: Ticks, size: Lots): boolean {
  return size > 0 && size >= minimums.qty && notional(price, size) >= minimums.cost;
}

function stepsOf(text: string, precision: number): bigint {
  const parts = DECIMAL.exec(text);
  if (parts === null)
    throw new ModelError('KB_MODEL_NOT_A_DECIMAL', `Expected a minimum cost, was ${JSON.stringify(text)}`);
  const [, whole = '0', fraction = '', exponent = '0'] = parts;
  const digits = BigInt(whole + fraction);
  const shift = precision + Number(exponent) - fraction.length;
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return (digits + divisor - 1n) / divisor;
}

const DECIMAL = /^\+?(\d+)(?:\.(\d*))?(?:[eE]([-+]?\d{1,3}))?$/;
