import { micros } from '@kb/model';
import type { Micros } from '@kb/model';

/** So many calls at once after a pause, and as many again in each further span. */
export interface RateLimit {
  readonly calls: number;
  readonly per: Micros;
}

/**
 * A bucket of tokens that fills evenly. In any span of time w it gives at most `calls + w × calls / per` tokens.
 *
 * Whole numbers inside: a token is `per` parts, and each microsecond brings `calls` parts, so nothing is ever rounded.
 */
export class TokenBucket {
  readonly #limit: RateLimit;
  #parts: number;
  #at: number;

  /** @param at Now; the bucket is full. */
  constructor(limit: RateLimit, at: Micros) {
    this.#limit = limit;
    this.#parts = limit.calls * limit.per;
    this.#at = at;
  }

  /** From when on there is a token; `at` or earlier when there is one. */
  readyAt(at: Micros): Micros {
    this.#fill(at);
    const missing = this.#limit.per - this.#parts;
    return missing <= 0 ? at : micros(this.#at + Math.ceil(missing / this.#limit.calls));
  }

  /** Takes a token, which must be there. */
  take(at: Micros): void {
    if (this.readyAt(at) > at) throw new Error('The bucket is empty');
    this.#parts -= this.#limit.per;
  }

  #fill(at: Micros): void {
    if (at <= this.#at) return;
    const { calls, per } = this.#limit;
    // After `per` it is full again whatever was in it; so the product stays below 2 × calls × per.
    const passed = Math.min(at - this.#at, per);
    this.#parts = Math.min(calls * per, this.#parts + passed * calls);
    this.#at = at;
  }
}
