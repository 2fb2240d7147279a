import { KrakenDecoder } from '@kb/kraken';
import type {
  AckMessage,
  BookMessage,
  HeartbeatMessage,
  InstrumentMessage,
  MalformedMessage,
  PongMessage,
  StatusMessage,
  TickerMessage,
  TradeMessage,
  UnknownMessage,
  WireTrade,
} from '@kb/kraken';
import { assertNever } from '@kb/model';
import type { FeedCause, FeedState, Grid, Instrument, MarketEvent, MarketView, Micros, TradeEvent } from '@kb/model';
import { L2Book } from '@kb/orderbook';
import { FeedError } from './errors.ts';
import type { FeedInput, StateInput } from './feed-input.ts';
import { MarketState, VenueClock } from './market-state.ts';
import { NO_BOOK_STATS, NO_TRADE_STATS, sameGrid, sameInstrument } from './symbol-state.ts';
import type { BookStats, SymbolState, TradeStats } from './symbol-state.ts';

/** Messages that say nothing about the market: the connection's owner may want them. */
export type ControlMessage =
  | AckMessage
  | HeartbeatMessage
  | MalformedMessage
  | PongMessage
  | StatusMessage
  | UnknownMessage;

/** Why a symbol needs a new subscription. */
export type ResyncCause = 'checksum' | 'crossed' | 'malformed' | 'precision';

export interface FeedCoreOptions {
  /** Symbols to take, as Kraken v2 writes them. Left out: every symbol that turns up. */
  readonly symbols?: readonly string[];
  /**
   * Levels a side that were subscribed. A subscribe acknowledgement among the frames is believed before this. With
   * neither, the level count of a symbol's first snapshot is rounded up to 10, 25, 100, 500 or 1000.
   */
  readonly depth?: number;
  /** Known precisions by symbol, for recordings that neither carry the instrument channel nor keep trailing zeros. */
  readonly grids?: Readonly<Record<string, Grid>>;
  /** Pairs known beforehand. No event is made for them. */
  readonly instruments?: readonly Instrument[];
  /** Gets every event, in order. The book in a `book` event is live: read it during the call. */
  readonly onEvent?: (event: MarketEvent) => void;
  /** A symbol was frozen and stays so until its next snapshot: ask the venue for one. */
  readonly onResync?: (symbol: string, cause: ResyncCause, detail: string) => void;
  /** Gets what is not market data, after it was taken into account. */
  readonly onControl?: (message: ControlMessage, recvTs: Micros) => void;
}

/**
 * Turns frames into verified market events. No socket, no timer, no clock: the same inputs give the same events.
 *
 * Each book message is applied, cut to depth, compared with the venue's CRC32 and checked for crossing. When anything is
 * wrong with it, that symbol is frozen in the same turn: its book leaves the market view, a `feed` event says so before
 * anything else happens, `onResync` is called, and updates are counted as skipped until a snapshot holds. Other symbols
 * go on. A malformed frame that does not say which symbol it was about may have been about any: it freezes them all.
 *
 * Trades come out one event each, without repeats, whatever state the book is in. What `onEvent` throws comes out of
 * `handle`; the rest of that frame's events are then lost, the state is not.
 */
export class FeedCore {
  readonly #decoder = new KrakenDecoder();
  readonly #state = new MarketState();
  readonly #clock = new VenueClock();
  readonly #onEvent: (event: MarketEvent) => void;
  readonly #onResync: (symbol: string, cause: ResyncCause, detail: string) => void;
  readonly #onControl: (message: ControlMessage, recvTs: Micros) => void;
  readonly #takesAll: boolean;
  readonly #depth: number | undefined;
  /** Every pair heard of, where every symbol is taken: one may turn up after its instrument did. */
  readonly #instruments = new Map<string, Instrument>();

  #frames = 0;
  #malformed = 0;
  #unknown = 0;
  #seq = 0;
  #connection: FeedState = 'connecting';

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`. */
  constructor(options: FeedCoreOptions = {}) {
    const { symbols, depth, grids, instruments = [] } = options;
    if (depth !== undefined && !isDepth(depth)) {
      throw new FeedError('KB_FEED_BAD_OPTIONS', `Expected a depth of 1 to 1000 levels, was ${depth}`);
    }
    this.#onEvent = options.onEvent ?? ignore;
    this.#onResync = options.onResync ?? ignore;
    this.#onControl = options.onControl ?? ignore;
    this.#takesAll = symbols === undefined;
    this.#depth = depth;
    for (const symbol of symbols ?? []) {
      if (this.#state.get(symbol) === undefined) this.#state.add(symbol, 'connecting');
    }
    for (const [symbol, grid] of Object.entries(grids ?? {})) this.#decoder.setGrid(symbol, grid);
    for (const instrument of instruments) {
      this.#decoder.setGrid(instrument.symbol, instrument);
      const entry = this.#state.get(instrument.symbol);
      if (entry !== undefined) entry.instrument = instrument;
      if (this.#takesAll) this.#instruments.set(instrument.symbol, instrument);
    }
  }

  /** What is known of the market, live and read-only. */
  get market(): MarketView {
    return this.#state;
  }

  /** Frames received, of any kind. */
  get frames(): number {
    return this.#frames;
  }

  /** Frames that were refused whole because something was wrong with them. */
  get malformed(): number {
    return this.#malformed;
  }

  /** Frames in good order that this version has no name for. */
  get unknown(): number {
    return this.#unknown;
  }

  /** Counts of a symbol's book messages; live. */
  statsOf(symbol: string): BookStats {
    return this.#state.get(symbol)?.bookStats ?? NO_BOOK_STATS;
  }

  /** Counts of a symbol's trades; live. */
  tradeStatsOf(symbol: string): TradeStats {
    return this.#state.get(symbol)?.tradeStats ?? NO_TRADE_STATS;
  }

  /**
   * Takes one input and hands on its events before it returns.
   * @throws FeedError `KB_FEED_BAD_INPUT` for a state input that says `live`.
   */
  handle(input: FeedInput): void {
    switch (input.type) {
      case 'frame':
        this.#onFrame(input.frame, input.recvTs);
        break;
      case 'state':
        this.#onState(input);
        break;
      case 'tick':
        this.#onTick(input.recvTs);
        break;
      default:
        assertNever(input);
    }
  }

  #onFrame(frame: Uint8Array, recvTs: Micros): void {
    this.#frames += 1;
    const message = this.#decoder.decode(frame);
    switch (message.type) {
      case 'book':
        this.#onBook(message, recvTs);
        break;
      case 'trade':
        this.#onTrades(message, recvTs);
        break;
      case 'ticker':
        this.#onTicker(message, recvTs);
        break;
      case 'instrument':
        this.#onInstruments(message, recvTs);
        break;
      case 'status':
        this.#state.system = message.system;
        this.#onEvent({
          type: 'status',
          seq: this.#nextSeq(),
          venueTs: this.#clock.at(recvTs),
          recvTs,
          symbol: undefined,
          system: message.system,
        });
        this.#onControl(message, recvTs);
        break;
      case 'ack':
        this.#onAck(message, recvTs);
        this.#onControl(message, recvTs);
        break;
      case 'malformed':
        this.#malformed += 1;
        this.#onMalformed(message, recvTs);
        this.#onControl(message, recvTs);
        break;
      case 'unknown':
        this.#unknown += 1;
        this.#onControl(message, recvTs);
        break;
      case 'heartbeat':
      case 'pong':
        this.#onControl(message, recvTs);
        break;
      default:
        assertNever(message);
    }
  }

  #onBook(message: BookMessage, recvTs: Micros): void {
    const entry = this.#entryOf(message.symbol, recvTs);
    if (entry === undefined) return;
    const stats = entry.bookStats;
    const { snapshot } = message;
    const { state } = entry;
    if (snapshot ? state === 'broken' || state === 'closed' : state !== 'live') {
      stats.skipped += 1;
      return;
    }
    if (snapshot) {
      stats.snapshots += 1;
      entry.book = this.#bookFor(entry, message);
    } else {
      stats.updates += 1;
    }
    const { book } = entry;
    if (book === undefined) throw new TypeError(`${entry.symbol} is live without a book`); // our own invariant

    book.apply(message);
    const checksum = book.checksum();
    if (checksum !== message.checksum) {
      stats.checksumFailed += 1;
      const sent = message.checksum === undefined ? 'none was sent' : `expected ${message.checksum} as sent`;
      this.#freeze(entry, 'checksum', `frame ${this.#frames}: ${sent}, got ${checksum}`, recvTs);
      return;
    }
    stats.checksumOk += 1;
    if (book.isCrossed()) {
      stats.crossed += 1;
      const detail = `frame ${this.#frames}: best bid ${book.bestBid()} against best ask ${book.bestAsk()} ticks`;
      this.#freeze(entry, 'crossed', detail, recvTs);
      return;
    }
    const venueTs = this.#clock.note(message.venueTs, recvTs);
    if (state !== 'live') {
      entry.state = 'live';
      this.#emitFeed(entry.symbol, 'live', 'snapshot', '', venueTs, recvTs);
    }
    this.#onEvent({
      type: 'book',
      seq: this.#nextSeq(),
      venueTs,
      recvTs,
      symbol: entry.symbol,
      book,
      changes: message,
      snapshot,
      verified: true,
    });
  }

  /** The book that a snapshot goes into: the one there is, unless its precision or depth no longer fits. */
  #bookFor(entry: SymbolState, snapshot: BookMessage): L2Book {
    const grid = this.#decoder.gridOf(entry.symbol);
    if (grid === undefined) throw new TypeError(`${entry.symbol} was decoded without a precision`); // our own invariant
    const { book } = entry;
    const depth =
      entry.ackedDepth ?? this.#depth ?? book?.depth ?? depthFor(Math.max(snapshot.bidCount, snapshot.askCount));
    return book !== undefined && book.depth === depth && sameGrid(book, grid)
      ? book
      : new L2Book(entry.symbol, { pricePrecision: grid.pricePrecision, qtyPrecision: grid.qtyPrecision }, depth);
  }

  #onTrades(message: TradeMessage, recvTs: Micros): void {
    const trades = message.snapshot ? inIdOrder(message.trades) : message.trades;
    for (const trade of trades) {
      const entry = this.#entryOf(trade.symbol, recvTs);
      if (entry === undefined) continue;
      const stats = entry.tradeStats;
      const last = entry.lastTradeId;
      if (last !== undefined && trade.tradeId <= last) {
        stats.duplicates += 1;
        continue;
      }
      if (last !== undefined && trade.tradeId > last + 1) {
        stats.gaps += 1;
        stats.missing += trade.tradeId - last - 1;
      }
      stats.trades += 1;
      entry.lastTradeId = trade.tradeId;
      this.#clock.note(trade.venueTs, recvTs);
      const event: TradeEvent = {
        type: 'trade',
        seq: this.#nextSeq(),
        venueTs: trade.venueTs,
        recvTs,
        symbol: entry.symbol,
        tradeId: trade.tradeId,
        price: trade.price,
        size: trade.size,
        taker: trade.side,
        historical: message.snapshot,
      };
      entry.lastTrade = event;
      this.#onEvent(event);
    }
  }

  #onTicker(message: TickerMessage, recvTs: Micros): void {
    const entry = this.#entryOf(message.symbol, recvTs);
    if (entry === undefined) return;
    this.#onEvent({
      type: 'ticker',
      seq: this.#nextSeq(),
      venueTs: this.#clock.note(message.venueTs, recvTs),
      recvTs,
      symbol: entry.symbol,
      bid: message.bid,
      bidSize: message.bidSize,
      ask: message.ask,
      askSize: message.askSize,
      last: message.last,
      volume: message.volume,
      vwap: message.vwap,
      low: message.low,
      high: message.high,
      change: message.change,
      changePct: message.changePct,
    });
  }

  #onInstruments(message: InstrumentMessage, recvTs: Micros): void {
    for (const instrument of message.instruments) {
      if (this.#takesAll) this.#instruments.set(instrument.symbol, instrument);
      const entry = this.#state.get(instrument.symbol);
      if (entry !== undefined) this.#setInstrument(entry, instrument, recvTs);
    }
  }

  /** Pair rules and book change in one step: nobody sees ticks of one precision beside rules of another. */
  #setInstrument(entry: SymbolState, instrument: Instrument, recvTs: Micros): void {
    const { instrument: before, book } = entry;
    if (before !== undefined && sameInstrument(before, instrument)) return;
    const known = before ?? book;
    const rescaled = known !== undefined && !sameGrid(known, instrument);
    entry.instrument = instrument;
    if (rescaled) {
      entry.lastTrade = undefined;
      if (book !== undefined) {
        entry.book = undefined;
        const detail =
          `frame ${this.#frames}: decimals of price and size were ${book.pricePrecision} and ${book.qtyPrecision}, ` +
          `now ${instrument.pricePrecision} and ${instrument.qtyPrecision}`;
        if (entry.state !== 'broken' && entry.state !== 'closed') this.#freeze(entry, 'precision', detail, recvTs);
      }
    }
    this.#emitInstrument(entry.symbol, instrument, recvTs);
  }

  #onAck(message: AckMessage, recvTs: Micros): void {
    const { symbol } = message;
    if (!message.success || message.channel !== 'book' || symbol === undefined) return;
    const entry = this.#entryOf(symbol, recvTs);
    if (entry === undefined) return;
    if (message.method === 'subscribe' && message.depth !== undefined && isDepth(message.depth)) {
      entry.ackedDepth = message.depth;
    } else if (message.method === 'unsubscribe' && entry.state === 'live') {
      // From here on no update comes: what we hold grows old until the next snapshot.
      entry.state = 'subscribing';
      this.#emitFeed(entry.symbol, 'subscribing', 'stop', 'unsubscribed', this.#clock.at(recvTs), recvTs);
    }
  }

  #onMalformed(message: MalformedMessage, recvTs: Micros): void {
    if (message.channel !== undefined && message.channel !== 'book') return;
    const detail = `frame ${this.#frames}: ${message.code} at byte ${message.offset}: ${message.detail}`;
    if (message.symbol === undefined) {
      for (const entry of this.#state.all()) {
        if (entry.state === 'live') this.#freeze(entry, 'malformed', detail, recvTs);
      }
      return;
    }
    const entry = this.#state.get(message.symbol);
    if (entry === undefined) return;
    if (message.code === 'KB_KRAKEN_UNKNOWN_PRECISION' || entry.state === 'broken' || entry.state === 'closed') {
      entry.bookStats.skipped += 1; // an update before any snapshot cannot even be read
      return;
    }
    this.#freeze(entry, 'malformed', detail, recvTs);
  }

  #onState(input: StateInput): void {
    const { symbol, state, cause, detail, recvTs } = input;
    if (state === 'live') {
      throw new FeedError(
        'KB_FEED_BAD_INPUT',
        'Expected any state but live: only a verified snapshot makes a symbol live',
      );
    }
    if (symbol === undefined) {
      this.#connection = state;
      for (const entry of this.#state.all()) entry.state = state;
    } else {
      const entry = this.#entryOf(symbol, recvTs);
      if (entry === undefined) return;
      entry.state = state;
    }
    this.#emitFeed(symbol, state, cause, detail, this.#clock.at(recvTs), recvTs);
  }

  #onTick(recvTs: Micros): void {
    const venueTs = this.#clock.tick(recvTs);
    this.#onEvent({ type: 'timer', seq: this.#nextSeq(), venueTs, recvTs, symbol: undefined });
  }

  /** The order matters: nobody may see the book between the fault and the news of it. */
  #freeze(entry: SymbolState, cause: ResyncCause, detail: string, recvTs: Micros): void {
    entry.state = 'resyncing';
    this.#emitFeed(entry.symbol, 'resyncing', cause, detail, this.#clock.at(recvTs), recvTs);
    this.#onResync(entry.symbol, cause, detail);
  }

  #entryOf(symbol: string, recvTs: Micros): SymbolState | undefined {
    const entry = this.#state.get(symbol);
    if (entry !== undefined || !this.#takesAll) return entry;
    const added = this.#state.add(symbol, this.#connection);
    const instrument = this.#instruments.get(symbol);
    if (instrument !== undefined) {
      added.instrument = instrument;
      this.#emitInstrument(symbol, instrument, recvTs);
    }
    return added;
  }

  #emitInstrument(symbol: string, instrument: Instrument, recvTs: Micros): void {
    this.#onEvent({
      type: 'instrument',
      seq: this.#nextSeq(),
      venueTs: this.#clock.at(recvTs),
      recvTs,
      symbol,
      instrument,
    });
  }

  #emitFeed(
    symbol: string | undefined,
    state: FeedState,
    cause: FeedCause,
    detail: string,
    venueTs: Micros,
    recvTs: Micros,
  ): void {
    this.#onEvent({ type: 'feed', seq: this.#nextSeq(), venueTs, recvTs, symbol, state, cause, detail });
  }

  #nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }
}

/** Depths that Kraken offers. */
export const BOOK_DEPTHS: readonly number[] = [10, 25, 100, 500, 1000];

const DEEPEST = 1000;

/** The smallest depth on offer that holds so many levels a side. */
function depthFor(levels: number): number {
  return BOOK_DEPTHS.find((depth) => depth >= levels) ?? DEEPEST;
}

function isDepth(depth: number): boolean {
  return Number.isInteger(depth) && depth >= 1 && depth <= DEEPEST;
}

/** The order of trades in a snapshot is not documented; sweeps and candles need the oldest first. */
function inIdOrder(trades: readonly WireTrade[]): readonly WireTrade[] {
  return trades.toSorted((a, b) => a.tradeId - b.tradeId);
}

function ignore(): void {}
