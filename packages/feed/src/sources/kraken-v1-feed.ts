import { encodeV1Ping, KrakenV1Decoder, symbolOfV1 } from '@kb/kraken';
import { KeyedRandom, micros } from '@kb/model';
import type { CancelTask, FeedCause, FeedState, Grid, Instrument, MarketEvent, MarketView, Micros } from '@kb/model';
import { Backoff } from '../connection/backoff.ts';
import { ConnectBudget } from '../connection/connect-budget.ts';
import { Connection } from '../connection/connection.ts';
import type { ConnectionHost } from '../connection/connection.ts';
import { seconds } from '../connection/duration-text.ts';
import { V1Subscriptions } from '../connection/v1-subscriptions.ts';
import { FeedCore } from '../core/feed-core.ts';
import type { ControlMessage } from '../core/feed-core.ts';
import type { FeedInput } from '../core/feed-input.ts';
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
/** As for v2. */
const MAX_REQ_ID = 2 ** 31 - 1;

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
  readonly #host: ConnectionHost;
  readonly #subscriptions: V1Subscriptions;
  readonly #backoff: Backoff;
  readonly #budget: ConnectBudget;
  readonly #waiters: ReadyWaiters;
  readonly #roundTrips = new RoundTrips();

  #phase: 'closed' | 'new' | 'started' = 'new';
  #connection: Connection | undefined = undefined;
  #cancelWait: CancelTask | undefined = undefined;
  #cancelTick: CancelTask | undefined = undefined;
  #cancelGiveUp: CancelTask | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;

  readonly #pending: FeedInput[] = [];
  #handling = false;
  readonly #reconnects: Partial<Record<FeedCause, number>> = {};
  #lastReqId = 0;
  #connects = 0;
  /** Why the last connection was lost or never made. */
  #lastLoss: string | undefined = undefined;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`, naming every problem at once. */
  constructor(options: KrakenV1FeedOptions) {
    const settings = v1Settings(options);
    const { symbols, seed } = settings;
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
    this.#host = {
      onFrame: (frame, recvTs) => this.#input({ type: 'frame', recvTs, frame }),
      onWire: (recvTs, dir, raw) => options.onWire?.(recvTs, dir, raw),
      onPing: (reqId, now) => this.#roundTrips.onPing(reqId, now),
      onLost: (cause, detail, atLeast) => this.#onLost(cause, detail, atLeast),
      nextReqId: () => this.#nextReqId(),
      pingText: encodeV1Ping,
    };
    this.#subscriptions = new V1Subscriptions(
      {
        send: (text) => this.#connection?.send(text),
        nextReqId: () => this.#nextReqId(),
        onState: (symbol, state, cause, detail) => this.#onSymbolState(symbol, state, cause, detail),
      },
      settings,
    );
    this.#backoff = new Backoff(settings.backoff, new KeyedRandom(seed, 'feed.connect'));
    this.#budget = new ConnectBudget(settings.connectBudget);
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
    if (this.#phase !== 'new') return;
    this.#phase = 'started';
    this.#armTick();
    this.#armGiveUp();
    this.#announce('connecting', 'start', this.#settings.url);
    if (!this.#isClosed()) this.#connect();
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
    const { symbols, scheduler, url } = this.#settings;
    const last = this.#connection?.lastFrameAt;
    return {
      state: this.#state(),
      url,
      frames: this.#core.frames,
      connects: this.#connects,
      reconnects: { ...this.#reconnects },
      malformed: this.#core.malformed,
      unknown: this.#core.unknown,
      rttLast: this.#roundTrips.last,
      rttP50: this.#roundTrips.median,
      lastFrameAge: last === undefined ? undefined : micros(scheduler.now() - last),
      symbols: Object.fromEntries(symbols.map((symbol) => [symbol, this.#core.market.state(symbol)])),
    };
  }

  #state(): FeedState {
    if (this.#isClosed()) return 'closed';
    if (this.#settings.symbols.every((symbol) => this.#isLive(symbol))) return 'live';
    return this.#connection?.isUp === true ? 'subscribing' : 'connecting';
  }

  #connect(): void {
    const { scheduler, connectBudget } = this.#settings;
    const wait = this.#budget.wait(scheduler.now());
    if (wait > 0) {
      const used = `${connectBudget.connects} connects in ${seconds(connectBudget.per)} used up`;
      this.#cancelWait = scheduler.after(wait, () => this.#connect());
      this.#announce('connecting', 'refused', `connection budget: ${used}; next attempt in ${seconds(wait)}`);
      return;
    }
    this.#budget.take(scheduler.now());
    this.#connects += 1;
    this.#connection = new Connection(this.#settings, this.#host);
    this.#connection.open();
  }

  /** The venue said hello: the connection can be used. */
  #onGreeting(): void {
    if (this.#connection?.greet() !== true) return;
    this.#cancelGiveUp?.();
    this.#cancelGiveUp = undefined;
    this.#waiters.forgetRefusals();
    this.#announce('subscribing', 'connected', this.#settings.url);
    this.#subscriptions.start();
  }

  #onLost(cause: FeedCause, detail: string, atLeast: Micros): void {
    const { scheduler, healthyAfter } = this.#settings;
    const upFor = this.#connection?.upFor ?? 0;
    this.#connection = undefined;
    this.#subscriptions.stop();
    this.#roundTrips.forget();
    this.#reconnects[cause] = (this.#reconnects[cause] ?? 0) + 1;
    this.#lastLoss = detail;
    if (!this.#isClosed() && cause === 'silence' && upFor > 0) this.#announce('stale', cause, detail);
    if (this.#isClosed()) return; // by whoever heard of it

    if (upFor >= healthyAfter) this.#backoff.reset();
    const delay = micros(Math.max(this.#backoff.next(), atLeast));
    this.#cancelWait = scheduler.after(delay, () => this.#connect());
    this.#armGiveUp();
    this.#announce('connecting', cause, `${detail}; next attempt in ${seconds(delay)}`);
  }

  #armTick(): void {
    const { scheduler, tickEvery } = this.#settings;
    this.#cancelTick = scheduler.after(tickEvery, () => {
      this.#armTick();
      this.#input({ type: 'tick', recvTs: scheduler.now() });
    });
  }

  #armGiveUp(): void {
    const { scheduler, giveUpAfter, url } = this.#settings;
    if (giveUpAfter === undefined || this.#cancelGiveUp !== undefined) return;
    this.#cancelGiveUp = scheduler.after(giveUpAfter, () => {
      const last = this.#lastLoss === undefined ? '' : `; last: ${this.#lastLoss}`;
      const error = new FeedError('KB_FEED_UNREACHABLE', `${url}: no connection for ${seconds(giveUpAfter)}${last}`, {
        hint: 'Check the address, the network and whether the venue is up.',
      });
      this.#closing ??= this.#end('disconnect', error.message, error);
      this.#options.onFatal?.(error);
    });
  }

  /** One input at a time: what handling one leads to waits until it is done. */
  #input(input: FeedInput): void {
    this.#pending.push(input);
    if (this.#handling) return;
    this.#handling = true;
    try {
      for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
        this.#options.onInput?.(next);
        this.#core.handle(next);
      }
    } finally {
      this.#handling = false;
    }
  }

  #emit(event: MarketEvent): void {
    this.#options.onEvent?.(event);
    if (event.type === 'feed' && event.state === 'live') this.#waiters.settle();
  }

  #announce(state: FeedState, cause: FeedCause, detail: string): void {
    this.#input({ type: 'state', recvTs: this.#settings.scheduler.now(), symbol: undefined, state, cause, detail });
  }

  #onSymbolState(symbol: string, state: FeedState, cause: FeedCause, detail: string): void {
    this.#input({ type: 'state', recvTs: this.#settings.scheduler.now(), symbol, state, cause, detail });
    if (state === 'broken' && cause === 'refused') this.#waiters.onRefusal(symbol, detail);
  }

  #onControl(message: ControlMessage, recvTs: Micros): void {
    switch (message.type) {
      case 'status':
        this.#onGreeting();
        break;
      case 'ack':
        this.#subscriptions.onAck(message);
        break;
      case 'pong':
        this.#roundTrips.onPong(message.reqId, recvTs);
        break;
      case 'unknown':
        if (message.channel === 'status') this.#onGreeting(); // a system state that we have no name for
        break;
      case 'heartbeat':
      case 'malformed':
        break; // counted by the core
    }
  }

  #nextReqId(): number {
    this.#lastReqId = (this.#lastReqId % MAX_REQ_ID) + 1;
    return this.#lastReqId;
  }

  #isClosed(): boolean {
    return this.#phase === 'closed';
  }

  #isLive(symbol: string): boolean {
    return this.#core.market.state(symbol) === 'live';
  }

  #end(cause: FeedCause, detail: string, error: FeedError): Promise<void> {
    this.#phase = 'closed';
    for (const cancel of [this.#cancelWait, this.#cancelTick, this.#cancelGiveUp]) cancel?.();
    this.#subscriptions.stop();
    const gone = this.#connection?.end() ?? Promise.resolve();
    this.#announce('closed', cause, detail);
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
