import { FAULT_PLANS, FaultInjector, parseFaults, SimExchange } from '@kb/exchange-sim';
import type { FaultSpec, TrueTrade } from '@kb/exchange-sim';
import { KrakenSpotFeed } from '@kb/feed';
import type { Percentiles } from '@kb/feed';
import { inProcessDial } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { FeedCause, MarketEvent, Micros, TradeEvent } from '@kb/model';
import { CandleJudge } from './candle-judge.ts';
import { Judge } from './judge.ts';
import type { Comparisons } from './judge.ts';
import { lightMarkets } from './light-markets.ts';
import { Witness } from './witness.ts';

export interface FaultyOptions {
  readonly seed: number;
  readonly symbols: number;
  readonly faults: readonly FaultSpec[];
}

/** How a feed got through a time full of faults. */
export interface FaultyReport {
  readonly seconds: number;
  readonly frames: number;
  readonly books: Readonly<Comparisons>;
  readonly trades: Readonly<Comparisons>;
  /** Trades that were handed on twice. */
  readonly repeatedTrades: number;
  /** Looks at a book that could be read although nothing had come from the venue for longer than the deadline. */
  readonly staleReads: number;
  readonly reads: number;
  /** Share of those looks at which a book could be read. */
  readonly readable: number;
  readonly resyncs: number;
  /** From a loss of the connection to every symbol being live, by what began it; µs. */
  readonly outages: Readonly<Partial<Record<FeedCause, Percentiles>>>;
  /** From the last frame to the news that the connection is silent; µs. */
  readonly halfOpen: Percentiles;
  /** From the end of each outage of the plan `outages` to every symbol being live; µs. */
  readonly fresh: Percentiles;
  /** Most connection attempts in any ten minutes. */
  readonly mostConnects: number;
  /** Closed candles: equal to those of all trades, called partial, wrong though called whole, or excused: the venue's clock was. */
  readonly candles: CandleJudge['counts'];
  /** In words: the first books and trades, and all candles, that were wrong. */
  readonly divergences: readonly string[];
}

/** Frames must come at least this often, or the feed must call its data stale. */
const DEADLINE = 5 * SECOND;
const LOOK_EVERY = micros(50_000);
const TEN_MINUTES = 600 * SECOND;
/** Checksums cover ten levels: deeper than that a lost frame need not show. */
const DEPTH = 10;
/** How far the plan `faulty` sets the venue's clock wrong. */
const SKEW = 400_000;
const START = micros(1_795_000_000 * SECOND);
const MINUTE = micros(60 * SECOND);

/** Once a minute the network is gone for one second: the connection is cut, and no new one can be made. */
export const OUTAGES: readonly FaultSpec[] = parseFaults(['reset@60s,every=60s', 'handshake=tls@60s,for=1s,every=60s']);
export const OUTAGE_EVERY: Micros = micros(60 * SECOND);
export const FAULTY: readonly FaultSpec[] = FAULT_PLANS.faulty;
/** Connections that open and drop, without end. */
export const FLAPPING: readonly FaultSpec[] = parseFaults(['flap=1s,for=ever']);

/** A feed on a local exchange with faults between them, in virtual time, and somebody who looks at its books all the time. */
export class FaultyRehearsal {
  readonly #scheduler = new VirtualScheduler(START);
  readonly #exchange: SimExchange;
  readonly #injector: FaultInjector;
  readonly #witness: Witness;
  readonly #judge: Judge;
  readonly #candles: CandleJudge;
  readonly #feed: KrakenSpotFeed;
  readonly #dials: number[] = [];
  readonly #outages = new Map<FeedCause, number[]>();
  readonly #halfOpen: number[] = [];
  readonly #fresh: number[] = [];
  /** Ids of the latest trades that were handed on, by symbol. */
  readonly #told = new Map<string, Set<number>>();
  #lastFrameAt: Micros = START;
  #mostConnects = 0;
  #reads = 0;
  #readable = 0;
  #staleReads = 0;
  #repeatedTrades = 0;
  #wasLive = false;

  constructor({ seed, symbols, faults }: FaultyOptions) {
    const scheduler = this.#scheduler;
    this.#exchange = new SimExchange({ markets: lightMarkets(symbols), seed, scheduler });
    this.#injector = new FaultInjector({ scheduler, seed, target: this.#exchange });
    this.#witness = new Witness(this.#exchange, DEPTH);
    this.#judge = new Judge(this.#exchange, this.#witness, DEPTH, false, SKEW);
    this.#candles = new CandleJudge(MINUTE, START);
    this.#exchange.listen({ onTrade: (trade: TrueTrade) => this.#candles.onTrueTrade(trade) });
    const dial = inProcessDial(this.#injector.wrap(this.#witness.accept), scheduler);
    this.#feed = new KrakenSpotFeed({
      symbols: this.#exchange.symbols,
      depth: DEPTH,
      dial: (url, handlers) => {
        this.#noteConnect();
        return dial(url, handlers);
      },
      scheduler,
      seed,
      candles: [MINUTE],
      onEvent: (event) => this.#onEvent(event),
      onWire: (at, dir) => {
        if (dir === 'rx') this.#lastFrameAt = at;
      },
      onHealth: (event) => {
        if (event.type === 'outage')
          this.#outages.set(event.cause, [...(this.#outages.get(event.cause) ?? []), event.duration]);
      },
    });
    this.#exchange.start();
    this.#feed.start();
    for (const fault of faults) this.#injector.inject(fault);
    this.#look();
  }

  /** Lets time pass. */
  advance(duration: Micros): void {
    this.#scheduler.advance(duration);
  }

  report(): FaultyReport {
    const { books, trades, told } = this.#judge;
    const symbols = Object.values(this.#feed.health().symbols);
    return {
      seconds: (this.#scheduler.now() - START) / SECOND,
      frames: this.#feed.frames,
      books: { ...books },
      trades: { ...trades },
      repeatedTrades: this.#repeatedTrades,
      staleReads: this.#staleReads,
      reads: this.#reads,
      readable: this.#readable / this.#reads,
      resyncs: symbols.reduce((sum, { resyncs }) => sum + resyncs, 0),
      outages: Object.fromEntries([...this.#outages].map(([cause, durations]) => [cause, percentiles(durations)])),
      halfOpen: percentiles(this.#halfOpen),
      fresh: percentiles(this.#fresh),
      mostConnects: this.#mostConnects,
      candles: this.#candles.counts,
      divergences: [...told, ...this.#candles.wrong.map((key) => `candle of ${key}`)],
    };
  }

  close(): void {
    this.#injector.clear();
    void this.#feed.close();
    this.#exchange.stop();
  }

  #onEvent(event: MarketEvent): void {
    switch (event.type) {
      case 'book':
        this.#judge.onBook(event);
        break;
      case 'trade':
        this.#judge.onTrade(event);
        this.#excuse(event);
        this.#noteTold(event);
        break;
      case 'candle':
        this.#candles.onCandle(event);
        break;
      case 'feed':
        if (event.symbol === undefined && event.state === 'stale' && event.cause === 'silence') {
          this.#halfOpen.push(event.recvTs - this.#lastFrameAt);
        }
        this.#noteFresh();
        break;
      case 'instrument':
      case 'level3':
      case 'status':
      case 'ticker':
      case 'timer':
        break;
    }
  }

  #noteTold({ symbol, tradeId }: TradeEvent): void {
    const told = this.#told.get(symbol) ?? new Set<number>();
    this.#told.set(symbol, told);
    if (told.has(tradeId)) this.#repeatedTrades += 1;
    told.add(tradeId);
    const [oldest] = told;
    if (told.size > 1000 && oldest !== undefined) told.delete(oldest);
  }

  #excuse({ symbol, tradeId, venueTs }: TradeEvent): void {
    const made = this.#witness.trade(symbol, tradeId)?.venueTs;
    if (made === undefined || made === venueTs) return;
    this.#candles.excuse(symbol, made);
    this.#candles.excuse(symbol, venueTs);
  }

  /** Every symbol is live again: how long after the network was back, in a plan of outages at the full minute. */
  #noteFresh(): void {
    const { market } = this.#feed;
    const isLive = market.symbols.every((symbol) => market.state(symbol) === 'live');
    if (isLive && !this.#wasLive) {
      const since = (this.#scheduler.now() - START) % OUTAGE_EVERY;
      if (this.#scheduler.now() - START >= OUTAGE_EVERY && since >= SECOND) this.#fresh.push(since - SECOND);
    }
    this.#wasLive = isLive;
  }

  #noteConnect(): void {
    const now = this.#scheduler.now();
    this.#dials.push(now);
    while ((this.#dials[0] ?? now) <= now - TEN_MINUTES) this.#dials.shift();
    this.#mostConnects = Math.max(this.#mostConnects, this.#dials.length);
  }

  /** What somebody sees who looks at every book twenty times a second, whatever happens. */
  #look(): void {
    const { market } = this.#feed;
    const quiet = this.#scheduler.now() - this.#lastFrameAt;
    for (const symbol of market.symbols) {
      this.#reads += 1;
      if (market.book(symbol) === undefined) continue;
      this.#readable += 1;
      if (quiet > DEADLINE) this.#staleReads += 1;
    }
    this.#scheduler.after(LOOK_EVERY, () => this.#look());
  }
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}
