import type {
  BookChanges,
  Instrument,
  Level3Change,
  Level3Changes,
  Lots,
  Micros,
  Side,
  SystemStatus,
  Ticks,
} from '@kb/model';

/** One decoded WebSocket frame. Objects of type `book` are reused by the decoder: read them before the next `decode`. */
export type KrakenMessage =
  | BookMessage
  | TradeMessage
  | TickerMessage
  | OhlcMessage
  | Level3Message
  | SpreadMessage
  | InstrumentMessage
  | StatusMessage
  | HeartbeatMessage
  | AckMessage
  | PongMessage
  | UnknownMessage
  | MalformedMessage;

export interface BookMessage extends BookChanges {
  readonly type: 'book';
  readonly symbol: string;
  /** CRC32 as sent, unsigned; `undefined` when the frame had none. */
  readonly checksum: number | undefined;
  /** Absent in snapshots before 2026. */
  readonly venueTs: Micros | undefined;
}

export interface WireTrade {
  readonly symbol: string;
  readonly side: Side;
  readonly price: Ticks;
  readonly size: Lots;
  /** `limit` or `market`; another one as sent. */
  readonly orderType: string;
  /** Kraken's own, consecutive for each symbol. Trades of WebSocket v1 have none: its decoder numbers them from 1. */
  readonly tradeId: number;
  readonly venueTs: Micros;
}

export interface TradeMessage {
  readonly type: 'trade';
  readonly snapshot: boolean;
  readonly trades: readonly WireTrade[];
}

/** Rolling 24-hour figures keep their digits as sent; a number sent as a string is accepted. */
export interface TickerMessage {
  readonly type: 'ticker';
  readonly snapshot: boolean;
  readonly symbol: string;
  readonly bid: Ticks | undefined;
  readonly bidSize: Lots | undefined;
  readonly ask: Ticks | undefined;
  readonly askSize: Lots | undefined;
  readonly last: Ticks | undefined;
  readonly volume: string;
  readonly vwap: string;
  readonly low: string;
  readonly high: string;
  readonly change: string;
  readonly changePct: string;
  readonly venueTs: Micros | undefined;
}

/** A candle as the venue tells it, running or over: it never says which. A newer `start` of the same interval means over. */
export interface WireCandle {
  readonly symbol: string;
  readonly interval: Micros;
  readonly start: Micros;
  readonly open: Ticks;
  readonly high: Ticks;
  readonly low: Ticks;
  readonly close: Ticks;
  /** With its digits as sent. */
  readonly vwap: string;
  /** In lots; a day of a cheap coin goes beyond what `Lots` can hold. */
  readonly volume: bigint;
  readonly trades: number;
  /** When this was said: the time of the v2 frame; in v1 that of the candle's last change. */
  readonly venueTs: Micros | undefined;
}

export interface OhlcMessage {
  readonly type: 'ohlc';
  readonly snapshot: boolean;
  /** Oldest first. */
  readonly candles: readonly WireCandle[];
}

/** A change of one order; in snapshots each is an `add`, and those of a level stand in the order of their queue. */
export type WireOrder = Level3Change;

/** Single orders, fit for `L3Book.apply`. Made anew for each frame. */
export interface Level3Message extends Level3Changes {
  readonly type: 'level3';
  readonly symbol: string;
  /** CRC32 as sent, unsigned; `undefined` when the frame had none. */
  readonly checksum: number | undefined;
  /** Absent in snapshots. */
  readonly venueTs: Micros | undefined;
  readonly bids: readonly WireOrder[];
  readonly asks: readonly WireOrder[];
}

/** The best prices, which WebSocket v1 has a channel of its own for; `undefined` for a side without orders. */
export interface SpreadMessage {
  readonly type: 'spread';
  readonly symbol: string;
  readonly bid: Ticks | undefined;
  readonly bidSize: Lots | undefined;
  readonly ask: Ticks | undefined;
  readonly askSize: Lots | undefined;
  readonly venueTs: Micros;
}

export interface InstrumentMessage {
  readonly type: 'instrument';
  readonly snapshot: boolean;
  readonly instruments: readonly Instrument[];
  /** Pairs of the frame that could not be read (a status without a name here, too many decimals): what was known of them stands. */
  readonly skipped: readonly SkippedPair[];
}

export interface SkippedPair {
  readonly symbol: string | undefined;
  /** Byte offset in the frame. */
  readonly offset: number;
  readonly detail: string;
}

export interface StatusMessage {
  readonly type: 'status';
  readonly system: SystemStatus;
  readonly version: string;
  /** Exceeds 2^53: opaque text. */
  readonly connectionId: string;
}

export interface HeartbeatMessage {
  readonly type: 'heartbeat';
}

/** The answer to a request. Kraken sends one per symbol, all with the request's `req_id`. */
export interface AckMessage {
  readonly type: 'ack';
  /** `subscribe`, `unsubscribe`, …; may be missing in failures. */
  readonly method: string | undefined;
  readonly success: boolean;
  readonly reqId: number | undefined;
  readonly channel: string | undefined;
  readonly symbol: string | undefined;
  readonly depth: number | undefined;
  /** Of candles, in microseconds. */
  readonly interval: Micros | undefined;
  readonly error: string | undefined;
  readonly warnings: readonly string[];
  readonly timeIn: Micros | undefined;
  readonly timeOut: Micros | undefined;
}

export interface PongMessage {
  readonly type: 'pong';
  readonly reqId: number | undefined;
  readonly timeIn: Micros | undefined;
  readonly timeOut: Micros | undefined;
}

/** Well-formed JSON that this decoder has no name for: tolerated, counted by its reader. */
export interface UnknownMessage {
  readonly type: 'unknown';
  /** The channel or method it named, or `undefined`. */
  readonly channel: string | undefined;
}

/** Codes of what can be wrong with a frame. Adding one is a minor change, changing a meaning is a major one. */
export const DECODE_ERROR_CODES = [
  'KB_KRAKEN_BAD_JSON',
  'KB_KRAKEN_BAD_FIELD',
  'KB_KRAKEN_BAD_NUMBER',
  'KB_KRAKEN_OFF_GRID',
  'KB_KRAKEN_OUT_OF_RANGE',
  'KB_KRAKEN_UNKNOWN_PRECISION',
  'KB_KRAKEN_TOO_DEEP',
  'KB_KRAKEN_BAD_UTF8',
] as const;
export type DecodeErrorCode = (typeof DECODE_ERROR_CODES)[number];

/** The frame was refused whole: nothing of it may be applied. */
export interface MalformedMessage {
  readonly type: 'malformed';
  readonly code: DecodeErrorCode;
  /** Byte offset in the frame. */
  readonly offset: number;
  readonly detail: string;
  /** The channel and symbol, as far as they had been read. */
  readonly channel: string | undefined;
  readonly symbol: string | undefined;
}
