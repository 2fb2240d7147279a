/** Sums over pairs (x, y). */
export interface PairSums {
  readonly count: number;
  readonly x: number;
  readonly y: number;
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
}

/** Pearson's correlation; not a number when either is constant. */
export function correlation({ count, x, y, xx, yy, xy }: PairSums): number {
  return (count * xy - x * y) / Math.sqrt((count * xx - x * x) * (count * yy - y * y));
}
