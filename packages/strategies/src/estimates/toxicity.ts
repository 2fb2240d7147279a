import type { Side } from '@kb/model';

/**
 * How much wider to quote into toxic flow: 1 + a·excess + b·|z|, between 1 and 3.
 *
 * @param vpinExcess By how much VPIN is above its limit; below it counts as nothing.
 * @param flowScore z-score of the order-flow imbalance. @param vpinWeight a, not negative. @param flowWeight b, not negative.
 */
export function widenFactor(vpinExcess: number, flowScore: number, vpinWeight: number, flowWeight: number): number {
  const wanted = 1 + vpinWeight * Math.max(0, vpinExcess) + flowWeight * Math.abs(flowScore);
  return Math.min(MOST, wanted);
}

/**
 * The one side to quote when the price is expected to run over the other: that of the move, once the drift over the quote's
 * lifetime exceeds half of the half-spread. `undefined`: quote both.
 *
 * @param drift Predicted change of the fair value, price. @param halfSpread Price.
 */
export function onlySide(drift: number, halfSpread: number): Side | undefined {
  if (Math.abs(drift) <= halfSpread / 2) return undefined;
  return drift > 0 ? 'buy' : 'sell';
}

const MOST = 3;
