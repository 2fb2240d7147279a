import { survivalAt } from '../stats/kaplan-meier.ts';
import type { DataSetReport, GroupReport, Curve, TakerReport } from '../report/report.ts';
import type { PhantomTrial } from '../trial/phantom-trial.ts';
import type { TakerProbes } from '../trial/taker-probes.ts';
import { rowsWhere } from './block-sums.ts';
import { bracketForecast } from './bracket-forecast.ts';
import { metricsOf, survivalOf } from './metrics.ts';
import type { MetricsOptions } from './metrics.ts';
import type { OutcomeTable } from './outcome-table.ts';
import { slicesOf } from './slices.ts';

/** What one trial with phantoms found. */
export function dataSetReport(
  name: string,
  trial: PhantomTrial,
  { hours, seconds, options }: { readonly hours: number; readonly seconds: number; readonly options: MetricsOptions },
): DataSetReport {
  const { table } = trial;
  const all = rowsWhere(table, 'distance', () => true);
  const best = rowsWhere(table, 'distance', isBest);
  const windows = [...new Set(table.estimates.map(({ window }) => window))];
  return {
    name,
    hours,
    speed: { rows: trial.rows, messages: trial.messages, seconds },
    executions: trial.executions,
    outOfTurn: trial.outOfTurn,
    hiddenExecutions: trial.hiddenExecutions,
    hiddenMeetings: trial.hiddenMeetings,
    groups: [
      group(table, 'all', all, options),
      group(table, 'at best', best, options),
      group(
        table,
        'at best, spread > 2 ticks',
        best.filter((row) => table.context.spread.at(row) > 2),
        options,
      ),
      group(
        table,
        'behind',
        rowsWhere(table, 'distance', (distance) => distance > 0),
        options,
      ),
      group(
        table,
        'inside',
        rowsWhere(table, 'distance', (distance) => distance < 0),
        options,
      ),
    ].filter(({ orders }) => orders > 0),
    bracket: windows.map((window) => ({ window, forecasts: bracketForecast(table, window, all) })),
    slices: slicesOf(table),
    curves: curvesOf(table),
    takers: trial.probes.map(takerReport),
  };
}

function isBest(distance: number): boolean {
  return distance === 0;
}

function group(
  table: OutcomeTable,
  name: GroupReport['group'],
  rows: readonly number[],
  options: MetricsOptions,
): GroupReport {
  const metrics = table.estimates.map((estimate) => metricsOf(table, estimate, rows, options));
  return { group: name, orders: rows.length, metrics };
}

/** Curves at 60 times from 10 ms to 300 s. */
function curvesOf(table: OutcomeTable): readonly Curve[] {
  const rows = rowsWhere(table, 'distance', isBest);
  const times = Array.from({ length: 60 }, (_, index) => 0.01 * 30_000 ** (index / 59));
  const lines = [{ name: 'truth', outcomes: table.truth }, ...table.estimates.filter(({ window }) => window === 0)];
  return lines.map(({ name, outcomes }) => {
    const curve = survivalOf(table, outcomes, rows);
    return { name, points: times.map((time) => [time, survivalAt(curve, time)] as const) };
  });
}

function takerReport({ window, errors, unfilled }: TakerProbes): TakerReport {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const sizes = errors.map(Math.abs);
  return {
    window,
    probes: errors.length + unfilled,
    unfilled,
    mean: sum(errors) / errors.length,
    meanAbsolute: sum(sizes) / errors.length,
    largest: sizes.reduce((largest, size) => Math.max(largest, size), 0),
  };
}
