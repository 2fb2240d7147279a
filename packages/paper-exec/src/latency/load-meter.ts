// oxlint-disable typescript/no-non-null-assertion -- hot path: the ring's bounds prove every index
import { micros } from '@kb/model';
import type { MarketEvent, Micros } from '@kb/model';

/** How busy the market is: times on the way and events come in clusters, and in the same ones. */
export type LoadBucket = 'quiet' | 'busy' | 'burst';

export const LOAD_BUCKETS: readonly LoadBucket[] = ['quiet', 'busy', 'burst'];

/** What counts as busy. */
export interface LoadThresholds {
  /** How far back events are counted. */
  readonly window: number;
  /** Busy from this many events in the window on. */
  readonly busyFrom: number;
  /** A burst from this many on; more than `busyFrom`. */
  readonly burstFrom: number;
}

/** 100 events a second are busy, 500 are a burst. An assumption: a pair's own quantiles say better. */
export const DEFAULT_LOAD: LoadThresholds = { window: 100_000, busyFrom: 10, burstFrom: 50 };

/**
 * Counts events of the last 100 ms, as far as it matters: it keeps the times of as many as make a burst, so that the time of
 * the event that many ago tells. Constant cost, no allocation.
 */
export class LoadMeter {
  readonly #thresholds: LoadThresholds;
  readonly #times: Float64Array;
  #next = 0;
  #latest = Number.NEGATIVE_INFINITY;

  constructor(thresholds: LoadThresholds = DEFAULT_LOAD) {
    this.#thresholds = thresholds;
    this.#times = new Float64Array(thresholds.burstFrom).fill(Number.NEGATIVE_INFINITY);
  }

  /** Takes note of a message of the market: of what the venue sends when something happens, not of mere time. */
  onEvent({ type, venueTs }: MarketEvent): void {
    if (type === 'book' || type === 'trade' || type === 'level3') this.note(venueTs);
  }

  /** Takes note of an event. Times of other channels may run behind; they count as now. */
  note(at: Micros): void {
    if (at > this.#latest) this.#latest = at;
    this.#times[this.#next] = this.#latest;
    this.#next += 1;
    if (this.#next === this.#times.length) this.#next = 0;
  }

  /** The load when the time is `at`, or at the latest event when that is later. An event exactly one window ago is out. */
  bucket(at: Micros = micros(0)): LoadBucket {
    const { window, busyFrom, burstFrom } = this.#thresholds;
    const after = Math.max(at, this.#latest) - window;
    if (this.#ago(burstFrom) > after) return 'burst';
    return this.#ago(busyFrom) > after ? 'busy' : 'quiet';
  }

  /** Time of the event `count` ago, 1 the latest. */
  #ago(count: number): number {
    const { length } = this.#times;
    return this.#times[(this.#next - count + length) % length]!;
  }
}
