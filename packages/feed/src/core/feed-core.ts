import { KrakenDecoder } from '@kb/kraken';
import type {
  AckMessage,
  FrameDecoder,
  HeartbeatMessage,
  MalformedMessage,
  PongMessage,
  StatusMessage,
  TickerMessage,
  UnknownMessage,
} from '@kb/kraken';
import { assertNever } from '@kb/model';
import type { BookView, Grid, Instrument, MarketEvent, MarketView, Micros, SystemStatus, TickerEvent } from '@kb/model';
import { isDepth } from './book-depths.ts';
import { BookGate } from './book-gate.ts';
import type { ResyncCause } from './book-gate.ts';
import { BookKeeper } from './book-keeper.ts';
import { DoubtedBooks } from './doubted-books.ts';
import { FeedError } from '../errors.ts';
import { EventOutlet } from './event-outlet.ts';
import type { CandlesInput, FeedInput, StateInput } from './feed-input.ts';
import { Level3Keeper } from './level3-keeper.ts';
import { MarketState } from '../market/market-state.ts';
import type { QueueRule } from './queue-rules.ts';
import { SymbolRegister } from './symbol-register.ts';
import { historySettings, NO_HISTORY_STATS, SymbolHistory } from '../market/symbol-history.ts';
import type { HistoryOptions, HistoryStats } from '../market/symbol-history.ts';
import { NO_BOOK_STATS, NO_TRADE_STATS } from '../market/symbol-state.ts';
import type { BookStats, TradeStats } from '../market/symbol-state.ts';
import type { TapeGap } from '../market/tape-gaps.ts';
import { TradeTape } from '../market/trade-tape.ts';
import { VenueCandles } from './venue-candles.ts';

/** Messages that say nothing about the market: the connection's owner may want them. */
export type ControlMessage =
  | AckMessage
  | HeartbeatMessage
  | MalformedMessage
  | PongMessage
  | StatusMessage
  | UnknownMessage;

export interface FeedCoreOptions extends HistoryOptions {
  /** Symbols to take, as Kraken v2 writes them. Left out: every symbol that turns up. */
  readonly symbols?: readonly string[];
  /**
   * Levels a side that were subscribed. A subscribe acknowledgement among the frames is believed before this. With
   * neither, the level count of a symbol's first snapshot is rounded up to 10, 25, 100, 500 or 1000.
   */
  readonly depth?: number;
  /** Reads the frames: WebSocket v2's unless told. `KrakenV1Decoder` reads old recordings; its snapshots need `acceptUnchecked`. */
  readonly decoder?: FrameDecoder;
  /** Known precisions by symbol, for recordings that neither carry the instrument channel nor keep trailing zeros. */
  readonly grids?: Readonly<Record<string, Grid>>;
  /**
   * Takes book messages that carry no checksum, and tells them as unverified: for sources that have none, such as REST and
   * imported files. A checksum that is there is compared all the same. False unless told.
   */
  readonly acceptUnchecked?: boolean;
  /**
   * In what order orders that a `level3` message adds at one price stand in their queue, see `L3Book`. `auto`, unless told: by
   * their timestamps until checksums say otherwise, which costs each symbol a new subscription.
   */
  readonly queueBy?: QueueRule | 'auto';
  /**
   * What makes a symbol live: a verified book, or its first ticker where no books are subscribed (those that come all the same
   * are then let go). `book` unless told.
   */
  readonly liveWith?: 'book' | 'ticker';
  /** Whether an `unverified` book is shown in `market` and told by `book` events (with `verified: false`). False unless told. */
  readonly allowUnverified?: boolean;
  /** Pairs known beforehand. No event is made for them. */
  readonly instruments?: readonly Instrument[];
  /** Gets every event, in order. The book in a `book` event is live: read it during the call. */
  readonly onEvent?: (event: MarketEvent) => void;
  /** A symbol was frozen and stays so until its next snapshot: ask the venue for one. */
  readonly onResync?: (symbol: string, cause: ResyncCause, detail: string) => void;
  /** A book in doubt (see the `doubt` input) was told a message. It is live: read it during the call. */
  readonly onDoubted?: (symbol: string, book: BookView) => void;
  /** Trades of a symbol are known to be missing: a `trades` input, or a `candles` input, can tell them later. */
  readonly onGap?: (symbol: string, gap: TapeGap) => void;
  /** Gets what is not market data, after it was taken into account. */
  readonly onControl?: (message: ControlMessage, recvTs: Micros) => void;
}

/**
 * Turns frames into verified market events. No socket, no timer, no clock: the same inputs give the same events.
 *
 * Each book message is applied, cut to depth, compared with the venue's CRC32 and checked for crossing. When anything is
 * wrong with it, that symbol is frozen in the same turn: its book leaves the market view, a `feed` event says so before
 * anything else happens, `onResync` is called, and updates are counted as skipped until a snapshot holds. Other symbols
 * go on. A symbol's book is one of levels or, from the `level3` channel, one of single orders, never both. A malformed frame that does not say which symbol it was about may have been about any: it freezes them all.
 *
 * A symbol whose checksum fails for ever can be put in doubt instead: see `DoubtInput` and `VerdictInput`.
 *
 * Trades come out one event each, without repeats, whatever state the book is in. What `onEvent` throws comes out of
 * `handle`; the rest of that frame's events are then lost, the state is not.
 */
export class FeedCore {
  readonly #decoder: FrameDecoder;
  readonly #state: MarketState;
  readonly #outlet: EventOutlet;
  readonly #symbols: SymbolRegister;
  readonly #gate: BookGate;
  readonly #doubted: DoubtedBooks;
  readonly #books: BookKeeper;
  readonly #level3: Level3Keeper;
  readonly #tape: TradeTape;
  readonly #venueCandles: VenueCandles;
  readonly #onControl: (message: ControlMessage, recvTs: Micros) => void;
  readonly #liveWith: 'book' | 'ticker';
  #frames = 0;
  #malformed = 0;
  #unknown = 0;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`. */
  constructor(options: FeedCoreOptions = {}) {
    const {
      symbols,
      depth,
      grids,
      instruments = [],
      onEvent = ignore,
      onResync = ignore,
      onDoubted = ignore,
      allowUnverified = false,
      onGap = ignore,
      onControl = ignore,
    } = options;
    const { settings, problems } = historySettings(options);
    if (depth !== undefined && !isDepth(depth)) problems.push(`depth: expected 1 to 1000 levels, was ${depth}`);
    if (problems.length > 0) throw new FeedError('KB_FEED_BAD_OPTIONS', problems.join('; '));
    this.#state = new MarketState(
      (symbol) => new SymbolHistory(symbol, settings, (candle) => this.#outlet.emitCandle(symbol, candle)),
      allowUnverified,
    );
    this.#decoder = options.decoder ?? new KrakenDecoder();
    this.#onControl = onControl;
    this.#liveWith = options.liveWith ?? 'book';
    this.#outlet = new EventOutlet(onEvent);
    this.#symbols = new SymbolRegister(this.#state, this.#outlet, symbols);
    this.#tape = new TradeTape(this.#symbols, this.#outlet, this.#decoder, onGap);
    this.#gate = new BookGate({
      symbols: this.#symbols,
      outlet: this.#outlet,
      acceptUnchecked: options.acceptUnchecked ?? false,
      onResync,
    });
    const shared = { symbols: this.#symbols, outlet: this.#outlet, gate: this.#gate };
    this.#doubted = new DoubtedBooks({ ...shared, allowUnverified, onDoubted });
    const keeping = {
      ...shared,
      depth,
      liveWith: this.#liveWith,
      gridOf: (symbol: string) => this.#decoder.gridOf(symbol),
    };
    this.#books = new BookKeeper({ ...keeping, doubted: this.#doubted });
    this.#level3 = new Level3Keeper({ ...keeping, queueBy: options.queueBy ?? 'auto' });
    this.#venueCandles = new VenueCandles(keeping);
    for (const [symbol, grid] of Object.entries(grids ?? {})) this.#decoder.setGrid(symbol, grid);
    for (const instrument of instruments) {
      this.#decoder.setGrid(instrument.symbol, instrument);
      const entry = this.#symbols.noteInstrument(instrument);
      if (entry !== undefined) entry.instrument = instrument;
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

  /** Candles of the venue of an interval that is not kept (see `candles`): let go. */
  get ignoredCandles(): number {
    return this.#venueCandles.ignored;
  }

  /** Candles of the venue that contradict themselves, and were not taken. */
  get refusedCandles(): number {
    return this.#venueCandles.refused;
  }

  /** A symbol's book while it is in doubt (see the `doubt` input): in `market` it is not to be seen, or not to be told from a good one. */
  doubtedBook(symbol: string): BookView | undefined {
    return this.#doubted.bookOf(symbol);
  }

  /** Counts of a symbol's book messages; live. */
  statsOf(symbol: string): BookStats {
    return this.#state.get(symbol)?.bookStats ?? NO_BOOK_STATS;
  }

  /** Counts of a symbol's trades; live. */
  tradeStatsOf(symbol: string): TradeStats {
    return this.#state.get(symbol)?.tradeStats ?? NO_TRADE_STATS;
  }

  /** How much of a symbol's past is kept and how well it is known, as plain data of this moment. */
  historyOf(symbol: string): HistoryStats {
    return this.#state.get(symbol)?.history.stats() ?? NO_HISTORY_STATS;
  }

  /** Venue times that were not believed, because they were too far ahead and no second one agreed. */
  get leaps(): number {
    return this.#outlet.clock.leaps;
  }

  /** From here on does as the option of that name says: for who learns only from the data what it is. */
  acceptUnchecked(): void {
    this.#gate.acceptUnchecked();
  }

  /**
   * Takes one input and hands on its events before it returns.
   * @throws FeedError `KB_FEED_BAD_INPUT` for a state input that says `live` or `unverified`.
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
      case 'trades':
        this.#outlet.now = input.recvTs;
        this.#tape.onRecovered(input);
        break;
      case 'candles':
        this.#onCandles(input);
        break;
      case 'doubt':
        this.#doubted.begin(input);
        break;
      case 'verdict':
        this.#outlet.now = input.recvTs;
        this.#doubted.judge(input);
        break;
      case 'system':
        if (input.system !== this.#state.system) this.#onSystem(input.system, input.recvTs);
        break;
      default:
        assertNever(input);
    }
  }

  #onFrame(frame: Uint8Array, recvTs: Micros): void {
    this.#frames += 1;
    this.#outlet.now = recvTs;
    const message = this.#decoder.decode(frame);
    switch (message.type) {
      case 'book':
        if (this.#liveWith === 'book') this.#books.onBook(message, this.#frames, recvTs);
        else this.#unknown += 1;
        break;
      case 'trade':
        this.#tape.onTrades(message, recvTs);
        break;
      case 'ticker':
        this.#onTicker(message, recvTs);
        break;
      case 'instrument':
        for (const instrument of message.instruments) this.#books.onInstrument(instrument, this.#frames, recvTs);
        break;
      case 'status':
        this.#onSystem(message.system, recvTs);
        this.#onControl(message, recvTs);
        break;
      case 'ack':
        this.#outlet.clock.note(message.timeOut, recvTs);
        this.#onAck(message, recvTs);
        this.#onControl(message, recvTs);
        break;
      case 'malformed':
        this.#malformed += 1;
        this.#books.onMalformed(message, this.#frames, recvTs);
        this.#onMalformed(message, recvTs);
        this.#onControl(message, recvTs);
        break;
      case 'unknown':
        this.#unknown += 1;
        this.#onControl(message, recvTs);
        break;
      case 'ohlc':
        this.#venueCandles.onOhlc(message, recvTs);
        break;
      case 'level3':
        if (this.#liveWith === 'book') this.#level3.onLevel3(message, this.#frames, recvTs);
        else this.#unknown += 1;
        break;
      case 'spread':
        this.#unknown += 1;
        break;
      case 'pong':
        this.#outlet.clock.note(message.timeOut, recvTs);
        this.#onControl(message, recvTs);
        break;
      case 'heartbeat':
        this.#onControl(message, recvTs);
        break;
      default:
        assertNever(message);
    }
  }

  #onTicker(message: TickerMessage, recvTs: Micros): void {
    const entry = this.#symbols.entryOf(message.symbol, recvTs);
    if (entry === undefined) return;
    const venueTs = this.#outlet.clock.note(message.venueTs, recvTs);
    const { state } = entry;
    if (this.#liveWith === 'ticker' && state !== 'live' && state !== 'broken' && state !== 'closed') {
      entry.state = 'live';
      this.#outlet.emitState(entry.symbol, 'live', 'snapshot', '', recvTs, venueTs);
    }
    const event: TickerEvent = {
      type: 'ticker',
      seq: this.#outlet.nextSeq(),
      venueTs,
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
    };
    entry.lastTicker = event;
    this.#outlet.emit(event);
  }

  #onSystem(system: SystemStatus, recvTs: Micros): void {
    this.#state.system = system;
    const outlet = this.#outlet;
    const venueTs = outlet.clock.at(recvTs);
    outlet.emit({ type: 'status', seq: outlet.nextSeq(), venueTs, recvTs, symbol: undefined, system });
  }

  #onAck(message: AckMessage, recvTs: Micros): void {
    const { symbol } = message;
    if (!message.success || symbol === undefined) return;
    if (message.channel === 'trade' && message.method === 'unsubscribe') {
      const entry = this.#symbols.known(symbol);
      if (entry !== undefined) this.#tape.onAway(entry, recvTs);
    }
    if (message.channel !== 'book' && message.channel !== 'level3') return;
    const entry = this.#symbols.entryOf(symbol, recvTs);
    if (entry === undefined) return;
    if (message.method === 'subscribe' && message.depth !== undefined && isDepth(message.depth)) {
      entry.ackedDepth = message.depth;
    } else if (message.method === 'unsubscribe' && this.#gate.isKept(entry)) {
      // From here on no update comes: what we hold grows old until the next snapshot.
      entry.state = 'subscribing';
      entry.doubt = undefined;
      this.#outlet.emitState(entry.symbol, 'subscribing', 'stop', 'unsubscribed', recvTs);
    }
  }

  /** A frame that cannot be read may have had trades in it, which the ids of the next ones show. */
  #onMalformed({ channel, symbol }: MalformedMessage, recvTs: Micros): void {
    if (channel === undefined || channel === 'ohlc') this.#venueCandles.forget(symbol);
    if (channel !== undefined && channel !== 'trade') return;
    for (const entry of this.#symbols.all()) {
      if (symbol === undefined || entry.symbol === symbol) this.#tape.onAway(entry, recvTs);
    }
  }

  #onState(input: StateInput): void {
    const { symbol, state, cause, detail, recvTs } = input;
    if (state === 'live' || state === 'unverified') {
      throw new FeedError(
        'KB_FEED_BAD_INPUT',
        `Expected any state but ${state}: only a verified snapshot makes a symbol live, only a verdict unverified`,
      );
    }
    if (symbol === undefined) {
      this.#symbols.setConnection(state);
      this.#venueCandles.forget(undefined);
      this.#outlet.now = recvTs;
      for (const entry of this.#symbols.all()) this.#tape.onAway(entry, recvTs);
    } else {
      const entry = this.#symbols.entryOf(symbol, recvTs);
      if (entry === undefined) return;
      entry.state = state;
      entry.doubt = undefined;
    }
    // Where a feed begins that was told of its past, time has passed since: what is decided on the gap is decided after it.
    const begins = symbol === undefined && state === 'connecting' && cause === 'start';
    const venueTs = begins ? this.#outlet.clock.resume(recvTs) : this.#outlet.clock.at(recvTs);
    this.#outlet.emitState(symbol, state, cause, detail, recvTs, venueTs);
  }

  /** Time passed: candles whose time is over close before the timer is told. */
  #onTick(recvTs: Micros): void {
    const outlet = this.#outlet;
    const venueTs = outlet.clock.tick(recvTs);
    outlet.now = recvTs;
    for (const entry of this.#symbols.all()) entry.history.advance(venueTs);
    this.#venueCandles.settle();
    outlet.emit({ type: 'timer', seq: outlet.nextSeq(), venueTs, recvTs, symbol: undefined });
  }

  #onCandles({ symbol, interval, candles, recvTs }: CandlesInput): void {
    this.#outlet.now = recvTs;
    const bars = candles.map((bar) => ({ ...bar, volume: BigInt(bar.volume), turnover: BigInt(bar.turnover) }));
    this.#symbols.known(symbol)?.history.takeVenueBars(interval, bars);
  }
}

function ignore(): void {}
