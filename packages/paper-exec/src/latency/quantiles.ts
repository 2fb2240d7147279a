// oxlint-disable typescript/no-non-null-assertion -- tables have one value for each level: checked at the border
import { micros } from '@kb/model';
import type { Micros } from '@kb/model';
import { exp, log } from './repeatable-math.ts';

/** A distribution of times: one value in microseconds for each of `QUANTILE_LEVELS`, none less than the one before. */
export type Quantiles = readonly number[];

/** The shares of a distribution at which a table of quantiles holds its values: 33, close together in the upper tail. */
// prettier-ignore
export const QUANTILE_LEVELS: readonly number[] = [
  0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9,
  0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9975, 0.999,
];

/**
 * The time at a share of the distribution: linear between the table's levels, and never beyond its last one, as nobody has
 * measured what lies there.
 * @param share From 0 to 1; a uniform number makes a draw.
 */
export function quantileAt(table: Quantiles, share: number): Micros {
  const last = QUANTILE_LEVELS.length - 1;
  if (share >= QUANTILE_LEVELS[last]!) return micros(Math.round(table[last]!));
  let upper = 1;
  while (QUANTILE_LEVELS[upper]! <= share) upper += 1;
  const from = QUANTILE_LEVELS[upper - 1]!;
  const part = (share - from) / (QUANTILE_LEVELS[upper]! - from);
  const low = table[upper - 1]!;
  return micros(Math.round(low + part * (table[upper]! - low)));
}

/**
 * The log-normal distribution through a median and a 99th percentile, the usual shape of network times, as a table:
 * p50 · (p99 / p50) ^ (z(level) / z(0.99)). Level 0 takes the value of 0.001: a log-normal has no least value above zero.
 * @param p50 Microseconds, above zero.
 * @param p99 Microseconds, no less than `p50`.
 */
export function logNormalQuantiles(p50: number, p99: number): Quantiles {
  const perDeviation = log(p99 / p50) / NORMAL_QUANTILES[QUANTILE_LEVELS.indexOf(0.99)]!;
  return NORMAL_QUANTILES.map((z) => Math.round(p50 * exp(perDeviation * z)));
}

/** The standard normal distribution at `QUANTILE_LEVELS`, level 0 taken at 0.001. Python's `NormalDist().inv_cdf`. */
// prettier-ignore
const NORMAL_QUANTILES: readonly number[] = [
  -3.090232306167813, -2.326347874040841, -2.053748910631823, -1.644853626951473, -1.281551565544601, -1.036433389493789,
  -0.841621233572914, -0.674489750196082, -0.524400512708041, -0.385320466407568, -0.2533471031358, -0.125661346855074, 0,
  0.125661346855074, 0.2533471031358, 0.385320466407568, 0.524400512708041, 0.674489750196082, 0.841621233572914,
  1.036433389493789, 1.281551565544601, 1.405071560309633, 1.554773594596853, 1.644853626951472, 1.750686071252169,
  1.88079360815125, 2.053748910631822, 2.17009037758456, 2.326347874040841, 2.432379058584449, 2.5758293035489,
  2.807033768343811, 3.090232306167813,
];
