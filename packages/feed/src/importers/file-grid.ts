import type { Grid } from '@kb/model';
import { FeedError } from '../errors.ts';
import type { ImportOptions } from './import-options.ts';

/** The precision that was given, or that a first reading of the file finds. @throws FeedError `KB_FEED_BAD_OPTIONS`. */
export async function gridOfFile(
  { symbol, grid, roundSizes }: ImportOptions,
  find: () => Promise<Grid>,
): Promise<Grid> {
  const problems = [];
  if (!/^[^/\s"\\]+\/[^/\s"\\]+$/.test(symbol)) {
    problems.push(`symbol: expected a pair such as BTC/USD, was ${JSON.stringify(symbol)}`);
  }
  if (roundSizes === true && grid === undefined) problems.push('roundSizes: say to which precision, with grid');
  for (const decimals of grid === undefined ? [] : [grid.pricePrecision, grid.qtyPrecision]) {
    if (!Number.isInteger(decimals) || decimals < 0 || decimals > 15) {
      problems.push(`grid: expected 0 to 15 decimals, was ${decimals}`);
    }
  }
  if (problems.length > 0) throw new FeedError('KB_FEED_BAD_OPTIONS', problems.join('; '));
  return grid ?? find();
}
