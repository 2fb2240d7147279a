import type { OhlcInterval } from '@kb/kraken';
import type { Micros, Side } from '@kb/model';

/** What a backfill asks of a venue's REST interface. `KrakenRest` is one. Both methods reject when the venue cannot be asked. */
export interface PastMarket {
  /**
   * Trades of a pair after a moment, the oldest first, as many as one answer holds.
   * @param options.since Nanoseconds, as text.
   */
  trades(symbol: string, options: { readonly since: string; readonly signal: AbortSignal }): Promise<PastTrades>;
  /**
   * Bars of a pair, the oldest first, the newest ones when there are more than one answer holds; the running one last.
   * @param options.interval Minutes.
   * @param options.since Only bars that began after it.
   */
  ohlc(
    symbol: string,
    options: { readonly interval: OhlcInterval; readonly since: Micros | undefined; readonly signal: AbortSignal },
  ): Promise<PastBars>;
}

/** Prices and amounts here are decimal text, as sent. */
export interface PastTrades {
  readonly trades: readonly PastTrade[];
  /** The next `since`: nanoseconds, as text. */
  readonly last: string;
}

export interface PastTrade {
  readonly tradeId: number;
  readonly venueTs: Micros;
  readonly price: string;
  readonly size: string;
  /** The taker's. */
  readonly side: Side;
}

export interface PastBars {
  readonly candles: readonly PastBar[];
}

export interface PastBar {
  readonly start: Micros;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly vwap: string;
  readonly volume: string;
  readonly trades: number;
  /** False for the one that is still running. */
  readonly closed: boolean;
}
