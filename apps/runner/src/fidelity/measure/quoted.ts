import type { QuotedReport, Speed, TwinReport } from '../report/report.ts';
import type { QuotedMarket } from '../trial/quoted-market.ts';
import type { TwinRun } from '../trial/twin-run.ts';
import { rowsWhere } from './block-sums.ts';
import { LEVEL_MODELS } from '../estimate/paper-models.ts';
import { coverageOf } from './coverage.ts';
import { blockProfit, ordersByBlock } from './block-profit.ts';
import type { BlockProfit } from './block-profit.ts';
import { metricsOf } from './metrics.ts';
import type { MetricsOptions } from './metrics.ts';
import { OutcomeTable } from './outcome-table.ts';

export interface QuotedRuns {
  readonly kind: string;
  readonly share: number;
  readonly blockSeconds: number;
  /** One a seed, all with the same columns. */
  readonly runs: readonly TwinRun[];
  /** More seeds, which only tell whether brackets hold. */
  readonly more: readonly QuotedMarket[];
  /** Of those seeds: seconds until the twin's mid differed. */
  readonly moreDiverged: readonly (number | undefined)[];
  readonly speed: Speed;
}

/** What runs with real orders found, over all seeds. */
export function quotedReport(
  { kind, share, blockSeconds, runs, more, moreDiverged, speed }: QuotedRuns,
  options: MetricsOptions,
): QuotedReport {
  const real = runs.map((run) => run.real);
  const all = [...real, ...more];
  const table = joined(real.map((market) => market.table));
  const rows = rowsWhere(table, 'distance', () => true);
  const windows = [...new Set(table.estimates.map(({ window }) => window))];
  return {
    kind,
    share,
    participation: sum(real, ({ ownVolume }) => ownVolume) / sum(real, ({ volume }) => volume),
    hours: (sum(all, ({ blockMids }) => blockMids.length) * blockSeconds) / 3_600,
    blockSeconds,
    seeds: all.length,
    orders: rows.length,
    speed,
    metrics: table.estimates.map((estimate) => metricsOf(table, estimate, rows, options)),
    coverage: windows.map((window) => coverageOf(window === 0 ? all : real, window, LEVEL_MODELS)),
    twin: twinOf(runs, moreDiverged),
  };
}

function twinOf(runs: readonly TwinRun[], moreDiverged: readonly (number | undefined)[]): TwinReport {
  const real = runs.map((run) => run.real);
  const twins = runs.map((run) => run.paper);
  const truth = resultOf(real, TRUTH);
  const estimates = (twins[0]?.table.estimates ?? []).map(({ name }) => {
    const [same, twin] = [resultOf(real, name), resultOf(twins, name)];
    return {
      name,
      twinRatio: twin.turnover / truth.turnover,
      sameRunRatio: same.turnover / truth.turnover,
      twinProfit: inBp(twin),
      sameRunProfit: inBp(same),
      trueProfit: inBp(truth),
    };
  });
  const diverged = [...runs.map(({ divergedAfter }) => divergedAfter), ...moreDiverged];
  return { divergedAfter: diverged.map((seconds) => seconds ?? Number.NaN), estimates };
}

const TRUTH = undefined;

/** What the orders came to over all blocks, in truth or by an estimator without merging. */
function resultOf(markets: readonly QuotedMarket[], name: string | undefined): BlockProfit {
  const blocks = markets.flatMap((market) => {
    const column = name === TRUTH ? 0 : market.table.columnOf(name, 0);
    if (column === undefined) throw new Error(`no estimates of ${name} on an unmerged book`);
    return ordersByBlock(market).map((orders, block) =>
      blockProfit(orders, column, market.blockMids[block] ?? Number.NaN),
    );
  });
  return { profit: total(blocks.map(({ profit }) => profit)), turnover: total(blocks.map((each) => each.turnover)) };
}

function inBp({ profit, turnover }: BlockProfit): number {
  return (profit / turnover) * 1e4;
}

/** The rows of all tables in one; blocks of different tables stay different. */
function joined(tables: readonly OutcomeTable[]): OutcomeTable {
  const all = new OutcomeTable(tables[0]?.estimates ?? []);
  for (const [index, table] of tables.entries()) all.append(table, index * BLOCKS_APART);
  return all;
}

/** More blocks of five minutes than any run has. */
const BLOCKS_APART = 100_000;

function sum(markets: readonly QuotedMarket[], figure: (market: QuotedMarket) => number): number {
  return total(markets.map(figure));
}

function total(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
