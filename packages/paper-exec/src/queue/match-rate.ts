/**
 * How many of the decreases that no print explains equal the size of exactly one order, as the inferred queues know them:
 * an exponential mean over some 500 decreases. It falls when a venue merges updates, and the fingerprint's error grows with it.
 */
export class MatchRate {
  #decreases = 0;
  #mean = 0;

  /** From 0 to 1; `undefined` before the first decrease. */
  get value(): number | undefined {
    return this.#decreases === 0 ? undefined : this.#mean;
  }

  /** How many decreases it rests on. */
  get decreases(): number {
    return this.#decreases;
  }

  count(matched: boolean): void {
    this.#decreases += 1;
    const weight = 1 / Math.min(this.#decreases, MEMORY);
    this.#mean += ((matched ? 1 : 0) - this.#mean) * weight;
  }
}

const MEMORY = 500;
