import type {
  BookEvent,
  FeeRates,
  FillReport,
  Instrument,
  Level3Event,
  MarketView,
  Micros,
  QueueModelId,
  Venue,
} from '@kb/model';
import { snapshotOf } from '@kb/orderbook';
import { PaperVenue } from '@kb/paper-exec';
import type { PaperVenueOptions } from '@kb/paper-exec';
import { Ledger } from '@kb/portfolio';
import { RiskEngine } from '@kb/risk';
import { Decimal } from 'decimal.js';
import { OrderBracket } from './bracket/order-bracket.ts';
import { Engine } from './engine.ts';
import { Marks } from './marks.ts';
import type { OutputSink } from './output.ts';
import { queueModels, STARTING_VALUE } from './session-config.ts';
import type { PaperSessionConfig } from './session-config.ts';
import { createStrategy } from './strategy-factory.ts';

/** What exists of a paper run once its market is known. */
export interface Run {
  readonly engine: Engine;
  readonly venue: PaperVenue;
  /** What the strategy lives by: fills of the central queue model. */
  readonly ledger: Ledger;
  /** The same orders under the risk-averse queue model, and under the uniform one. */
  readonly pessimistic: Ledger;
  readonly optimistic: Ledger;
  /** The ends of the P&L: each order as the queue models see it, at its worst and at its best. */
  readonly bracket: OrderBracket;
  /** Venue time of the event that it began with. */
  readonly startedAt: Micros;
  /** Market events handled. */
  events: number;
}

/** The queue model that strategies live by. */
const FOLLOWED: QueueModelId = 'central';

/**
 * Puts a run together on the market as it stands.
 * @param first The event that made the market known: the run handles it first.
 */
export function startRun(
  config: PaperSessionConfig,
  market: MarketView,
  output: OutputSink,
  first: BookEvent | Level3Event,
): Run {
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

  const models = queueModels(config);
  const bracket = new OrderBracket(all, models);
  const venue = new PaperVenue({
    instruments: all,
    latency: config.latency,
    fees: config.fees,
    balances,
    channels: config.channels.includes('trade') ? ['book', 'trade'] : ['book'],
    ...waitsOf(config),
    ...orderRateOf(config),
    models,
    follow: FOLLOWED,
    ...(config.impact === undefined ? {} : { impact: config.impact }),
    onShadowFill(model: QueueModelId, fill: FillReport): void {
      if (model === 'risk-averse') pessimistic.apply(fill);
      else if (model === 'uniform') optimistic.apply(fill);
      bracket.apply(model, fill);
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
    fees: (symbol) => venue.feeStatus(symbol) ?? NO_FEES,
    output,
    onFill: (fill) => bracket.apply(FOLLOWED, fill),
  });
  return { engine, venue, ledger, pessimistic, optimistic, bracket, startedAt: first.venueTs, events: 0 };
}

function waitsOf({ latenessMargin, pairingWindow }: PaperSessionConfig): Partial<PaperVenueOptions> {
  return {
    ...(latenessMargin !== undefined && { latenessMargin }),
    ...(pairingWindow !== undefined && { pairingWindow }),
  };
}

/** The venue counts by the tier that risk counts by, so that they cannot disagree about what is allowed. */
function orderRateOf({ limits: { venueTier } }: PaperSessionConfig): Partial<PaperVenueOptions> {
  return venueTier === undefined ? {} : { orderRate: { tier: venueTier } };
}

/**
 * Tells a venue that joins late what it missed: what the exchange allows, and the books of the pairs that were known before
 * the last one. The book that `first` brings whole comes with the event itself; single orders the venue takes as they stand with each pair's
 * next message.
 */
export function introduce(
  venue: Pick<Venue, 'onEvent'>,
  market: MarketView,
  symbols: Iterable<string>,
  first: BookEvent | Level3Event,
): void {
  const { seq, venueTs, recvTs } = first;
  venue.onEvent({ type: 'status', seq, venueTs, recvTs, symbol: undefined, system: market.system });
  if (first.type === 'level3') return;
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

/** Of a pair that nobody trades here: none of this run. */
const NO_FEES: FeeRates = { maker: '0', taker: '0' };
/** Our own settings: nobody's `Decimal.set` can change what an account starts with. */
const Exact: Decimal.Constructor = Decimal.clone({ precision: 60, defaults: true });
