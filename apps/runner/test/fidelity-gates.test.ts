import { describe, expect, test } from 'vitest';
import { isPassed, gatesOf } from '../src/fidelity/measure/gates.ts';
import { metricsOf } from '../src/fidelity/measure/metrics.ts';
import type { Metrics } from '../src/fidelity/measure/metrics.ts';
import { OutcomeTable } from '../src/fidelity/measure/outcome-table.ts';
import type { DataSetReport, FidelityReport, QuotedReport } from '../src/fidelity/report/report.ts';

/** Figures that are right in everything. */
function perfect(name: string): Metrics {
  const table = new OutcomeTable([{ name, window: 0 }]);
  const [estimate] = table.estimates;
  if (estimate === undefined) throw new Error('no estimate');
  return {
    ...metricsOf(table, estimate, [], { seed: 1, draws: 0 }),
    orders: 100,
    ratios: [1, 1, 1],
    falseFills: 0,
    missedFills: 0,
    inTime: 1,
    survivalGap: 0,
    queueError: [0, 0, 0],
    markBias: [0, 0, 0],
    trueSelection: -0.3,
    selection: -0.3,
  };
}

const MODELS = ['exact', 'fingerprint', 'central', 'power-blend'];
const SCORE = { brier: 0.1, baseRate: 0.2, slope: 1 };
const DATA_SET: DataSetReport = {
  name: 'x',
  hours: 1,
  speed: { rows: 1, messages: 1, seconds: 1 },
  executions: 0,
  outOfTurn: 0,
  hiddenExecutions: 0,
  hiddenMeetings: 0,
  groups: (['all', 'at best', 'at best, spread > 2 ticks'] as const).map((group) => ({
    group,
    orders: 100,
    metrics: MODELS.map(perfect),
  })),
  bracket: [{ window: 0, forecasts: [SCORE, SCORE, SCORE] }],
  slices: [],
  curves: [],
  takers: [{ window: 0, probes: 10, unfilled: 0, mean: 0, meanAbsolute: 0, largest: 0 }],
};
const COVERAGE = {
  window: 0,
  blocks: 20,
  covered: 0.5,
  coveredByLines: 1,
  coveredByOrders: 1,
  coveredByOrderLines: 1,
  lotsCovered: 1,
  width: 1,
  widthByOrders: 1,
  widthByOrderLines: 1,
  excess: 0,
};
const QUOTED: QuotedReport = {
  kind: 'pinned',
  share: 0.05,
  participation: 0.06,
  hours: 20,
  blockSeconds: 3_600,
  seeds: 1,
  orders: 100,
  speed: { rows: 1, messages: 1, seconds: 1 },
  metrics: MODELS.map(perfect),
  coverage: [COVERAGE],
  twin: { divergedAfter: [], estimates: [] },
};

function report(dataSet: Partial<DataSetReport>, quoted?: Partial<QuotedReport>): FidelityReport {
  return {
    format: 'kb-fidelity-1',
    experiment: 'e2',
    seed: 1,
    scale: 'smoke',
    dataSets: [{ ...DATA_SET, ...dataSet }],
    quoted: quoted === undefined ? [] : [{ ...QUOTED, ...quoted }],
  };
}

/** The gates that are missed, and those that were not measured. */
function missed(of: FidelityReport): readonly string[] {
  return gatesOf([of])
    .filter(({ verdict }) => verdict === 'FAIL')
    .map(({ gate }) => gate);
}
function unmeasured(of: FidelityReport): readonly string[] {
  return gatesOf([of])
    .filter(({ verdict }) => verdict === 'not measured')
    .map(({ gate }) => gate);
}

/** A data set in which one model is worse in one group. */
function worse(group: string, model: string, change: Partial<Metrics>): FidelityReport {
  const groups = DATA_SET.groups.map((each) =>
    each.group === group
      ? { ...each, metrics: each.metrics.map((one) => (one.name === model ? { ...one, ...change } : one)) }
      : each,
  );
  return report({ groups });
}

describe('gates that were set before anything was measured', () => {
  test('what is right in everything passes them all', () => {
    const gates = gatesOf([report({}, {})]);
    expect(gates.filter(({ verdict }) => verdict !== 'pass').map(({ verdict }) => verdict)).toEqual([
      'no gate',
      'no gate',
    ]);
    expect(isPassed(gates)).toBe(true);
    expect(gates.length).toBe(38);
    expect(gates.find(({ gate }) => gate.endsWith('spread > 2 ticks'))?.on).toBe('x, 100 orders');
  });

  const best = 'at best';
  test.each([
    ['fill-count ratio, Q0, all orders: off 1', 'all', 'exact', { ratios: [1, 1, 0.9999] }, { ratios: [1, 1, 1] }],
    ['false + missed, Q0, all orders', 'all', 'exact', { falseFills: 1e-6 }, { falseFills: 0 }],
    ['fill-count ratio, Q1', best, 'fingerprint', { ratios: [1, 1.0301, 1] }, { ratios: [2, 1.03, 2] }],
    ['fill-count ratio, Q1', best, 'fingerprint', { ratios: [1, 0.9699, 1] }, { ratios: [2, 0.97, 2] }],
    ['false + missed, Q1', best, 'fingerprint', { falseFills: 0.011, missedFills: 0.011 }, { falseFills: 0.02 }],
    ['false + missed, Q3', best, 'power-blend', { falseFills: 0.026, missedFills: 0.026 }, { missedFills: 0.05 }],
    ['time within 100 ms, Q1', best, 'fingerprint', { inTime: 0.9499 }, { inTime: 0.95 }],
    ['Kaplan–Meier distance, fingerprint', best, 'fingerprint', { survivalGap: 0.0301 }, { survivalGap: 0.03 }],
    ['Kaplan–Meier distance, central', best, 'central', { survivalGap: 0.0301 }, { survivalGap: 0.03 }],
    [
      'mark-out bias at 1 s, fingerprint',
      best,
      'fingerprint',
      { markBias: [-0.26, 0, 0] },
      { markBias: [-0.25, 9, 9] },
    ],
    ['mark-out bias at 1 s, central', best, 'central', { markBias: [0.26, 0, 0] }, { markBias: [0.25, 9, 9] }],
    ['adverse selection, fingerprint', best, 'fingerprint', { selection: -0.24 }, { selection: -0.26 }],
    [
      'adverse selection, central',
      best,
      'central',
      { selection: 0.01, trueSelection: -0.01 },
      { selection: 0.02, trueSelection: 0.01 },
    ],
    ['queue position at 1 s, Q1', best, 'fingerprint', { queueError: [0.051, 0, 0] }, { queueError: [0.05, 0, 0] }],
    ['queue position at 5 s, Q1', best, 'fingerprint', { queueError: [0, 0.051, 0] }, { queueError: [0, 0.05, 0] }],
    ['queue position at 30 s, Q1', best, 'fingerprint', { queueError: [0, 0, 0.051] }, { queueError: [0, 0, 0.05] }],
    [
      'fill-count ratio, Q3, spread > 2 ticks',
      'at best, spread > 2 ticks',
      'power-blend',
      { ratios: [1, 1.11, 1] },
      { ratios: [2, 1.1, 2] },
    ],
    [
      'fill-count ratio, Q3, spread > 2 ticks',
      'at best, spread > 2 ticks',
      'power-blend',
      { ratios: [1, 0.89, 1] },
      { ratios: [2, 0.9, 2] },
    ],
  ])('%s (%s) is missed just beyond its bound and held at it', (gate, group, model, beyond, at) => {
    expect(missed(worse(group, model, beyond))).toEqual([gate]);
    expect(missed(worse(group, model, at))).toEqual([]);
    expect(isPassed(gatesOf([worse(group, model, beyond)]))).toBe(false);
  });

  test.each([
    ['Brier over base rate, bracket, all orders, 1 s', 0, { brier: 0.2 }],
    ['Brier over base rate, bracket, all orders, 5 s', 1, { brier: 0.2 }],
    ['calibration slope, bracket, all orders, 5 s', 1, { slope: 0.89 }],
    ['calibration slope, bracket, all orders, 30 s', 2, { slope: 1.11 }],
  ])('%s is missed', (gate, index, change) => {
    const forecasts = [SCORE, SCORE, SCORE].map((score, at) => (at === index ? { ...score, ...change } : score));
    expect(missed(report({ bracket: [{ window: 0, forecasts }] }))).toEqual([gate]);
  });

  test('takers are judged by what they paid, and by whether they got all', () => {
    const taker = (change: object): FidelityReport =>
      report({ takers: DATA_SET.takers.map((each) => ({ ...each, ...change })) });
    expect(missed(taker({ meanAbsolute: 0.101 }))).toEqual(['taker price error']);
    expect(missed(taker({ meanAbsolute: 0.1 }))).toEqual([]);
    expect(missed(taker({ unfilled: 1 }))).toEqual(['takers not filled whole']);
    expect(unmeasured(report({ takers: [] }))).toEqual(['taker price error', 'takers not filled whole']);
  });

  test('real orders are held to the same bounds as phantoms, whatever their size', () => {
    const metrics = QUOTED.metrics.map((each) => (each.name === 'fingerprint' ? { ...each, falseFills: 0.03 } : each));
    const found = gatesOf([report({}, { share: 0.01, metrics })]).filter(({ verdict }) => verdict === 'FAIL');
    expect(found).toMatchObject([{ gate: 'false + missed, Q1', on: 'pinned, real orders of 1 %', found: 0.03 }]);
  });

  test('the bracket of a paper run is judged for each market and for all, unmerged', () => {
    const held = (coveredByOrderLines: number, window = 0): readonly string[] =>
      missed(report({}, { coverage: [{ ...COVERAGE, window, coveredByOrderLines }] }));
    expect(held(0.949)).toEqual(['profit in bracket, blocks of 60 min', 'profit in bracket']);
    expect(held(0.95)).toEqual([]);
    expect(held(0, 10_000)).toEqual([]);
  });

  test('a market without hours has no coverage, and a missing estimator no figures', () => {
    const coverage = [{ ...COVERAGE, blocks: 0, coveredByOrderLines: Number.NaN }];
    const metrics = QUOTED.metrics.filter(({ name }) => name !== 'power-blend');
    const found = unmeasured(report({}, { coverage, metrics }));
    expect(found).toEqual(['false + missed, Q3', 'profit in bracket, blocks of 60 min']);
  });

  test('what was not measured is told and no pass', () => {
    expect(unmeasured(report({ groups: [], bracket: [] }))).toHaveLength(22);
    const pinned = DATA_SET.groups.filter(({ group }) => group !== 'at best, spread > 2 ticks');
    expect(unmeasured(report({ groups: pinned }))).toEqual(['fill-count ratio, Q3, spread > 2 ticks']);
  });
});
