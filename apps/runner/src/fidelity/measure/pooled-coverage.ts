import type { QuotedReport } from '../report/report.ts';

/** Shares of the blocks of all markets whose true profit the brackets held, the book unmerged. */
export interface PooledCoverage {
  readonly blocks: number;
  readonly hours: number;
  readonly covered: number;
  readonly coveredByOrders: number;
  readonly coveredByOrderLines: number;
}

/** All markets with quotes of one size together; `undefined` when there are none. */
export function pooledCoverage(quoted: readonly QuotedReport[], share: number): PooledCoverage | undefined {
  const found = quoted
    .filter((each) => each.share === share)
    .flatMap(({ coverage, blockSeconds }) =>
      coverage.filter(({ window, blocks }) => window === 0 && blocks > 0).map((each) => ({ ...each, blockSeconds })),
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
