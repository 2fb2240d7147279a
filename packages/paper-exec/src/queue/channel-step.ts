/**
 * Whether prints and the decreases that they cause carry the same venue time, as the pairs found so far tell.
 *
 * While they do, a decrease without a print of its own time is no trade, and nothing has to be waited for. A venue whose
 * channels are out of step is found out by its first pairs.
 */
export class ChannelStep {
  readonly #least: number;
  #pairs = 0;
  #share = 1;

  /** @param least Share of pairs with the same time from which the channels are in step, from 0 to 1. */
  constructor(least: number) {
    this.#least = least;
  }

  get inStep(): boolean {
    return this.#pairs >= MIN_PAIRS && this.#share >= this.#least;
  }

  /** A print and a decrease turned out to belong together. */
  paired(sameTime: boolean): void {
    this.#pairs += 1;
    const weight = 1 / Math.min(this.#pairs, MEMORY);
    this.#share += ((sameTime ? 1 : 0) - this.#share) * weight;
  }
}

const MIN_PAIRS = 30;
/** Pairs that count: an exponential mean beyond it. */
const MEMORY = 500;
