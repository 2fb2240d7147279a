import { lots, NO_LOTS } from '@kb/model';
import type { Lots } from '@kb/model';
import type { Decimal } from 'decimal.js';
import { rounded, ZERO } from './money.ts';

/** An amount that goes with a size and is taken in parts of it. Every part is rounded, and together they are the amount exactly. */
export class Portions {
  readonly amount: Decimal;
  readonly size: Lots;
  readonly #decimals: number;
  #takenLots: Lots = NO_LOTS;
  #taken: Decimal = ZERO;

  /** @param amount In at most that many decimals. @param size Above zero. */
  constructor(amount: Decimal, size: Lots, decimals: number) {
    this.amount = amount;
    this.size = size;
    this.#decimals = decimals;
  }

  get left(): Decimal {
    return this.amount.minus(this.#taken);
  }

  /** The part that the next `size` lots have of it. */
  next(size: Lots): Decimal {
    // Rounding the sum of the parts, not each part, keeps them from drifting off.
    const taken = this.amount.times(this.#takenLots + size).div(this.size);
    return rounded(taken, this.#decimals).minus(this.#taken);
  }

  /** The same, taken: all parts together must not be larger than the whole size. */
  take(size: Lots): Decimal {
    const part = this.next(size);
    this.#takenLots = lots(this.#takenLots + size);
    this.#taken = this.#taken.plus(part);
    return part;
  }
}
