import { SnapshotReader } from '../snapshot.ts';

/**
 * Exponential smoothing whose first value is the mean of the first `length` inputs, as TA-Lib and TradingView do it; each
 * input after that pulls the average by `share` of the distance.
 */
export class SeededAverage {
  readonly #length: number;
  readonly #share: number;
  #count = 0;
  #average = 0;

  constructor(length: number, share: number) {
    this.#length = length;
    this.#share = share;
  }

  /** Inputs so far. */
  get count(): number {
    return this.#count;
  }

  get value(): number | undefined {
    return this.#count < this.#length ? undefined : this.#average;
  }

  update(input: number): number | undefined {
    this.#count += 1;
    const share = this.#count <= this.#length ? 1 / this.#count : this.#share;
    this.#average += share * (input - this.#average);
    return this.value;
  }

  snapshot(): unknown {
    return { version: VERSION, length: this.#length, count: this.#count, average: this.#average };
  }

  /** @param owner Who is named when the state is refused. */
  restore(owner: string, state: unknown): void {
    const reader = new SnapshotReader(owner, state, VERSION);
    reader.expect('length', this.#length);
    const count = reader.count('count');
    const average = reader.number('average');
    reader.finish();
    this.#count = count;
    this.#average = average;
  }
}

const VERSION = 1;
