import { NO_LOTS } from '@kb/model';
import type { Lots, Side, Ticks } from '@kb/model';
import type { Moment } from './moment.ts';

/** What a change did to the ladder. */
export type LadderChange = 'added' | 'changed' | 'removed' | 'nothing';

/**
 * All levels of one side as flat sorted arrays, the best level last so that changes near the top move little. Written apart
 * from `@kb/orderbook` on purpose: what publishes must not share code with what is judged by it.
 */
export class Ladder {
  readonly side: Side;
  /** +1 for asks and −1 for bids: price × sign is least at the best level on both sides. */
  readonly #sign: 1 | -1;
  readonly #prices: Ticks[] = [];
  readonly #sizes: Lots[] = [];
  /** When each level got its size. */
  readonly #moments: Moment[] = [];

  constructor(side: Side) {
    this.side = side;
    this.#sign = side === 'sell' ? 1 : -1;
  }

  get length(): number {
    return this.#prices.length;
  }

  /** @param rank 0 is the best level. */
  priceAt(rank: number): Ticks | undefined {
    return this.#prices[this.#prices.length - 1 - rank];
  }

  sizeAt(rank: number): Lots {
    return this.#sizes[this.#sizes.length - 1 - rank] ?? NO_LOTS;
  }

  momentAt(rank: number): Moment | undefined {
    return this.#moments[this.#moments.length - 1 - rank];
  }

  /** True when price `a` comes after price `b` as seen from the best level. */
  isWorse(a: Ticks, b: Ticks): boolean {
    return this.#sign * (a - b) > 0;
  }

  /** Sets the size at a price; zero removes the level. */
  set(price: Ticks, size: Lots, moment: Moment): LadderChange {
    const index = this.#indexOf(price);
    if (this.#prices[index] !== price) {
      if (size === 0) return 'nothing';
      this.#prices.splice(index, 0, price);
      this.#sizes.splice(index, 0, size);
      this.#moments.splice(index, 0, moment);
      return 'added';
    }
    if (size === 0) {
      this.#prices.splice(index, 1);
      this.#sizes.splice(index, 1);
      this.#moments.splice(index, 1);
      return 'removed';
    }
    this.#sizes[index] = size;
    this.#moments[index] = moment;
    return 'changed';
  }

  clear(): void {
    this.#prices.length = 0;
    this.#sizes.length = 0;
    this.#moments.length = 0;
  }

  /** Where the price is, or would be, in arrays that run from the worst level to the best. */
  #indexOf(price: Ticks): number {
    const prices = this.#prices;
    const key = this.#sign * price;
    let low = 0;
    let high = prices.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sign * (prices[middle] ?? 0) > key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
