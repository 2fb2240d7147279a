import { KeyedRandom } from '@kb/model';
import type { CancelTask, FeedCause, FeedState, MarketEvent, MarketView, Micros, SystemStatus } from '@kb/model';
import { ConnectionLoop } from '../connection/connection-loop.ts';
import { CrossChecks } from '../connection/cross-checks.ts';
import type { CrossCheckStats } from '../connection/cross-checks.ts';
import { every } from '../connection/every.ts';
import { StatusPoll } from '../connection/status-poll.ts';
import type { StatusPollStats } from '../connection/status-poll.ts';
import { Subscriptions } from '../connection/subscriptions.ts';
import { FeedError } from '../errors.ts';
import { FeedCore } from '../core/feed-core.ts';
import type { ControlMessage } from '../core/feed-core.ts';
import type { CandlesInput, FeedInput, TradesInput } from '../core/feed-input.ts';
import { InputQueue } from '../core/input-queue.ts';
import type { FeedHealth, SymbolHealth } from '../health/feed-health.ts';
import { HealthMonitor } from '../health/health-monitor.ts';
import { feedSettings } from './feed-options.ts';
import type { FeedSettings, KrakenSpotFeedOptions } from './feed-options.ts';
import type { HistoryStats } from '../market/symbol-history.ts';
import type { TapeGap } from '../market/tape-gaps.ts';
import type { MarketSource } from './market-source.ts';
import { ReadyWaiters } from './ready-waiters.ts';
import type { BookStats, TradeStats } from '../market/symbol-state.ts';

const NO_CROSS_CHECKS: CrossCheckStats = { asked: 0, agreed: 0, disagreed: 0, failed: 0 };
const NO_STATUS_POLLS: StatusPollStats = { asked: 0, failed: 0 };

/**
 * Kraken's public spot market data, verified, over one connection that mends itself.
 *
 * Connects, waits for the venue's status, subscribes, and hands on events through a `FeedCore`. Silence, lost
 * connections and refusals are told as `feed` events, followed by a reconnect with full-jitter back-off; a book that
 * fails its checksum is resubscribed alone while the other symbols go on, and judged by another way (`crossCheck`) when it fails again
 * and again. See the README for states and causes.
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
  readonly #checks: CrossChecks | undefined;
  readonly #poll: StatusPoll | undefined;
  readonly #health: HealthMonitor;
  readonly #waiters: ReadyWaiters;
  readonly #onEvent: (event: MarketEvent) => void;
  #cancelHealth: CancelTask | undefined = undefined;
  /** True while it is told of its past. */
  #recalling = false;
  #closing: Promise<void> | undefined = undefined;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`, naming every problem at once. */
  constructor(options: KrakenSpotFeedOptions) {
    const settings = feedSettings(options);
    this.#options = options;
    this.#settings = settings;
    this.#onEvent = options.onEvent ?? ((): void => {});
    this.#waiters = new ReadyWaiters(() => settings.symbols.every((symbol) => this.#isUsable(symbol)));
    this.#health = new HealthMonitor({
      symbols: settings.symbols,
      scheduler: settings.scheduler,
      lagLimit: settings.lagLimit,
      onHealth: (event) => options.onHealth?.(event),
      onRoundTrip: (trip) => options.onRoundTrip?.(trip),
      host: {
        ping: () => this.#loop.ping(),
        onLagging: (detail) => {
          this.#checks?.stop();
          this.#tell(undefined, 'stale', 'lagging', detail);
        },
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
      onResync: (symbol, cause, detail) => {
        if (this.#recalling) return;
        this.#checks?.forget(symbol);
        this.#subscriptions.onResync(symbol, cause, detail);
      },
      onDoubted: (symbol, book) => {
        if (!this.#recalling) this.#checks?.onBook(symbol, book);
      },
      onGap: (symbol, gap) => {
        if (!this.#recalling) this.#onGap(symbol, gap);
      },
      onControl: (message, recvTs) => {
        if (!this.#recalling) this.#onControl(message, recvTs);
      },
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
        this.#poll?.stop();
        this.#waiters.forgetRefusals();
        this.#subscriptions.start();
      },
      onDown: () => {
        this.#stop();
        this.#poll?.start();
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
        hasBook: (symbol) => this.#isLive(symbol) || this.#core.doubtedBook(symbol) !== undefined,
        onDoubt:
          options.crossCheck === undefined
            ? undefined
            : (symbol, detail) => this.#inputs.put({ type: 'doubt', recvTs: settings.scheduler.now(), symbol, detail }),
        onState: (symbol, state, cause, detail) => {
          this.#checks?.forget(symbol);
          this.#tell(symbol, state, cause, detail);
          if (state === 'broken' && cause === 'refused') this.#waiters.onRefusal(symbol, detail);
        },
        onCandlesOff: (symbol, interval, detail) =>
          options.onHealth?.({ type: 'candles-off', at: settings.scheduler.now(), symbol, interval, detail }),
        onFault: (cause, detail) => this.#loop.drop(cause, detail),
      },
      { ...settings, random: new KeyedRandom(settings.seed, 'feed.resync') },
    );
    this.#checks = this.#crossChecks();
    this.#poll = this.#statusPoll();
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

  /** How much of a symbol's past is kept and how well it is known, as plain data of this moment. */
  historyOf(symbol: string): HistoryStats {
    return this.#core.historyOf(symbol);
  }

  /**
   * Takes an input of its past: what `onInput` of an earlier feed of the same options was told, in that order, before `start()`.
   * `onEvent` hears what it led to, and the market is as it was then; nothing is asked, sent or told to `onInput` again. After the last
   * one, `start()` tells that it connects, at the venue's time now as our clock makes it: no book counts as fresh, and what traded meanwhile
   * shows as a gap.
   * @throws FeedError `KB_FEED_BAD_INPUT` once it was started.
   */
  recall(input: FeedInput): void {
    if (!this.#loop.isNew) {
      throw new FeedError('KB_FEED_BAD_INPUT', 'A feed can be told of its past before it is started only');
    }
    this.#recalling = true;
    try {
      this.#core.handle(input);
    } finally {
      this.#recalling = false;
    }
  }

  /**
   * Begins to connect; a second call does nothing.
   * @throws FeedError `KB_FEED_CLOSED` after `close()`, `KB_FEED_UNREACHABLE` after the feed gave up.
   */
  start(): void {
    this.#waiters.throwIfEnded();
    if (!this.#loop.isNew) return;
    this.#armHealth();
    this.#poll?.start();
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

  /** Compares an `unverified` book with the venue's by another way now, instead of within a minute; does nothing about any other. */
  checkAgain(symbol: string): void {
    this.#checks?.again(symbol);
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
      crossChecks: this.#checks?.stats ?? NO_CROSS_CHECKS,
      statusPolls: this.#poll?.stats ?? NO_STATUS_POLLS,
      ...this.#health.measured(),
      lastFrameAge: this.#loop.lastFrameAge,
      symbols: Object.fromEntries(symbols.map((symbol) => [symbol, this.#healthOf(symbol)])),
    };
  }

  #state(): FeedState {
    if (this.#loop.isEnded) return 'closed';
    const states = this.#settings.symbols.map((symbol) => this.#core.market.state(symbol));
    if (states.every((state) => state === 'live')) return 'live';
    if (states.every((state) => state === 'live' || state === 'unverified')) return 'unverified';
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
    if (this.#recalling) {
      this.#onEvent(event);
      return;
    }
    this.#health.onEvent(event);
    this.#onEvent(event);
    if (event.type !== 'feed' || event.symbol === undefined || this.#loop.isEnded) return;
    if (event.cause === 'cross-check' && event.state === 'resyncing') this.#checks?.begin(event.symbol);
    if (event.state === 'live') {
      this.#checks?.forget(event.symbol);
      this.#subscriptions.onLive(event.symbol);
    }
    if (event.state === 'live' || event.state === 'unverified') this.#waiters.settle();
  }

  #crossChecks(): CrossChecks | undefined {
    const { crossCheck } = this.#options;
    const { scheduler } = this.#settings;
    if (crossCheck === undefined) return undefined;
    return new CrossChecks(
      {
        ask: (symbol, options) => crossCheck(symbol, options),
        bookOf: (symbol) => this.#core.doubtedBook(symbol),
        onVerdict: (symbol, agrees, told) => {
          const detail = agrees ? told : `${told}; tried again every 30 s`;
          this.#inputs.put({ type: 'verdict', recvTs: scheduler.now(), symbol, agrees, detail });
          if (!agrees && !this.#loop.isEnded) this.#subscriptions.onDisproved(symbol);
        },
        onUnsettled: (symbol, detail) => this.#subscriptions.onUnsettled(symbol, detail),
      },
      scheduler,
    );
  }

  #statusPoll(): StatusPoll | undefined {
    const { systemStatus } = this.#options;
    const { scheduler } = this.#settings;
    if (systemStatus === undefined) return undefined;
    const onStatus = (system: SystemStatus): void =>
      this.#inputs.put({ type: 'system', recvTs: scheduler.now(), system });
    return new StatusPoll(() => systemStatus(), onStatus, scheduler);
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

  /** Whether a symbol has all that its user asked for. */
  #isUsable(symbol: string): boolean {
    return (
      this.#isLive(symbol) ||
      (this.#core.market.state(symbol) === 'unverified' && this.#options.allowUnverified === true)
    );
  }

  /** There is no connection any more that anything could be known by. */
  #stop(): void {
    this.#checks?.stop();
    this.#subscriptions.stop();
    this.#health.onLost();
  }

  #end(cause: FeedCause, detail: string, error: FeedError): Promise<void> {
    this.#cancelHealth?.();
    this.#poll?.stop();
    this.#stop();
    const gone = this.#loop.end();
    this.#tell(undefined, 'closed', cause, detail);
    this.#waiters.end(error);
    return gone;
  }
}
