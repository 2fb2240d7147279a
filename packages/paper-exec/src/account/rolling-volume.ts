import type { Micros } from '@kb/model';

/**
 * What was traded in the last while. What is new counts at once; what is old leaves in steps: all of a step together, at the
 * first step boundary at which the last of it could be old enough.
 *
 * The venue says that old trades leave in steps some hours apart, not when: that they are `step` apart, counted from the
 * epoch, is an assumption.
 */
export class RollingVolume {
  readonly #step: number;
  /** One for each step that counts, by step number modulo their count. */
  readonly #steps: bigint[];
  /** Number of the step in hand; `undefined` before anything was asked. */
  #current: number | undefined = undefined;
  #total = 0n;

  /** @param window How long a trade counts at least; whole steps. */
  constructor(window: Micros, step: Micros) {
    this.#step = step;
    this.#steps = Array.from({ length: Math.ceil(window / step) + 1 }, () => 0n);
  }

  /** What counts now. */
  get total(): bigint {
    return this.#total;
  }

  /** Lets go of what is too old by a time. A time before the last one changes nothing. @returns Whether anything went. */
  advance(now: Micros): boolean {
    const step = Math.floor(now / this.#step);
    const current = this.#current ?? step;
    this.#current = Math.max(step, current);
    const before = this.#total;
    const passed = Math.min(this.#current - current, this.#steps.length);
    for (let index = 1; index <= passed; index += 1) this.#clear(current + index);
    // After a longer pause than the window all of them are cleared, whatever their numbers.
    return this.#total !== before;
  }

  /** Counts what was traded now; call `advance` first. */
  add(amount: bigint): void {
    this.#put(this.#current ?? 0, amount);
  }

  /** Counts what was traded before the first `advance` of the window, spread over it evenly; the rest of the division is the newest. */
  addEvenly(amount: bigint): void {
    const count = this.#steps.length - 1;
    const current = this.#current ?? 0;
    const part = amount / BigInt(count);
    for (let age = 1; age <= count; age += 1) this.#put(current - age, part);
    this.#put(current - 1, amount - part * BigInt(count));
  }

  #put(step: number, amount: bigint): void {
    const slot = this.#slot(step);
    this.#steps[slot] = (this.#steps[slot] ?? 0n) + amount;
    this.#total += amount;
  }

  #clear(step: number): void {
    const slot = this.#slot(step);
    this.#total -= this.#steps[slot] ?? 0n;
    this.#steps[slot] = 0n;
  }

  #slot(step: number): number {
    const { length } = this.#steps;
    return ((step % length) + length) % length;
  }
}
