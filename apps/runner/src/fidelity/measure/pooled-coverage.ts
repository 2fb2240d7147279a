import type { QuotedReport } from '../report/report.ts';

/** Shares of the blocks of several markets whose true profit the brackets held. */
export interface PooledCoverage {
  readonly blocks: number;
  readonly hours: number;
  readonly covered: number;
  readonly coveredByOrders: number;
  readonly coveredByOrderLines: number;
}

/** These markets together, the book merged over that window; `undefined` when they have no blocks. */
export function pooledCoverage(quoted: readonly QuotedReport[], window: number): PooledCoverage | undefined {
  const found = quoted.flatMap(({ coverage, blockSeconds }) =>
    coverage.filter((each) => each.window === window && each.blocks > 0).map((each) => ({ ...each, blockSeconds })),
  );
  const blocks = found.reduce((sum, each) => sum + each.blocks, 0);
  if (blocks === 0) return undefined;
  const mean = (figure: (each: (typeof found)[number]) => number): number =>
    found.reduce((sum, each) => sum + figure(each) * each.blocks, 0) / blocks;
  return {
    blocks,
    hours: found.reduce((sum, each) => sum + (each.blocks * each.blockSeconds) / 3_600, 0),
    covered: mean((each) => each.covered),
    coveredByOrders: mean((each) => each.coveredByOrders),
    coveredByOrderLines: mean((each) => each.coveredByOrderLines),
  };
}
