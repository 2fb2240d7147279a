import { micros } from '@kb/model';
import type { FeedState, Grid, Instrument, Micros, TickerEvent, TradeEvent } from '@kb/model';
import type { L2Book, L3Book } from '@kb/orderbook';
import type { SymbolHistory } from './symbol-history.ts';

/** What became of a symbol's book messages. Every one received is in exactly one of `snapshots`, `updates`, `skipped`. */
export interface BookStats {
  /** Snapshots applied, whether they held or not. */
  readonly snapshots: number;
  /** Updates applied, whether they held or not. */
  readonly updates: number;
  /** Messages after which the venue's checksum held. */
  readonly checksumOk: number;
  /** Messages after which it did not, or that carried none. */
  readonly checksumFailed: number;
  /** Messages without a checksum that were taken all the same, where that is allowed. */
  readonly unchecked: number;
  /** Messages whose checksum held on a book that was crossed or locked. */
  readonly crossed: number;
  /** Messages not applied: no snapshot yet, or frozen until the next one, or about orders where there is a book of levels, or the reverse. */
  readonly skipped: number;
  /** Changes of single orders that did not fit the book: of an order that was not there, or a new one that was. */
  readonly misfits: number;
}

/** What became of a symbol's trades. */
export interface TradeStats {
  /** Trades handed on. */
  readonly trades: number;
  /** Trades dropped because they had been handed on: the id not above the last one, nor the time later. */
  readonly duplicates: number;
  /** Jumps in the sequence of trade ids; one back to lower ids at a later time means that the venue numbers anew. */
  readonly gaps: number;
  /** Trade ids that the jumps forward left out. */
  readonly missing: number;
  /** Missing trades that were told later, by the stream or by another way. */
  readonly recovered: number;
}

export const NO_BOOK_STATS: BookStats = {
  snapshots: 0,
  updates: 0,
  checksumOk: 0,
  checksumFailed: 0,
  unchecked: 0,
  crossed: 0,
  skipped: 0,
  misfits: 0,
};

export const NO_TRADE_STATS: TradeStats = { trades: 0, duplicates: 0, gaps: 0, missing: 0, recovered: 0 };

type Counting<T> = { -readonly [Key in keyof T]: T[Key] };

/** All that is known of one symbol. */
export class SymbolState {
  readonly symbol: string;
  state: FeedState;
  /** While the venue's checksums may be wrong: how many in a row have held since. The book then goes on without them. */
  doubt: { held: number } | undefined;
  /** Made by the first snapshot; usable only while `state` is `live`, or `unverified` where that is allowed. */
  book: L2Book | undefined;
  /** The same of single orders: there is one of the two. */
  orders: L3Book | undefined;
  /** What the venue acknowledged, once it has. */
  ackedDepth: number | undefined;
  instrument: Instrument | undefined;
  lastTrade: TradeEvent | undefined;
  lastTradeId: number | undefined;
  /** Venue time of that trade. */
  lastTradeTs: Micros;
  lastTicker: TickerEvent | undefined;
  readonly history: SymbolHistory;
  readonly bookStats: Counting<BookStats>;
  readonly tradeStats: Counting<TradeStats>;

  constructor(symbol: string, state: FeedState, history: SymbolHistory) {
    this.symbol = symbol;
    this.state = state;
    this.doubt = undefined;
    this.book = undefined;
    this.orders = undefined;
    this.ackedDepth = undefined;
    this.instrument = undefined;
    this.lastTrade = undefined;
    this.lastTradeId = undefined;
    this.lastTradeTs = micros(0);
    this.lastTicker = undefined;
    this.history = history;
    this.bookStats = { ...NO_BOOK_STATS };
    this.tradeStats = { ...NO_TRADE_STATS };
  }
}

export function sameGrid(a: Grid, b: Grid): boolean {
  return a.pricePrecision === b.pricePrecision && a.qtyPrecision === b.qtyPrecision;
}

export function sameInstrument(a: Instrument, b: Instrument): boolean {
  return (
    sameGrid(a, b) &&
    a.base === b.base &&
    a.quote === b.quote &&
    a.status === b.status &&
    a.tickSize === b.tickSize &&
    a.lotSize === b.lotSize &&
    a.minQty === b.minQty &&
    a.minCost === b.minCost &&
    a.costPrecision === b.costPrecision
  );
}
