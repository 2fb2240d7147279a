import type { Micros } from '@kb/model';
import { SECOND } from '@kb/model';
import type { Decimal } from 'decimal.js';
import { ZERO } from './money.ts';

const HOUR = 3_600 * SECOND;
const HOURS = 30 * 24;

/** A sum over the last 30 days, in steps of an hour: the hour now and the 719 before it. Exact, and never more than 720 numbers. */
export class RollingVolume {
  /** Oldest first. */
  readonly #hours: { readonly hour: number; amount: Decimal }[] = [];
  #total: Decimal = ZERO;

  add(amount: Decimal, at: Micros): void {
    this.#forget(at);
    const hour = Math.floor(at / HOUR);
    const newest = this.#hours.at(-1);
    // Time does not fall; if it did, the newest hour would take the amount.
    if (newest !== undefined && newest.hour >= hour) newest.amount = newest.amount.plus(amount);
    else this.#hours.push({ hour, amount });
    this.#total = this.#total.plus(amount);
  }

  total(at: Micros): Decimal {
    this.#forget(at);
    return this.#total;
  }

  #forget(at: Micros): void {
    const oldest = Math.floor(at / HOUR) - HOURS;
    for (let first = this.#hours[0]; first !== undefined && first.hour <= oldest; first = this.#hours[0]) {
      this.#total = this.#total.minus(first.amount);
      this.#hours.shift();
    }
  }
}
