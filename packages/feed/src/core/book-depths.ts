/** Depths that Kraken offers. */
export const BOOK_DEPTHS: readonly number[] = [10, 25, 100, 500, 1000];
/** Of the channel of single orders. */
export const LEVEL3_DEPTHS: readonly number[] = [10, 100, 1000];

const DEEPEST = 1000;

/** The smallest depth on offer that holds so many levels a side. */
export function depthFor(levels: number): number {
  return BOOK_DEPTHS.find((depth) => depth >= levels) ?? DEEPEST;
}

/** Whether a book can be kept at that depth, on offer or not. */
export function isDepth(depth: number): boolean {
  return Number.isInteger(depth) && depth >= 1 && depth <= DEEPEST;
}
