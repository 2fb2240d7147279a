import type { FeedCause, FeedEvent, Micros } from '@kb/model';
import { elapsed, NO_DURATIONS, withDuration } from './latency-meter.ts';
import type { DurationSummary } from './latency-meter.ts';

/** A time without usable data that is over. */
export type Recovery = RecoveryBase &
  (
    | { readonly type: 'resync'; readonly symbol: string }
    /** The connection, and with it every symbol: until the last of them was live again. */
    | { readonly type: 'outage' }
  );

interface RecoveryBase {
  readonly at: Micros;
  /** What began it. */
  readonly cause: FeedCause;
  readonly detail: string;
  readonly duration: Micros;
}

interface Trouble {
  readonly since: Micros;
  readonly cause: FeedCause;
  readonly detail: string;
}

/** Reads from a feed's states how long what was away. The way to being live for the first time is not an outage. */
export class OutageLog {
  readonly #onRecovery: (recovery: Recovery) => void;
  readonly #symbols: readonly string[];
  readonly #live = new Set<string>();
  /** Given up, or as good as the venue makes them: no outage waits for them. */
  readonly #broken = new Set<string>();
  readonly #resyncing = new Map<string, Trouble>();
  #outage: Trouble | undefined = undefined;
  readonly #outages = new Map<FeedCause, DurationSummary>();
  readonly #resyncs = new Map<string, Map<FeedCause, DurationSummary>>();

  constructor(symbols: readonly string[], onRecovery: (recovery: Recovery) => void) {
    this.#symbols = symbols;
    this.#onRecovery = onRecovery;
  }

  onState({ symbol, state, cause, detail, recvTs }: FeedEvent): void {
    if (symbol === undefined) this.#onConnection(state === 'closed', { since: recvTs, cause, detail });
    else if (state === 'live') this.#onLive(symbol, recvTs);
    else {
      this.#onAway(symbol, { since: recvTs, cause, detail });
      if (state === 'broken' || state === 'unverified') {
        this.#broken.add(symbol);
        this.#endOutage(recvTs);
      }
    }
  }

  /** Durations of outages by what began them. */
  get outages(): Readonly<Partial<Record<FeedCause, DurationSummary>>> {
    return Object.fromEntries(this.#outages);
  }

  /** Durations of a symbol's resyncs by what began them. */
  resyncsOf(symbol: string): Readonly<Partial<Record<FeedCause, DurationSummary>>> {
    return Object.fromEntries(this.#resyncs.get(symbol) ?? []);
  }

  #onConnection(isOver: boolean, trouble: Trouble): void {
    // What follows the first of an outage's states belongs to it.
    if (this.#live.size > 0 && !isOver) this.#outage ??= trouble;
    this.#live.clear();
    this.#broken.clear();
    this.#resyncing.clear();
  }

  #onAway(symbol: string, trouble: Trouble): void {
    if (this.#live.delete(symbol)) this.#resyncing.set(symbol, trouble);
  }

  #onLive(symbol: string, at: Micros): void {
    this.#live.add(symbol);
    this.#broken.delete(symbol);
    const resync = this.#resyncing.get(symbol);
    if (resync !== undefined) {
      this.#resyncing.delete(symbol);
      const { since, cause, detail } = resync;
      const duration = elapsed(since, at);
      const byCause = this.#resyncs.get(symbol) ?? new Map<FeedCause, DurationSummary>();
      this.#resyncs.set(symbol, byCause);
      byCause.set(cause, withDuration(byCause.get(cause) ?? NO_DURATIONS, duration));
      this.#onRecovery({ type: 'resync', symbol, at, cause, detail, duration });
    }
    this.#endOutage(at);
  }

  /** An outage is over when no symbol is waited for any more. */
  #endOutage(at: Micros): void {
    const outage = this.#outage;
    if (outage === undefined || !this.#symbols.every((each) => this.#live.has(each) || this.#broken.has(each))) return;
    this.#outage = undefined;
    const duration = elapsed(outage.since, at);
    this.#outages.set(outage.cause, withDuration(this.#outages.get(outage.cause) ?? NO_DURATIONS, duration));
    this.#onRecovery({ type: 'outage', at, cause: outage.cause, detail: outage.detail, duration });
  }
}
