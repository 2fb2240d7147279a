import { StrategyError } from '../errors.ts';

/** What was predicted of each test row, in one unit, beside what came. */
export interface OutOfSample {
  readonly outcomes: readonly number[];
  readonly model: readonly number[];
  /** The move before each row, taken to go on. */
  readonly lastReturn: readonly number[];
  /** Of a linear model trained on the same rows. */
  readonly linear: readonly number[];
}

/** R² out of sample against no change, of the model and of what it must beat. */
export interface Verdict {
  readonly model: number;
  readonly lastReturn: number;
  readonly linear: number;
  /** True when the model is better than no change, the last return and the linear model. Without that it may not trade. */
  readonly mayTrade: boolean;
}

/**
 * 1 − Σ(y − ŷ)² / Σy²: 0 is as good as always predicting no change, below is worse. `undefined` when nothing ever moved.
 *
 * @throws StrategyError `KB_STRATEGY_BAD_INPUT` for lists of different lengths.
 */
export function outOfSampleR2(outcomes: readonly number[], predicted: readonly number[]): number | undefined {
  if (outcomes.length !== predicted.length) {
    throw new StrategyError('KB_STRATEGY_BAD_INPUT', 'R² out of sample', [
      `expected a prediction of each of ${outcomes.length} outcomes, were ${predicted.length}`,
    ]);
  }
  let errors = 0;
  let moves = 0;
  for (const [index, outcome] of outcomes.entries()) {
    errors += (outcome - (predicted[index] ?? 0)) ** 2;
    moves += outcome * outcome;
  }
  return moves === 0 ? undefined : 1 - errors / moves;
}

/** Holds a model against the baselines; `undefined` when nothing ever moved. */
export function heldAgainstBaselines(sample: OutOfSample): Verdict | undefined {
  const model = outOfSampleR2(sample.outcomes, sample.model);
  const lastReturn = outOfSampleR2(sample.outcomes, sample.lastReturn);
  const linear = outOfSampleR2(sample.outcomes, sample.linear);
  if (model === undefined || lastReturn === undefined || linear === undefined) return undefined;
  return { model, lastReturn, linear, mayTrade: model > Math.max(0, lastReturn, linear) };
}
