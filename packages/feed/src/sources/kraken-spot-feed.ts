import { KeyedRandom, micros } from '@kb/model';
import type { CancelTask, FeedCause, FeedState, MarketEvent, MarketView, Micros } from '@kb/model';
import { Backoff } from '../connection/backoff.ts';
import { ConnectBudget } from '../connection/connect-budget.ts';
import { Connection } from '../connection/connection.ts';
import type { ConnectionHost } from '../connection/connection.ts';
import { seconds } from '../connection/duration-text.ts';
import { FeedError } from '../errors.ts';
import { FeedCore } from '../core/feed-core.ts';
import type { ControlMessage } from '../core/feed-core.ts';
import type { FeedHealth, SymbolHealth } from '../health/feed-health.ts';
import { HealthMonitor } from '../health/health-monitor.ts';
import type { CandlesInput, FeedInput, TradesInput } from '../core/feed-input.ts';
import { feedSettings } from './feed-options.ts';
import type { FeedSettings, KrakenSpotFeedOptions } from './feed-options.ts';
import type { TapeGap } from '../market/tape-gaps.ts';
import type { MarketSource } from './market-source.ts';
import { ReadyWaiters } from './ready-waiters.ts';
import { Subscriptions } from '../connection/subscriptions.ts';
import type { BookStats, TradeStats } from '../market/symbol-state.ts';

/** Kraken support told ccxt that request ids must fit in 31 bits. */
const MAX_REQ_ID = 2 ** 31 - 1;

/**
 * Kraken's public spot market data, verified, over one connection that mends itself.
 *
 * Connects, waits for the venue's status, subscribes, and hands on events through a `FeedCore`. Silence, lost
 * connections and refusals are told as `feed` events, followed by a reconnect with full-jitter back-off; a book that
 * fails its checksum is resubscribed alone while the other symbols go on. See the README for states and causes.
 *
 * All time comes from the scheduler in the options. Nothing happens before `start()`, nor after `close()`.
 */
export class KrakenSpotFeed implements MarketSource {
  readonly #options: KrakenSpotFeedOptions;
  readonly #settings: FeedSettings;
  readonly #core: FeedCore;
  readonly #host: ConnectionHost;
  readonly #subscriptions: Subscriptions;
  readonly #backoff: Backoff;
  readonly #budget: ConnectBudget;
  readonly #health: HealthMonitor;
  readonly #waiters: ReadyWaiters;
  readonly #onEvent: (event: MarketEvent) => void;

  #phase: 'new' | 'started' | 'closed' = 'new';
  #connection: Connection | undefined = undefined;
  #cancelWait: CancelTask | undefined = undefined;
  #cancelTick: CancelTask | undefined = undefined;
  #cancelHealth: CancelTask | undefined = undefined;
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
  constructor(options: KrakenSpotFeedOptions) {
    const settings = feedSettings(options);
    this.#options = options;
    this.#settings = settings;
    this.#onEvent = options.onEvent ?? ((): void => {});
    this.#waiters = new ReadyWaiters(() => settings.symbols.every((symbol) => this.#isLive(symbol)));
    this.#health = new HealthMonitor({
      symbols: settings.symbols,
      scheduler: settings.scheduler,
      lagLimit: settings.lagLimit,
      onHealth: (event) => options.onHealth?.(event),
      host: {
        ping: () => (this.#connection?.isUp === true ? this.#connection.ping() : undefined),
        onLagging: (detail) => this.#announce('stale', 'lagging', detail),
        onCaughtUp: () => {
          this.#announce('subscribing', 'lagging', 'caught up');
          this.#subscriptions.resubscribe('caught up');
        },
      },
    });
    this.#core = new FeedCore({
      ...options,
      symbols: settings.symbols,
      depth: settings.depth,
      instruments: settings.instruments,
      onEvent: (event) => this.#emit(event),
      onResync: (symbol, cause, detail) => this.#subscriptions.onResync(symbol, cause, detail),
      onGap: (symbol, gap) => this.#onGap(symbol, gap),
      onControl: (message, recvTs) => this.#onControl(message, recvTs),
    });
    this.#host = {
      onFrame: (frame, recvTs) => {
        this.#health.onFrame(recvTs, frame.byteLength);
        this.#input({ type: 'frame', recvTs, frame });
      },
      onWire: (recvTs, dir, raw) => options.onWire?.(recvTs, dir, raw),
      onPing: (reqId, now) => this.#health.onPing(reqId, now),
      onLost: (cause, detail, atLeast) => this.#onLost(cause, detail, atLeast),
      nextReqId: () => this.#nextReqId(),
    };
    this.#subscriptions = new Subscriptions(
      {
        send: (text, shown) => this.#connection?.send(text, shown),
        nextReqId: () => this.#nextReqId(),
        isLive: (symbol) => this.#isLive(symbol),
        onState: (symbol, state, cause, detail) => this.#onSymbolState(symbol, state, cause, detail),
        onCandlesOff: (symbol, interval, detail) =>
          options.onHealth?.({ type: 'candles-off', at: settings.scheduler.now(), symbol, interval, detail }),
        onFault: (cause, detail) => this.#connection?.drop(cause, detail),
      },
      { ...settings, random: new KeyedRandom(settings.seed, 'feed.resync') },
    );
    this.#backoff = new Backoff(settings.backoff, new KeyedRandom(settings.seed, 'feed.connect'));
    this.#budget = new ConnectBudget(settings.connectBudget);
  }

  /** What is known of the market, live and read-only. */
  get market(): MarketView {
    return this.#core.market;
  }

  /** Frames received since the start, of any kind. */
  get frames(): number {
    return this.#core.frames;
  }

  /** Counts of a symbol's book messages; live. */
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
    this.#armHealth();
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

  /**
   * Subscribes everything anew, one snapshot each: a recording's next segment then stands alone.
   * @param symbol Its book alone, which is not believed any more (`resyncing`, `cross-check`): others go on.
   */
  resubscribe(reason: string, symbol?: string): void {
    if (this.#connection?.isUp !== true) return;
    if (symbol === undefined) this.#subscriptions.resubscribe(reason);
    else this.#subscriptions.resubscribeBook(symbol, reason);
  }

  /** Takes what another way than the stream told: trades that are missing, the venue's own bars. */
  supply(input: CandlesInput | TradesInput): void {
    if (!this.#isClosed()) this.#input(input);
  }

  /** Ends the feed: no event comes after the `closed` one. Resolves when the socket is gone; calling it again is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#end('stop', 'closed', new FeedError('KB_FEED_CLOSED', 'The feed is closed'));
    return this.#closing;
  }

  /** Health now. */
  health(): FeedHealth {
    const { symbols, scheduler, url } = this.#settings;
    const last = this.#connection?.lastFrameAt;
    return {
      state: this.#state(),
      url,
      connects: this.#connects,
      reconnects: { ...this.#reconnects },
      frames: this.#core.frames,
      malformed: this.#core.malformed,
      unknown: this.#core.unknown,
      ...this.#health.measured(),
      lastFrameAge: last === undefined ? undefined : micros(scheduler.now() - last),
      symbols: Object.fromEntries(symbols.map((symbol) => [symbol, this.#healthOf(symbol)])),
    };
  }

  #state(): FeedState {
    if (this.#isClosed()) return 'closed';
    if (this.#settings.symbols.every((symbol) => this.#isLive(symbol))) return 'live';
    return this.#connection?.isUp === true ? 'subscribing' : 'connecting';
  }

  #healthOf(symbol: string): SymbolHealth {
    const { market } = this.#core;
    const { candles = [] } = this.#options;
    return {
      ...this.#health.measuredOf(symbol),
      history: {
        trades: market.trades(symbol).length,
        prices: market.prices(symbol).length,
        candles: Object.fromEntries(candles.map((each) => [each, market.candles(symbol, each).length])),
      },
      state: market.state(symbol),
      book: { ...this.#core.statsOf(symbol) },
      trades: { ...this.#core.tradeStatsOf(symbol) },
      resyncs: this.#subscriptions.resyncsOf(symbol),
      candlesOff: this.#subscriptions.candlesOffOf(symbol),
    };
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
    this.#health.onLost();
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

  #armHealth(): void {
    const { scheduler, healthEvery } = this.#settings;
    const { onHealth } = this.#options;
    if (onHealth === undefined) return;
    this.#cancelHealth = scheduler.after(healthEvery, () => {
      this.#armHealth();
      onHealth({ type: 'snapshot', at: scheduler.now(), health: this.health() });
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
    this.#health.onEvent(event);
    this.#onEvent(event);
    if (event.type !== 'feed' || event.state !== 'live' || event.symbol === undefined) return;
    this.#subscriptions.onLive(event.symbol);
    this.#waiters.settle();
  }

  #announce(state: FeedState, cause: FeedCause, detail: string): void {
    this.#input({ type: 'state', recvTs: this.#settings.scheduler.now(), symbol: undefined, state, cause, detail });
  }

  #onGap(symbol: string, gap: TapeGap): void {
    if (gap.afterId !== undefined) this.#health.onGap(symbol, gap.beforeId - gap.afterId - 1);
    this.#options.onGap?.(symbol, gap);
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
        this.#health.onPong(message, recvTs);
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
    for (const cancel of [this.#cancelWait, this.#cancelTick, this.#cancelHealth, this.#cancelGiveUp]) cancel?.();
    this.#subscriptions.stop();
    this.#health.onLost();
    const gone = this.#connection?.end() ?? Promise.resolve();
    this.#announce('closed', cause, detail);
    this.#waiters.end(error);
    return gone;
  }
}
