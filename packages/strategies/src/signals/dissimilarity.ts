import { StrategyError } from '../errors.ts';

/**
 * How far a row of features lies from everything a model was trained on, in mean distances of its training rows: the
 * dissimilarity index of FreqAI. Above the threshold the model knows nothing, and its source should abstain (`MODEL_OOD`).
 */
export interface TrainingCloud {
  /** Standardised rows: training rows, or the centres of them. At most 2,000. */
  readonly points: readonly (readonly number[])[];
  /** Mean distance of two of them, each with itself (0) among the pairs. Above zero. */
  readonly meanDistance: number;
}

/** @param points Standardised rows of one size, 2 to 2,000, not all alike: `trainingCentres` makes fewer of more. @throws StrategyError `KB_STRATEGY_BAD_INPUT`. */
export function trainingCloud(points: readonly (readonly number[])[]): TrainingCloud {
  refuseOddRows(points, MOST_POINTS);
  let sum = 0;
  for (const [index, a] of points.entries()) for (const b of points.slice(0, index)) sum += distance(a, b);
  const meanDistance = (2 * sum) / points.length ** 2;
  if (!(meanDistance > 0)) throw new StrategyError('KB_STRATEGY_BAD_INPUT', OWNER, ['expected rows that differ']);
  return { points: points.map((point) => [...point]), meanDistance };
}

/**
 * Distance to the nearest training row, over the mean distance; `undefined` for a row with a number that is none.
 *
 * @throws StrategyError `KB_STRATEGY_BAD_INPUT` for a row of another size.
 */
export function dissimilarity(cloud: TrainingCloud, x: readonly number[]): number | undefined {
  const size = cloud.points[0]?.length ?? 0;
  if (x.length !== size) {
    throw new StrategyError('KB_STRATEGY_BAD_INPUT', OWNER, [`expected ${size} features, were ${x.length}`]);
  }
  if (!x.every(Number.isFinite)) return undefined;
  const nearest = cloud.points.reduce((least, point) => Math.min(least, distance(point, x)), Infinity);
  return nearest / cloud.meanDistance;
}

/** True when a model should abstain: the row is too far from its training, or holds a number that is none. */
export function isOutOfDistribution(cloud: TrainingCloud, x: readonly number[], threshold = 1): boolean {
  const index = dissimilarity(cloud, x);
  return index === undefined || index > threshold;
}

/**
 * As many rows as wanted in place of more: the means of k-means clusters (Lloyd's algorithm, begun with rows evenly spaced
 * in the order given, so that the same rows always give the same centres).
 *
 * @throws StrategyError `KB_STRATEGY_BAD_INPUT` for rows of different sizes or with a number that is none, and for no centres.
 */
export function trainingCentres(
  rows: readonly (readonly number[])[],
  count: number,
  rounds = 20,
): readonly (readonly number[])[] {
  refuseOddRows(rows, Infinity);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new StrategyError('KB_STRATEGY_BAD_INPUT', OWNER, [
      `expected a whole number of centres from 1, was ${count}`,
    ]);
  }
  if (rows.length <= count) return rows;
  let means = Array.from({ length: count }, (_, index) => rows[Math.floor((index * rows.length) / count)] ?? []);
  for (let round = 0; round < rounds; round += 1) {
    const clusters = Map.groupBy(rows, (row) => nearestIndex(means, row));
    const moved = means.map((mean, index) => meanOf(clusters.get(index) ?? [mean]));
    if (moved.every((mean, index) => distance(mean, means[index] ?? []) === 0)) return means;
    means = moved;
  }
  return means;
}

function nearestIndex(points: readonly (readonly number[])[], x: readonly number[]): number {
  let best = 0;
  let least = Infinity;
  for (const [index, point] of points.entries()) {
    const away = distance(point, x);
    if (away < least) [best, least] = [index, away];
  }
  return best;
}

function meanOf(rows: readonly (readonly number[])[]): readonly number[] {
  const first = rows[0] ?? [];
  return first.map((_, column) => rows.reduce((sum, row) => sum + (row[column] ?? 0), 0) / rows.length);
}

function distance(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (const [index, value] of a.entries()) {
    const apart = value - (b[index] ?? 0);
    sum += apart * apart;
  }
  return Math.sqrt(sum);
}

function refuseOddRows(rows: readonly (readonly number[])[], most: number): void {
  const size = rows[0]?.length ?? 0;
  const problems: string[] = [];
  if (rows.length < 2 || rows.length > most) problems.push(`expected 2 to ${most} rows, were ${rows.length}`);
  if (size === 0 || rows.some((row) => row.length !== size)) problems.push('expected rows of one size, not empty');
  if (!rows.every((row) => row.every(Number.isFinite))) problems.push('expected finite numbers');
  if (problems.length > 0) throw new StrategyError('KB_STRATEGY_BAD_INPUT', OWNER, problems);
}

const OWNER = 'training cloud';
const MOST_POINTS = 2_000;
