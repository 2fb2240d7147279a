import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { instrument, SECOND } from '@kb/model';
import { dataSetReport } from './measure/data-set.ts';
import { FORMAT } from './report/report.ts';
import type { FidelityReport, Scale } from './report/report.ts';
import { readLobster } from './source/lobster.ts';
import { PhantomTrial } from './trial/phantom-trial.ts';

/** The order-by-order hour, in a folder of recordings. */
export const LOBSTER_FILE: string = join('l3-nasdaq-lobster', 'AAPL_2012-06-21_0930-1030_message_50.csv.gz');

export interface ExperimentOptions {
  readonly seed: number;
  readonly scale: Scale;
  /** Seconds of a clock of the caller's: to tell the speed. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
  /** Hears what is being done now. */
  readonly progress: (what: string) => void;
}

/** Windows over which the public book is merged, in microseconds. */
export const WINDOWS: Readonly<Record<Scale, readonly number[]>> = {
  smoke: [0, 100_000],
  small: [0, 10_000, 50_000, 100_000],
  full: [0, 10_000, 50_000, 100_000],
};
/** Samples of the bootstrap. */
export const DRAWS: Readonly<Record<Scale, number>> = { smoke: 50, small: 200, full: 1_000 };

const PAIR = instrument({ symbol: 'AAPL/USD', pricePrecision: 2, qtyPrecision: 6 });
const NAME = 'NASDAQ, AAPL, 2012-06-21 09:30 to 10:30';
const OPEN = 34_200 * SECOND; // 09:30, in time since midnight
/** How much of the recording is read, in seconds; the whole hour but for `smoke`. */
const LENGTH: Readonly<Record<Scale, number>> = { smoke: 420, small: 3_600, full: 3_600 };

export function hasLobster(data: string): boolean {
  return existsSync(join(data, LOBSTER_FILE));
}

/** Experiment E2: phantoms in the queue of a real order-by-order recording. @returns `undefined` when it was stopped. */
export async function runE2(data: string, options: ExperimentOptions): Promise<FidelityReport | undefined> {
  const { seed, scale, clock, signal, progress } = options;
  const path = join(data, LOBSTER_FILE);
  const end = OPEN + LENGTH[scale] * SECOND;
  const trial = new PhantomTrial({
    pair: PAIR,
    windows: WINDOWS[scale],
    seed,
    perSecond: 5,
    from: OPEN + 60 * SECOND,
    start: OPEN,
  });
  progress(`e2: ${NAME}`);
  const began = clock();
  for await (const row of readLobster(path)) {
    if (row.time >= end) break;
    trial.row(row);
    if (trial.rows % 10_000 !== 0) continue;
    await setImmediate(); // a signal is heard between two tasks only
    if (signal.aborted) return undefined;
  }
  const seconds = clock() - began;
  const measure = { hours: LENGTH[scale] / 3_600, seconds, options: { seed, draws: DRAWS[scale] } };
  const dataSets = [dataSetReport(NAME, trial, measure)];
  return { format: FORMAT, experiment: 'e2', seed, scale, dataSets, quoted: [] };
}
