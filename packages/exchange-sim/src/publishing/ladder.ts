import { NO_LOTS } from '@kb/model';
import type { Lots, Side, Ticks } from '@kb/model';
import type { Moment } from './moment.ts';

/** What a change did to the ladder. */
export type LadderChange = 'added' | 'changed' | 'removed' | 'nothing';

interface Level {
  readonly price: Ticks;
  size: Lots;
  /** When it got its size. */
  moment: Moment;
  /** What a checksum takes of it; empty until one does. */
  digits: string;
}

/**
 * All levels of one side in a flat sorted array, the best level last so that changes near the top move little. Written apart
 * from `@kb/orderbook` on purpose: what publishes must not share code with what is judged by it.
 */
export class Ladder {
  readonly side: Side;
  /** +1 for asks and −1 for bids: price × sign is least at the best level on both sides. */
  readonly #sign: 1 | -1;
  readonly #levels: Level[] = [];

  constructor(side: Side) {
    this.side = side;
    this.#sign = side === 'sell' ? 1 : -1;
  }

  get length(): number {
    return this.#levels.length;
  }

  /** @param rank 0 is the best level. */
  priceAt(rank: number): Ticks | undefined {
    return this.#levels[this.#levels.length - 1 - rank]?.price;
  }

  sizeAt(rank: number): Lots {
    return this.#levels[this.#levels.length - 1 - rank]?.size ?? NO_LOTS;
  }

  momentAt(rank: number): Moment | undefined {
    return this.#levels[this.#levels.length - 1 - rank]?.moment;
  }

  /** The digits of price and size of the best levels, up to a number of them, as checksums take them. */
  digits(depth: number): string {
    const levels = this.#levels;
    let digits = '';
    for (let index = levels.length - 1; index >= Math.max(0, levels.length - depth); index -= 1) {
      const level = levels[index];
      if (level === undefined) break;
      if (level.digits === '') level.digits = String(level.price) + String(level.size);
      digits += level.digits;
    }
    return digits;
  }

  /** True when price `a` comes after price `b` as seen from the best level. */
  isWorse(a: Ticks, b: Ticks): boolean {
    return this.#sign * (a - b) > 0;
  }

  /** Sets the size at a price; zero removes the level. */
  set(price: Ticks, size: Lots, moment: Moment): LadderChange {
    const levels = this.#levels;
    const index = this.#indexOf(price);
    const level = levels[index];
    if (level?.price !== price) {
      if (size === 0) return 'nothing';
      levels.splice(index, 0, { price, size, moment, digits: '' });
      return 'added';
    }
    if (size === 0) {
      levels.splice(index, 1);
      return 'removed';
    }
    level.size = size;
    level.moment = moment;
    level.digits = '';
    return 'changed';
  }

  clear(): void {
    this.#levels.length = 0;
  }

  /** Where the price is, or would be, in an array that runs from the worst level to the best. */
  #indexOf(price: Ticks): number {
    const levels = this.#levels;
    const key = this.#sign * price;
    let low = 0;
    let high = levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sign * (levels[middle]?.price ?? 0) > key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
