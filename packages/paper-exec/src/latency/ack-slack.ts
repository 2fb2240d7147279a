import type { Micros } from '@kb/model';
import { LatencyHistogram } from './latency-histogram.ts';

/**
 * How early results are known: the time at which matching knew one, minus the time at which its report is due. Above zero the
 * feed was slower than the latency that is configured, and the report came late.
 */
export interface AckSlackSummary {
  readonly reports: number;
  /** Share of reports that were known no later than they were due; 1 without reports. */
  readonly onTime: number;
  /** Quantiles in µs, below zero when in time; 0 without reports. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Share of reports that must be known in time for a latency to be believed. */
export const LEAST_ON_TIME = 0.99;

export class AckSlack {
  readonly #late = new LatencyHistogram();
  readonly #early = new LatencyHistogram();
  #least = 0;

  note(slack: number): void {
    if (slack > 0) this.#late.note(slack);
    else {
      if (this.#early.count === 0 || -slack < this.#least) this.#least = -slack;
      this.#early.note(-slack);
    }
  }

  get reports(): number {
    return this.#late.count + this.#early.count;
  }

  get late(): number {
    return this.#late.count;
  }

  /** By how much the latest of them was late; 0 when none was. */
  get worst(): Micros {
    return this.#late.max;
  }

  get isFasterThanFeed(): boolean {
    return this.late > (1 - LEAST_ON_TIME) * this.reports;
  }

  summary(): AckSlackSummary {
    const { reports, late } = this;
    return {
      reports,
      onTime: reports === 0 ? 1 : (reports - late) / reports,
      p50: this.#quantile(0.5),
      p90: this.#quantile(0.9),
      p99: this.#quantile(0.99),
      max: late > 0 ? this.#late.max : 0 - this.#least,
    };
  }

  #quantile(share: number): number {
    const { reports } = this;
    const early = this.#early.count;
    const rank = Math.max(1, Math.ceil(share * reports));
    if (reports === 0) return 0;
    if (rank > early) return this.#late.quantile((rank - early) / (reports - early));
    return 0 - this.#early.quantile((early - rank + 1) / early); // the earliest are the longest before
  }
}
