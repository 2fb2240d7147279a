import type { BookEvent, FillReport, Instrument, MarketView, Micros, QueueModelId, Venue } from '@kb/model';
import { snapshotOf } from '@kb/orderbook';
import { PaperVenue } from '@kb/paper-exec';
import { Ledger } from '@kb/portfolio';
import { RiskEngine } from '@kb/risk';
import { Decimal } from 'decimal.js';
import { Engine } from './engine.ts';
import { Marks } from './marks.ts';
import type { OutputSink } from './output.ts';
import { STARTING_VALUE } from './session-config.ts';
import type { PaperSessionConfig } from './session-config.ts';
import { createStrategy } from './strategy-factory.ts';

/** What exists of a paper run once its market is known. */
export interface Run {
  readonly engine: Engine;
  readonly venue: PaperVenue;
  /** What the strategy lives by: fills of the central queue model. */
  readonly ledger: Ledger;
  /** The same orders under the risk-averse queue model, and under the uniform one: the ends of every P&L figure. */
  readonly pessimistic: Ledger;
  readonly optimistic: Ledger;
  /** Venue time of the event that it began with. */
  readonly startedAt: Micros;
  /** Market events handled. */
  events: number;
}

/**
 * Puts a run together on the market as it stands.
 * @param first The event that made the market known: the run handles it first.
 */
export function startRun(config: PaperSessionConfig, market: MarketView, output: OutputSink, first: BookEvent): Run {
  const instruments = new Map<string, Instrument>();
  for (const symbol of config.symbols) {
    const instrument = market.instrument(symbol);
    if (instrument !== undefined) instruments.set(symbol, instrument);
  }
  const all = [...instruments.values()];
  const marks = firstMarks(instruments, market);
  const balances = startingBalances(config, all, marks);
  const ledger = new Ledger({ instruments: all, balances, reporting: config.reporting });
  const pessimistic = new Ledger({ instruments: all, balances, reporting: config.reporting });
  const optimistic = new Ledger({ instruments: all, balances, reporting: config.reporting });
  for (const each of [ledger, pessimistic, optimistic]) each.open(marks);

  const venue = new PaperVenue({
    instruments: all,
    latency: config.latency,
    fees: config.fees,
    balances,
    channels: config.channels,
    models: ['central', 'risk-averse', 'uniform'],
    follow: 'central',
    onShadowFill(model: QueueModelId, fill: FillReport): void {
      (model === 'uniform' ? optimistic : pessimistic).apply(fill);
      engine.shadowFill(model, fill);
    },
  });
  introduce(venue, market, instruments.keys(), first);
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
  return { engine, venue, ledger, pessimistic, optimistic, startedAt: first.venueTs, events: 0 };
}

/**
 * Tells a venue that joins late what it missed: what the exchange allows, and the books of the pairs that were known before
 * the last one. The book that `first` brings whole comes with the event itself.
 */
export function introduce(
  venue: Pick<Venue, 'onEvent'>,
  market: MarketView,
  symbols: Iterable<string>,
  first: BookEvent,
): void {
  const { seq, venueTs, recvTs } = first;
  venue.onEvent({ type: 'status', seq, venueTs, recvTs, symbol: undefined, system: market.system });
  for (const symbol of symbols) {
    const book = market.book(symbol);
    if (book !== undefined && !(first.snapshot && first.symbol === symbol)) {
      venue.onEvent({ ...first, symbol, book, changes: snapshotOf(book), snapshot: true });
    }
  }
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
