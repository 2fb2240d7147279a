import type { FeedState, MarketView } from '@kb/model';
import type { BookStats, TradeStats } from '../market/symbol-state.ts';

/**
 * Where market events come from: sockets (`KrakenSpotFeed`), REST polling (`RestPollingFeed`), the old sockets' lighter channels
 * (`KrakenV1Feed`), or a local exchange, which is `KrakenSpotFeed` with another URL or `dial`. A recording (`ReplayFeed`) hands on the same events, but is run instead of started.
 *
 * All hand the same events to the `onEvent` of their options and follow the same states, so that what listens cannot tell which
 * one it has, but for `verified` of book events.
 */
export interface MarketSource {
  /** What is known of the market, live and read-only. */
  readonly market: MarketView;
  /** Begins; a second call does nothing. Before it there are no events. */
  start(): void;
  /** Resolves once every symbol is live. Rejects when the source ends or is refused before. */
  ready(): Promise<void>;
  /** Ends: no event comes after the `closed` one. Closing twice is fine. */
  close(): Promise<void>;
  health(): SourceHealth;
  statsOf(symbol: string): BookStats;
  tradeStatsOf(symbol: string): TradeStats;
}

/** What every source can say of itself; each has more. */
export interface SourceHealth {
  readonly state: FeedState;
  /** Where the data comes from: an address or a path. */
  readonly url: string;
  readonly frames: number;
}
