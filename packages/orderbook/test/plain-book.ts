import { lots, ticks } from '@kb/model';
import type { BookChanges, BookView, Grid, Lots, Side, Ticks } from '@kb/model';

export const GRID: Grid = { pricePrecision: 1, qtyPrecision: 8 };

/** A message in plain counts, as tests write it. */
export interface PlainMessage {
  readonly snapshot: boolean;
  readonly bids: readonly (readonly [price: number, size: number])[];
  readonly asks: readonly (readonly [price: number, size: number])[];
}

export function message(plain: Partial<PlainMessage>): BookChanges {
  const { snapshot = false, bids = [], asks = [] } = plain;
  return {
    snapshot,
    bidCount: bids.length,
    bidPrices: bids.map(([price]) => ticks(price)),
    bidSizes: bids.map(([, size]) => lots(size)),
    askCount: asks.length,
    askPrices: asks.map(([price]) => ticks(price)),
    askSizes: asks.map(([, size]) => lots(size)),
  };
}

/** The model that the real books are held against: a Map a side, sorted when asked. */
export class PlainBook {
  readonly #sides = { buy: new Map<number, number>(), sell: new Map<number, number>() };
  readonly #depth: number;
  unknownRemovals = 0;

  constructor(depth: number) {
    this.#depth = depth;
  }

  apply({ snapshot, bids, asks }: PlainMessage): void {
    for (const [side, levels] of [['buy', bids] as const, ['sell', asks] as const]) {
      const map = this.#sides[side];
      if (snapshot) map.clear();
      for (const [price, size] of levels) {
        if (size > 0) map.set(price, size);
        else if (!map.delete(price)) this.unknownRemovals += 1;
      }
      for (const [price] of this.levels(side).slice(this.#depth)) map.delete(price);
    }
  }

  /** Best first. */
  levels(side: Side): [price: number, size: number][] {
    const sign = side === 'buy' ? -1 : 1;
    return [...this.#sides[side]].toSorted(([a], [b]) => sign * (a - b));
  }
}

/** All levels of a side of a real book, best first. */
export function levelsOf(book: BookView, side: Side): [Ticks | undefined, Lots | undefined][] {
  return Array.from({ length: book.levels(side) }, (_, index) => [book.priceAt(side, index), book.sizeAt(side, index)]);
}
