/**
 * What a backtest costs an event, under one queue model and under three.
 *
 * From decoded events: book messages of few levels and prints, as a store of one's own may hold them; the floor is the same events
 * through the book alone. Two strategies on a market that moves fast: one that leaves two orders standing until they fill or are left
 * behind (a command in 31 events, a fill in 77), and the maker (a command in 23, a fill in 33). From frames: the same maker, with
 * decoding and verification; the floor is `FeedCore` alone.
 *
 * An event is one book message or one trade. Output records are counted and dropped.
 */
import { FeedCore } from '@kb/feed';
import type { Instrument, MarketEvent, MarketView, QueueModelId } from '@kb/model';
import { PaperVenue } from '@kb/paper-exec';
import { Ledger } from '@kb/portfolio';
import { RiskEngine } from '@kb/risk';
import type { Strategy } from '@kb/strategies';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchOptions, BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { createStrategy, Engine, PaperSession } from '../src/index.ts';
import type { SessionInput } from '../src/index.ts';
import { Market } from '../test/support/market.ts';
import { makerConfig } from '../test/support/outputs.ts';
import { DecodedMarket } from './decoded-market.ts';
import { StandingQuotes } from './standing-quotes.ts';

const STEPS = 40_000;
const SYMBOL = 'SOL/USD';
/** The strategy's defaults but for the fee floor, which would put its quotes out of this market's view. */
const CONFIG = makerConfig({
  strategies: [{ id: 'maker', use: 'maker', symbol: SYMBOL, params: { baseSpreadBps: 8, feeFloor: false } }],
});
const ONE: readonly QueueModelId[] = ['risk-averse'];
/** Three that need a level's size alone, and three of which one infers orders. */
const THREE: readonly QueueModelId[] = ['risk-averse', 'power-blend', 'uniform'];
const CENTRAL: readonly QueueModelId[] = ['central', 'risk-averse', 'uniform'];

export const run: BenchRun = (options: BenchOptions): BenchRow[] => {
  const inputs = new Market({ seed: 42 }).inputs(options.smoke ? 1_000 : STEPS);
  const decoded = new DecodedMarket(inputs, SYMBOL, CONFIG.depth);
  const quotes = (): Strategy[] => [new StandingQuotes(SYMBOL)];
  const maker = (): Strategy[] => CONFIG.strategies.map((strategy) => createStrategy(strategy));
  const times = interleave(
    {
      book: () => decoded.play(() => {}),
      quotesOne: () => fromEvents(decoded, quotes(), ONE),
      quotesThree: () => fromEvents(decoded, quotes(), THREE),
      quotesCentral: () => fromEvents(decoded, quotes(), CENTRAL),
      makerOne: () => fromEvents(decoded, maker(), ONE),
      makerThree: () => fromEvents(decoded, maker(), THREE),
      makerCentral: () => fromEvents(decoded, maker(), CENTRAL),
      session: () => inSession(decoded),
      feed: () => feedAlone(inputs),
      framesOne: () => fromFrames(inputs, maker(), ONE),
      framesThree: () => fromFrames(inputs, maker(), THREE),
      framesCentral: () => fromFrames(inputs, maker(), CENTRAL),
    },
    decoded.count,
    options,
  );
  const row = (name: string, key: keyof typeof times, floor: 'book' | 'feed'): BenchRow => ({
    name,
    median: 1e9 / times[key],
    unit: 'events/s',
    against: key === floor ? undefined : floor === 'book' ? 'the book alone' : 'FeedCore alone',
    ratio: key === floor ? undefined : times[key] / times[floor],
  });
  return [
    row('decoded events, the book alone', 'book', 'book'),
    row('two standing orders, one queue model', 'quotesOne', 'book'),
    row('two standing orders, three by size', 'quotesThree', 'book'),
    row('two standing orders, central and both ends', 'quotesCentral', 'book'),
    row('the maker, one queue model', 'makerOne', 'book'),
    row('the maker, three by size', 'makerThree', 'book'),
    row('the maker, central and both ends', 'makerCentral', 'book'),
    row('the maker in a PaperSession, all models, bracket by order', 'session', 'book'),
    row('frames, FeedCore alone', 'feed', 'feed'),
    row('the maker from frames, one queue model', 'framesOne', 'feed'),
    row('the maker from frames, three by size', 'framesThree', 'feed'),
    row('the maker from frames, central and both ends', 'framesCentral', 'feed'),
  ];
};

/** @returns How many output records there were. */
function fromEvents(market: DecodedMarket, strategies: readonly Strategy[], models: readonly QueueModelId[]): number {
  const { engine, records } = engineOn(market, market.only, strategies, models);
  market.play((event) => engine.process(event));
  checkTraded(engine);
  return records();
}

/** A whole paper run: what `kb paper` does with its events. @returns How many output records there were. */
function inSession(market: DecodedMarket): number {
  let records = 0;
  const session = new PaperSession(CONFIG, market, { append: () => (records += 1), durable: () => {} });
  market.play((event) => session.onEvent(event));
  if (session.finish().fills.total === 0) throw new Error('nothing was traded');
  return records;
}

/** As `PaperSession` puts a run together, but with the queue models of our choice. */
function fromFrames(
  inputs: readonly SessionInput[],
  strategies: readonly Strategy[],
  models: readonly QueueModelId[],
): number {
  let started: ReturnType<typeof engineOn> | undefined;
  const core: FeedCore = feedOf((event) => {
    const instrument = core.market.instrument(SYMBOL);
    if (instrument !== undefined && event.type === 'book') {
      started ??= engineOn(core.market, instrument, strategies, models);
    }
    started?.engine.process(event);
  });
  for (const input of inputs) if (input.type === 'frame') core.handle(input);
  if (started === undefined) throw new Error('the market never became known');
  checkTraded(started.engine);
  return started.records();
}

/** @returns How many events there were. */
function feedAlone(inputs: readonly SessionInput[]): number {
  let events = 0;
  const core = feedOf(() => (events += 1));
  for (const input of inputs) if (input.type === 'frame') core.handle(input);
  return events;
}

function feedOf(onEvent: (event: MarketEvent) => void): FeedCore {
  return new FeedCore({ symbols: CONFIG.symbols, depth: CONFIG.depth, onEvent });
}

function engineOn(
  market: MarketView,
  instrument: Instrument,
  strategies: readonly Strategy[],
  models: readonly QueueModelId[],
): { readonly engine: Engine; readonly records: () => number } {
  const instruments = [instrument];
  const balances = { SOL: '100', USD: '10000' };
  const shadow = new Ledger({ instruments, balances, reporting: 'USD' });
  let records = 0;
  const venue = new PaperVenue({
    instruments,
    latency: CONFIG.latency,
    fees: CONFIG.fees,
    balances,
    models,
    onShadowFill: (_model, fill) => void shadow.apply(fill),
  });
  const engine = new Engine({
    market,
    instruments: new Map([[instrument.symbol, instrument]]),
    strategies,
    risk: new RiskEngine(CONFIG.limits),
    ledger: new Ledger({ instruments, balances, reporting: 'USD' }),
    venue,
    fees: (symbol) => venue.feeStatus(symbol) ?? { maker: '0', taker: '0' },
    output: { append: () => (records += 1), durable: () => {} },
  });
  return { engine, records: () => records };
}

function checkTraded({ tally }: Engine): void {
  if (tally.fills === 0) throw new Error('nothing was traded');
}
