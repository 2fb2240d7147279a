import { instrumentOf, systemScheduler } from '@kb/kraken';
import type { AssetPair, DepthAnswer, SystemStatusAnswer, TimedTicker, TradesAnswer } from '@kb/kraken';
import { KbError, micros, SECOND } from '@kb/model';
import type { CancelTask, FeedCause, FeedState, MarketEvent, MarketView, Micros, Scheduler } from '@kb/model';
import { BOOK_DEPTHS } from '../core/book-depths.ts';
import { FeedCore } from '../core/feed-core.ts';
import type { FeedInput } from '../core/feed-input.ts';
import { InputQueue } from '../core/input-queue.ts';
import { seconds } from '../connection/duration-text.ts';
import { FeedError } from '../errors.ts';
import type { HistoryOptions } from '../market/symbol-history.ts';
import { historySettings } from '../market/symbol-history.ts';
import type { BookStats, TradeStats } from '../market/symbol-state.ts';
import type { MarketSource, SourceHealth } from './market-source.ts';
import { ReadyWaiters } from './ready-waiters.ts';
import { bookFrame, instrumentFrame, statusFrame, tickerFrame, tradesFrame } from './rest-frames.ts';

/** What is asked of the venue; `KrakenRest` of `@kb/kraken` is one. It keeps to the venue's limits itself. Whatever it fails with, it is asked again. */
export interface RestMarket {
  systemStatus(): Promise<SystemStatusAnswer>;
  assetPairs(pairs: readonly string[]): Promise<ReadonlyMap<string, AssetPair>>;
  ticker(pairs: readonly string[]): Promise<ReadonlyMap<string, TimedTicker>>;
  depth(symbol: string, options: { readonly count: number }): Promise<DepthAnswer>;
  trades(symbol: string, options: { readonly since?: string }): Promise<TradesAnswer>;
}

export interface RestPollingFeedOptions extends HistoryOptions {
  readonly rest: RestMarket;
  /** For health and people. `https://api.kraken.com` unless told. */
  readonly url?: string;
  /** Pairs as Kraken v2 writes them. */
  readonly symbols: readonly string[];
  /** Levels a side: 10, 25, 100, 500 or 1000 (REST gives at most 500). 10 unless told. */
  readonly depth?: number;
  /** Time between two calls: what the client's limit allows. 1 s unless told, as Kraken's public limit is about one call a second. */
  readonly callEvery?: Micros;
  /** A round of calls that would take longer than this is refused: its books would be too old. 60 s unless told. */
  readonly maxRound?: Micros;
  readonly scheduler?: Scheduler;
  /** Time between `timer` events. 1 s unless told. */
  readonly tickEvery?: Micros;
  /** Gets every event, in order. Book events are never `verified`: REST sends no checksum, and sizes with three decimals. */
  readonly onEvent?: (event: MarketEvent) => void;
  /** Gets every input before it is handled: answers appear as the frames that would say the same. */
  readonly onInput?: (input: FeedInput) => void;
}

export interface RestPollingHealth extends SourceHealth {
  /** How long one round over all symbols takes when every call is answered at once. */
  readonly round: Micros;
  readonly rounds: number;
  readonly calls: number;
  readonly failures: number;
  /** The latest failure, in words. */
  readonly lastFailure: string | undefined;
}

/** A book that was not renewed for so many rounds is stale. */
const STALE_ROUNDS = 3;
const MOST_LEVELS = 500;

/**
 * The market by asking again and again, for places where sockets are blocked.
 *
 * Each round asks for the book and the new trades of every symbol, for all tickers and for the venue's status, one call at a time.
 * The same core as behind the sockets makes the events: trades come once each and by their ids, a gap in them shows as one. A book
 * is as old as a round is long, and unverified.
 */
export class RestPollingFeed implements MarketSource {
  readonly #options: RestPollingFeedOptions;
  readonly #scheduler: Scheduler;
  readonly #callEvery: Micros;
  readonly #tickEvery: Micros;
  readonly #depth: number;
  readonly #round: Micros;
  readonly #core: FeedCore;
  readonly #inputs: InputQueue;
  readonly #waiters: ReadyWaiters;
  /** What was last told of each symbol. */
  readonly #polled = new Map<string, Polled>();
  #phase: 'closed' | 'new' | 'started' = 'new';
  #cancelTick: CancelTask | undefined = undefined;
  #wake: (() => void) | undefined = undefined;
  #isReached = false;
  #system: string | undefined = undefined;
  #rounds = 0;
  #calls = 0;
  #failures = 0;
  #lastFailure: string | undefined = undefined;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`, naming every problem at once. */
  constructor(options: RestPollingFeedOptions) {
    const { symbols, depth = 10, callEvery = micros(SECOND), maxRound = micros(60 * SECOND) } = options;
    const { tickEvery = micros(SECOND) } = options;
    const round = micros(callEvery * (2 * symbols.length + 2));
    const problems = [
      ...problemsOf(symbols, depth, { callEvery, maxRound, tickEvery }),
      ...historySettings(options).problems,
    ];
    if (round > maxRound) {
      problems.push(
        `symbols: ${symbols.length} take ${seconds(round)} a round at one call in ${seconds(callEvery)}, more than the ${seconds(maxRound)} allowed`,
      );
    }
    if (problems.length > 0) throw new FeedError('KB_FEED_BAD_OPTIONS', problems.join('; '));
    this.#options = options;
    this.#scheduler = options.scheduler ?? systemScheduler();
    this.#callEvery = callEvery;
    this.#tickEvery = tickEvery;
    this.#depth = depth;
    this.#round = round;
    this.#waiters = new ReadyWaiters(() => symbols.every((symbol) => this.market.state(symbol) === 'live'));
    this.#core = new FeedCore({
      ...options,
      symbols,
      depth,
      acceptUnchecked: true,
      onEvent: (event) => this.#emit(event),
      onResync: () => undefined, // the next round brings a whole book anyway
    });
    this.#inputs = new InputQueue(this.#core, options.onInput);
    for (const symbol of symbols) this.#polled.set(symbol, { book: '', bookAt: micros(0), since: undefined });
  }

  get market(): MarketView {
    return this.#core.market;
  }

  start(): void {
    this.#waiters.throwIfEnded();
    if (this.#phase !== 'new') return;
    this.#phase = 'started';
    this.#armTick();
    this.#announce(undefined, 'connecting', 'start', this.#url);
    void this.#run();
  }

  ready(): Promise<void> {
    return this.#waiters.wait();
  }

  close(): Promise<void> {
    if (this.#phase !== 'closed') {
      this.#phase = 'closed';
      this.#cancelTick?.();
      this.#wake?.();
      this.#announce(undefined, 'closed', 'stop', 'closed');
      this.#waiters.end(new FeedError('KB_FEED_CLOSED', 'The feed is closed'));
    }
    return Promise.resolve();
  }

  health(): RestPollingHealth {
    const states = this.#options.symbols.map((symbol) => this.market.state(symbol));
    const away: FeedState = this.#isReached ? 'subscribing' : 'connecting';
    return {
      state: this.#phase === 'closed' ? 'closed' : states.every((state) => state === 'live') ? 'live' : away,
      url: this.#url,
      frames: this.#core.frames,
      round: this.#round,
      rounds: this.#rounds,
      calls: this.#calls,
      failures: this.#failures,
      lastFailure: this.#lastFailure,
    };
  }

  statsOf(symbol: string): BookStats {
    return this.#core.statsOf(symbol);
  }

  tradeStatsOf(symbol: string): TradeStats {
    return this.#core.tradeStatsOf(symbol);
  }

  get #url(): string {
    return this.#options.url ?? 'https://api.kraken.com';
  }

  async #run(): Promise<void> {
    const { rest, symbols } = this.#options;
    await this.#askForPairs();
    while (this.#isRunning) {
      await this.#call(
        () => rest.systemStatus(),
        (answer) => this.#onStatus(answer),
      );
      await this.#call(
        async () => [...(await rest.ticker(symbols)).values()].map((ticker) => tickerFrame(ticker)),
        (frames) => {
          for (const frame of frames) this.#frame(frame);
        },
      );
      for (const [symbol, polled] of this.#polled) {
        const { since } = polled;
        await this.#call(
          () => rest.depth(symbol, { count: Math.min(this.#depth, MOST_LEVELS) }),
          (answer) => this.#onDepth(polled, answer),
        );
        await this.#call(
          () => rest.trades(symbol, since === undefined ? {} : { since }),
          (answer) => this.#onTrades(symbol, polled, answer),
        );
      }
      this.#rounds += 1;
    }
  }

  /** Without the pairs' decimals nothing can be read. */
  async #askForPairs(): Promise<void> {
    const { rest, symbols } = this.#options;
    for (let isKnown = false; this.#isRunning && !isKnown;) {
      isKnown = await this.#call(
        async () => {
          const pairs = [...(await rest.assetPairs(symbols)).values()];
          return instrumentFrame(pairs.map((pair) => ({ pair, instrument: instrumentOf(pair) })));
        },
        (frame) => this.#frame(frame),
      );
    }
  }

  /** One call, what is made of its answer, and the pause after it. @returns Whether it was answered. */
  async #call<Answer>(ask: () => Promise<Answer>, use: (answer: Answer) => void): Promise<boolean> {
    if (!this.#isRunning) return false;
    this.#calls += 1;
    const begun = this.#scheduler.now();
    // What goes wrong with using an answer is not the venue's doing, and comes out.
    const answer = await ask().then(
      (value) => ({ value }),
      (error: unknown) => this.#onFailure(error),
    );
    if (!this.#isRunning) return false;
    if (answer !== undefined) {
      this.#onReached();
      use(answer.value);
    }
    const left = begun + this.#callEvery - this.#scheduler.now();
    if (left > 0 && this.#isRunning) await this.#pause(micros(left));
    return answer !== undefined;
  }

  #onReached(): void {
    if (this.#isReached) return;
    this.#isReached = true;
    this.#announce(undefined, 'subscribing', 'connected', this.#url);
  }

  #onFailure(error: unknown): undefined {
    if (!this.#isRunning) return;
    const text = error instanceof Error ? error.message : String(error);
    this.#failures += 1;
    this.#lastFailure = text;
    if (error instanceof KbError && error.code === 'KB_KRAKEN_REST_UNKNOWN_SYMBOL') {
      for (const symbol of this.#options.symbols) this.#waiters.onRefusal(symbol, text);
    }
    if (!this.#isReached) this.#announce(undefined, 'connecting', 'refused', text);
  }

  #onStatus(answer: SystemStatusAnswer): void {
    if (answer.system !== this.#system) this.#frame(statusFrame(answer));
    this.#system = answer.system;
  }

  #onDepth(polled: Polled, answer: DepthAnswer): void {
    const frame = bookFrame(answer);
    polled.bookAt = this.#scheduler.now();
    if (frame === polled.book && this.market.state(answer.symbol) === 'live') return;
    polled.book = frame;
    this.#frame(frame);
  }

  #onTrades(symbol: string, polled: Polled, { trades, last }: TradesAnswer): void {
    const type = polled.since === undefined ? 'snapshot' : 'update';
    polled.since = last;
    if (trades.length > 0) this.#frame(tradesFrame(symbol, trades, type));
  }

  /** A symbol whose book was not renewed for some rounds cannot be used until it is. */
  #markStale(): void {
    if (!this.#isRunning) return;
    const now = this.#scheduler.now();
    for (const [symbol, { bookAt }] of this.#polled) {
      const quiet = now - bookAt;
      if (this.market.state(symbol) !== 'live' || quiet < STALE_ROUNDS * this.#round) continue;
      const why = this.#lastFailure === undefined ? '' : `; last: ${this.#lastFailure}`;
      this.#announce(symbol, 'stale', 'silence', `no book for ${seconds(micros(quiet))}${why}`);
    }
  }

  #frame(text: string): void {
    this.#input({ type: 'frame', recvTs: this.#scheduler.now(), frame: Buffer.from(text) });
  }

  #announce(symbol: string | undefined, state: FeedState, cause: FeedCause, detail: string): void {
    this.#input({ type: 'state', recvTs: this.#scheduler.now(), symbol, state, cause, detail });
  }

  #input(input: FeedInput): void {
    this.#inputs.put(input);
  }

  #emit(event: MarketEvent): void {
    this.#options.onEvent?.(event);
    if (event.type === 'feed' && event.state === 'live') this.#waiters.settle();
  }

  #armTick(): void {
    this.#cancelTick = this.#scheduler.after(this.#tickEvery, () => {
      this.#armTick();
      this.#input({ type: 'tick', recvTs: this.#scheduler.now() });
      this.#markStale();
    });
  }

  #pause(duration: Micros): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#scheduler.after(duration, resolve);
      this.#wake = (): void => {
        cancel();
        resolve();
      };
    });
  }

  get #isRunning(): boolean {
    return this.#phase === 'started';
  }
}

interface Polled {
  /** The frame that its book was last told with, and when it was last confirmed. */
  book: string;
  bookAt: Micros;
  /** Where its tape goes on. */
  since: string | undefined;
}

function* problemsOf(
  symbols: readonly string[],
  depth: number,
  durations: Readonly<Record<string, Micros>>,
): Generator<string> {
  if (symbols.length === 0) yield 'symbols: expected at least one pair';
  for (const [index, symbol] of symbols.entries()) {
    if (!/^[^\s/]+\/[^\s/]+$/.test(symbol)) yield `symbols: expected pairs like BTC/USD, was ${JSON.stringify(symbol)}`;
    if (symbols.indexOf(symbol) !== index) yield `symbols: ${JSON.stringify(symbol)} is there twice`;
  }
  if (!BOOK_DEPTHS.includes(depth)) yield `depth: expected ${BOOK_DEPTHS.join(', ')}, was ${depth}`;
  for (const [name, duration] of Object.entries(durations)) {
    if (!(Number.isSafeInteger(duration) && duration > 0)) {
      yield `${name}: expected a duration above zero, was ${duration}`;
    }
  }
}
