import { ParamReader, POSITIVE } from '../params.ts';

export interface WalkForwardOptions {
  /** Milliseconds from a row to the instant at which its label is known. */
  readonly horizonMs: number;
  /** Stretches of equal time that are tested one after the other, after a first one that is only trained on. Default 5. */
  readonly folds?: number;
  /** Milliseconds between the last label of the training and the first row of the test, no less than the horizon. Default ten horizons. */
  readonly embargoMs?: number;
}

/** Places of rows, by order of time. */
export interface Fold {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/**
 * Training and test rows for a model of what comes next: each test lies after all of its training, rows whose label reaches
 * into the test are dropped (purge), and so are those within an embargo before it, as neighbours in time resemble each other.
 *
 * @param times Of the rows, rising; milliseconds since the epoch.
 * @returns Folds that have rows on both sides.
 * @throws StrategyError `KB_STRATEGY_BAD_PARAMS`.
 */
export function walkForward(times: readonly number[], options: WalkForwardOptions): readonly Fold[] {
  const reader = new ParamReader('walk-forward split', options);
  const horizonMs = reader.number('horizonMs', POSITIVE, 1);
  const folds = reader.number('folds', COUNT, 5);
  const embargoMs = reader.number('embargoMs', atLeast(horizonMs), 10 * horizonMs);
  reader.finish();

  const first = times[0] ?? 0;
  const stretch = ((times.at(-1) ?? 0) + 1 - first) / (folds + 1);
  return Array.from({ length: folds }, (_, fold) => {
    const from = first + stretch * (fold + 1);
    return {
      train: placesWhere(times, (time) => time + horizonMs + embargoMs <= from),
      test: placesWhere(times, (time) => time >= from && time < from + stretch),
    };
  }).filter(({ train, test }) => train.length > 0 && test.length > 0);
}

function placesWhere(times: readonly number[], holds: (time: number) => boolean): readonly number[] {
  return times.flatMap((time, place) => (holds(time) ? [place] : []));
}

function atLeast(least: number): typeof POSITIVE {
  return { says: `a number ≥ ${least}`, holds: (value) => value >= least };
}

const COUNT = { says: 'a whole number > 0', holds: (value: number) => Number.isSafeInteger(value) && value > 0 };
