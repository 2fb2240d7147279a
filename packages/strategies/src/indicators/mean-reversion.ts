import { log } from '../signals/repeatable-math.ts';
import { checkNumber } from './indicator.ts';

/**
 * How strongly values are drawn to their mean: b of the regression Δx = a + b·x of each change on the value before it.
 *
 * @param values Oldest first, evenly spaced in time.
 * @returns −1 when a distance is gone after one step, 0 when it stays; `undefined` below three values, and when all but the last are alike.
 * @throws RangeError when a value is not within ±1e50.
 */
export function reversionSlope(values: readonly number[]): number | undefined {
  for (const value of values) checkNumber('a value', value);
  const steps = values.length - 1;
  if (steps < 2) return undefined;
  const before = values.slice(0, -1);
  const changes = before.map((value, index) => (values[index + 1] ?? value) - value);
  const middle = mean(before);
  const change = mean(changes);
  let together = 0;
  let squares = 0;
  before.forEach((value, index) => {
    together += (value - middle) * ((changes[index] ?? 0) - change);
    squares += (value - middle) ** 2;
  });
  return squares > 0 ? together / squares : undefined;
}

/**
 * Steps until half of a distance from the mean is gone: −ln 2 / ln(1 + b).
 * @param slope As `reversionSlope` gives it.
 * @returns `undefined` unless −1 < b < 0: nothing is drawn back, or past the mean.
 */
export function reversionHalfLife(slope: number): number | undefined {
  const stays = 1 + slope;
  return stays > 0 && stays < 1 ? log(0.5) / log(stays) : undefined;
}

/** After Welford: exact for values that are all alike. */
function mean(values: readonly number[]): number {
  let result = 0;
  values.forEach((value, index) => {
    result += (value - result) / (index + 1);
  });
  return result;
}
