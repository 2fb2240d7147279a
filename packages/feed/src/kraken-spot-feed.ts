import { encodePing } from '@kb/kraken';
import type { ClientHandlers, ClientSocket, RecordedDirection } from '@kb/kraken';
import { KeyedRandom, micros, SECOND } from '@kb/model';
import type { CancelTask, FeedCause, FeedState, MarketEvent, MarketView, Micros } from '@kb/model';
import { Backoff } from './backoff.ts';
import { ConnectBudget } from './connect-budget.ts';
import { FeedError } from './errors.ts';
import { FeedCore } from './feed-core.ts';
import type { ControlMessage } from './feed-core.ts';
import { RoundTrips } from './feed-health.ts';
import type { FeedHealth, SymbolHealth } from './feed-health.ts';
import type { FeedInput } from './feed-input.ts';
import { feedSettings } from './feed-options.ts';
import type { FeedSettings, KrakenSpotFeedOptions } from './feed-options.ts';
import { Subscriptions } from './subscriptions.ts';
import type { BookStats, TradeStats } from './symbol-state.ts';

/** What the feed is at: nothing · between two attempts · socket asked for · socket open, no status yet · in use · ended. */
type Phase = 'idle' | 'waiting' | 'dialing' | 'greeting' | 'up' | 'closed';

/** One socket's life. Handlers of an older one find that it is not the current one any more, and do nothing. */
interface Connection {
  socket: ClientSocket | undefined;
  gone: boolean;
  readonly timers: Map<string, CancelTask>;
  lastFrameAt: Micros | undefined;
  upSince: Micros | undefined;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: FeedError) => void;
}

/** How long the goodbye of `close()` may take before the socket is dropped. */
const GOODBYE: Micros = micros(2 * SECOND);
/** Kraken asks for no more than one attempt in 5 s while it is under maintenance. */
const BUSY_WAIT: Micros = micros(5 * SECOND);
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
export class KrakenSpotFeed {
  readonly #options: KrakenSpotFeedOptions;
  readonly #settings: FeedSettings;
  readonly #core: FeedCore;
  readonly #subscriptions: Subscriptions;
  readonly #backoff: Backoff;
  readonly #budget: ConnectBudget;
  readonly #roundTrips = new RoundTrips();
  readonly #onEvent: (event: MarketEvent) => void;

  #phase: Phase = 'idle';
  #connection: Connection | undefined = undefined;
  #cancelWait: CancelTask | undefined = undefined;
  #cancelTick: CancelTask | undefined = undefined;
  #cancelGiveUp: CancelTask | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;
  #resolveClosing: (() => void) | undefined = undefined;
  #ended: FeedError | undefined = undefined;

  readonly #pending: FeedInput[] = [];
  #handling = false;
  readonly #waiters: Waiter[] = [];
  readonly #refused = new Map<string, string>();
  readonly #reconnects: Partial<Record<FeedCause, number>> = {};
  #lastReqId = 0;
  #connects = 0;
  #bytes = 0;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`, naming every problem at once. */
  constructor(options: KrakenSpotFeedOptions) {
    const settings = feedSettings(options);
    this.#options = options;
    this.#settings = settings;
    this.#onEvent = options.onEvent ?? ((): void => {});
    this.#core = new FeedCore({
      symbols: settings.symbols,
      depth: settings.depth,
      instruments: settings.instruments,
      onEvent: (event) => this.#emit(event),
      onResync: (symbol, cause, detail) => this.#subscriptions.onResync(symbol, cause, detail),
      onControl: (message, recvTs) => this.#onControl(message, recvTs),
    });
    this.#subscriptions = new Subscriptions(
      {
        send: (text) => this.#send(text),
        nextReqId: () => this.#nextReqId(),
        isLive: (symbol) => this.#core.market.state(symbol) === 'live',
        onState: (symbol, state, cause, detail) => this.#onSymbolState(symbol, state, cause, detail),
        onFault: (cause, detail) => this.#drop(cause, detail),
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
   * @throws FeedError `KB_FEED_CLOSED` after `close()`.
   */
  start(): void {
    if (this.#phase === 'closed') throw this.#ended ?? closedError();
    if (this.#phase !== 'idle') return;
    this.#phase = 'waiting';
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
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#settleWaiters();
    });
  }

  /** Subscribes everything anew, one snapshot each: a recording's next segment then stands alone. */
  resubscribe(reason: string): void {
    if (this.#phase === 'up') this.#subscriptions.resubscribe(reason);
  }

  /** Ends the feed: no event comes after the `closed` one. Resolves when the socket is gone; calling it again is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#end('stop', 'closed', closedError());
    return this.#closing;
  }

  /** Health now. */
  health(): FeedHealth {
    const { symbols, scheduler, url } = this.#settings;
    const last = this.#connection?.lastFrameAt;
    return {
      state: symbols.every((symbol) => this.#isLive(symbol)) ? 'live' : STATE_OF[this.#phase],
      url,
      connects: this.#connects,
      reconnects: { ...this.#reconnects },
      frames: this.#core.frames,
      bytes: this.#bytes,
      malformed: this.#core.malformed,
      unknown: this.#core.unknown,
      rttLast: this.#roundTrips.last,
      rttP50: this.#roundTrips.median,
      lastFrameAge: last === undefined ? undefined : micros(scheduler.now() - last),
      symbols: Object.fromEntries(symbols.map((symbol) => [symbol, this.#healthOf(symbol)])),
    };
  }

  #healthOf(symbol: string): SymbolHealth {
    return {
      state: this.#core.market.state(symbol),
      book: { ...this.#core.statsOf(symbol) },
      trades: { ...this.#core.tradeStatsOf(symbol) },
      resyncs: this.#subscriptions.resyncsOf(symbol),
    };
  }

  // --- connecting ---------------------------------------------------------------------------------------------------

  #connect(): void {
    const { scheduler, dial, url, connectTimeout, connectBudget } = this.#settings;
    const wait = this.#budget.wait(scheduler.now());
    if (wait > 0) {
      const used = `${connectBudget.connects} connects in ${seconds(connectBudget.per)} used up`;
      this.#cancelWait = scheduler.after(wait, () => this.#connect());
      this.#announce('connecting', 'refused', `connection budget: ${used}; next attempt in ${seconds(wait)}`);
      return;
    }
    this.#budget.take(scheduler.now());
    this.#connects += 1;
    this.#phase = 'dialing';
    const connection: Connection = {
      socket: undefined,
      gone: false,
      timers: new Map(),
      lastFrameAt: undefined,
      upSince: undefined,
    };
    this.#connection = connection;
    this.#arm(connection, 'connect', connectTimeout, () =>
      this.#drop('silence', `no status after ${seconds(connectTimeout)}`),
    );
    const socket = dial(url, this.#handlers(connection));
    connection.socket = socket;
    if (connection !== this.#connection || this.#isClosed()) socket.terminate(); // ended before it was even returned
  }

  #handlers(connection: Connection): ClientHandlers {
    return {
      onOpen: () => {
        if (connection !== this.#connection || this.#phase !== 'dialing') return;
        this.#phase = 'greeting';
        connection.lastFrameAt = this.#settings.scheduler.now();
        this.#wire('open', this.#settings.url);
        this.#watch(connection);
      },
      onMessage: (frame) => {
        if (connection !== this.#connection || this.#phase === 'closed') return;
        const recvTs = this.#settings.scheduler.now();
        connection.lastFrameAt = recvTs;
        this.#bytes += frame.byteLength;
        this.#options.onWire?.(recvTs, 'rx', frame);
        this.#input({ type: 'frame', recvTs, frame });
      },
      onClose: (code, detail, httpStatus, retryAfter) => {
        connection.gone = true;
        if (connection !== this.#connection) return;
        this.#wire('close', `${code} ${detail}`.trim());
        if (this.#phase === 'closed') {
          this.#finishClosing(connection);
          return;
        }
        const cause = httpStatus !== undefined ? 'refused' : code === 1009 ? 'oversize' : 'disconnect';
        this.#lost(connection, cause, closeText(code, detail, httpStatus), floorOf(code, httpStatus, retryAfter));
      },
    };
  }

  /** The venue said hello: the connection can be used. */
  #greeted(connection: Connection): void {
    this.#phase = 'up';
    disarm(connection, 'connect');
    connection.upSince = this.#settings.scheduler.now();
    this.#cancelGiveUp?.();
    this.#cancelGiveUp = undefined;
    this.#refused.clear();
    this.#announce('subscribing', 'connected', this.#settings.url);
    if (this.#isClosed()) return;
    this.#subscriptions.start();
    this.#armPing(connection);
  }

  /** Ends a connection that is of no use any more, without waiting for the socket to agree. */
  #drop(cause: FeedCause, detail: string): void {
    const connection = this.#connection;
    if (connection === undefined || this.#isClosed()) return;
    this.#connection = undefined; // its handlers are deaf from here on
    disarmAll(connection);
    this.#wire('close', detail);
    connection.socket?.terminate();
    if (cause === 'silence' && this.#phase === 'up') this.#announce('stale', cause, detail);
    if (!this.#isClosed()) this.#lost(connection, cause, detail, micros(0));
  }

  #lost(connection: Connection, cause: FeedCause, detail: string, atLeast: Micros): void {
    const { scheduler, healthyAfter } = this.#settings;
    this.#connection = undefined;
    this.#phase = 'waiting';
    disarmAll(connection);
    const { upSince } = connection;
    if (upSince !== undefined && scheduler.now() - upSince >= healthyAfter) this.#backoff.reset();
    this.#subscriptions.stop();
    this.#roundTrips.forget();
    this.#reconnects[cause] = (this.#reconnects[cause] ?? 0) + 1;
    this.#armGiveUp();
    const delay = micros(Math.max(this.#backoff.next(), atLeast));
    this.#cancelWait = scheduler.after(delay, () => this.#connect());
    this.#announce('connecting', cause, `${detail}; next attempt in ${seconds(delay)}`);
  }

  // --- time ---------------------------------------------------------------------------------------------------------

  /** Looks whether frames still come: at half the deadline a ping asks for one, at the deadline it is over. */
  #watch(connection: Connection): void {
    const { frameDeadline, scheduler } = this.#settings;
    const half = micros(Math.floor(frameDeadline / 2));
    let asked: Micros | undefined;
    const look = (): void => {
      const last = connection.lastFrameAt ?? scheduler.now();
      const quiet = scheduler.now() - last;
      if (quiet >= frameDeadline) {
        this.#drop('silence', `no frame for ${seconds(micros(quiet))}`);
        return;
      }
      if (quiet >= half && asked !== last) {
        asked = last;
        this.#ping();
      }
      const next = quiet < half ? half - quiet : frameDeadline - quiet;
      this.#arm(connection, 'watch', micros(next), look);
    };
    this.#arm(connection, 'watch', half, look);
  }

  #armPing(connection: Connection): void {
    this.#arm(connection, 'ping', this.#settings.pingEvery, () => {
      this.#ping();
      this.#armPing(connection);
    });
  }

  #ping(): void {
    const reqId = this.#nextReqId();
    this.#roundTrips.onPing(reqId, this.#settings.scheduler.now());
    this.#send(encodePing(reqId));
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
      const error = new FeedError('KB_FEED_UNREACHABLE', `${url}: no connection for ${seconds(giveUpAfter)}`, {
        hint: 'Check the address, the network and whether the venue is up.',
      });
      this.#closing ??= this.#end('disconnect', error.message, error);
      this.#options.onFatal?.(error);
    });
  }

  #arm(connection: Connection, name: string, delay: Micros, task: () => void): void {
    connection.timers.get(name)?.();
    connection.timers.set(name, this.#settings.scheduler.after(delay, task));
  }

  // --- inputs and events --------------------------------------------------------------------------------------------

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
    this.#onEvent(event);
    if (event.type !== 'feed' || event.state !== 'live' || event.symbol === undefined) return;
    this.#subscriptions.onLive(event.symbol);
    this.#settleWaiters();
  }

  #announce(state: FeedState, cause: FeedCause, detail: string): void {
    this.#input({ type: 'state', recvTs: this.#settings.scheduler.now(), symbol: undefined, state, cause, detail });
  }

  #onSymbolState(symbol: string, state: FeedState, cause: FeedCause, detail: string): void {
    this.#input({ type: 'state', recvTs: this.#settings.scheduler.now(), symbol, state, cause, detail });
    if (state !== 'broken' || cause !== 'refused') return;
    this.#refused.set(symbol, detail);
    this.#settleWaiters();
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

  #onGreeting(): void {
    if (this.#phase === 'greeting' && this.#connection !== undefined) this.#greeted(this.#connection);
  }

  #send(text: string): void {
    const socket = this.#connection?.socket;
    if (socket === undefined) return;
    this.#wire('tx', text);
    socket.send(text);
  }

  #wire(dir: RecordedDirection, raw: string): void {
    this.#options.onWire?.(this.#settings.scheduler.now(), dir, raw);
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

  #settleWaiters(): void {
    if (this.#waiters.length === 0) return;
    const error = this.#ended ?? this.#refusal();
    if (error !== undefined) for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
    else if (this.#settings.symbols.every((symbol) => this.#isLive(symbol))) {
      for (const waiter of this.#waiters.splice(0)) waiter.resolve();
    }
  }

  #refusal(): FeedError | undefined {
    if (this.#refused.size === 0) return undefined;
    const texts = [...this.#refused].map(([symbol, detail]) => `${symbol}: ${detail}`);
    return new FeedError('KB_FEED_REFUSED', `The venue refused ${texts.join('; ')}`, {
      hint: 'Check the pair: Kraken v2 writes it like BTC/USD.',
    });
  }

  // --- the end ------------------------------------------------------------------------------------------------------

  #end(cause: FeedCause, detail: string, error: FeedError): Promise<void> {
    const connection = this.#connection;
    const dialing = this.#phase === 'dialing';
    this.#phase = 'closed';
    this.#ended = error;
    for (const cancel of [this.#cancelWait, this.#cancelTick, this.#cancelGiveUp]) cancel?.();
    this.#subscriptions.stop();
    if (connection !== undefined) disarmAll(connection);
    this.#announce('closed', cause, detail);
    this.#settleWaiters();

    const socket = connection?.socket;
    if (connection === undefined || socket === undefined || connection.gone) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resolveClosing = resolve;
      if (dialing) socket.terminate();
      else {
        this.#arm(connection, 'goodbye', GOODBYE, () => socket.terminate());
        socket.close(1000);
      }
    });
  }

  #finishClosing(connection: Connection): void {
    disarmAll(connection);
    this.#connection = undefined;
    this.#resolveClosing?.();
  }
}

const STATE_OF: Readonly<Record<Phase, FeedState>> = {
  idle: 'connecting',
  waiting: 'connecting',
  dialing: 'connecting',
  greeting: 'connecting',
  up: 'subscribing',
  closed: 'closed',
};

/** The least delay after the venue sent us away: what it asks for, or what is polite. */
function floorOf(code: number, httpStatus: number | undefined, retryAfter: Micros | undefined): Micros {
  const sentAway = httpStatus !== undefined || code === 1008 || code === 1013;
  return retryAfter ?? (sentAway ? BUSY_WAIT : micros(0));
}

function closeText(code: number, detail: string, httpStatus: number | undefined): string {
  if (httpStatus !== undefined) return `handshake refused: ${detail}`;
  if (code === 1008)
    return `closed with 1008 (the venue says that we broke its rules)${detail === '' ? '' : `: ${detail}`}`;
  return `closed with ${code}${detail === '' ? '' : `: ${detail}`}`;
}

function closedError(): FeedError {
  return new FeedError('KB_FEED_CLOSED', 'The feed is closed');
}

function seconds(duration: Micros): string {
  return `${(duration / SECOND).toFixed(3)} s`;
}

function disarm(connection: Connection, name: string): void {
  connection.timers.get(name)?.();
  connection.timers.delete(name);
}

function disarmAll(connection: Connection): void {
  for (const cancel of connection.timers.values()) cancel();
  connection.timers.clear();
}
