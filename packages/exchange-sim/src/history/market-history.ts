import type { Lots, Micros, Ticks } from '@kb/model';
import type { PrintedTrade } from '../wire/data-frames.ts';

/** Minutes of a candle, as Kraken offers them. */
export const CANDLE_INTERVALS = [1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600] as const;
export type CandleInterval = (typeof CANDLE_INTERVALS)[number];

/** Prices in ticks; `vwap` in ticks rounded down; `volume` in lots (held at 2^53 − 1). */
export interface Candle {
  readonly start: Micros;
  readonly open: Ticks;
  readonly high: Ticks;
  readonly low: Ticks;
  readonly close: Ticks;
  readonly vwap: Ticks;
  readonly volume: Lots;
  readonly trades: number;
  /** Of its latest trade. */
  readonly updatedAt: Micros;
}

export interface SpreadPoint {
  readonly at: Micros;
  readonly bid: Ticks;
  readonly bidSize: Lots;
  readonly ask: Ticks;
  readonly askSize: Lots;
}

/** Figures over a window: prices in ticks, volume in lots; `undefined` prices where nothing traded. */
export interface WindowFigures {
  readonly open: Ticks | undefined;
  readonly high: Ticks | undefined;
  readonly low: Ticks | undefined;
  readonly last: Ticks | undefined;
  readonly lastSize: Lots;
  readonly vwap: Ticks | undefined;
  readonly volume: Lots;
  readonly trades: number;
}

/** The past of one market as tickers, candles and REST tell it. Bounded, whatever the age of the market. */
export declare class MarketHistory {
  /** Adds the trades of one instant. */
  add(trades: readonly PrintedTrade[]): void;
  /** Notes the best prices after an instant; equal ones in a row count once. */
  top(point: SpreadPoint): void;
  /** Oldest first: the latest `count` trades, or those after a time (exclusive, µs) from the oldest on. Ring of 10,000. */
  trades(count: number, since?: Micros): readonly PrintedTrade[];
  readonly lastTrade: PrintedTrade | undefined;
  /** Oldest first, at most 720, the running one last; minutes without trades carry the last close with volume 0. */
  candles(interval: CandleInterval, at: Micros): readonly Candle[];
  /** The running candle of an interval; `undefined` before the first trade. */
  running(interval: CandleInterval): Candle | undefined;
  /** Oldest first, at most 200. */
  spreads(since?: Micros): readonly SpreadPoint[];
  /** The rolling 24 hours before `at`, in steps of a minute. */
  day(at: Micros): WindowFigures;
  /** Since 00:00 UTC. */
  today(at: Micros): WindowFigures;
}
