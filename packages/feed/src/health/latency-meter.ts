import { createHistogram } from 'node:perf_hooks';
import type { RecordableHistogram } from 'node:perf_hooks';
import { micros, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';

/** A distribution of times, in µs. All zero when nothing was recorded. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface LatencySummary {
  /** Of the last minute, to within ten seconds. */
  readonly minute: Percentiles;
  readonly total: Percentiles;
}

const SLOT = 10 * SECOND;
const SLOTS = 6;
/** The histogram counts from 1: a time of zero is recorded as this. */
const ZERO = 1;

/** Latencies since the start, and of the last minute. Recording one takes about 60 ns and allocates nothing. */
export class LatencyMeter {
  readonly #total: RecordableHistogram = createHistogram();
  readonly #slots: { slot: number; readonly histogram: RecordableHistogram }[] = Array.from({ length: SLOTS }, () => ({
    slot: -1,
    histogram: createHistogram(),
  }));

  record(latency: Micros, now: Micros): void {
    this.#total.record(latency + ZERO);
    const slot = Math.floor(now / SLOT);
    const current = this.#slots[slot % SLOTS];
    if (current === undefined) return;
    if (current.slot !== slot) {
      current.slot = slot;
      current.histogram.reset();
    }
    current.histogram.record(latency + ZERO);
  }

  summary(now: Micros): LatencySummary {
    const oldest = Math.floor(now / SLOT) - SLOTS + 1;
    const minute = createHistogram();
    for (const { slot, histogram } of this.#slots) if (slot >= oldest && histogram.count > 0) minute.add(histogram);
    return { minute: percentilesOf(minute), total: percentilesOf(this.#total) };
  }
}

/** Of a histogram into which every value went one greater. */
export function percentilesOf(histogram: RecordableHistogram): Percentiles {
  const { count } = histogram;
  const at = (percentile: number): number => (count === 0 ? 0 : histogram.percentile(percentile) - ZERO);
  return { count, p50: at(50), p90: at(90), p99: at(99), max: count === 0 ? 0 : histogram.max - ZERO };
}

/** Counts by second, of the last minute. */
export class RateMeter {
  readonly #counts = new Uint32Array(60);
  readonly #seconds = new Float64Array(60).fill(-1);
  #first: number | undefined = undefined;

  count(now: Micros): void {
    const second = Math.floor(now / SECOND);
    const place = second % 60;
    if (this.#seconds[place] !== second) {
      this.#seconds[place] = second;
      this.#counts[place] = 0;
    }
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#first ??= second;
  }

  /** In the last whole second, and on average over the last sixty (or as many as there were). */
  rates(now: Micros): { readonly second: number; readonly minute: number } {
    const current = Math.floor(now / SECOND);
    let sum = 0;
    for (let ago = 1; ago <= 59; ago += 1) sum += this.#at(current - ago);
    const spans = Math.min(59, current - (this.#first ?? current));
    return { second: this.#at(current - 1), minute: spans === 0 ? 0 : sum / spans };
  }

  #at(second: number): number {
    const place = ((second % 60) + 60) % 60;
    return this.#seconds[place] === second ? (this.#counts[place] ?? 0) : 0;
  }
}

/** How often something lasted how long, in µs. */
export interface DurationSummary {
  readonly count: number;
  readonly total: number;
  readonly longest: number;
  readonly last: number;
}

export const NO_DURATIONS: DurationSummary = { count: 0, total: 0, longest: 0, last: 0 };

export function withDuration(summary: DurationSummary, duration: Micros): DurationSummary {
  return {
    count: summary.count + 1,
    total: summary.total + duration,
    longest: Math.max(summary.longest, duration),
    last: duration,
  };
}

export function elapsed(from: Micros, to: Micros): Micros {
  return micros(Math.max(0, to - from));
}
