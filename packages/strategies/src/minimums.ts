import { lots, notional } from '@kb/model';
import type { Instrument, Lots, Ticks } from '@kb/model';
import { decimalSteps } from './decimal-steps.ts';

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
    cost: decimalSteps(instrument.minCost, instrument.pricePrecision + instrument.qtyPrecision, 'up'),
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
  return countable((decimalSteps(qty, qtyPrecision, 'down') / step) * step);
}

/** Brands a count as lots if it is one. */
export function countable(count: bigint): Lots | undefined {
  return count > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : lots(Number(count));
}
