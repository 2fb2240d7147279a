/**
 * Counts the steps (commands and market events) that a property was tried with. The suite tries a few thousand;
 * `KB_STEPS=1000000` asks for a million in each property that counts, by hand.
 */
export class StepCount {
  /** How often the property is to be tried. */
  readonly numRuns: number;
  readonly #asked: number = Number(process.env['KB_STEPS'] ?? 0);
  #steps = 0;

  /** @param usual Runs in the suite. @param stepsARun No more than the mean. */
  constructor(usual: number, stepsARun: number) {
    this.numRuns = this.#asked > 0 ? Math.ceil(this.#asked / stepsARun) : usual;
  }

  add(steps: readonly unknown[]): void {
    this.#steps += steps.length;
  }

  /** @throws when fewer were tried than asked for, or than the suite is said to try. */
  check(): void {
    const least = Math.max(this.#asked, 5_000);
    if (this.#steps < least) throw new Error(`Expected at least ${least} steps, were ${this.#steps}`);
  }
}

/** Milliseconds that such a property may take: a million steps take some minutes. */
export const STEPS_TIMEOUT: number = process.env['KB_STEPS'] === undefined ? 30_000 : 3_600_000;
