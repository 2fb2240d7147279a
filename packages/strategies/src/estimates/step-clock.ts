import type { Micros } from '@kb/model';

/** What `StepClock.advance` says when more time passed than it bridges. */
export const GAP = -1;

/**
 * Cuts event time into steps of equal length, [start, end), aligned to the epoch. It keeps no state but the instant of the
 * latest event, so what it says of a past instant never changes.
 */
export class StepClock {
  readonly #step: number;
  #at: Micros | undefined;

  /** @param stepMs Length of a step, milliseconds, above zero. */
  constructor(stepMs: number) {
    this.#step = stepMs * US_PER_MS;
  }

  /** The latest instant heard of, microseconds; `undefined` at first. */
  get at(): Micros | undefined {
    return this.#at;
  }

  /**
   * Moves to an event's instant; an earlier one than before counts as the latest.
   *
   * @returns How many steps ended by it, 0 to 5, or `GAP` when nothing was heard for longer than five steps.
   */
  advance(at: Micros): number {
    const before = this.#at;
    if (before !== undefined && at <= before) return 0;
    this.#at = at;
    if (before === undefined) return 0;
    if (at - before > BRIDGED * this.#step) return GAP;
    return Math.floor(at / this.#step) - Math.floor(before / this.#step);
  }

  /** Sets it to an instant of a snapshot. */
  restore(at: Micros | undefined): void {
    this.#at = at;
  }
}

const US_PER_MS = 1000;
const BRIDGED = 5;
