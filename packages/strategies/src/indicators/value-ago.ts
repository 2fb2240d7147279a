import type { Micros } from '@kb/model';
import { SnapshotReader } from '../snapshot.ts';
import { checkLength, checkNumber } from './indicator.ts';
import type { Indicator } from './indicator.ts';

/** A value from a moment on, until the next. */
export interface TimedValue {
  /** Venue time. */
  readonly at: Micros;
  readonly value: number;
}

export interface ValueAgoOptions {
  readonly age: Micros;
  /** Inputs kept at most, default 10,000. Beyond that the oldest is lost, and the value unknown until the next is old enough. */
  readonly maxInputs?: number;
}

/**
 * What a value was some time ago: that of the last input which is at least as old. Returns over a span of venue time compare
 * with it, however many ticks came between.
 *
 * Time goes on with inputs and with `advance`; an input older than the newest is left out.
 */
export class ValueAgo implements Indicator<TimedValue> {
  /** At least: time has to pass as well. */
  readonly warmUp: number = 1;
  readonly #age: number;
  readonly #maxInputs: number;
  /** Oldest first; the first is the one that counts as soon as it is old enough. */
  #times: number[] = [];
  #values: number[] = [];
  #now: number | undefined = undefined;

  /** @throws RangeError unless the age and the most inputs are whole numbers from 1. */
  constructor({ age, maxInputs = 10_000 }: ValueAgoOptions) {
    checkLength('age', age);
    checkLength('maxInputs', maxInputs);
    this.#age = age;
    this.#maxInputs = maxInputs;
  }

  get isReady(): boolean {
    return this.value !== undefined;
  }

  get value(): number | undefined {
    const time = this.#times[0];
    return time !== undefined && this.#now !== undefined && time <= this.#now - this.#age ? this.#values[0] : undefined;
  }

  update({ at, value }: TimedValue): number | undefined {
    checkNumber('a value', value);
    if (this.#now !== undefined && at < this.#now) return this.value;
    this.advance(at);
    if (this.#times.length === this.#maxInputs) this.#dropOldest();
    this.#times.push(at);
    this.#values.push(value);
    return this.value;
  }

  /** Venue time has gone on. */
  advance(at: Micros): void {
    this.#now = Math.max(at, this.#now ?? at);
    while ((this.#times[1] ?? Infinity) <= this.#now - this.#age) this.#dropOldest();
  }

  snapshot(): unknown {
    return {
      version: VERSION,
      age: this.#age,
      maxInputs: this.#maxInputs,
      now: this.#now,
      times: [...this.#times],
      values: [...this.#values],
    };
  }

  restore(state: unknown): void {
    const reader = new SnapshotReader('ValueAgo', state, VERSION);
    reader.expect('age', this.#age);
    reader.expect('maxInputs', this.#maxInputs);
    const now = reader.optionalTime('now');
    const times = reader.numbers('times', this.#maxInputs);
    const values = reader.numbers('values', this.#maxInputs);
    reader.sameLength('times', times, 'values', values);
    reader.finish();
    this.#now = now;
    this.#times = [...times];
    this.#values = [...values];
  }

  #dropOldest(): void {
    this.#times.shift();
    this.#values.shift();
  }
}

const VERSION = 1;
