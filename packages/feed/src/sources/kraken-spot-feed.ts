import { KeyedRandom } from '@kb/model';
import type { CancelTask, FeedCause, FeedState, MarketEvent, MarketView, Micros } from '@kb/model';
import { ConnectionLoop } from '../connection/connection-loop.ts';
import { every } from '../connection/every.ts';
import { Subscriptions } from '../connection/subscriptions.ts';
import { FeedError } from '../errors.ts';
import { FeedCore } from '../core/feed-core.ts';
import type { ControlMessage } from '../core/feed-core.ts';
import type { CandlesInput, TradesInput } from '../core/feed-input.ts';
import { InputQueue } from '../core/input-queue.ts';
import type { FeedHealth, SymbolHealth } from '../health/feed-health.ts';
import { HealthMonitor } from '../health/health-monitor.ts';
import { feedSettings } from './feed-options.ts';
import type { FeedSettings, KrakenSpotFeedOptions } from './feed-options.ts';
import type { TapeGap } from '../market/tape-gaps.ts';
import type { MarketSource } from './market-source.ts';
import { ReadyWaiters } from './ready-waiters.ts';
import type { BookStats, TradeStats } from '../market/symbol-state.ts';

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
  readonly #inputs: InputQueue;
  readonly #loop: ConnectionLoop;
  readonly #subscriptions: Subscriptions;
  readonly #health: HealthMonitor;
  readonly #waiters: ReadyWaiters;
  readonly #onEvent: (event: MarketEvent) => void;
  #cancelHealth: CancelTask | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;

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
        ping: () => this.#loop.ping(),
        onLagging: (detail) => this.#tell(undefined, 'stale', 'lagging', detail),
        onCaughtUp: () => {
          this.#tell(undefined, 'subscribing', 'lagging', 'caught up');
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
    this.#inputs = new InputQueue(this.#core, options.onInput);
    this.#loop = new ConnectionLoop(settings, {
      onFrame: (frame, recvTs) => {
        this.#health.onFrame(recvTs, frame.byteLength);
        this.#inputs.put({ type: 'frame', recvTs, frame });
      },
      onWire: (recvTs, dir, raw) => options.onWire?.(recvTs, dir, raw),
      onPing: (reqId, now) => this.#health.onPing(reqId, now),
      onState: (state, cause, detail) => this.#tell(undefined, state, cause, detail),
      onTick: (recvTs) => this.#inputs.put({ type: 'tick', recvTs }),
      onUp: () => {
        this.#waiters.forgetRefusals();
        this.#subscriptions.start();
      },
      onDown: () => {
        this.#subscriptions.stop();
        this.#health.onLost();
      },
      onGaveUp: (error) => {
        this.#closing ??= this.#end('disconnect', error.message, error);
        options.onFatal?.(error);
      },
    });
    this.#subscriptions = new Subscriptions(
      {
        send: (text, shown) => this.#loop.send(text, shown),
        nextReqId: () => this.#loop.nextReqId(),
        isLive: (symbol) => this.#isLive(symbol),
        onState: (symbol, state, cause, detail) => {
          this.#tell(symbol, state, cause, detail);
          if (state === 'broken' && cause === 'refused') this.#waiters.onRefusal(symbol, detail);
        },
        onCandlesOff: (symbol, interval, detail) =>
          options.onHealth?.({ type: 'candles-off', at: settings.scheduler.now(), symbol, interval, detail }),
        onFault: (cause, detail) => this.#loop.drop(cause, detail),
      },
      { ...settings, random: new KeyedRandom(settings.seed, 'feed.resync') },
    );
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
    if (!this.#loop.isNew) return;
    this.#armHealth();
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

  /**
   * Subscribes everything anew, one snapshot each: a recording's next segment then stands alone.
   * @param symbol Its book alone, which is not believed any more (`resyncing`, `cross-check`): others go on.
   */
  resubscribe(reason: string, symbol?: string): void {
    if (!this.#loop.isUp) return;
    if (symbol === undefined) this.#subscriptions.resubscribe(reason);
    else this.#subscriptions.resubscribeBook(symbol, reason);
  }

  /** Takes what another way than the stream told: trades that are missing, the venue's own bars. */
  supply(input: CandlesInput | TradesInput): void {
    if (!this.#loop.isEnded) this.#inputs.put(input);
  }

  /** Ends the feed: no event comes after the `closed` one. Resolves when the socket is gone; calling it again is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#end('stop', 'closed', new FeedError('KB_FEED_CLOSED', 'The feed is closed'));
    return this.#closing;
  }

  /** Health now. */
  health(): FeedHealth {
    const { symbols, url } = this.#settings;
    return {
      state: this.#state(),
      url,
      connects: this.#loop.connects,
      reconnects: this.#loop.reconnects,
      frames: this.#core.frames,
      malformed: this.#core.malformed,
      unknown: this.#core.unknown,
      ignoredCandles: this.#core.ignoredCandles,
      refusedCandles: this.#core.refusedCandles,
      ...this.#health.measured(),
      lastFrameAge: this.#loop.lastFrameAge,
      symbols: Object.fromEntries(symbols.map((symbol) => [symbol, this.#healthOf(symbol)])),
    };
  }

  #state(): FeedState {
    if (this.#loop.isEnded) return 'closed';
    if (this.#settings.symbols.every((symbol) => this.#isLive(symbol))) return 'live';
    return this.#loop.isUp ? 'subscribing' : 'connecting';
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

  #armHealth(): void {
    const { scheduler, healthEvery } = this.#settings;
    const { onHealth } = this.#options;
    if (onHealth === undefined) return;
    this.#cancelHealth = every(scheduler, healthEvery, () =>
      onHealth({ type: 'snapshot', at: scheduler.now(), health: this.health() }),
    );
  }

  #emit(event: MarketEvent): void {
    this.#health.onEvent(event);
    this.#onEvent(event);
    if (event.type !== 'feed' || event.state !== 'live' || event.symbol === undefined) return;
    this.#subscriptions.onLive(event.symbol);
    this.#waiters.settle();
  }

  /** @param symbol `undefined`: the connection, and with it every symbol. */
  #tell(symbol: string | undefined, state: FeedState, cause: FeedCause, detail: string): void {
    this.#inputs.put({ type: 'state', recvTs: this.#settings.scheduler.now(), symbol, state, cause, detail });
  }

  #onGap(symbol: string, gap: TapeGap): void {
    if (gap.afterId !== undefined) this.#health.onGap(symbol, gap.beforeId - gap.afterId - 1);
    this.#options.onGap?.(symbol, gap);
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
        this.#health.onPong(message, recvTs);
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
    this.#cancelHealth?.();
    this.#subscriptions.stop();
    this.#health.onLost();
    const gone = this.#loop.end();
    this.#tell(undefined, 'closed', cause, detail);
    this.#waiters.end(error);
    return gone;
  }
}
