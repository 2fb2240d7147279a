/**
 * exp, ln and the normal quantile from + − × ÷ and the square root alone, which IEEE 754 rounds the same everywhere.
 * `Math.exp` and `Math.log` may differ in the last bit between versions of V8, and one bit is enough to turn a seeded market
 * into another one.
 */

const LN2 = 0.6931471805599453;
const POWERS_OF_TWO: readonly number[] = Array.from({ length: 64 }, (_, exponent) => Number(1n << BigInt(exponent)));

/** e^x for |x| ≤ 40, to about 15 digits. Zero below −40. */
export function exp(x: number): number {
  if (x < -40) return 0;
  const twos = Math.round(x / LN2);
  const rest = x - twos * LN2;
  let sum = 1;
  for (let n = 16; n > 0; n -= 1) sum = 1 + (sum * rest) / n;
  const scale = POWERS_OF_TWO[Math.abs(twos)] ?? Infinity;
  return twos < 0 ? sum / scale : sum * scale;
}

/** ln x for x > 0, to about 15 digits. */
export function ln(x: number): number {
  let twos = 0;
  let rest = x;
  while (rest < 2 ** -16) {
    rest *= 65_536;
    twos -= 16;
  }
  while (rest > 65_536) {
    rest /= 65_536;
    twos += 16;
  }
  while (rest < 0.75) {
    rest *= 2;
    twos -= 1;
  }
  while (rest > 1.5) {
    rest /= 2;
    twos += 1;
  }
  // ln r = 2 artanh((r − 1) / (r + 1)), with an argument of at most 1/5
  const z = (rest - 1) / (rest + 1);
  const square = z * z;
  let sum = 0;
  for (let n = 21; n > 0; n -= 2) sum = 1 / n + sum * square;
  return twos * LN2 + 2 * z * sum;
}

/** x^y for x > 0. */
export function power(x: number, y: number): number {
  return exp(y * ln(x));
}

/**
 * The standard normal value below which a share `p` (0 < p < 1) lies, to about nine digits.
 * Source: P. J. Acklam's rational approximation.
 */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * ln(p));
    return polynomial(TAIL_TOP, q) / (polynomial(TAIL_BOTTOM, q) * q + 1);
  }
  const q = p - 0.5;
  const r = q * q;
  return (polynomial(MIDDLE_TOP, r) * q) / (polynomial(MIDDLE_BOTTOM, r) * r + 1);
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

const MIDDLE_TOP = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const MIDDLE_BOTTOM = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
];
const TAIL_TOP = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const TAIL_BOTTOM = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];
