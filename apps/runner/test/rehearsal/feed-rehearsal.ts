import { listen, SimExchange } from '@kb/exchange-sim';
import { KrakenSpotFeed, webSocketDial } from '@kb/feed';
import { inProcessDial } from '@kb/kraken';
import type { Accept, Dial } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { MarketEvent, Micros, Scheduler } from '@kb/model';
import { Judge } from './judge.ts';
import type { Comparisons } from './judge.ts';
import { lightMarkets } from './light-markets.ts';
import { Witness } from './witness.ts';

export interface RehearsalOptions {
  readonly seed: number;
  /** How many markets, 20 at most. */
  readonly symbols: number;
  /** Levels a side. Beyond ten no checksum sees what the feed holds, but the rehearsal does. */
  readonly depth: number;
  /** Stands between the exchange and the feed: faults. */
  readonly wrap?: (accept: Accept, exchange: SimExchange) => Accept;
}

/** What came of a rehearsal. */
export interface RehearsalReport {
  /** Since the start, on the scheduler's clock. */
  readonly seconds: number;
  /** Frames of any kind, of the book and of trades that left the exchange. */
  readonly sent: { readonly frames: number; readonly books: number; readonly trades: number };
  /** Frames of any kind that the feed received. */
  readonly received: number;
  readonly books: Readonly<Comparisons>;
  readonly trades: Readonly<Comparisons>;
  /** Frames of the book and of trades, a second and symbol. */
  readonly framesPerSecond: number;
  /** Books that the feed found to be wrong by itself, and asked for anew. */
  readonly resyncs: number;
  readonly reconnects: number;
  /** Trades that the feed says it missed. */
  readonly missedTrades: number;
  readonly notLive: readonly string[];
  /** The first of what was divergent, in words. */
  readonly divergences: readonly string[];
}

/** When virtual time begins. */
const START = micros(1_795_000_000 * SECOND);

/**
 * Rehearses in virtual time over the in-process transport: the feed hears of everything before anything else happens, and its book
 * must be the exchange's present one. With faults in between it may be late.
 */
export class VirtualRehearsal {
  readonly #scheduler = new VirtualScheduler(START);
  readonly #stage: Stage;

  constructor(options: RehearsalOptions) {
    const dial = inProcessDial((socket) => this.#stage.accept(socket), this.#scheduler);
    this.#stage = new Stage(options, this.#scheduler, dial, options.wrap === undefined);
    this.#stage.start();
  }

  /** Lets time pass. */
  advance(duration: Micros): void {
    this.#scheduler.advance(duration);
  }

  report(): RehearsalReport {
    return this.#stage.report();
  }

  /** Compares every book once more: nothing may be under way. */
  compareAll(): void {
    this.#stage.compareAll();
  }

  close(): void {
    this.#stage.close();
  }
}

/**
 * Rehearses over real sockets. Frames take their time there, so each book must be the one that the exchange had at the time of the
 * message.
 *
 * @param pass Lets that much time pass on the scheduler. Steps begin when every book is live.
 * @param onProgress Is told how it goes after every step of the duration.
 */
export async function rehearseOverSockets(
  options: RehearsalOptions,
  scheduler: Scheduler,
  duration: Micros,
  step: Micros,
  pass: (step: Micros) => Promise<void> | void,
  onProgress?: (report: RehearsalReport) => void,
): Promise<RehearsalReport> {
  const server = await listen({ accept: (socket) => stage.accept(socket) });
  const dial: Dial = (_url, handlers) => webSocketDial()(server.url, handlers);
  const stage = new Stage(options, scheduler, dial, false);
  try {
    const ready = stage.ready();
    stage.start();
    await ready;
    for (let passed = 0; passed < duration; passed += step) {
      await pass(step);
      const isComplete = await stage.arrival();
      if (isComplete && passed + step >= duration) stage.compareAll();
      onProgress?.(stage.report());
    }
    return stage.report();
  } finally {
    stage.close();
    await server.close();
  }
}

/** The feed on an exchange whose truth is known, and the judge between them. */
class Stage {
  /** The door that the feed comes through. */
  readonly accept: Accept;
  readonly #exchange: SimExchange;
  readonly #scheduler: Scheduler;
  readonly #startedAt: Micros;
  readonly #witness: Witness;
  readonly #judge: Judge;
  readonly #feed: KrakenSpotFeed;
  /** Whether frames may get lost by intent. */
  readonly #mayMiss: boolean;
  #onWire: () => void = () => undefined;

  constructor(options: RehearsalOptions, scheduler: Scheduler, dial: Dial, isPrompt: boolean) {
    const { seed, symbols, depth, wrap } = options;
    this.#exchange = new SimExchange({ markets: lightMarkets(symbols), seed, scheduler });
    this.#scheduler = scheduler;
    this.#startedAt = scheduler.now();
    this.#mayMiss = wrap !== undefined;
    this.#witness = new Witness(this.#exchange, depth);
    const { accept } = this.#witness;
    this.accept = wrap === undefined ? accept : wrap(accept, this.#exchange);
    this.#judge = new Judge(this.#exchange, this.#witness, depth, isPrompt);
    this.#feed = new KrakenSpotFeed({
      symbols: this.#exchange.symbols,
      depth,
      dial,
      scheduler,
      seed,
      // Where virtual time leaps and sockets take real time, a ping seems to take as long as the leap.
      ...(isPrompt ? {} : { lagLimit: micros(3600 * SECOND) }),
      onEvent: (event) => this.#onEvent(event),
      onWire: () => this.#onWire(),
    });
  }

  start(): void {
    this.#exchange.start();
    this.#feed.start();
  }

  /** Resolves when every book is live. */
  ready(): Promise<void> {
    return this.#feed.ready();
  }

  /**
   * Waits for all that left the exchange.
   * @returns False when some of it will not come: there are faults, or a connection was lost.
   */
  async arrival(): Promise<boolean> {
    while (!this.#mayMiss && this.#feed.health().connects === 1 && this.#feed.frames < this.#witness.frames) {
      await new Promise<void>((resolve) => {
        this.#onWire = resolve;
      });
    }
    this.#onWire = () => undefined;
    return this.#feed.frames === this.#witness.frames;
  }

  compareAll(): void {
    const { market } = this.#feed;
    for (const symbol of this.#exchange.symbols) {
      const book = market.book(symbol);
      if (book !== undefined) this.#judge.compareNow(symbol, book);
    }
  }

  report(): RehearsalReport {
    const { frames, bookFrames, tradeFrames } = this.#witness;
    const { books, trades, told } = this.#judge;
    const health = this.#feed.health();
    const symbols = Object.values(health.symbols);
    const seconds = (this.#scheduler.now() - this.#startedAt) / SECOND;
    return {
      seconds,
      sent: { frames, books: bookFrames, trades: tradeFrames },
      received: health.frames,
      books: { ...books },
      trades: { ...trades },
      framesPerSecond: (bookFrames + tradeFrames) / seconds / symbols.length,
      resyncs: sum(symbols.map(({ resyncs }) => resyncs)),
      reconnects: sum(Object.values(health.reconnects)),
      missedTrades: sum(symbols.map((symbol) => symbol.trades.missing)),
      notLive: Object.keys(health.symbols).filter((symbol) => health.symbols[symbol]?.state !== 'live'),
      divergences: [...told],
    };
  }

  close(): void {
    void this.#feed.close();
    this.#exchange.stop();
  }

  #onEvent(event: MarketEvent): void {
    if (event.type === 'book') this.#judge.onBook(event);
    else if (event.type === 'trade') this.#judge.onTrade(event);
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
