import type { Micros, Side, SystemStatus } from '@kb/model';

/**
 * Results of the public methods. Prices and amounts are decimal text as sent (REST pads prices to five decimals and cuts depths to three,
 * whatever the pair has); times are whole microseconds; pairs are named as in v2.
 */

export interface ServerTime {
  /** Whole seconds. */
  readonly venueTs: Micros;
  /** The same for people, as sent. */
  readonly rfc1123: string;
}

export interface SystemStatusAnswer {
  readonly system: SystemStatus;
  readonly venueTs: Micros;
}

export interface AssetInfo {
  /** v2 name: `BTC`. */
  readonly asset: string;
  /** Legacy id: `XXBT`. */
  readonly id: string;
  /** `XBT` */
  readonly altname: string;
  readonly aclass: string;
  /** Decimals of amounts, and of amounts that are shown. */
  readonly decimals: number;
  readonly displayDecimals: number;
  readonly collateralValue: string | undefined;
  readonly marginRate: string | undefined;
  /** As sent: `enabled`, `deposit_only`, `withdrawal_only`, `funding_temporarily_disabled`. */
  readonly status: string | undefined;
}

/** One step of a fee schedule: the percentage from a 30-day volume on. */
export interface FeeStep {
  readonly volume: string;
  /** Percent, not a fraction; below zero where makers are paid. */
  readonly percent: string;
}

export interface AssetPair {
  /** v2 name: `BTC/USD`. The pair's id where there is no WebSocket name (dark pools): v2 does not know such pairs. */
  readonly symbol: string;
  /** Legacy id: `XXBTZUSD`. */
  readonly id: string;
  /** `XBTUSD` */
  readonly altname: string;
  /** Name on WebSocket v1: `XBT/USD`. */
  readonly wsname: string | undefined;
  /** Legacy ids of the currencies: `XXBT`, `ZUSD`. */
  readonly baseId: string;
  readonly quoteId: string;
  readonly aclassBase: string;
  readonly aclassQuote: string;
  /** Decimals of prices, quantities and costs. */
  readonly pairDecimals: number;
  readonly lotDecimals: number;
  readonly costDecimals: number | undefined;
  /** Deprecated by Kraken, always 1. */
  readonly lotMultiplier: number;
  /** Allowed ratios; empty without margin trading. */
  readonly leverageBuy: readonly number[];
  readonly leverageSell: readonly number[];
  /** Taker fees, and maker fees (empty where the taker's hold for both). */
  readonly fees: readonly FeeStep[];
  readonly feesMaker: readonly FeeStep[];
  readonly feeVolumeCurrency: string | undefined;
  /** Margin levels in percent. */
  readonly marginCall: number | undefined;
  readonly marginStop: number | undefined;
  /** Smallest quantity, smallest cost and price step; older answers lack them. */
  readonly orderMin: string | undefined;
  readonly costMin: string | undefined;
  readonly tickSize: string | undefined;
  /** As sent; missing in about an eighth of all rows. */
  readonly status: string | undefined;
  readonly executionVenue: string | undefined;
  /** In base currency; may exceed 2^32. */
  readonly longPositionLimit: string | undefined;
  readonly shortPositionLimit: string | undefined;
}

/** A figure of today, since 00:00 UTC, and of the last 24 hours. */
export interface TodayAndDay<Figure> {
  readonly today: Figure;
  readonly day: Figure;
}

export interface Ticker {
  readonly symbol: string;
  /** Best prices and what is there. */
  readonly ask: string;
  readonly askSize: string;
  readonly bid: string;
  readonly bidSize: string;
  /** The last trade. */
  readonly last: string;
  readonly lastSize: string;
  readonly volume: TodayAndDay<string>;
  readonly vwap: TodayAndDay<string>;
  readonly trades: TodayAndDay<number>;
  readonly low: TodayAndDay<string>;
  readonly high: TodayAndDay<string>;
  /** Price at 00:00 UTC. */
  readonly open: string;
}

/** A ticker, and when the answer with it arrived: it may come from the client's cache. */
export interface TimedTicker extends Ticker {
  readonly recvTs: Micros;
}

export interface OhlcRow {
  readonly start: Micros;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  /** Zero without trades. */
  readonly vwap: string;
  readonly volume: string;
  readonly trades: number;
  /** False for the candle that is still running. */
  readonly closed: boolean;
}

export interface OhlcAnswer {
  readonly symbol: string;
  /** At most 720, oldest first; the last one is running. */
  readonly candles: readonly OhlcRow[];
  /** Start of the newest candle that is closed: the next `since`. */
  readonly last: Micros;
}

export interface DepthLevel {
  readonly price: string;
  readonly size: string;
  /** When it got its size. */
  readonly venueTs: Micros;
}

export interface DepthAnswer {
  readonly symbol: string;
  /** Lowest first. */
  readonly asks: readonly DepthLevel[];
  /** Highest first. */
  readonly bids: readonly DepthLevel[];
}

export interface RestTrade {
  readonly price: string;
  readonly size: string;
  readonly venueTs: Micros;
  /** The taker's side. */
  readonly side: Side;
  readonly orderType: 'market' | 'limit';
  readonly misc: string;
  readonly tradeId: number;
}

export interface TradesAnswer {
  readonly symbol: string;
  /** Oldest first. */
  readonly trades: readonly RestTrade[];
  /** Nanoseconds, as text: the next `since`. */
  readonly last: string;
}

export interface SpreadPoint {
  readonly venueTs: Micros;
  readonly bid: string;
  readonly ask: string;
}

export interface SpreadAnswer {
  readonly symbol: string;
  /** About 200, oldest first. */
  readonly points: readonly SpreadPoint[];
  /** The next `since`. */
  readonly last: Micros;
}
