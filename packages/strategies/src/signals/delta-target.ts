import { StrategyError } from '../errors.ts';
import { log } from './repeatable-math.ts';

/** What a row of features is to predict: the move of the mid until the horizon, 10⁴ · ln(later / now), in basis points. */
export function deltaBps(now: number, later: number): number {
  if (!(now > 0 && later > 0)) {
    throw new StrategyError('KB_STRATEGY_BAD_INPUT', 'delta', [`expected mids > 0, were ${now} and ${later}`]);
  }
  return 1e4 * log(later / now);
}

/** Three classes of a move; what stays within the band, its edges included, is 0. @param neutralBps The cost, in basis points. */
export function deltaClass(delta: number, neutralBps: number): -1 | 0 | 1 {
  if (Math.abs(delta) <= neutralBps) return 0;
  return delta > 0 ? 1 : -1;
}

/** Mean and deviation of each feature over training rows, to be shipped with the model. Plain JSON. */
export interface Scaler {
  readonly mean: readonly number[];
  /** Over n; 1 where a feature never changed. */
  readonly std: readonly number[];
}

/** @param rows Training rows only, of one size. @throws StrategyError `KB_STRATEGY_BAD_INPUT` without rows. */
export function fittedScaler(rows: readonly (readonly number[])[]): Scaler {
  const first = rows[0];
  if (first === undefined || rows.some((row) => row.length !== first.length)) {
    throw new StrategyError('KB_STRATEGY_BAD_INPUT', 'scaler', ['expected training rows of one size']);
  }
  const mean = first.map((_, column) => meanOver(rows, (row) => row[column] ?? 0));
  const std = mean.map((middle, column) => {
    const deviation = Math.sqrt(meanOver(rows, (row) => ((row[column] ?? 0) - middle) ** 2));
    return deviation > 0 ? deviation : 1;
  });
  return { mean, std };
}

/** A row in deviations from the training mean, each cut to ±5. */
export function standardised({ mean, std }: Scaler, row: readonly number[]): readonly number[] {
  return row.map((value, column) => {
    const score = (value - (mean[column] ?? 0)) / (std[column] ?? 1);
    return Math.min(Math.max(score, -MOST_DEVIATIONS), MOST_DEVIATIONS);
  });
}

function meanOver<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0) / values.length;
}

const MOST_DEVIATIONS = 5;
