import type { QuotedReport, Speed, TwinReport } from '../report/report.ts';
import type { QuotedMarket } from '../trial/quoted-market.ts';
import type { TwinRun } from '../trial/twin-run.ts';
import { rowsWhere } from './block-sums.ts';
import { coverageOf } from './coverage.ts';
import { metricsOf } from './metrics.ts';
import type { MetricsOptions } from './metrics.ts';
import { OutcomeTable } from './outcome-table.ts';

export interface QuotedRuns {
  readonly kind: string;
  readonly share: number;
  /** One a seed. */
  readonly runs: readonly TwinRun[];
  readonly speed: Speed;
}

/** What runs with real orders found, over all seeds. */
export function quotedReport({ kind, share, runs, speed }: QuotedRuns, options: MetricsOptions): QuotedReport {
  const real = runs.map((run) => run.real);
  const table = joined(real.map((market) => market.table));
  const rows = rowsWhere(table, 'distance', () => true);
  const windows = [...new Set(table.estimates.map(({ window }) => window))];
  return {
    kind,
    share,
    participation: sum(real, ({ ownVolume }) => ownVolume) / sum(real, ({ volume }) => volume),
    hours: sum(real, ({ hourMids }) => hourMids.length),
    seeds: runs.length,
    orders: rows.length,
    speed,
    metrics: table.estimates.map((estimate) => metricsOf(table, estimate, rows, options)),
    coverage: windows.map((window) => coverageOf(real, window)),
    twin: twinOf(runs),
  };
}

function twinOf(runs: readonly TwinRun[]): TwinReport {
  const real = runs.map((run) => run.real);
  const twins = runs.map((run) => run.paper);
  const turnover = (markets: readonly QuotedMarket[], column: number): number =>
    sum(markets, ({ hourMids, ledgers }) =>
      hourMids.reduce((total, _, hour) => total + (ledgers[column]?.turnover(hour) ?? 0), 0),
    );
  const profit = (markets: readonly QuotedMarket[], column: number): number =>
    (sum(markets, ({ hourMids, ledgers }) => total(ledgers[column]?.profits(hourMids) ?? [])) /
      turnover(markets, column)) *
    1e4;
  const estimates = (twins[0]?.table.estimates ?? []).map(({ name }, index) => {
    const same = 1 + (real[0]?.table.estimates.findIndex((each) => each.name === name && each.window === 0) ?? -1);
    return {
      name,
      volumeRatio: turnover(twins, index + 1) / turnover(real, 0),
      sameRunRatio: turnover(real, same) / turnover(real, 0),
      twinProfit: profit(twins, index + 1),
      sameRunProfit: profit(real, same),
      trueProfit: profit(real, 0),
    };
  });
  return { divergedAfter: runs.map(({ divergedAfter }) => divergedAfter ?? Number.NaN), estimates };
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
