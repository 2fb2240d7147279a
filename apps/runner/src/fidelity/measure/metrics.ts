// oxlint-disable typescript/no-non-null-assertion -- the layout of the sums proves every index
import { blockBootstrap, median } from '../stats/bootstrap.ts';
import type { Interval } from '../stats/bootstrap.ts';
import { correlation } from '../stats/correlation.ts';
import { forecastScore } from '../stats/forecast.ts';
import type { ForecastScore } from '../stats/forecast.ts';
import { countsOf, kaplanMeier, largestGap } from '../stats/kaplan-meier.ts';
import type { SurvivalCurve } from '../stats/kaplan-meier.ts';
import { BIN_EDGES, blockSums, FORECASTS, HORIZON, HORIZONS, SUM, total } from './block-sums.ts';
import { LOOKS } from './outcome-table.ts';
import type { EstimateColumns, OutcomeColumns, OutcomeTable } from './outcome-table.ts';

/** How one estimator did on some orders. Missing figures are not a number: there was nothing to compute them from. */
export interface Metrics {
  readonly name: string;
  readonly window: number;
  readonly orders: number;
  /** Estimated over true fills up to each of `HORIZONS`; the last counts orders that live that long. */
  readonly ratios: readonly number[];
  /** Estimated over true lots. */
  readonly volumeRatio: number;
  /** Shares of all orders, up to 30 s. */
  readonly trueFills: number;
  readonly falseFills: number;
  readonly missedFills: number;
  /** Of orders filled in both: seconds, and the share whose time is right within 100 ms. */
  readonly medianError: number;
  readonly meanError: number;
  readonly inTime: number;
  /** Largest gap between the true and the estimated survival curve. */
  readonly survivalGap: number;
  /** Of "filled within 1, 5, 30 s", each order's estimate taken as the forecast. */
  readonly forecasts: readonly ForecastScore[];
  /** Median of |estimated − true lots ahead| / displayed, 1, 5, 30 s after placing. */
  readonly queueError: readonly number[];
  /** Mean move of the mid 1, 5, 30 s after the fill, ticks towards profit: in truth, and estimated less true. */
  readonly trueMarks: readonly number[];
  readonly markBias: readonly number[];
  /** Correlation of filled (within 30 s) with the next move. */
  readonly trueSelection: number;
  readonly selection: number;
  /** 95 % intervals, by blocks of five minutes. */
  readonly intervals: Readonly<Partial<Record<IntervalName, Interval>>>;
}

export type IntervalName = 'ratio' | 'wrong' | 'inTime' | 'survivalGap' | 'markBias';

export interface MetricsOptions {
  readonly seed: number;
  /** Samples of the bootstrap; 0 leaves the intervals out. */
  readonly draws: number;
}

/** All figures of one estimator on these rows. */
export function metricsOf(
  table: OutcomeTable,
  { name, window, outcomes }: EstimateColumns,
  rows: readonly number[],
  options: MetricsOptions,
): Metrics {
  const blocks = blockSums(table, outcomes, rows);
  const sums = total(blocks);
  const orders = sums[SUM.orders]!;
  const wrong = wrongOf(sums);
  return {
    name,
    window,
    orders,
    ratios: HORIZONS.map((_, index) => sums[SUM.fills + index]! / sums[SUM.trueFills + index]!),
    volumeRatio: sums[SUM.share]! / sums[SUM.trueShare]!,
    trueFills: sums[SUM.trueFills + 1]! / orders,
    falseFills: wrong.falseFills,
    missedFills: wrong.missedFills,
    medianError: medianError(table, outcomes, rows),
    meanError: sums[SUM.absoluteError]! / sums[SUM.joint]!,
    inTime: inTimeOf(sums),
    survivalGap: largestGap(survivalOf(table, table.truth, rows), survivalOf(table, outcomes, rows)),
    forecasts: FORECASTS.map((_, index) => forecastOf(sums, index)),
    queueError: LOOKS.map((_, look) =>
      median(rows.map((row) => Math.abs(outcomes.queue[look]!.at(row))).filter((error) => !Number.isNaN(error))),
    ),
    trueMarks: LOOKS.map((_, look) => sums[SUM.trueMarks + look]! / sums[SUM.trueMarked + look]!),
    markBias: LOOKS.map((_, look) => markBiasOf(sums, look)),
    trueSelection: selectionOf(sums, SUM.trueFilledMoved, SUM.trueFilledMove),
    selection: selectionOf(sums, SUM.filledMoved, SUM.filledMove),
    intervals: options.draws === 0 ? {} : intervalsOf(blocks, options),
  };
}

/** The exact survival curve of the orders' waits. */
export function survivalOf(
  { context }: OutcomeTable,
  outcomes: OutcomeColumns,
  rows: readonly number[],
): SurvivalCurve {
  const lives = rows.map((row) => {
    const [life, fill] = [context.life.at(row), outcomes.fill.at(row)];
    return fill <= life ? { time: fill, ended: true } : { time: life, ended: false };
  });
  return kaplanMeier(countsOf(lives));
}

function intervalsOf(blocks: readonly Float64Array[], options: MetricsOptions): Metrics['intervals'] {
  const statistics: Record<IntervalName, (sums: Float64Array) => number> = {
    ratio: (sums) => sums[SUM.fills + 1]! / sums[SUM.trueFills + 1]!,
    wrong: (sums) => wrongOf(sums).falseFills + wrongOf(sums).missedFills,
    inTime: inTimeOf,
    survivalGap: binnedGap,
    markBias: (sums) => markBiasOf(sums, 0),
  };
  const found: Partial<Record<IntervalName, Interval>> = {};
  for (const name of INTERVALS) {
    const interval = blockBootstrap(blocks, statistics[name], options);
    if (interval !== undefined) found[name] = interval;
  }
  return found;
}

const INTERVALS: readonly IntervalName[] = ['ratio', 'wrong', 'inTime', 'survivalGap', 'markBias'];

function wrongOf(sums: Float64Array): { readonly falseFills: number; readonly missedFills: number } {
  const joint = sums[SUM.joint]!;
  return {
    falseFills: (sums[SUM.fills + 1]! - joint) / sums[SUM.orders]!,
    missedFills: (sums[SUM.trueFills + 1]! - joint) / sums[SUM.orders]!,
  };
}

function inTimeOf(sums: Float64Array): number {
  return sums[SUM.inTime]! / sums[SUM.joint]!;
}

function markBiasOf(sums: Float64Array, look: number): number {
  const estimated = sums[SUM.marks + look]! / sums[SUM.marked + look]!;
  return estimated - sums[SUM.trueMarks + look]! / sums[SUM.trueMarked + look]!;
}

/** A yes or no is a forecast of 1 or 0, so its square is itself. */
function forecastOf(sums: Float64Array, index: number): ForecastScore {
  const p = sums[SUM.forecast + index]!;
  return forecastScore({
    count: sums[SUM.orders]!,
    p,
    o: sums[SUM.happened + index]!,
    pp: p,
    po: sums[SUM.right + index]!,
  });
}

function selectionOf(sums: Float64Array, filledAt: number, moveAt: number): number {
  const filled = sums[filledAt]!;
  return correlation({
    count: sums[SUM.moved]!,
    x: filled,
    xx: filled,
    y: sums[SUM.move]!,
    yy: sums[SUM.moveSquared]!,
    xy: sums[moveAt]!,
  });
}

/** The gap with times rounded up to bins: for samples of blocks, which have no single times. */
function binnedGap(sums: Float64Array): number {
  const curve = (endsAt: number, censoredAt: number): SurvivalCurve =>
    kaplanMeier(
      BIN_EDGES.map((time, bin) => ({ time, events: sums[endsAt + bin]!, censored: sums[censoredAt + bin]! })),
    );
  return largestGap(curve(SUM.trueEnds, SUM.trueCensored), curve(SUM.ends, SUM.censored));
}

function medianError({ truth }: OutcomeTable, outcomes: OutcomeColumns, rows: readonly number[]): number {
  const errors = rows
    .filter((row) => truth.fill.at(row) <= HORIZON && outcomes.fill.at(row) <= HORIZON)
    .map((row) => Math.abs(truth.fill.at(row) - outcomes.fill.at(row)));
  return median(errors);
}
