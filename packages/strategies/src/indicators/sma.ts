import { SnapshotReader } from '../snapshot.ts';
import { checkLength, checkNumber } from './indicator.ts';
import type { Indicator } from './indicator.ts';
import { Window } from './window.ts';

/** Updates after which running sums are made again from the window, so that rounding cannot pile up. */
export const RECOMPUTE_AFTER = 1000;

/** Simple moving average: the mean of the last `length` inputs, once there are as many. Exact while their sum is a safe integer. */
export class Sma implements Indicator<number> {
  readonly warmUp: number;
  readonly #window: Window;
  /** Neumaier's sum: what rounding took from `#sum` is in `#lost`. */
  #sum = 0;
  #lost = 0;
  #sinceRecompute = 0;

  /** @throws RangeError unless `length` is a whole number from 1. */
  constructor(length: number) {
    checkLength('length', length);
    this.warmUp = length;
    this.#window = new Window(length);
  }

  get isReady(): boolean {
    return this.#window.isFull;
  }

  get value(): number | undefined {
    return this.isReady ? (this.#sum + this.#lost) / this.warmUp : undefined;
  }

  update(input: number): number | undefined {
    checkNumber('an input', input);
    const left = this.#window.push(input);
    this.#add(input);
    if (left !== undefined) this.#add(-left);
    this.#sinceRecompute += 1;
    if (this.#sinceRecompute >= RECOMPUTE_AFTER) this.#recompute();
    return this.value;
  }

  snapshot(): unknown {
    return {
      version: VERSION,
      length: this.warmUp,
      values: this.#window.toArray(),
      sum: this.#sum,
      lost: this.#lost,
      sinceRecompute: this.#sinceRecompute,
    };
  }

  restore(state: unknown): void {
    const reader = new SnapshotReader('Sma', state, VERSION);
    reader.expect('length', this.warmUp);
    const values = reader.numbers('values', this.warmUp);
    const sum = reader.number('sum');
    const lost = reader.number('lost');
    const sinceRecompute = reader.count('sinceRecompute');
    reader.finish();
    this.#window.fill(values);
    this.#sum = sum;
    this.#lost = lost;
    this.#sinceRecompute = sinceRecompute;
  }

  #recompute(): void {
    this.#sum = 0;
    this.#lost = 0;
    for (const value of this.#window.toArray()) this.#add(value);
    this.#sinceRecompute = 0;
  }

  #add(value: number): void {
    const sum = this.#sum + value;
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }
}

const VERSION = 1;
