import { expect, test } from 'vitest';
import type { TradedMarket } from '../src/fidelity/measure/block-profit.ts';
import { coverageOf } from '../src/fidelity/measure/coverage.ts';
import { OutcomeTable } from '../src/fidelity/measure/outcome-table.ts';
import { pooledCoverage } from '../src/fidelity/measure/pooled-coverage.ts';
import type { QuotedReport } from '../src/fidelity/report/report.ts';
import type { TradedOrder } from '../src/fidelity/trial/quoted-market.ts';

const MODELS = ['risk-averse', 'central', 'uniform'];

/** Buys at 100 by block: lots in truth, then by each model. */
function market(
  orders: readonly { block: number; lots: readonly number[] }[],
  blockMids: readonly number[],
): TradedMarket {
  const table = new OutcomeTable(MODELS.map((name) => ({ name, window: 0 })));
  const traded = orders.map(({ block, lots }): TradedOrder => {
    const filled = Float64Array.from(lots);
    return { block, side: 'buy', filled, paid: filled.map((size) => 100 * size) };
  });
  return { table, traded, blockMids: [...blockMids] };
}

test('a block is covered when its true profit lies between the ends of the bracket, and its width is of the true turnover', () => {
  const orders = [
    { block: 0, lots: [2, 1, 2, 3] }, // one tick up: 2 of 1 to 3
    { block: 1, lots: [5, 1, 2, 3] }, // −10 of −6 to −2
  ];
  const found = coverageOf([market(orders, [101, 98])], 0, MODELS);
  expect(found).toMatchObject({ blocks: 2, covered: 0.5, coveredByLines: 0.5, coveredByOrders: 0.5, lotsCovered: 0.5 });
  expect(found.coveredByOrderLines).toBe(0.5);
  const widths = [(2 / 200) * 1e4, (4 / 500) * 1e4];
  for (const width of [found.width, found.widthByOrders, found.widthByOrderLines]) {
    expect(width).toBeCloseTo(((widths[0] ?? 0) + (widths[1] ?? 0)) / 2, 9);
  }
  expect(found.excess).toBeCloseTo(((4 / 500) * 1e4) / 2, 9);
});

test('two accounts that agree hold nothing of what their orders did not agree on; order by order it is held', () => {
  // One order only the pessimist filled, one only the optimist; the truth filled neither.
  const orders = [
    { block: 0, lots: [0, 1, 0, 0] },
    { block: 0, lots: [0, 0, 0, 1] },
  ];
  const found = coverageOf([market(orders, [101])], 0, MODELS);
  expect(found).toMatchObject({ covered: 0, coveredByOrders: 1, coveredByOrderLines: 1 });
  const outlier = [{ block: 0, lots: [2, 1, 2, 1] }];
  expect(coverageOf([market(outlier, [101])], 0, MODELS)).toMatchObject({
    covered: 0,
    coveredByOrders: 0,
    coveredByLines: 1,
    coveredByOrderLines: 1,
  });
});

test('a block in which only the models traded counts, and one in which nobody did does not', () => {
  const onlyModels = [{ block: 0, lots: [0, 1, 1, 1] }];
  expect(coverageOf([market(onlyModels, [101, 101])], 0, MODELS)).toMatchObject({ blocks: 1, coveredByOrderLines: 0 });
  expect(coverageOf([market([], [101])], 0, MODELS).blocks).toBe(0);
});

test('a bracket without its models is an error, not one that holds', () => {
  const without = market([{ block: 0, lots: [1, 2, 2, 2] }], [101]);
  expect(() => coverageOf([without], 10_000, MODELS)).toThrow('no estimates of risk-averse');
  expect(() => coverageOf([without], 0, [...MODELS, 'fingerprint'])).toThrow('no estimates of fingerprint');
});

test('markets are pooled by their blocks, by window; one without blocks hides no other', () => {
  const report = (blocks: number, held: number, window = 0): QuotedReport => {
    const coverage = { window, blocks, covered: held, coveredByOrders: held, coveredByOrderLines: held };
    return { blockSeconds: 1_800, coverage: [coverage] } as unknown as QuotedReport;
  };
  const reports = [report(3, 1), report(1, 0.2), report(0, Number.NaN)];
  const others = [report(9, 0, 10_000)];
  const pooled = pooledCoverage([...reports, ...others], 0);
  expect(pooled).toMatchObject({ blocks: 4, hours: 2 });
  for (const held of [pooled?.covered, pooled?.coveredByOrders, pooled?.coveredByOrderLines]) {
    expect(held).toBeCloseTo(0.8, 12);
  }
  expect(pooledCoverage(others, 0)).toBeUndefined();
});
