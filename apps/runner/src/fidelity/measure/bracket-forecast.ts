import { forecastScore } from '../stats/forecast.ts';
import type { ForecastScore } from '../stats/forecast.ts';
import { FORECASTS } from './block-sums.ts';
import type { OutcomeTable } from './outcome-table.ts';

/** The lines of the bracket, of which those that there are count. */
export const BRACKET = ['risk-averse', 'central', 'uniform'] as const;

/**
 * The bracket as a forecast: the share of its lines (pessimistic, central, optimistic) that have the order filled within 1, 5, 30 s.
 */
export function bracketForecast(
  table: OutcomeTable,
  window: number,
  rows: readonly number[],
): readonly ForecastScore[] {
  const lines = table.estimates.filter((each) => each.window === window && isLine(each.name));
  return FORECASTS.map((seconds) => {
    const sums = { count: 0, p: 0, o: 0, pp: 0, po: 0 };
    for (const row of rows) {
      const filled = lines.filter(({ outcomes }) => outcomes.fill.at(row) <= seconds).length;
      const p = filled / lines.length;
      const o = Number(table.truth.fill.at(row) <= seconds);
      sums.count += 1;
      sums.p += p;
      sums.o += o;
      sums.pp += p * p;
      sums.po += p * o;
    }
    return forecastScore(sums);
  });
}

function isLine(name: string): boolean {
  return BRACKET.some((line) => line === name);
}
