import { decimalToCount } from '@kb/model';
import type { Micros } from '@kb/model';

/** Steps of a count of one. Decay by hundredths a second is then whole steps a microsecond, so that nothing is ever rounded. */
const STEPS = 1e8;

/** A number that is raised by calls and falls evenly with time, not below zero. */
export class DecayingCounter {
  /** Steps per µs. */
  readonly #decay: number;
  #steps = 0;
  #at = 0;

  /** @param decay Per second, as decimal text with at most two decimals. */
  constructor(decay: string) {
    this.#decay = decimalToCount(decay, 2);
  }

  value(at: Micros): number {
    this.#fall(at);
    return this.#steps / STEPS;
  }

  /** Raises it unless it would stand above `most`. @param cost Whole or half. @returns Whether it was raised. */
  raise(cost: number, most: number, at: Micros): boolean {
    this.#fall(at);
    const raised = this.#steps + cost * STEPS;
    if (raised > most * STEPS) return false;
    this.#steps = raised;
    return true;
  }

  /** Takes back a part of what it was raised by, not below zero. @param cost Whole or half. */
  lower(cost: number, at: Micros): void {
    this.#fall(at);
    this.#steps = Math.max(this.#steps - cost * STEPS, 0);
  }

  #fall(at: Micros): void {
    if (at <= this.#at) return;
    this.#steps = Math.max(this.#steps - (at - this.#at) * this.#decay, 0);
    this.#at = at;
  }
}
