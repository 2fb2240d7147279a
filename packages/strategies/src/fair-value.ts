import type { BookView, Side } from '@kb/model';

/** `mid` (bid+ask)/2 · `micro` mid leaning away from the heavier side · `depthMicro` the same over three levels a side. */
export const FAIR_VALUES = ['mid', 'micro', 'depthMicro'] as const;
export type FairValueId = (typeof FAIR_VALUES)[number];

/**
 * The best level worth looking at: the first whose notional reaches a minimum.
 *
 * @param minNotional In ticks × lots, as a double: this picks a level, it prices nothing.
 * @returns Its index, or −1 when the side has none.
 */
export function referenceLevel(book: BookView, side: Side, minNotional: number): number {
  const count = book.levels(side);
  for (let index = 0; index < count; index += 1) {
    const price = book.priceAt(side, index) ?? 0;
    if (price * (book.sizeAt(side, index) ?? 0) >= minNotional) return index;
  }
  return -1;
}

/**
 * What the instrument is worth, in ticks and their fractions. Own orders are taken to be absent from the book, as they are
 * in paper.
 *
 * @param bid Index of the bid level to start from, as `referenceLevel` gives it.
 * @param ask The same on the ask side.
 * @returns `undefined` when a side is missing or the two cross.
 */
export function fairValue(book: BookView, id: FairValueId, bid: number, ask: number): number | undefined {
  const bidPrice = book.priceAt('buy', bid);
  const askPrice = book.priceAt('sell', ask);
  if (bidPrice === undefined || askPrice === undefined || bidPrice >= askPrice) return undefined;
  if (id === 'mid') return (bidPrice + askPrice) / 2;

  const depth = id === 'micro' ? 1 : DEPTH;
  const bidWeight = weightFrom(book, 'buy', bid, depth);
  const askWeight = weightFrom(book, 'sell', ask, depth);
  return (askPrice * bidWeight + bidPrice * askWeight) / (bidWeight + askWeight);
}

const DEPTH = 3;
const LEVEL_DECAY = 0.5;

function weightFrom(book: BookView, side: Side, from: number, depth: number): number {
  let weight = 0;
  let factor = 1;
  for (let index = from; index < from + depth; index += 1) {
    weight += factor * (book.sizeAt(side, index) ?? 0);
    factor *= LEVEL_DECAY;
  }
  return weight;
}
