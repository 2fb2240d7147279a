import { SnapshotReader } from '../snapshot.ts';
import { checkLength, checkNumber, scoreOf } from './indicator.ts';
import type { Indicator } from './indicator.ts';
import { RECOMPUTE_AFTER } from './sma.ts';
import { Window } from './window.ts';

/** Share of its peak below which a running sum of squares is made again: rounding at the peak would show in what is left. */
const CANCELLED = 1e-4;

/**
 * Mean and population standard deviation (ddof 0, as in Bollinger's bands) of the last `length` inputs, after Welford.
 *
 * To judge a price against the inputs before it, ask `zScore` first and `update` after: a price that is part of its own
 * window cannot lie further out than √(length − 1) deviations.
 */
export class RollingDeviation implements Indicator<number> {
  readonly warmUp: number;
  readonly #window: Window;
  #mean = 0;
  /** Σ (x − mean)². */
  #squares = 0;
  #peakSquares = 0;
  #sinceRecompute = 0;

  /** @throws RangeError unless `length` is a whole number from 2. */
  constructor(length: number) {
    checkLength('length', length, 2);
    this.warmUp = length;
    this.#window = new Window(length);
  }

  get isReady(): boolean {
    return this.#window.isFull;
  }

  /** The standard deviation, in the unit of the inputs. */
  get value(): number | undefined {
    return this.isReady ? Math.sqrt(this.#squares / this.warmUp) : undefined;
  }

  /** With ddof 1, as in measures of performance. */
  get sampleDeviation(): number | undefined {
    return this.isReady ? Math.sqrt(this.#squares / (this.warmUp - 1)) : undefined;
  }

  get mean(): number | undefined {
    return this.isReady ? this.#mean : undefined;
  }

  /** @returns A copy of the inputs in the window, oldest first: as many as there are before `isReady`. */
  inputs(): number[] {
    return this.#window.toArray();
  }

  /** @returns Deviations that a value is above the mean; `undefined` before `isReady` and when all inputs are alike. */
  zScore(value: number): number | undefined {
    checkNumber('a value', value);
    const deviation = this.value;
    return deviation === undefined ? undefined : scoreOf(value, this.#mean, deviation);
  }

  update(input: number): number | undefined {
    checkNumber('an input', input);
    const left = this.#window.push(input);
    if (left === undefined) this.#grow(input, this.#window.length);
    else this.#replace(left, input);
    return this.value;
  }

  snapshot(): unknown {
    return {
      version: VERSION,
      length: this.warmUp,
      values: this.#window.toArray(),
      mean: this.#mean,
      squares: this.#squares,
      peakSquares: this.#peakSquares,
      sinceRecompute: this.#sinceRecompute,
    };
  }

  restore(state: unknown): void {
    const reader = new SnapshotReader('RollingDeviation', state, VERSION);
    reader.expect('length', this.warmUp);
    const values = reader.numbers('values', this.warmUp);
    const mean = reader.number('mean');
    const squares = reader.notNegative('squares');
    const peakSquares = reader.notNegative('peakSquares');
    const sinceRecompute = reader.count('sinceRecompute');
    reader.finish();
    this.#window.fill(values);
    this.#mean = mean;
    this.#squares = squares;
    this.#peakSquares = peakSquares;
    this.#sinceRecompute = sinceRecompute;
  }

  #grow(input: number, count: number): void {
    const above = input - this.#mean;
    this.#mean += above / count;
    this.#squares += above * (input - this.#mean);
    this.#peakSquares = Math.max(this.#peakSquares, this.#squares);
  }

  #replace(left: number, input: number): void {
    const before = this.#mean;
    this.#mean += (input - left) / this.warmUp;
    this.#squares += (input - left) * (input - this.#mean + (left - before));
    this.#peakSquares = Math.max(this.#peakSquares, this.#squares);
    this.#sinceRecompute += 1;
    if (this.#sinceRecompute >= RECOMPUTE_AFTER || this.#squares < this.#peakSquares * CANCELLED) this.#recompute();
  }

  #recompute(): void {
    this.#mean = 0;
    this.#squares = 0;
    this.#peakSquares = 0;
    this.#sinceRecompute = 0;
    this.#window.toArray().forEach((value, index) => this.#grow(value, index + 1));
  }
}

const VERSION = 1;
