import { ModelError } from './errors.ts';

declare const unit: unique symbol;
type Unit<Name extends string> = number & { readonly [unit]: Name };

/** A price in whole steps of 10^-pricePrecision: BTC/USD 45285.2 at precision 1 is 452852. */
export type Ticks = Unit<'Ticks'>;

/** A quantity in whole steps of 10^-qtyPrecision: 0.00100000 BTC at precision 8 is 100000. */
export type Lots = Unit<'Lots'>;

/** A time or a duration in whole microseconds; a time counts from the Unix epoch, UTC. */
export type Micros = Unit<'Micros'>;

/**
 * Brands a count as ticks.
 * @throws ModelError `KB_MODEL_OUT_OF_RANGE` if it is not a whole number within ±(2^53 − 1).
 */
export function ticks(count: number): Ticks {
  if (!isWhole<Ticks>(count)) throw outOfRange('ticks', count);
  return count;
}

/**
 * Brands a count as lots.
 * @throws ModelError `KB_MODEL_OUT_OF_RANGE` if it is not a whole number within ±(2^53 − 1).
 */
export function lots(count: number): Lots {
  if (!isWhole<Lots>(count)) throw outOfRange('lots', count);
  return count;
}

/**
 * Brands a count as microseconds.
 * @throws ModelError `KB_MODEL_OUT_OF_RANGE` if it is not a whole number within ±(2^53 − 1).
 */
export function micros(count: number): Micros {
  if (!isWhole<Micros>(count)) throw outOfRange('microseconds', count);
  return count;
}

/** No lots: a removed level, an empty balance. */
export const NO_LOTS: Lots = lots(0);

/** Microseconds in a millisecond and in a second. */
export const MILLISECOND = 1_000;
export const SECOND = 1_000_000;

/** Price × quantity, exact, in steps of 10^-(pricePrecision + qtyPrecision) of the quote currency. */
export function notional(price: Ticks, size: Lots): bigint {
  return BigInt(price) * BigInt(size);
}

function isWhole<T extends Ticks | Lots | Micros>(count: number): count is T {
  return Number.isSafeInteger(count);
}

function outOfRange(what: string, count: number): ModelError {
  return new ModelError('KB_MODEL_OUT_OF_RANGE', `Expected a whole number of ${what} within ±(2^53 − 1), was ${count}`);
}
