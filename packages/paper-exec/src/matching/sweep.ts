// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import type { Lots, Micros, Side, Ticks } from '@kb/model';
import { empty } from '../short-list.ts';

/**
 * The prints of one taker order: same taker side and venue time, contiguous trade ids. All own orders share its volume, so
 * it also remembers what they have taken of it, by queue model.
 */
export class Sweep {
  /** Counts up with each new sweep. */
  number = 0;
  #taker: Side = 'buy';
  #time = -1;
  #tradeId = -2;
  #isSpent = false;
  readonly #prices: Ticks[][];
  readonly #sizes: Lots[][];

  constructor(models: number) {
    this.#prices = Array.from({ length: models }, () => []);
    this.#sizes = Array.from({ length: models }, () => []);
  }

  /** The last print of the sweep in hand. */
  get lastTradeId(): number {
    return this.#tradeId;
  }

  /** Whether a print continues the sweep in hand. */
  continues(taker: Side, time: Micros, tradeId: number): boolean {
    return taker === this.#taker && time === this.#time && tradeId === this.#tradeId + 1;
  }

  /** Takes the next print; starts a new sweep unless it continues the one in hand. */
  next(taker: Side, time: Micros, tradeId: number): void {
    const goesOn = this.continues(taker, time, tradeId);
    this.#tradeId = tradeId;
    if (goesOn) return;
    this.#taker = taker;
    this.#time = time;
    this.number += 1;
    if (!this.#isSpent) return;
    this.#isSpent = false;
    for (const list of this.#prices) empty(list);
    for (const list of this.#sizes) empty(list);
  }

  /** Lots of this sweep that own orders at a price or better have already got. */
  spent(model: number, side: Side, price: Ticks): number {
    if (!this.#isSpent) return 0;
    const prices = this.#prices[model]!;
    const sizes = this.#sizes[model]!;
    let sum = 0;
    for (let index = 0; index < prices.length; index += 1) {
      if (side === 'buy' ? prices[index]! >= price : prices[index]! <= price) sum += sizes[index]!;
    }
    return sum;
  }

  spend(model: number, price: Ticks, size: Lots): void {
    this.#isSpent = true;
    this.#prices[model]!.push(price);
    this.#sizes[model]!.push(size);
  }
}
