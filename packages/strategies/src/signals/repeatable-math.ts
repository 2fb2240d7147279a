/**
 * Exponential, logarithm and what statistics make of them, out of additions, multiplications, divisions and the square root
 * alone, which every engine rounds alike: `Math.exp` may differ in the last bit from one version to the next, and a replay
 * must not.
 */

/** e^x, right to a few units in the last place; 0 below −700, and never more than e^700. */
export function exp(x: number): number {
  if (x < -700) return 0;
  const bounded = Math.min(x, 700);
  const twos = Math.round(bounded / LN2);
  const rest = bounded - twos * LN2; // at most ±0.35
  let sum = 1;
  for (let n = 18; n > 0; n -= 1) sum = 1 + (sum * rest) / n;
  const factor = twos < 0 ? 0.5 : 2;
  for (let n = Math.abs(twos); n > 0; n -= 1) sum *= factor;
  return sum;
}

/** The natural logarithm, right to a few units in the last place. @param x Above zero and finite. */
export function log(x: number): number {
  let twos = 0;
  let rest = x;
  for (; rest > SQRT2; rest /= 2) twos += 1;
  for (; rest < SQRT2 / 2; rest *= 2) twos -= 1;
  const s = (rest - 1) / (rest + 1); // at most ±0.18
  const square = s * s;
  let sum = 0;
  for (let n = 23; n > 0; n -= 2) sum = 1 / n + sum * square;
  return 2 * s * sum + twos * LN2;
}

/** ln(p / (1 − p)). @param p Strictly between 0 and 1. */
export function logit(p: number): number {
  return log(p / (1 - p));
}

/** 1 / (1 + e^−x): what undoes `logit`. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

/**
 * The standard normal distribution function, to 1e-13: its power series near the middle, the continued fraction of Mills'
 * ratio in the tails.
 */
export function normalCdf(x: number): number {
  const size = Math.abs(x);
  if (size > 38) return x < 0 ? 0 : 1;
  const density = exp((-size * size) / 2) / SQRT_TWO_PI;
  if (size >= TAIL_FROM) {
    const tail = density * millsRatio(size);
    return x < 0 ? tail : 1 - tail;
  }
  let term = x;
  let sum = x;
  for (let n = 3; n <= 81; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + density * sum;
}

function millsRatio(x: number): number {
  let fraction = x;
  for (let n = 120; n > 0; n -= 1) fraction = x + n / fraction;
  return 1 / fraction;
}

const TAIL_FROM = 2.5;
const LN2 = 0.693_147_180_559_945_3;
const SQRT2 = 1.414_213_562_373_095_1;
const SQRT_TWO_PI = 2.506_628_274_631_000_7;
