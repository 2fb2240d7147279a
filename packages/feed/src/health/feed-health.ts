import { micros } from '@kb/model';
import type { FeedCause, FeedState, Micros } from '@kb/model';
import type { DeltaStats } from '../delta/delta-records.ts';
import type { CrossCheckStats } from '../connection/cross-checks.ts';
import type { StatusPollStats } from '../connection/status-poll.ts';
import type { DurationSummary, LatencySummary } from './latency-meter.ts';
import type { Recovery } from './outage-log.ts';
import type { BookStats, TradeStats } from '../market/symbol-state.ts';

/** A feed's health at one moment: plain data, safe to keep and to serialise. Durations are in microseconds. */
export interface FeedHealth {
  /** `live` when every symbol is, `unverified` when the others are that; otherwise what the connection is at. */
  readonly state: FeedState;
  readonly url: string;
  /** Connection attempts started. */
  readonly connects: number;
  /** Connections lost or not made, by cause. */
  readonly reconnects: Readonly<Partial<Record<FeedCause, number>>>;
  readonly frames: number;
  readonly bytes: number;
  /** Frames refused whole. */
  readonly malformed: number;
  /** Frames that this version has no name for. */
  readonly unknown: number;
  /** Candles of the `ohlc` channel that were not taken: of intervals that are not kept, and such that contradict themselves. */
  readonly ignoredCandles: number;
  readonly refusedCandles: number;
  /** What became of asking another way for books whose checksum is in doubt, and for the venue's state. */
  readonly crossChecks: CrossCheckStats;
  readonly statusPolls: StatusPollStats;
  /** Round-trip times of application pings: the latest, and the median of the last 64. */
  readonly rttLast: Micros | undefined;
  readonly rttP50: Micros | undefined;
  /** Time since the last frame of this connection. */
  readonly lastFrameAge: Micros | undefined;
  /** Frames of any kind: in the last whole second, and on average over the last minute. */
  readonly framesPerSecond: { readonly second: number; readonly minute: number };
  /** Our clock minus the venue's, in µs, as pings tell it; `undefined` before the first answer. */
  readonly clockAhead: number | undefined;
  /** From the venue's time of a live message to its receipt, by the venue's clock; from the first ping's answer on. */
  readonly latency: Readonly<Record<'book' | 'trade', LatencySummary>>;
  /** Times from a loss of the connection (or of its freshness) to every symbol being live again, by what began them. */
  readonly outages: Readonly<Partial<Record<FeedCause, DurationSummary>>>;
  /** Whether we are behind the venue now, and how often we were. */
  readonly isLagging: boolean;
  readonly lags: number;
  /** What could not be had over REST, over all symbols. Left out where nothing is asked over REST. */
  readonly syncFailures?: SyncFailures;
  readonly symbols: Readonly<Record<string, SymbolHealth>>;
}

/** What a symbol lacks because REST did not tell it. */
export interface SyncFailures {
  /** Questions for the book that were not answered. */
  readonly crossChecks: number;
  /** Attempts to repair the tape or candles that have to be made again. */
  readonly backfills: number;
}

export interface SymbolHealth {
  readonly state: FeedState;
  readonly book: BookStats;
  readonly trades: TradeStats;
  /** How often the book was subscribed anew on a connection. */
  readonly resyncs: number;
  /** Intervals of the `ohlc` channel that the venue does not stream on this connection. */
  readonly candlesOff: readonly Micros[];
  /** Times from a fault of this symbol alone to its being live again, by what began them. */
  readonly recoveries: Readonly<Partial<Record<FeedCause, DurationSummary>>>;
  /** Time since the last book message that was told and the last trade, `undefined` before there was any. Old is not stale: markets are quiet. */
  readonly bookAge: Micros | undefined;
  readonly tradeAge: Micros | undefined;
  /** How much of the past is kept. */
  readonly history: {
    readonly trades: number;
    readonly prices: number;
    /** Closed candles by interval in µs. */
    readonly candles: Readonly<Record<string, number>>;
  };
  /** Sudden moves, what REST said of them, and how good a predictor was. Left out where moves are not checked. */
  readonly delta?: DeltaStats;
  /** Left out where nothing is asked over REST. */
  readonly syncFailures?: SyncFailures;
}

/** Something worth a line in a journal. */
export type HealthEvent =
  | Recovery
  | { readonly type: 'gap'; readonly at: Micros; readonly symbol: string; readonly missing: number }
  /** The venue does not stream candles of that interval on this connection, and why. */
  | {
      readonly type: 'candles-off';
      readonly at: Micros;
      readonly symbol: string;
      readonly interval: Micros;
      readonly detail: string;
    }
  | { readonly type: 'lag'; readonly at: Micros; readonly state: 'began' | 'over'; readonly detail: string }
  | { readonly type: 'snapshot'; readonly at: Micros; readonly health: FeedHealth };

/** A ping and its answer: our times, and the venue's where it says them. */
export interface RoundTrip {
  readonly sent: Micros;
  readonly received: Micros;
  readonly venueIn: Micros | undefined;
  readonly venueOut: Micros | undefined;
}

const SAMPLES = 64;
const MAX_OPEN_PINGS = 16;

/** Matches pongs to pings and keeps the latest round-trip times. */
export class RoundTrips {
  readonly #open = new Map<number, Micros>();
  readonly #samples: number[] = [];
  #last: Micros | undefined = undefined;

  onPing(reqId: number, now: Micros): void {
    this.#open.set(reqId, now);
    if (this.#open.size <= MAX_OPEN_PINGS) return;
    const [oldest] = this.#open.keys();
    if (oldest !== undefined) this.#open.delete(oldest);
  }

  /** @returns When the ping was sent that this answers, if it is known. */
  onPong(reqId: number | undefined, now: Micros): Micros | undefined {
    const sent = reqId === undefined ? undefined : this.#open.get(reqId);
    if (reqId === undefined || sent === undefined) return undefined;
    this.#open.delete(reqId);
    this.#last = micros(now - sent);
    this.#samples.push(this.#last);
    if (this.#samples.length > SAMPLES) this.#samples.shift();
    return sent;
  }

  /** The connection is gone: its pings are answered no more. */
  forget(): void {
    this.#open.clear();
  }

  get last(): Micros | undefined {
    return this.#last;
  }

  get median(): Micros | undefined {
    const sorted = this.#samples.toSorted((a, b) => a - b);
    const middle = sorted[(sorted.length - 1) >>> 1];
    return middle === undefined ? undefined : micros(middle);
  }
}
