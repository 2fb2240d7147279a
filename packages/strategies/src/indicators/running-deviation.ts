import { SnapshotReader } from '../snapshot.ts';
import { checkNumber } from './indicator.ts';
import type { Indicator } from './indicator.ts';
import { WeightedMoments } from './weighted-moments.ts';

/** Mean and population standard deviation (ddof 0) of all inputs so far, after Welford. */
export class RunningDeviation implements Indicator<number> {
  readonly warmUp: number = 2;
  #moments = new WeightedMoments();

  /** Inputs so far. */
  get count(): number {
    return this.#moments.volume;
  }

  get isReady(): boolean {
    return this.count >= this.warmUp;
  }

  /** The standard deviation, in the unit of the inputs: 0 after a single one. */
  get value(): number | undefined {
    return this.#moments.deviation;
  }

  /** With ddof 1, as in measures of performance; from two inputs on. */
  get sampleDeviation(): number | undefined {
    return this.isReady ? Math.sqrt(this.#moments.squares / (this.count - 1)) : undefined;
  }

  get mean(): number | undefined {
    return this.#moments.mean;
  }

  update(input: number): number | undefined {
    checkNumber('an input', input);
    this.#moments.add(input, 1);
    return this.value;
  }

  snapshot(): unknown {
    return { version: VERSION, moments: this.#moments.snapshot() };
  }

  restore(state: unknown): void {
    const reader = new SnapshotReader('RunningDeviation', state, VERSION);
    reader.finish();
    const moments = new WeightedMoments();
    moments.restore('RunningDeviation', reader.field('moments'));
    this.#moments = moments;
  }
}

const VERSION = 1;
