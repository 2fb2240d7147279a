import { SnapshotReader } from '../snapshot.ts';
import { checkLength, checkNumber } from './indicator.ts';
import type { Indicator } from './indicator.ts';
import { SeededAverage } from './seeded-average.ts';

/**
 * Exponential moving average with α = 2 / (length + 1), seeded with the mean of the first `length` inputs; the first
 * value comes with input number `length`. It is ready when the seed weighs less than a thousandth (`emaWarmUp`).
 */
export class Ema implements Indicator<number> {
  readonly length: number;
  readonly warmUp: number;
  #average: SeededAverage;
  #previous: number | undefined = undefined;

  /** @throws RangeError unless `length` is a whole number from 1. */
  constructor(length: number) {
    this.warmUp = emaWarmUp(length);
    this.length = length;
    this.#average = averageOf(length);
  }

  get isReady(): boolean {
    return this.#average.count >= this.warmUp;
  }

  get value(): number | undefined {
    return this.#average.value;
  }

  /** The value before the last input: crossings and slopes compare the two. */
  get previous(): number | undefined {
    return this.#previous;
  }

  update(input: number): number | undefined {
    checkNumber('an input', input);
    this.#previous = this.value;
    return this.#average.update(input);
  }

  snapshot(): unknown {
    return { version: VERSION, average: this.#average.snapshot(), previous: this.#previous };
  }

  restore(state: unknown): void {
    const reader = new SnapshotReader('Ema', state, VERSION);
    const previous = reader.optionalNumber('previous');
    reader.finish();
    const average = averageOf(this.length);
    average.restore('Ema', reader.field('average'));
    this.#average = average;
    this.#previous = previous;
  }
}

/**
 * Inputs after which an `Ema` is ready: length + ⌈ln 0.001 / ln(1 − α)⌉, 40 for 9.
 * @throws RangeError unless `length` is a whole number from 1.
 */
export function emaWarmUp(length: number): number {
  checkLength('length', length);
  const keeps = 1 - shareOf(length);
  let inputs = length;
  // By multiplication: a logarithm may differ in its last bit from engine to engine.
  for (let weight = keeps === 0 ? 0 : 1; weight > 0.001; weight *= keeps) inputs += 1;
  return inputs;
}

function averageOf(length: number): SeededAverage {
  return new SeededAverage(length, shareOf(length));
}

function shareOf(length: number): number {
  return 2 / (length + 1);
}

const VERSION = 1;
