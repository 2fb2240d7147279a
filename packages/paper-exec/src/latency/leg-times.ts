// oxlint-disable typescript/no-non-null-assertion -- the search keeps its index inside the rows
import { micros } from '@kb/model';
import type { Micros } from '@kb/model';
import type { LatencyRow, LegTime, LegTimes, ReceivedFeed } from './latency.ts';
import type { LoadBucket } from './load-meter.ts';
import { QUANTILE_LEVELS, quantileAt } from './quantiles.ts';
import type { Quantiles } from './quantiles.ts';

/** How long one leg takes. */
export interface LegTimer {
  /** False when neither draw nor load nor moment changes anything. */
  readonly isConstant: boolean;
  /**
   * @param share Uniform in [0, 1).
   * @param at When the journey begins, on the venue's clock.
   */
  take(share: number, load: LoadBucket, at: Micros): Micros;
}

/** Makes a checked leg ready for use. @param leg Which end of recorded round trips is meant. */
export function legTimer(time: LegTime, leg: 'entry' | 'ack'): LegTimer {
  if (typeof time === 'number') return { isConstant: true, take: () => micros(time) };
  if (isTable(time)) return { isConstant: false, take: (share) => quantileAt(time, share) };
  if ('recorded' in time) return new RecordedTimes(time.recorded, leg);
  return { isConstant: false, take: (share, load) => quantileAt(time[load], share) };
}

/**
 * A leg's time at a share of its distribution, for people: of new orders where kinds differ, of the quiet market where load
 * matters, of the rows where there are some, and of the fastest messages where the feed is as received.
 */
export function legQuantile(time: LegTimes | ReceivedFeed, leg: 'entry' | 'ack', share: number): Micros {
  if (typeof time === 'number') return micros(time);
  if (isByKind(time)) return legQuantile(time.add, leg, share);
  if ('received' in time) return micros(time.least);
  if ('quiet' in time) return quantileAt(time.quiet, share);
  if (!('recorded' in time)) return quantileAt(time, share);
  const times = time.recorded.map((row) => lengthOf(row, leg)).toSorted((a, b) => a - b);
  return micros(times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0);
}

/** Whether a leg takes its time by how busy the market is. */
export function dependsOnLoad(legs: LegTimes | ReceivedFeed): boolean {
  if (typeof legs !== 'object') return false;
  return isByKind(legs) ? Object.values(legs).some((leg) => dependsOnLoad(leg)) : 'quiet' in legs;
}

/** Whether the legs differ by kind of command. */
export function isByKind(legs: LegTimes | ReceivedFeed): legs is Exclude<LegTimes, LegTime> {
  return typeof legs === 'object' && 'add' in legs;
}

/**
 * Recorded round trips: linear between the row before the moment and the row after it, the nearest row's outside of them.
 * A command begins its journey at `sent`, its answer at `processed`.
 */
class RecordedTimes implements LegTimer {
  readonly isConstant = false;
  readonly #starts: Float64Array;
  readonly #lengths: Float64Array;

  constructor(rows: readonly LatencyRow[], leg: 'entry' | 'ack') {
    this.#starts = Float64Array.from(rows, (row) => (leg === 'entry' ? row.sent : row.processed));
    this.#lengths = Float64Array.from(rows, (row) => lengthOf(row, leg));
  }

  take(_share: number, _load: LoadBucket, at: Micros): Micros {
    const starts = this.#starts;
    const lengths = this.#lengths;
    let low = 0; // the first row that starts after the moment
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= at) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return micros(lengths[0]!);
    if (low === starts.length) return micros(lengths[low - 1]!);
    const from = starts[low - 1]!;
    const part = (at - from) / (starts[low]! - from);
    return micros(Math.round(lengths[low - 1]! + part * (lengths[low]! - lengths[low - 1]!)));
  }
}

function lengthOf({ sent, processed, answered }: LatencyRow, leg: 'entry' | 'ack'): number {
  return leg === 'entry' ? processed - sent : answered - processed;
}

function isTable(time: Exclude<LegTime, number>): time is Quantiles {
  return Array.isArray(time) && time.length === QUANTILE_LEVELS.length;
}
