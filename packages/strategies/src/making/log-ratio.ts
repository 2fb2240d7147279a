import { log } from '../signals/repeatable-math.ts';

/**
 * ln(1 + x) / x, which is 1 at 0: right to a few units in the last place however small x is, and the same in every engine.
 *
 * @param x Not negative, finite.
 */
export function logRatio(x: number): number {
  if (x > SMALL) return log(1 + x) / x;
  const s = x / (2 + x); // at most 0.12
  const square = s * s;
  let sum = 0;
  for (let n = 19; n > 0; n -= 2) sum = 1 / n + sum * square;
  return (2 * sum) / (2 + x);
}

const SMALL = 0.25;
