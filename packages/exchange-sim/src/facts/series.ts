/** Statistics of plain series. They describe a market and decide nothing in it, so doubles and `Math` will do. */

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index] ?? 0;
  return sum / values.length;
}

/** Differences between values so many places apart, without overlap. */
export function increments(values: ArrayLike<number>, apart: number): Float64Array {
  const count = Math.max(0, Math.floor((values.length - 1) / apart));
  return Float64Array.from({ length: count }, (_, n) => (values[(n + 1) * apart] ?? 0) - (values[n * apart] ?? 0));
}

/** Sample autocorrelation; `NaN` for a series that is constant or no longer than the lag. */
export function autocorrelation(values: ArrayLike<number>, lag: number): number {
  const centre = mean(values);
  let variance = 0;
  let covariance = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = (values[index] ?? 0) - centre;
    variance += value * value;
    if (index >= lag) covariance += value * ((values[index - lag] ?? 0) - centre);
  }
  return values.length <= lag || variance === 0 ? Number.NaN : covariance / variance;
}

/** Fourth moment over the squared second, less the 3 of a normal distribution. */
export function excessKurtosis(values: ArrayLike<number>): number {
  const centre = mean(values);
  let second = 0;
  let fourth = 0;
  for (let index = 0; index < values.length; index += 1) {
    const square = ((values[index] ?? 0) - centre) ** 2;
    second += square;
    fourth += square * square;
  }
  return (fourth * values.length) / (second * second) - 3;
}

/** Hill's estimate of the exponent α of P(X > x) ~ x^−α, from the share of the values that is largest. */
export function tailExponent(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  const count = Math.floor(sorted.length * share);
  const threshold = sorted[sorted.length - count - 1] ?? 0;
  if (count < 10 || threshold <= 0) return Number.NaN;
  let sum = 0;
  for (let index = sorted.length - count; index < sorted.length; index += 1) {
    sum += Math.log((sorted[index] ?? 0) / threshold);
  }
  return count / sum;
}

/** Slope of the least-squares line; weights default to 1. */
export function slope(x: readonly number[], y: readonly number[], weights: readonly number[] = x.map(() => 1)): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const centre = (values: readonly number[]): number =>
    values.reduce((sum, value, index) => sum + value * (weights[index] ?? 0), 0) / total;
  const [centreX, centreY] = [centre(x), centre(y)];
  let covariance = 0;
  let variance = 0;
  for (const [index, value] of x.entries()) {
    const weight = weights[index] ?? 0;
    covariance += weight * (value - centreX) * ((y[index] ?? 0) - centreY);
    variance += weight * (value - centreX) ** 2;
  }
  return covariance / variance;
}

/** Mean square of the increments over so many places, overlapping. */
export function meanSquareIncrement(values: ArrayLike<number>, apart: number): number {
  let sum = 0;
  for (let index = apart; index < values.length; index += 1) {
    sum += ((values[index] ?? 0) - (values[index - apart] ?? 0)) ** 2;
  }
  return sum / Math.max(0, values.length - apart);
}

/** Hurst exponent: half the slope of the log of the mean square increment on the log of its span. */
export function hurst(values: ArrayLike<number>, spans: readonly number[]): number {
  const variances = spans.map((span) => meanSquareIncrement(values, span));
  return slope(spans.map(Math.log), variances.map(Math.log)) / 2;
}
