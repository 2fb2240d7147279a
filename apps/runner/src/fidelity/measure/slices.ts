import { quantile } from '../stats/bootstrap.ts';
import { blockSums, rowsWhere, SUM, total } from './block-sums.ts';
import type { ContextName, EstimateColumns, OutcomeTable } from './outcome-table.ts';

/** A few figures of each estimator on a slice of the orders. */
export interface Slice {
  /** What is sliced, and which slice: `spread`, `2–5 ticks`. */
  readonly by: string;
  readonly slice: string;
  readonly orders: number;
  readonly estimates: readonly SliceFigures[];
}

export interface SliceFigures {
  readonly name: string;
  readonly window: number;
  readonly ratio: number;
  /** False and missed fills, as a share of the orders. */
  readonly wrong: number;
  readonly inTime: number;
}

interface Bucket {
  readonly by: string;
  readonly slice: string;
  readonly rows: readonly number[];
}

/** The orders by spread, distance from the best, and by deciles of queue ahead, event rate and volatility. */
export function slicesOf(table: OutcomeTable): readonly Slice[] {
  const buckets = [
    bucket(table, 'spread', '1 tick', 'spread', (spread) => spread <= 1),
    bucket(table, 'spread', '2–5 ticks', 'spread', (spread) => spread >= 2 && spread <= 5),
    bucket(table, 'spread', '> 5 ticks', 'spread', (spread) => spread > 5),
    ...[-1, 0, 1, 2].map((distance) =>
      bucket(table, 'distance', DISTANCES[distance + 1] ?? '', 'distance', (value) => value === distance),
    ),
    ...deciles(table, 'queue ahead', 'ahead'),
    ...deciles(table, 'event rate', 'rate'),
    ...deciles(table, 'volatility', 'volatility'),
  ];
  return buckets
    .filter(({ rows }) => rows.length > 0)
    .map(({ by, slice, rows }) => ({
      by,
      slice,
      orders: rows.length,
      estimates: table.estimates.map((estimate) => figuresOf(table, estimate, rows)),
    }));
}

const DISTANCES = ['inside', 'at best', '1 behind', '2 behind'];

function figuresOf(table: OutcomeTable, estimate: EstimateColumns, rows: readonly number[]): SliceFigures {
  const sums = total(blockSums(table, estimate.outcomes, rows));
  const at = (index: number): number => sums[index] ?? 0;
  const [truth, estimated, joint] = [at(SUM.trueFills + 1), at(SUM.fills + 1), at(SUM.joint)];
  return {
    name: estimate.name,
    window: estimate.window,
    ratio: estimated / truth,
    wrong: (estimated + truth - 2 * joint) / rows.length,
    inTime: at(SUM.inTime) / joint,
  };
}

function bucket(
  table: OutcomeTable,
  by: string,
  slice: string,
  name: ContextName,
  holds: (value: number) => boolean,
): Bucket {
  return { by, slice, rows: rowsWhere(table, name, holds) };
}

/** Ten slices of equal size, fewer where many orders are alike. */
function deciles(table: OutcomeTable, by: string, name: ContextName): readonly Bucket[] {
  const column = table.context[name];
  const sorted = Float64Array.from({ length: table.length }, (_, row) => column.at(row)).sort();
  const edges = Array.from({ length: 9 }, (_, index) => quantile(sorted, (index + 1) / 10));
  return Array.from({ length: 10 }, (_, index) => {
    const [low, high] = [edges[index - 1] ?? -Infinity, edges[index] ?? Infinity];
    return bucket(table, by, `decile ${index + 1}`, name, (value) => value > low && value <= high);
  });
}
