/**
 * What a backtest costs an event: a paper run's inputs played again as fast as they come, with one maker, under one queue
 * model, under both ends and under the central one and both ends side by side. The floor is `FeedCore` alone on the same frames: decoding and verification.
 *
 * An event is one book message or one trade. Output records are counted and dropped.
 */
import { FeedCore } from '@kb/feed';
import type { MarketEvent, QueueModelId } from '@kb/model';
import { PaperVenue } from '@kb/paper-exec';
import { Ledger } from '@kb/portfolio';
import { RiskEngine } from '@kb/risk';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchOptions, BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { createStrategy, Engine } from '../src/index.ts';
import type { SessionInput } from '../src/index.ts';
import { Market } from '../test/support/market.ts';
import { makerConfig } from '../test/support/outputs.ts';

const STEPS = 40_000;
/** The strategy's defaults but for the fee floor, which would put its quotes out of this market's view. */
const CONFIG = makerConfig({
  strategies: [{ id: 'maker', use: 'maker', symbol: 'SOL/USD', params: { baseSpreadBps: 8, feeFloor: false } }],
});

export const run: BenchRun = (options: BenchOptions): BenchRow[] => {
  const inputs = new Market({ seed: 42 }).inputs(options.smoke ? 1_000 : STEPS);
  const events = feedAlone(inputs, () => {});
  const few = { smoke: options.smoke };
  const times = interleave(
    {
      one: () => backtest(inputs, ['risk-averse']),
      both: () => backtest(inputs, ['risk-averse', 'uniform']),
      three: () => backtest(inputs, ['central', 'risk-averse', 'uniform']),
      feed: () => feedAlone(inputs, () => {}),
    },
    events,
    few,
  );
  const row = (name: string, key: keyof typeof times, against: string | undefined): BenchRow => ({
    name,
    median: 1e9 / times[key],
    unit: 'events/s',
    against,
    ratio: against === undefined ? undefined : times[key] / times.feed,
  });
  return [
    row('backtest, one maker, one queue model', 'one', 'FeedCore alone'),
    row('backtest, one maker, two queue models', 'both', 'FeedCore alone'),
    row('backtest, one maker, central and both ends', 'three', 'FeedCore alone'),
    row('FeedCore alone', 'feed', undefined),
  ];
};

/** @returns How many book messages and trades there were. */
function feedAlone(inputs: readonly SessionInput[], onEvent: (event: MarketEvent) => void): number {
  let events = 0;
  const core = new FeedCore({
    symbols: CONFIG.symbols,
    depth: CONFIG.depth,
    onEvent: (event) => {
      if (event.type === 'book' || event.type === 'trade') events += 1;
      onEvent(event);
    },
  });
  for (const input of inputs) if (input.type !== 'halt') core.handle(input);
  return events;
}

/** As `PaperSession` puts a run together, but with the queue models of our choice. */
function backtest(inputs: readonly SessionInput[], models: readonly QueueModelId[]): number {
  let engine: Engine | undefined;
  let records = 0;
  const core: FeedCore = new FeedCore({
    symbols: CONFIG.symbols,
    depth: CONFIG.depth,
    onEvent: (event) => {
      engine ??= event.type === 'book' ? start() : undefined;
      engine?.process(event);
    },
  });
  function start(): Engine | undefined {
    const instrument = core.market.instrument('SOL/USD');
    if (instrument === undefined) return undefined;
    const instruments = [instrument];
    const balances = { SOL: '100', USD: '10000' };
    const shadow = new Ledger({ instruments, balances, reporting: 'USD' });
    return new Engine({
      market: core.market,
      instruments: new Map([[instrument.symbol, instrument]]),
      strategies: CONFIG.strategies.map((strategy) => createStrategy(strategy)),
      risk: new RiskEngine(CONFIG.limits),
      ledger: new Ledger({ instruments, balances, reporting: 'USD' }),
      venue: new PaperVenue({
        instruments,
        latency: CONFIG.latency,
        fees: CONFIG.fees,
        balances,
        models,
        onShadowFill: (_model, fill) => void shadow.apply(fill),
      }),
      fees: CONFIG.fees,
      output: {
        append: () => {
          records += 1;
        },
        durable: () => {},
      },
    });
  }
  for (const input of inputs) if (input.type !== 'halt') core.handle(input);
  if (engine === undefined || engine.tally.fills === 0) throw new Error('nothing was traded');
  return records;
}
