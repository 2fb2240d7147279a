// oxlint-disable typescript/no-non-null-assertion -- hot path: the ring's bounds prove every index
import { micros } from '@kb/model';
import type { Micros } from '@kb/model';

/**
 * The least value of the last ten minutes or so: one minimum for each of 60 slots of ten seconds, the oldest forgotten as time
 * goes on. Constant memory, no allocation.
 */
export class RunningMinimum {
  readonly #slotLength: number;
  readonly #minima: Float64Array;
  #slot = Number.NEGATIVE_INFINITY;
  #least = Number.POSITIVE_INFINITY;

  constructor(window: Micros = TEN_MINUTES, slots: number = 60) {
    this.#slotLength = window / slots;
    this.#minima = new Float64Array(slots).fill(Number.POSITIVE_INFINITY);
  }

  /** The least of the window; infinite before the first value. */
  get value(): number {
    return this.#least;
  }

  /** Takes a value at a time; times before the latest slot count into that. */
  note(at: Micros, value: number): void {
    const slot = Math.floor(at / this.#slotLength);
    if (slot > this.#slot) this.#moveTo(slot);
    const index = this.#slot % this.#minima.length;
    if (value < this.#minima[index]!) this.#minima[index] = value;
    if (value < this.#least) this.#least = value;
  }

  #moveTo(slot: number): void {
    const minima = this.#minima;
    const passed = Math.min(slot - this.#slot, minima.length);
    for (let back = 0; back < passed; back += 1) minima[(slot - back) % minima.length] = Number.POSITIVE_INFINITY;
    this.#slot = slot;
    let least = Number.POSITIVE_INFINITY;
    for (let index = 0; index < minima.length; index += 1) if (minima[index]! < least) least = minima[index]!;
    this.#least = least;
  }
}

const TEN_MINUTES = micros(600_000_000);
