import { encodeV1Ping, KrakenV1Decoder, symbolOfV1 } from '@kb/kraken';
import type { FeedCause, FeedState, Grid, Instrument, MarketEvent, MarketView, Micros } from '@kb/model';
import { ConnectionLoop } from '../connection/connection-loop.ts';
import { V1Subscriptions } from '../connection/v1-subscriptions.ts';
import { FeedCore } from '../core/feed-core.ts';
import type { ControlMessage } from '../core/feed-core.ts';
import { InputQueue } from '../core/input-queue.ts';
import { FeedError } from '../errors.ts';
import { RoundTrips } from '../health/feed-health.ts';
import type { HistoryOptions } from '../market/symbol-history.ts';
import type { BookStats, TradeStats } from '../market/symbol-state.ts';
import { feedSettings } from './feed-options.ts';
import type { FeedSettings, KrakenSpotFeedOptions } from './feed-options.ts';
import type { MarketSource, SourceHealth } from './market-source.ts';
import { ReadyWaiters } from './ready-waiters.ts';

/** Those of `KrakenSpotFeed` that have a meaning without books. `symbols` are written as v2 does (`BTC/USD`), on the wire they are v1's. */
type SharedOptions = Pick<
  KrakenSpotFeedOptions,
  | 'ackTimeout'
  | 'backoff'
  | 'connectBudget'
  | 'connectTimeout'
  | 'dial'
  | 'frameDeadline'
  | 'giveUpAfter'
  | 'healthyAfter'
  | 'onEvent'
  | 'onFatal'
  | 'onInput'
  | 'onWire'
  | 'pingEvery'
  | 'scheduler'
  | 'seed'
  | 'symbols'
  | 'tickEvery'
>;

export interface KrakenV1FeedOptions extends HistoryOptions, SharedOptions {
  /** `wss://ws.kraken.com` unless told. */
  readonly url?: string;
  /**
   * Pairs known beforehand: ticks and lots are then counted in their decimals. v1 tells no pairs; without this they are counted in
   * the decimals that its frames show, which are more than v2's (see `gridOf`).
   */
  readonly instruments?: readonly Instrument[];
}

export interface KrakenV1Health extends SourceHealth {
  readonly connects: number;
  readonly reconnects: Readonly<Partial<Record<FeedCause, number>>>;
  readonly malformed: number;
  readonly unknown: number;
  /** Of pings on this and earlier connections; `undefined` before the first answer. */
  readonly rttLast: Micros | undefined;
  readonly rttP50: Micros | undefined;
  /** `undefined` without a connection. */
  readonly lastFrameAge: Micros | undefined;
  readonly symbols: Readonly<Record<string, FeedState>>;
}

const URL_V1 = 'wss://ws.kraken.com';

/**
 * Best prices, 24-hour figures and trades of Kraken's WebSocket v1: a lighter source than `KrakenSpotFeed`, and an independent one.
 *
 * It has no books: a symbol is live from its first ticker on a connection. v1 numbers no trades, so those that pass while it is away are
 * missed without a gap in their ids; they are counted from 1 for each symbol. Silence, lost connections and refusals are told and
 * mended as `KrakenSpotFeed` does.
 */
export class KrakenV1Feed implements MarketSource {
  readonly #options: KrakenV1FeedOptions;
  readonly #settings: FeedSettings;
  readonly #decoder = new KrakenV1Decoder();
  readonly #core: FeedCore;
  readonly #inputs: InputQueue;
  readonly #loop: ConnectionLoop;
  readonly #subscriptions: V1Subscriptions;
  readonly #waiters: ReadyWaiters;
  readonly #roundTrips = new RoundTrips();
  #closing: Promise<void> | undefined = undefined;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`, naming every problem at once. */
  constructor(options: KrakenV1FeedOptions) {
    const settings = v1Settings(options);
    const { symbols } = settings;
    this.#options = options;
    this.#settings = settings;
    this.#waiters = new ReadyWaiters(() => symbols.every((symbol) => this.#isLive(symbol)));
    this.#core = new FeedCore({
      ...options,
      symbols,
      decoder: this.#decoder,
      acceptUnchecked: true,
      liveWith: 'ticker',
      onEvent: (event) => this.#emit(event),
      // The next ticker mends what one that could not be read broke.
      onResync: () => undefined,
      onControl: (message, recvTs) => this.#onControl(message, recvTs),
    });
    this.#inputs = new InputQueue(this.#core, options.onInput);
    this.#loop = new ConnectionLoop(settings, {
      onFrame: (frame, recvTs) => this.#inputs.put({ type: 'frame', recvTs, frame }),
      onWire: (recvTs, dir, raw) => options.onWire?.(recvTs, dir, raw),
      onPing: (reqId, now) => this.#roundTrips.onPing(reqId, now),
      pingText: encodeV1Ping,
      onState: (state, cause, detail) => this.#tell(undefined, state, cause, detail),
      onTick: (recvTs) => this.#inputs.put({ type: 'tick', recvTs }),
      onUp: () => {
        this.#waiters.forgetRefusals();
        this.#subscriptions.start();
      },
      onDown: () => {
        this.#subscriptions.stop();
        this.#roundTrips.forget();
      },
      onGaveUp: (error) => {
        this.#closing ??= this.#end('disconnect', error.message, error);
        options.onFatal?.(error);
      },
    });
    this.#subscriptions = new V1Subscriptions(
      {
        send: (text) => this.#loop.send(text),
        nextReqId: () => this.#loop.nextReqId(),
        onState: (symbol, state, cause, detail) => {
          this.#tell(symbol, state, cause, detail);
          if (state === 'broken' && cause === 'refused') this.#waiters.onRefusal(symbol, detail);
        },
      },
      settings,
    );
  }

  /** What is known of the market, live and read-only. There is no book in it. */
  get market(): MarketView {
    return this.#core.market;
  }

  /** The decimals that a symbol's ticks and lots count; `undefined` before a frame, or an instrument of the options, has told them. */
  gridOf(symbol: string): Grid | undefined {
    return this.#decoder.gridOf(symbol);
  }

  /** All zero: there are no books. */
  statsOf(symbol: string): BookStats {
    return this.#core.statsOf(symbol);
  }

  /** Counts of a symbol's trades; live. */
  tradeStatsOf(symbol: string): TradeStats {
    return this.#core.tradeStatsOf(symbol);
  }

  /**
   * Begins to connect; a second call does nothing.
   * @throws FeedError `KB_FEED_CLOSED` after `close()`, `KB_FEED_UNREACHABLE` after the feed gave up.
   */
  start(): void {
    this.#waiters.throwIfEnded();
    this.#loop.start();
  }

  /**
   * Resolves once every symbol is live.
   * @throws FeedError `KB_FEED_REFUSED` when the venue refuses a symbol (the others go on), `KB_FEED_UNREACHABLE` when the
   *   feed gives up, `KB_FEED_CLOSED` when it is closed before.
   */
  ready(): Promise<void> {
    return this.#waiters.wait();
  }

  /** Ends the feed: no event comes after the `closed` one. Resolves when the socket is gone; calling it again is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#end('stop', 'closed', new FeedError('KB_FEED_CLOSED', 'The feed is closed'));
    return this.#closing;
  }

  health(): KrakenV1Health {
    const { symbols, url } = this.#settings;
    return {
      state: this.#state(),
      url,
      frames: this.#core.frames,
      connects: this.#loop.connects,
      reconnects: this.#loop.reconnects,
      malformed: this.#core.malformed,
      unknown: this.#core.unknown,
      rttLast: this.#roundTrips.last,
      rttP50: this.#roundTrips.median,
      lastFrameAge: this.#loop.lastFrameAge,
      symbols: Object.fromEntries(symbols.map((symbol) => [symbol, this.#core.market.state(symbol)])),
    };
  }

  #state(): FeedState {
    if (this.#loop.isEnded) return 'closed';
    if (this.#settings.symbols.every((symbol) => this.#isLive(symbol))) return 'live';
    return this.#loop.isUp ? 'subscribing' : 'connecting';
  }

  #emit(event: MarketEvent): void {
    this.#options.onEvent?.(event);
    if (event.type === 'feed' && event.state === 'live') this.#waiters.settle();
  }

  /** @param symbol `undefined`: the connection, and with it every symbol. */
  #tell(symbol: string | undefined, state: FeedState, cause: FeedCause, detail: string): void {
    this.#inputs.put({ type: 'state', recvTs: this.#settings.scheduler.now(), symbol, state, cause, detail });
  }

  #onControl(message: ControlMessage, recvTs: Micros): void {
    switch (message.type) {
      case 'status':
        this.#loop.greet();
        break;
      case 'ack':
        this.#subscriptions.onAck(message);
        break;
      case 'pong':
        this.#roundTrips.onPong(message.reqId, recvTs);
        break;
      case 'unknown':
        if (message.channel === 'status') this.#loop.greet(); // a system state that we have no name for
        break;
      case 'heartbeat':
      case 'malformed':
        break; // counted by the core
    }
  }

  #isLive(symbol: string): boolean {
    return this.#core.market.state(symbol) === 'live';
  }

  #end(cause: FeedCause, detail: string, error: FeedError): Promise<void> {
    this.#subscriptions.stop();
    const gone = this.#loop.end();
    this.#tell(undefined, 'closed', cause, detail);
    this.#waiters.end(error);
    return gone;
  }
}

/** @throws FeedError `KB_FEED_BAD_OPTIONS`, naming every problem at once. */
function v1Settings(options: KrakenV1FeedOptions): FeedSettings {
  const problems = options.symbols
    .filter((symbol) => symbolOfV1(symbol) !== symbol)
    .map((symbol) => `symbols: expected ${symbolOfV1(symbol)} as v2 writes it, was ${JSON.stringify(symbol)}`);
  try {
    const settings = feedSettings({ ...options, url: options.url ?? URL_V1 });
    if (problems.length === 0) return settings;
  } catch (error) {
    if (!(error instanceof FeedError)) throw error;
    problems.unshift(error.message);
  }
  throw new FeedError('KB_FEED_BAD_OPTIONS', problems.join('; '));
}
