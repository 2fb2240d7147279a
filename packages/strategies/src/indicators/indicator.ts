/**
 * A statistic that takes one input after the other and knows its value after each.
 *
 * Inputs are doubles in any one unit (ticks, quote per base), or bars; outputs are in the same unit. Bars must be closed
 * ones. Nothing here reads a clock: the same inputs give the same values, bit for bit.
 */
export interface Indicator<Input> {
  /** Inputs until `isReady`: what to backfill before trading. */
  readonly warmUp: number;
  /** True once the value can be traded on. There may be a value before, still under the sway of its first inputs. */
  readonly isReady: boolean;
  /** `undefined` until enough inputs were seen; never NaN or infinite. */
  readonly value: number | undefined;
  /**
   * Takes the next input.
   * @returns The value after it.
   * @throws RangeError when a number is not within ±1e50 (nothing is taken then).
   */
  update(input: Input): number | undefined;
  /** Plain JSON: `restore(snapshot())` on an object made alike goes on exactly where this one stood. */
  snapshot(): unknown;
  /** @throws StrategyError `KB_STRATEGY_BAD_SNAPSHOT` when `snapshot` of an object made alike did not make it. */
  restore(state: unknown): void;
}

/** Far beyond any price or size, and small enough that products of three stay finite. */
const LARGEST = 1e50;

/** @throws RangeError unless the value is a number within ±1e50. */
export function checkNumber(name: string, value: number): void {
  if (!(Math.abs(value) <= LARGEST)) throw new RangeError(`Expected ${name} to be within ±${LARGEST}, was ${value}`);
}

/** @throws RangeError unless the value is within 0 and 1e50. */
export function checkVolume(value: number): void {
  if (!(value >= 0 && value <= LARGEST)) throw new RangeError(`Expected a volume from 0 to ${LARGEST}, was ${value}`);
}

/** @throws RangeError unless it is a whole number from `least`. */
export function checkLength(name: string, length: number, least = 1): void {
  if (!Number.isSafeInteger(length) || length < least) {
    throw new RangeError(`Expected ${name} to be a whole number from ${least}, was ${length}`);
  }
}

/** @returns Deviations that a value is above the mean; `undefined` when there is no deviation to measure by. */
export function scoreOf(value: number, mean: number, deviation: number): number | undefined {
  const score = (value - mean) / deviation;
  return deviation > 0 && Number.isFinite(score) ? score : undefined;
}
