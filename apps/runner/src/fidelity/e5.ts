import { setImmediate } from 'node:timers/promises';
import { SECOND } from '@kb/model';
import { LatencyCalibrator, LOAD_BUCKETS, quantileAt } from '@kb/paper-exec';
import type { LoadBucket, Quantiles } from '@kb/paper-exec';
import type { ExperimentOptions } from './e2.ts';
import { ConnectionDays, LEGS } from './latency/connection-days.ts';
import type { Leg } from './latency/connection-days.ts';
import { FORMAT } from './report/report.ts';
import type { FidelityReport, LatencyQuantile, LatencyReport, Scale } from './report/report.ts';
import type { SimKind } from './source/sim-kinds.ts';

/** The market whose data shares the connection with the pings: the one with the most events, in bursts. */
const KIND: SimKind = 's2';
/** Hours of each of the two days: of the one that is measured, and of the next. */
const HOURS: Readonly<Record<Scale, number>> = { smoke: 0.1, small: 2, full: 24 };
const SHARES = [0.5, 0.9, 0.99] as const;
/** Of a leg's many market events every so many are kept: an hour has hundreds of thousands. */
const KEPT = 16;

/**
 * Experiment E5: latency measured on one day of a simulated connection, from pings and market data alone, against what really
 * happened on the next. @returns `undefined` when it was stopped.
 */
export async function runE5(options: ExperimentOptions): Promise<FidelityReport | undefined> {
  const { seed, scale, progress } = options;
  const hours = HOURS[scale];
  const calibrator = new LatencyCalibrator({ leastSamples: LEAST_SAMPLES });
  const realised = new Realised();
  const length = hours * 3_600 * SECOND;
  let isMeasuring = true;
  const days = new ConnectionDays({
    kind: KIND,
    seed,
    onEvent: (event) => isMeasuring && calibrator.onEvent(event),
    onPing: (ping) => isMeasuring && calibrator.onPing(ping),
    onLeg: (leg, load, took) => isMeasuring || realised.note(leg, load, took),
  });
  progress(`e5: a connection measured, ${hours} h`);
  if (!(await runTo(days, length, options))) return undefined;
  isMeasuring = false;
  progress(`e5: what it takes on the next day, ${hours} h`);
  if (!(await runTo(days, 2 * length, options))) return undefined;
  const latency = [latencyReport(hours, calibrator, realised)];
  return { format: FORMAT, experiment: 'e5', seed, scale, dataSets: [], quoted: [], latency };
}

/** @returns False when it was stopped. */
async function runTo(days: ConnectionDays, end: number, { signal }: ExperimentOptions): Promise<boolean> {
  for (let until = days.now; until < end;) {
    until = Math.min(end, until + 30 * SECOND);
    days.run(until);
    await setImmediate(); // a signal is heard between two tasks only
    if (signal.aborted) return false;
  }
  return true;
}

function latencyReport(hours: number, calibrator: LatencyCalibrator, realised: Realised): LatencyReport {
  const tables = calibrator.latency();
  const { samples } = calibrator.status();
  const quantiles: LatencyQuantile[] = [];
  for (const leg of LEGS) {
    for (const load of LOAD_BUCKETS) {
      const times = realised.times(leg, load);
      if (times.length < LEAST_SAMPLES) continue;
      const table = tableOf(tables?.[leg], load);
      const isBorrowed = (samples[leg === 'feed' ? 'feed' : `${leg} ping`]?.[load] ?? 0) < LEAST_SAMPLES;
      for (const share of SHARES) {
        const modelled = table === undefined ? Number.NaN : quantileAt(table, share);
        const found = times[Math.ceil(share * times.length) - 1] ?? Number.NaN;
        quantiles.push({ leg, load, samples: times.length, isBorrowed, share, modelled, realised: found });
      }
    }
  }
  return { name: 'simulated connection, pings', hours, quantiles };
}

/** What the calibrator makes has a table for each load, of commands those of new orders. */
function tableOf(leg: unknown, load: LoadBucket): Quantiles | undefined {
  if (typeof leg !== 'object' || leg === null) return undefined;
  if ('add' in leg) return tableOf(leg.add, load);
  const table: unknown = load in leg ? (leg as Record<LoadBucket, unknown>)[load] : undefined;
  return Array.isArray(table) ? (table as unknown as Quantiles) : undefined;
}

/** What the legs really took. */
class Realised {
  readonly #times = new Map<string, number[]>();
  #events = 0;

  note(leg: Leg, load: LoadBucket, took: number): void {
    if (leg === 'feed' && (this.#events += 1) % KEPT !== 0) return;
    const name = `${leg} ${load}`;
    const times = this.#times.get(name);
    if (times === undefined) this.#times.set(name, [took]);
    else times.push(took);
  }

  /** Sorted. */
  times(leg: Leg, load: LoadBucket): Float64Array {
    return Float64Array.from(this.#times.get(`${leg} ${load}`) ?? []).toSorted();
  }
}

/** A load with fewer samples on the first day borrows a table; with fewer on the second nothing can be said of it. */
const LEAST_SAMPLES = 500;
