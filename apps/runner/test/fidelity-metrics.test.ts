import { describe, expect, test } from 'vitest';
import { bracketForecast } from '../src/fidelity/measure/bracket-forecast.ts';
import { dataSetReport } from '../src/fidelity/measure/data-set.ts';
import { metricsOf } from '../src/fidelity/measure/metrics.ts';
import type { Metrics } from '../src/fidelity/measure/metrics.ts';
import { OutcomeTable } from '../src/fidelity/measure/outcome-table.ts';
import type { ContextName, Outcome } from '../src/fidelity/measure/outcome-table.ts';
import { quotedReport } from '../src/fidelity/measure/quoted.ts';
import { slicesOf } from '../src/fidelity/measure/slices.ts';
import type { PhantomTrial } from '../src/fidelity/trial/phantom-trial.ts';
import type { QuotedMarket, TradedOrder } from '../src/fidelity/trial/quoted-market.ts';
import type { TwinRun } from '../src/fidelity/trial/twin-run.ts';

const NONE = Number.NaN;
const CONTEXT: Record<ContextName, number> = {
  block: 0,
  life: 30,
  distance: 0,
  spread: 1,
  ahead: 0,
  rate: 0,
  volatility: 0,
  move: 0,
};

function outcome(fill: number, mark = NONE, queue: readonly number[] = []): Outcome {
  return { fill, share: Number.isNaN(fill) ? 0 : 1, marks: [mark, mark, mark], queue };
}

/** Seven orders in two blocks of time, each worked out by hand below. */
function seven(): OutcomeTable {
  const table = new OutcomeTable([{ name: 'x', window: 0 }]);
  const add = (context: Partial<typeof CONTEXT>, truth: Outcome, estimate: Outcome): void =>
    table.push({ ...CONTEXT, ...context }, truth, [estimate]);
  add({ block: 0, move: 1 }, outcome(10, 1), outcome(10.05, 2, [0.1]));
  add({ block: 0, move: -2 }, outcome(4, -1), outcome(2, 0, [-0.3]));
  add({ block: 1, move: 3 }, outcome(NONE), outcome(20, 4));
  add({ block: 1, move: NONE }, outcome(29, -3), outcome(NONE));
  add({ block: 1, move: 5, life: 300 }, outcome(200, 50), outcome(250, 70, [0.2, -0.4, 0.5]));
  add({ block: 1, move: -1 }, outcome(NONE), outcome(NONE));
  add({ block: 1, move: 2 }, outcome(NONE), outcome(3, 2));
  return table;
}

const ALL = [0, 1, 2, 3, 4, 5, 6];

function figures(table: OutcomeTable, rows: readonly number[], draws: number): Metrics {
  const [estimate] = table.estimates;
  if (estimate === undefined) throw new Error('no estimate');
  return metricsOf(table, estimate, rows, { seed: 1, draws });
}

function pearson(x: readonly number[], y: readonly number[]): number {
  const mean = (of: readonly number[]): number => of.reduce((sum, value) => sum + value, 0) / of.length;
  const [a, b] = [mean(x), mean(y)];
  const products = (of: readonly number[], by: readonly number[], m: number, n: number): number =>
    of.reduce((sum, value, index) => sum + (value - m) * ((by[index] ?? 0) - n), 0);
  return products(x, y, a, b) / Math.sqrt(products(x, x, a, a) * products(y, y, b, b));
}

describe('the figures of 6.3, by hand', () => {
  const found = figures(seven(), ALL, 0);

  test('fills are counted up to 5, 30 and 300 s, the last of orders that live as long', () => {
    expect(found.orders).toBe(7);
    expect(found.ratios).toEqual([2, 4 / 3, 1]);
    expect([found.trueFills, found.falseFills, found.missedFills]).toEqual([3 / 7, 2 / 7, 1 / 7]);
    expect(found.volumeRatio).toBeCloseTo(5 / 4, 12);
  });

  test('errors of time are of orders filled in both, without their sign', () => {
    expect(found.meanError).toBeCloseTo(1.025, 6);
    expect(found.medianError).toBeCloseTo(1.025, 6);
    expect(found.inTime).toBe(0.5);
  });

  test('survival curves take cancels as censored', () => {
    // From 200 to 250 s none is left in truth; of the estimate 3 of 7, of which the cancels took all but one out of sight.
    expect(found.survivalGap).toBeCloseTo(3 / 7, 12);
  });

  test('marks are means over what filled in truth, and by the estimate', () => {
    expect(found.trueMarks[0]).toBe(-1);
    expect(found.markBias).toEqual([3, 3, 3]);
  });

  test('places are off by the median of sizes, forecasts by their squares', () => {
    expect(found.queueError.map((error) => Number(error.toFixed(6)))).toEqual([0.2, 0.4, 0.5]);
    const [one, five, thirty] = found.forecasts;
    expect(one).toMatchObject({ brier: 0, baseRate: 0 });
    expect(five?.brier).toBeCloseTo(1 / 7, 12);
    expect(thirty?.brier).toBeCloseTo(3 / 7, 12);
    expect(thirty?.baseRate).toBeCloseTo(12 / 49, 12);
    expect(thirty?.slope).toBeCloseTo(1 / 6, 12);
  });

  test('selection is the correlation of filled with the next move, where that is known', () => {
    const moves = [1, -2, 3, 5, -1, 2];
    expect(found.trueSelection).toBeCloseTo(pearson([1, 1, 0, 0, 0, 0], moves), 12);
    expect(found.selection).toBeCloseTo(pearson([1, 1, 1, 0, 0, 1], moves), 12);
  });

  test('intervals are of whole blocks of time', () => {
    const { ratio, wrong, inTime, survivalGap, markBias } = figures(seven(), ALL, 400).intervals;
    expect(ratio).toEqual({ low: 1, high: 2 }); // of the first block alone, of the second alone
    expect(wrong?.low).toBe(0);
    expect(wrong?.high).toBeCloseTo(3 / 5, 12);
    expect(inTime).toEqual({ low: 0.5, high: 0.5 });
    expect(survivalGap?.low).toBeCloseTo(3 / 7, 12);
    expect(survivalGap?.high).toBeCloseTo(3 / 5, 12);
    expect(markBias).toEqual({ low: 1, high: 6 });
    expect(figures(seven(), [0, 1], 400).intervals).toEqual({}); // one block says nothing of its own scatter
  });

  test('a fill that comes after the cancel is none, in the curve and in its interval', () => {
    const table = new OutcomeTable([{ name: 'x', window: 0 }]);
    for (const block of [0, 1]) table.push({ ...CONTEXT, block, life: 20 }, outcome(NONE), [outcome(25)]);
    const { survivalGap, intervals } = figures(table, [0, 1], 10);
    expect([survivalGap, intervals.survivalGap]).toEqual([0, { low: 0, high: 0 }]);
  });

  test('a time is right up to 100 ms, and a fill counts up to the end of its horizon', () => {
    const table = new OutcomeTable([{ name: 'x', window: 0 }]);
    for (const [truth, estimate] of [
      [1, 1.1],
      [1, 1.101],
      [30, 29.9],
      [30.01, 30.01],
    ] as const) {
      table.push(CONTEXT, outcome(truth), [outcome(estimate)]);
    }
    const { inTime, trueFills } = figures(table, [0, 1, 2, 3], 0);
    expect([inTime, trueFills]).toEqual([2 / 3, 3 / 4]);
  });
});

test('slices are by spread and distance, and deciles hold what is alike together', () => {
  const table = new OutcomeTable([{ name: 'x', window: 0 }]);
  const spreads = [1, 2, 5, 6];
  for (let row = 0; row < 20; row += 1) {
    const context = { ...CONTEXT, spread: spreads[row % 4] ?? 0, distance: (row % 4) - 1, ahead: row, volatility: row };
    // Of ten the first is missed and the second false.
    const fills = row % 10 === 0 ? [1, NONE] : row % 10 === 1 ? [NONE, 1] : [1, 1];
    table.push(context, outcome(fills[0] ?? NONE), [outcome(fills[1] ?? NONE)]);
  }
  const slices = slicesOf(table);
  const sizes = (by: string): readonly number[] => slices.filter((each) => each.by === by).map(({ orders }) => orders);
  expect(slices.filter(({ by }) => by === 'spread').map(({ slice }) => slice)).toEqual([
    '1 tick',
    '2–5 ticks',
    '> 5 ticks',
  ]);
  expect(sizes('spread')).toEqual([5, 10, 5]);
  expect(slices.filter(({ by }) => by === 'distance').map(({ slice }) => slice)).toEqual([
    'inside',
    'at best',
    '1 behind',
    '2 behind',
  ]);
  expect(sizes('queue ahead')).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
  expect(sizes('volatility')).toHaveLength(10);
  expect(sizes('event rate')).toEqual([20]);
  const first = slices.find(({ by }) => by === 'queue ahead')?.estimates[0];
  expect(first).toMatchObject({ ratio: 1, wrong: 1, inTime: NONE });
  expect(slices.find(({ by }) => by === 'event rate')?.estimates[0]).toMatchObject({ wrong: 0.2, inTime: 1 });
});

test('the bracket as a forecast is the share of its lines, of one window and no other estimator', () => {
  const names = ['risk-averse', 'central', 'uniform'];
  const table = new OutcomeTable([
    ...names.map((name) => ({ name, window: 0 })),
    ...names.map((name) => ({ name, window: 10_000 })),
    { name: 'touch', window: 0 },
  ]);
  const rest = [1, 1, 1, 1].map((fill) => outcome(fill));
  table.push(CONTEXT, outcome(1), [outcome(NONE), outcome(1), outcome(1), ...rest]); // two thirds, and it happened
  table.push(CONTEXT, outcome(NONE), [outcome(NONE), outcome(NONE), outcome(1), ...rest]); // a third, and it did not
  const [score] = bracketForecast(table, 0, [0, 1]);
  expect(score?.brier).toBeCloseTo(1 / 9, 12);
  expect(score?.baseRate).toBe(0.25);
  expect(score?.slope).toBeCloseTo(3, 9);
});

test('orders of a trial are grouped by where they stood, and wide spreads at the best are a group of their own', () => {
  const table = new OutcomeTable(['risk-averse', 'central', 'uniform'].map((name) => ({ name, window: 0 })));
  const one = outcome(1);
  for (const [distance, spread] of [
    [-1, 4],
    [0, 1],
    [0, 2],
    [0, 3],
    [0, 9],
    [1, 9],
    [2, 1],
  ] as const) {
    table.push({ ...CONTEXT, distance, spread }, one, [one, one, one]);
  }
  const probes = [{ window: 0, errors: [0.1, -0.3], unfilled: 1 }];
  const trial = {
    table,
    rows: 9,
    messages: 8,
    hiddenExecutions: 7,
    hiddenMeetings: 6,
    executions: 5,
    outOfTurn: 4,
    probes,
  };
  const options = { seed: 1, draws: 0 };
  const report = dataSetReport('x', trial as unknown as PhantomTrial, { hours: 1, seconds: 2, options });
  expect(report.groups.map(({ group, orders }) => [group, orders])).toEqual([
    ['all', 7],
    ['at best', 4],
    ['at best, spread > 2 ticks', 2],
    ['behind', 2],
    ['inside', 1],
  ]);
  expect(report).toMatchObject({ executions: 5, outOfTurn: 4, hiddenExecutions: 7, hiddenMeetings: 6 });
  const [taker] = report.takers;
  expect(taker).toMatchObject({ probes: 3, unfilled: 1, meanAbsolute: 0.2, largest: 0.3 });
  expect(taker?.mean).toBeCloseTo(-0.1, 12);
  expect(report.curves[0]?.points.at(-1)?.[1]).toBe(0);
});

test('real orders: seeds are joined, their twins held beside them, and brackets told of all hours', async () => {
  const { LEVEL_MODELS } = await import('../src/fidelity/estimate/paper-models.ts');
  const columns = [0, 10_000].flatMap((window) => LEVEL_MODELS.map((name) => ({ name, window })));
  const market = (fill: number, lots: readonly [truth: number, estimates: number], mid: number): QuotedMarket => {
    const table = new OutcomeTable(columns);
    table.push(
      CONTEXT,
      outcome(fill),
      columns.map(() => outcome(fill)),
    );
    const filled = Float64Array.from([lots[0], ...columns.map(() => lots[1])]);
    const traded: TradedOrder[] = [{ block: 0, side: 'sell', filled, paid: filled.map((size) => 100 * size) }];
    const stub = { table, traded, blockMids: [mid], ownVolume: 1, volume: 10 };
    return stub as unknown as QuotedMarket;
  };
  const run = (divergedAfter: number | undefined, truth: number): TwinRun =>
    ({ real: market(1, [truth, 2], 99), paper: market(NONE, [0, 4], 98), divergedAfter }) as unknown as TwinRun;
  const report = quotedReport(
    {
      kind: 'x',
      share: 0.05,
      blockSeconds: 1_800,
      runs: [run(3, 2), run(undefined, 2)],
      more: [market(1, [9, 2], 99)],
      moreDiverged: [7],
      speed: { rows: 1, messages: 1, seconds: 1 },
    },
    { seed: 1, draws: 50 },
  );
  expect(report).toMatchObject({ participation: 0.1, hours: 1.5, seeds: 3, orders: 2 });
  // Each seed's blocks stay its own: else there would be one block, and no interval.
  expect(report.metrics[0]?.intervals.ratio).toEqual({ low: 1, high: 1 });
  expect(report.coverage.map(({ window, blocks }) => [window, blocks])).toEqual([
    [0, 3],
    [10_000, 2],
  ]);
  expect(report.coverage.map(({ coveredByOrderLines }) => coveredByOrderLines)).toEqual([2 / 3, 1]);
  expect(report.twin.divergedAfter).toEqual([3, NONE, 7]);
  const [first] = report.twin.estimates;
  expect(first).toMatchObject({ name: LEVEL_MODELS[0], twinRatio: 2, sameRunRatio: 1 });
  // Sold at 100: one tick of a hundred on each lot, two in the twin.
  expect([first?.trueProfit, first?.sameRunProfit, first?.twinProfit].map((bp) => bp?.toFixed(6))).toEqual([
    '100.000000',
    '100.000000',
    '200.000000',
  ]);
});
