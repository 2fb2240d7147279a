import { exp, log } from '../signals/repeatable-math.ts';
import { checkPositive } from './checks.ts';

/** Intensity of fills against distance from the fair value: λ(δ) = A·e^(−κδ), per second. */
export interface FillIntensityFit {
  /** A, fills per second at no distance. */
  readonly intensity: number;
  /** κ, 1/price in the unit of the distances. */
  readonly decay: number;
  /** Share of the weighted variance of log λ that the line explains, 0 to 1. */
  readonly rSquared: number;
}

/**
 * Fits log λ = log A − κδ, λ = reached / seconds, by weighted least squares.
 *
 * @param distances δ, price. @param reached How many times each was reached: a survival count, above zero.
 * @param seconds How long that was counted, above zero.
 * @param weights Of each distance; by default the counts, 1 each makes it an ordinary fit.
 * @returns `undefined` for fewer than two distances that differ.
 * @throws RangeError for seconds or counts that are not above zero.
 */
export function fitIntensity(
  distances: readonly number[],
  reached: readonly number[],
  seconds: number,
  weights: readonly number[] = reached,
): FillIntensityFit | undefined {
  checkPositive('seconds', seconds);
  for (const count of reached) checkPositive('a count', count);
  const points = distances.map((distance, index) => ({
    x: distance,
    y: log((reached[index] ?? 1) / seconds),
    weight: weights[index] ?? 0,
  }));
  const total = sum(points.map(({ weight }) => weight));
  const meanX = sum(points.map(({ weight, x }) => weight * x)) / total;
  const meanY = sum(points.map(({ weight, y }) => weight * y)) / total;
  const xx = sum(points.map(({ weight, x }) => weight * (x - meanX) * (x - meanX)));
  const xy = sum(points.map(({ weight, x, y }) => weight * (x - meanX) * (y - meanY)));
  const yy = sum(points.map(({ weight, y }) => weight * (y - meanY) * (y - meanY)));
  if (!(xx > 0)) return undefined;
  const slope = xy / xx;
  return {
    intensity: exp(meanY - slope * meanX),
    decay: slope === 0 ? 0 : -slope,
    rSquared: yy > 0 ? Math.min(1, (xy * xy) / (xx * yy)) : 0,
  };
}

/**
 * The closed form over single distances beyond `least`: κ = n / Σ(d − least), A = (n / T)·e^(κ·least).
 *
 * @param distances Price; those not beyond `least` are left out. @param seconds Above zero.
 * @param unbiased Takes n − 1 for κ, better for small n.
 * @returns `undefined` when nothing is beyond `least`, or one distance alone and `unbiased`.
 * @throws RangeError for seconds that are not above zero.
 */
export function intensityBeyond(
  distances: readonly number[],
  least: number,
  seconds: number,
  unbiased = false,
): Pick<FillIntensityFit, 'intensity' | 'decay'> | undefined {
  checkPositive('seconds', seconds);
  const beyond = distances.filter((distance) => distance > least);
  const counted = unbiased ? beyond.length - 1 : beyond.length;
  if (counted < 1) return undefined;
  const decay = counted / sum(beyond.map((distance) => distance - least));
  return { intensity: (beyond.length / seconds) * exp(decay * least), decay };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
