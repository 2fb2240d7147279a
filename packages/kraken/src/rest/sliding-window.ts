import { micros } from '@kb/model';
import type { Micros } from '@kb/model';

/** At most so many calls within any span of a length: it remembers when each of the latest was made. */
export class SlidingWindow {
  readonly #span: Micros;
  /** A ring of the latest times; the next one overwrites the oldest. */
  readonly #times: Float64Array;
  #next = 0;

  constructor(most: number, span: Micros) {
    this.#span = span;
    this.#times = new Float64Array(most).fill(Number.NEGATIVE_INFINITY);
  }

  /** From when on one more call stays within the limit; `at` when it does now. A span includes its start and not its end. */
  readyAt(at: Micros): Micros {
    const oldest = this.#times[this.#next] ?? Number.NEGATIVE_INFINITY;
    return oldest === Number.NEGATIVE_INFINITY ? at : micros(Math.max(at, oldest + this.#span));
  }

  /** Counts a call, which must be within the limit. */
  take(at: Micros): void {
    if (this.readyAt(at) > at) throw new Error('The window is full');
    this.#times[this.#next] = at;
    this.#next = (this.#next + 1) % this.#times.length;
  }
}
