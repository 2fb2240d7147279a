import { micros } from '@kb/model';
import type { FeedCause, FeedState, Micros } from '@kb/model';
import type { BookStats, TradeStats } from '../market/symbol-state.ts';

/** A feed's health at one moment: plain data, safe to keep and to serialise. Durations are in microseconds. */
export interface FeedHealth {
  /** `live` when every symbol is; otherwise what the connection is at. */
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
  /** Round-trip times of application pings: the latest, and the median of the last 64. */
  readonly rttLast: Micros | undefined;
  readonly rttP50: Micros | undefined;
  /** Time since the last frame of this connection. */
  readonly lastFrameAge: Micros | undefined;
  readonly symbols: Readonly<Record<string, SymbolHealth>>;
}

export interface SymbolHealth {
  readonly state: FeedState;
  readonly book: BookStats;
  readonly trades: TradeStats;
  /** How often the book was subscribed anew on a connection. */
  readonly resyncs: number;
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

  onPong(reqId: number | undefined, now: Micros): void {
    const sent = reqId === undefined ? undefined : this.#open.get(reqId);
    if (reqId === undefined || sent === undefined) return;
    this.#open.delete(reqId);
    this.#last = micros(now - sent);
    this.#samples.push(this.#last);
    if (this.#samples.length > SAMPLES) this.#samples.shift();
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
