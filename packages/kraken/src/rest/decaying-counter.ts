import { decimalToCount, micros } from '@kb/model';
import type { Micros } from '@kb/model';

/** A counter of Kraken's that calls raise and time lowers. */
export interface CounterSpec {
  readonly max: number;
  /** Per second, as decimal text with at most two decimals. */
  readonly decay: string;
}

export type AccountTier = 'starter' | 'intermediate' | 'pro';

/**
 * Counters of private REST calls, one per API key: +1 a call, +2 for ledgers and trade histories, nothing for placing, amending and
 * cancelling orders. Beyond `max` Kraken answers `EAPI:Rate limit exceeded`.
 * @see https://docs.kraken.com/api/docs/guides/spot-rest-ratelimits
 */
export const PRIVATE_COUNTERS: Readonly<Record<AccountTier, CounterSpec>> = {
  starter: { max: 15, decay: '0.33' },
  intermediate: { max: 20, decay: '0.5' },
  pro: { max: 20, decay: '1' },
};

/**
 * This side's model of such a counter, so that a call which would be refused is not made. It falls evenly with time, never below zero.
 *
 * Exact: a count of one is 10^8 parts, so that hundredths a second are whole parts a microsecond.
 */
export class DecayingCounter {
  readonly #most: number;
  readonly #decay: number;
  #parts = 0;
  #at = 0;

  /** @throws ModelError `KB_MODEL_NOT_A_DECIMAL`, `KB_MODEL_OFF_GRID` for a decay that is not such text. */
  constructor({ max, decay }: CounterSpec) {
    this.#most = max * ONE;
    this.#decay = decimalToCount(decay, 2);
  }

  value(at: Micros): number {
    this.#fall(at);
    return this.#parts / ONE;
  }

  /**
   * Raises it, unless it would then stand above its maximum.
   * @param cost In whole counts or eighths.
   * @returns Whether it was raised: whether the call may be made.
   */
  tryRaise(cost: number, at: Micros): boolean {
    this.#fall(at);
    const raised = this.#parts + cost * ONE;
    if (raised > this.#most) return false;
    this.#parts = raised;
    return true;
  }

  /** From when on a call of that cost can be made; `at` when now, `undefined` when never. */
  readyAt(cost: number, at: Micros): Micros | undefined {
    this.#fall(at);
    const excess = this.#parts + cost * ONE - this.#most;
    if (excess <= 0) return at;
    return excess > this.#parts || this.#decay <= 0 ? undefined : micros(at + Math.ceil(excess / this.#decay));
  }

  #fall(at: Micros): void {
    if (at <= this.#at) return;
    // Beyond what empties it the product need not be exact.
    this.#parts = Math.max(0, this.#parts - (at - this.#at) * this.#decay);
    this.#at = at;
  }
}

const ONE = 1e8;
