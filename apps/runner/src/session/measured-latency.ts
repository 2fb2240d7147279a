import { LatencyCalibrator, legQuantile } from '@kb/paper-exec';
import type { Latency } from '@kb/paper-exec';
import type { RoundTrip } from '@kb/feed';
import type { MarketEvent, Micros } from '@kb/model';

/** What a run's own connection took, for people: pings answered, and each leg's quantiles in microseconds. */
export interface MeasuredLatency {
  readonly pings: number;
  readonly feed: LegQuantiles;
  readonly entry: LegQuantiles;
  readonly ack: LegQuantiles;
}

export interface LegQuantiles {
  readonly p50: Micros;
  readonly p90: Micros;
  readonly p99: Micros;
}

/**
 * Measures the connection of a run while it runs, from its market data and its pings. What it finds decides nothing in that run, which
 * so stays what its journal says; the next run may take it as its latency.
 */
export class LatencyProbe {
  readonly #calibrator = new LatencyCalibrator();
  #pings = 0;

  onEvent(event: MarketEvent): void {
    this.#calibrator.onEvent(event);
  }

  onRoundTrip(trip: RoundTrip): void {
    this.#pings += 1;
    this.#calibrator.onPing(trip);
  }

  /** All that was found, as `--latency FILE` takes it; `undefined` before the twelfth answer of a venue that tells its times. */
  latency(): Latency | undefined {
    return this.#calibrator.latency();
  }

  summary(): MeasuredLatency | undefined {
    const latency = this.latency();
    if (latency === undefined) return undefined;
    const { feed, entry, ack } = latency;
    return { pings: this.#pings, feed: ofLeg(feed, 'entry'), entry: ofLeg(entry, 'entry'), ack: ofLeg(ack, 'ack') };
  }
}

function ofLeg(leg: Latency['feed'] | Latency['entry'], end: 'ack' | 'entry'): LegQuantiles {
  return { p50: legQuantile(leg, end, 0.5), p90: legQuantile(leg, end, 0.9), p99: legQuantile(leg, end, 0.99) };
}
