import type { FeedCause, FeedState, Lots, Micros, Side, SystemStatus, Ticks } from '@kb/model';

/**
 * Everything from outside that a `FeedCore` acts on. The same inputs in the same order give the same events, so a list of
 * them is a complete record of what a feed saw.
 */
export type FeedInput =
  | CandlesInput
  | DoubtInput
  | FrameInput
  | StateInput
  | SystemInput
  | TickInput
  | TradesInput
  | VerdictInput;

/** A frame from the venue, as received. */
export interface FrameInput {
  readonly type: 'frame';
  readonly recvTs: Micros;
  readonly frame: Uint8Array;
}

/** What the connection's owner knows and the frames do not say. `live` is never an input: only a verified snapshot makes it. */
export interface StateInput {
  readonly type: 'state';
  readonly recvTs: Micros;
  /** `undefined`: the connection, and with it every symbol. */
  readonly symbol: string | undefined;
  readonly state: FeedState;
  readonly cause: FeedCause;
  readonly detail: string;
}

/** Time passed. */
export interface TickInput {
  readonly type: 'tick';
  readonly recvTs: Micros;
}

/** A symbol that was just frozen because of its checksum, for whatever time in a row: the checksum itself may be wrong. */
export interface DoubtInput {
  readonly type: 'doubt';
  readonly recvTs: Micros;
  readonly symbol: string;
  readonly detail: string;
}

/** What another way than the stream says of a book in doubt. */
export interface VerdictInput {
  readonly type: 'verdict';
  readonly recvTs: Micros;
  readonly symbol: string;
  /** Whether its book is ours. */
  readonly agrees: boolean;
  readonly detail: string;
}

/** What the venue says of itself by another way than the stream. */
export interface SystemInput {
  readonly type: 'system';
  readonly recvTs: Micros;
  readonly system: SystemStatus;
}

/** A trade that did not come by the stream. */
export interface RecoveredTrade {
  readonly tradeId: number;
  readonly venueTs: Micros;
  readonly price: Ticks;
  readonly size: Lots;
  readonly taker: Side;
}

/** What the venue tells over REST of a symbol's past trades. */
export interface TradesInput {
  readonly type: 'trades';
  readonly recvTs: Micros;
  readonly symbol: string;
  /** All that traded from one moment of venue time to another, both included. */
  readonly from: Micros;
  readonly to: Micros;
  /** By ascending id. Only those that were missing are taken. */
  readonly trades: readonly RecoveredTrade[];
}

/** The venue's own bars of spans that are over. */
export interface CandlesInput {
  readonly type: 'candles';
  readonly recvTs: Micros;
  readonly symbol: string;
  readonly interval: Micros;
  /** By ascending start. */
  readonly candles: readonly BackfillCandle[];
}

/** One of the venue's bars, in text where a number would not hold it, so that a journal can keep it as it is. */
export interface BackfillCandle {
  readonly start: Micros;
  readonly open: Ticks;
  readonly high: Ticks;
  readonly low: Ticks;
  readonly close: Ticks;
  /** Lots, a whole number in text. */
  readonly volume: string;
  /** VWAP × volume, in the steps of `Candle.turnover`, a whole number in text. The venue rounds its VWAP, so this is near, not exact. */
  readonly turnover: string;
  readonly trades: number;
}
