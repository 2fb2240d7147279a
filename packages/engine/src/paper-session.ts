import { micros } from '@kb/model';
import type { BookEvent, FillReport, Instrument, MarketEvent, MarketView, Micros, QueueModelId } from '@kb/model';
import { snapshotOf } from '@kb/orderbook';
import { PaperVenue } from '@kb/paper-exec';
import { Ledger } from '@kb/portfolio';
import { RiskEngine } from '@kb/risk';
import { Decimal } from 'decimal.js';
import { Engine } from './engine.ts';
import { Marks } from './marks.ts';
import type { OutputSink } from './output.ts';
import { checkPaperSessionConfig, STARTING_VALUE } from './session-config.ts';
import type { PaperSessionConfig } from './session-config.ts';
import { createStrategy } from './strategy-factory.ts';
import { summarise } from './summary.ts';
import type { RunSummary } from './summary.ts';

/**
 * A paper run: engine, risk, strategies, a paper venue and two ledgers, put together as soon as the market is known.
 *
 * The engine starts with the event that makes the last symbol known: its rules (from the `instrument` channel) and a live
 * book (which values the starting balances). Until then events only pass by. The strategy's own fills follow the
 * risk-averse queue model; what the uniform model would have filled on the same orders goes to a second ledger, and the two
 * are the ends of every P&L figure.
 */
export class PaperSession {
  readonly #config: PaperSessionConfig;
  readonly #market: MarketView;
  readonly #output: OutputSink;
  #run: Run | undefined;
  /** Set when the kill switch was pulled before there was anything to stop. */
  #haltCause: string | undefined;

  /** @throws EngineError `KB_ENGINE_BAD_CONFIG` with every problem of the configuration. */
  constructor(config: PaperSessionConfig, market: MarketView, output: OutputSink) {
    checkPaperSessionConfig(config);
    this.#config = config;
    this.#market = market;
    this.#output = output;
  }

  /** The engine, once the market is known. */
  get engine(): Engine | undefined {
    return this.#run?.engine;
  }

  /** Handles one market event. */
  onEvent(event: MarketEvent): void {
    if (this.#run === undefined) {
      if (event.type !== 'book' || !this.#marketIsKnown()) return;
      this.#run = startRun(this.#config, this.#market, this.#output, event);
      if (this.#haltCause !== undefined) this.#run.engine.halt(this.#haltCause);
    }
    this.#run.events += 1;
    this.#run.engine.process(event);
  }

  /** Pulls the kill switch: strategies stop, working orders are cancelled. Pulled before the start, none ever begins. */
  halt(cause: string): void {
    this.#haltCause ??= cause;
    this.#run?.engine.halt(cause);
  }

  /** Where the run stands now; for the live view and, at the end, for the report. */
  summary(): RunSummary {
    return summarise(this.#config, this.#run, this.#haltCause);
  }

  /** Writes the last mark. Nothing may be handled after it. */
  finish(): RunSummary {
    this.#run?.engine.mark();
    return this.summary();
  }

  #marketIsKnown(): boolean {
    return this.#config.symbols.every((symbol) => {
      const book = this.#market.book(symbol);
      const known = this.#market.instrument(symbol) !== undefined;
      return known && book?.bestBid() !== undefined && book.bestAsk() !== undefined;
    });
  }
}

/** What exists once the market is known. */
export interface Run {
  readonly engine: Engine;
  /** What the strategy lives by: fills of the risk-averse queue model. */
  readonly ledger: Ledger;
  /** The same orders under the uniform queue model. */
  readonly optimistic: Ledger;
  /** Venue time of the event that it began with. */
  readonly startedAt: Micros;
  /** Market events handled. */
  events: number;
}

function startRun(config: PaperSessionConfig, market: MarketView, output: OutputSink, first: BookEvent): Run {
  const instruments = new Map<string, Instrument>();
  for (const symbol of config.symbols) {
    const instrument = market.instrument(symbol);
    if (instrument !== undefined) instruments.set(symbol, instrument);
  }
  const all = [...instruments.values()];
  const marks = firstMarks(instruments, market);
  const balances = startingBalances(config, all, marks);
  const ledger = new Ledger({ instruments: all, balances, reporting: config.reporting });
  const optimistic = new Ledger({ instruments: all, balances, reporting: config.reporting });
  ledger.open(marks);
  optimistic.open(marks);

  const { feed, entry, ack } = config.latency;
  const { seq, venueTs, recvTs } = first;
  const venue = new PaperVenue({
    instruments: all,
    latency: { feed: micros(feed), entry: micros(entry), ack: micros(ack) },
    fees: config.fees,
    balances,
    channels: config.channels,
    onShadowFill(model: QueueModelId, fill: FillReport): void {
      optimistic.apply(fill);
      engine.shadowFill(model, fill);
    },
  });
  // It was not there when the exchange said what it allows.
  venue.onEvent({ type: 'status', seq, venueTs, recvTs, symbol: undefined, system: market.system });
  for (const symbol of instruments.keys()) {
    const book = market.book(symbol);
    // A pair that was known earlier has had its snapshot already; the venue was not there to see it.
    if (book !== undefined && !(first.snapshot && first.symbol === symbol)) {
      venue.onEvent({ ...first, symbol, book, changes: snapshotOf(book), snapshot: true });
    }
  }
  const engine: Engine = new Engine({
    market,
    instruments,
    strategies: config.strategies.map((strategy) => createStrategy(strategy)),
    risk: new RiskEngine(config.limits),
    ledger,
    venue,
    fees: config.fees,
    output,
  });
  return { engine, ledger, optimistic, startedAt: venueTs, events: 0 };
}

function firstMarks(instruments: ReadonlyMap<string, Instrument>, market: MarketView): Record<string, string> {
  const marks = new Marks(instruments);
  for (const symbol of instruments.keys()) {
    const book = market.book(symbol);
    if (book !== undefined) marks.onBook({ symbol, book });
  }
  return marks.asDecimals();
}

/** Named balances as given; every other asset starts with the same value, rounded down to the pair's lot. */
function startingBalances(
  config: PaperSessionConfig,
  instruments: readonly Instrument[],
  marks: Readonly<Record<string, string>>,
): Record<string, string> {
  const balances: Record<string, string> = { [config.reporting]: STARTING_VALUE };
  for (const { symbol, base, qtyPrecision } of instruments) {
    const mark = marks[symbol];
    if (mark === undefined) continue;
    balances[base] = new Exact(STARTING_VALUE).div(mark).toFixed(qtyPrecision, Decimal.ROUND_DOWN);
  }
  return { ...balances, ...config.balances };
}

/** Our own settings: nobody's `Decimal.set` can change what an account starts with. */
const Exact: Decimal.Constructor = Decimal.clone({ precision: 60, defaults: true });
