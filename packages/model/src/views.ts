import type { BookView } from './book.ts';
import type { Candle, PricePoint } from './candle.ts';
import type { Instrument } from './instrument.ts';
import type { FeedState, SystemStatus, TickerEvent, TradeEvent } from './market-event.ts';
import type { OrderRequest } from './intent.ts';
import type { Lots, Micros } from './units.ts';

/** A bounded run of values, oldest first, that moves on under your hands. */
export interface SeriesView<T> extends Iterable<T> {
  readonly length: number;
  /** From the oldest, counting from 0; below zero from the newest, which is -1. */
  at(index: number): T | undefined;
}

/** What is known of the market, live and read-only. */
export interface MarketView {
  readonly symbols: readonly string[];
  instrument(symbol: string): Instrument | undefined;
  /** `undefined` unless the symbol is `live`, or `unverified` where that was allowed. */
  book(symbol: string): BookView | undefined;
  lastTrade(symbol: string): TradeEvent | undefined;
  /** The latest trades that were handed on, as far as they are kept. */
  trades(symbol: string): SeriesView<TradeEvent>;
  /** The venue's own summary, as it was last told; `undefined` without the ticker channel. */
  ticker(symbol: string): TickerEvent | undefined;
  /** Best prices of the verified book, the latest of each step of time, as far as they are kept. */
  prices(symbol: string): SeriesView<PricePoint>;
  /** Closed candles of an interval, as far as they are kept; empty for an interval that is not built. */
  candles(symbol: string, interval: Micros): SeriesView<Candle>;
  /** The candle that is still forming; `undefined` before the first trade. */
  formingCandle(symbol: string, interval: Micros): Candle | undefined;
  state(symbol: string): FeedState;
  readonly system: SystemStatus;
}

/**
 * Where an own order is in its life: `pending` sent, no answer · `open` resting or working · `amending` and `cancelling`
 * asked, no answer · `unknown` not reconciled. An order that is done is not in the view.
 */
export type OwnOrderState = 'pending' | 'open' | 'amending' | 'cancelling' | 'unknown';

/** One of our own working orders, as we know it. */
export interface OwnOrder extends OrderRequest {
  readonly clientOrderId: string;
  readonly strategyId: string;
  readonly filled: Lots;
  readonly state: OwnOrderState;
  /** When we last sent something about it, on the clock of `StrategyView.now`. */
  readonly sentAt: Micros;
}

/** Fee rates as fractions in decimal text: `0.0025` is 0.25 %. */
export interface FeeRates {
  readonly maker: string;
  readonly taker: string;
}

/** What we own and have working, live and read-only. */
export interface AccountView {
  /** Lots of the symbol's base currency held, rounded down. */
  base(symbol: string): number;
  /** Signed lots gained or lost in the base currency since the start: what a maker counts as inventory. */
  position(symbol: string): number;
  /** Balance of an asset, as decimal text. */
  balance(asset: string): string;
  /** The strategy's own working orders on a symbol, oldest first. */
  openOrders(symbol: string): readonly OwnOrder[];
  fees(symbol: string): FeeRates;
}

/** All that a strategy sees. It cannot tell live from paper from backtest. */
export interface StrategyView {
  /** The venue's time of the event in hand: the only clock a strategy has. */
  readonly now: Micros;
  readonly market: MarketView;
  readonly account: AccountView;
}
