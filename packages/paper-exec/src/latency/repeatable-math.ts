/**
 * Exponential and logarithm out of additions, multiplications and divisions alone, which every engine rounds alike: `Math.exp`
 * and `Math.log` may differ in the last bit from one version of an engine to the next, and a replay must not.
 */

/** e^x, right to a few units in the last place. */
export function exp(x: number): number {
  const twos = Math.round(x / LN2);
  const rest = x - twos * LN2; // at most ±0.35
  let term = 1;
  let sum = 1;
  for (let n = 1; n <= 18; n += 1) {
    term = (term * rest) / n;
    sum += term;
  }
  const factor = twos < 0 ? 0.5 : 2;
  for (let n = Math.abs(twos); n > 0; n -= 1) sum *= factor;
  return sum;
}

/** The natural logarithm of a positive number, right to a few units in the last place. */
export function log(x: number): number {
  let twos = 0;
  let rest = x;
  for (; rest > SQRT2; rest /= 2) twos += 1;
  for (; rest < SQRT2 / 2; rest *= 2) twos -= 1;
  const s = (rest - 1) / (rest + 1); // at most ±0.18
  let power = s;
  let sum = s;
  for (let n = 3; n <= 23; n += 2) {
    power *= s * s;
    sum += power / n;
  }
  return 2 * sum + twos * LN2;
}

const LN2 = 0.693_147_180_559_945_3;
const SQRT2 = 1.414_213_562_373_095_1;
