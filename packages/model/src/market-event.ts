import type { BookChanges, BookView, Level3Changes, Level3View } from './book.ts';
import type { Candle } from './candle.ts';
import type { Instrument } from './instrument.ts';
import type { Side } from './side.ts';
import type { Lots, Micros, Ticks } from './units.ts';

/** One fact about the market, in the order it was handled. `seq` counts up by one over all events of a source. */
export type MarketEvent =
  | BookEvent
  | Level3Event
  | TradeEvent
  | TickerEvent
  | CandleEvent
  | InstrumentEvent
  | StatusEvent
  | FeedEvent
  | TimerEvent;

interface EventBase {
  readonly seq: number;
  /** The exchange's clock. For events that carry no venue time: the latest venue time seen before them. */
  readonly venueTs: Micros;
  /** Our clock, when the frame arrived. Serves staleness and latency statistics only. */
  readonly recvTs: Micros;
}

/** The book of a symbol changed. */
export interface BookEvent extends EventBase {
  readonly type: 'book';
  readonly symbol: string;
  /** The book after the message; live, valid only during the call. */
  readonly book: BookView;
  /** What the message said; valid only during the call. */
  readonly changes: BookChanges;
  readonly snapshot: boolean;
  /** True when the venue's checksum was compared and held. */
  readonly verified: boolean;
}

/** The orders of a symbol changed. Only a feed that was asked for level 3 tells it, beside `book` events or instead of them. */
export interface Level3Event extends EventBase {
  readonly type: 'level3';
  readonly symbol: string;
  /** The orders after the message; live, valid only during the call. */
  readonly book: Level3View;
  /** What the message said; valid only during the call. */
  readonly changes: Level3Changes;
  readonly snapshot: boolean;
  /** True when the venue's checksum, which covers the order of the queues, was compared and held. */
  readonly verified: boolean;
}

/** One print on the public tape. */
export interface TradeEvent extends EventBase {
  readonly type: 'trade';
  readonly symbol: string;
  /** Sequential per symbol on Kraken v2. */
  readonly tradeId: number;
  readonly price: Ticks;
  readonly size: Lots;
  /** The side of the order that crossed the spread. */
  readonly taker: Side;
  /** True for trades of the subscription snapshot: they happened before we listened. */
  readonly historical: boolean;
}

/** The venue's own summary of a symbol. Rolling 24-hour figures are decimal text. */
export interface TickerEvent extends EventBase {
  readonly type: 'ticker';
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
}

/** A candle, forming or closed. A closed one that changes afterwards is told again with a higher `revision`. */
export interface CandleEvent extends EventBase, Candle {
  readonly type: 'candle';
  readonly symbol: string;
}

/** A pair's rules became known or changed. */
export interface InstrumentEvent extends EventBase {
  readonly type: 'instrument';
  readonly symbol: string;
  readonly instrument: Instrument;
}

/** What the whole exchange allows now. Source: Kraken WebSocket v2, channel `status`. */
export type SystemStatus = 'online' | 'cancel_only' | 'maintenance' | 'post_only';

export interface StatusEvent extends EventBase {
  readonly type: 'status';
  readonly symbol: undefined;
  readonly system: SystemStatus;
}

/**
 * How far a symbol's data (or, with no symbol, the whole source) can be used.
 *
 * `connecting` no socket yet · `subscribing` socket up, no snapshot yet · `live` verified and current · `stale` silent for
 * too long · `resyncing` frozen after a fault, waiting for a snapshot · `unverified` the venue's checksums do not hold, but its
 * book as told by another way is the one that we have · `broken` gave up on the symbol · `closed` ended.
 * Only `live` may be traded on, and `unverified` by those who allowed it: `MarketView.book` then has a book, and else none.
 */
export type FeedState =
  | 'connecting'
  | 'subscribing'
  | 'live'
  | 'stale'
  | 'resyncing'
  | 'unverified'
  | 'broken'
  | 'closed';

/** Why the state changed. */
export type FeedCause =
  | 'start'
  | 'connected'
  | 'snapshot'
  | 'checksum'
  | 'crossed'
  | 'malformed'
  | 'refused'
  | 'silence'
  | 'lagging'
  | 'disconnect'
  | 'oversize'
  | 'precision'
  | 'cross-check'
  | 'end-of-data'
  | 'stop';

export interface FeedEvent extends EventBase {
  readonly type: 'feed';
  /** `undefined`: the connection as a whole. */
  readonly symbol: string | undefined;
  readonly state: FeedState;
  readonly cause: FeedCause;
  /** For people: codes, offsets, checksums. */
  readonly detail: string;
}

/** Time passed. Its source makes it at a fixed cadence so that quiet markets still move time on. */
export interface TimerEvent extends EventBase {
  readonly type: 'timer';
  readonly symbol: undefined;
}
