import { SnapshotReader } from '../snapshot.ts';
import { checkLength, checkNumber } from './indicator.ts';
import type { Indicator } from './indicator.ts';
import { SeededAverage } from './seeded-average.ts';

/**
 * Relative strength index after Wilder, from 0 to 100: gains and losses between closes, each smoothed with α = 1 / length
 * and seeded with the mean of its first `length`. The first value comes with close number `length + 1`. Without any loss it
 * is 100, also when nothing moved.
 */
export class Rsi implements Indicator<number> {
  readonly length: number;
  readonly warmUp: number;
  #gains: SeededAverage;
  #losses: SeededAverage;
  #close: number | undefined = undefined;
  #previous: number | undefined = undefined;

  /** @throws RangeError unless `length` is a whole number from 1. */
  constructor(length: number) {
    checkLength('length', length);
    this.length = length;
    this.warmUp = length + 1;
    this.#gains = new SeededAverage(length, 1 / length);
    this.#losses = new SeededAverage(length, 1 / length);
  }

  get isReady(): boolean {
    return this.value !== undefined;
  }

  get value(): number | undefined {
    const gain = this.#gains.value;
    const loss = this.#losses.value;
    if (gain === undefined || loss === undefined) return undefined;
    return loss === 0 ? 100 : 100 - 100 / (1 + gain / loss);
  }

  /** The value before the last close: crossings compare the two. */
  get previous(): number | undefined {
    return this.#previous;
  }

  update(close: number): number | undefined {
    checkNumber('a close', close);
    this.#previous = this.value;
    if (this.#close !== undefined) {
      const change = close - this.#close;
      this.#gains.update(Math.max(change, 0));
      this.#losses.update(Math.max(-change, 0));
    }
    this.#close = close;
    return this.value;
  }

  snapshot(): unknown {
    return {
      version: VERSION,
      gains: this.#gains.snapshot(),
      losses: this.#losses.snapshot(),
      close: this.#close,
      previous: this.#previous,
    };
  }

  restore(state: unknown): void {
    const reader = new SnapshotReader('Rsi', state, VERSION);
    const close = reader.optionalNumber('close');
    const previous = reader.optionalNumber('previous');
    reader.finish();
    const gains = new SeededAverage(this.length, 1 / this.length);
    const losses = new SeededAverage(this.length, 1 / this.length);
    gains.restore('Rsi gains', reader.field('gains'));
    losses.restore('Rsi losses', reader.field('losses'));
    this.#gains = gains;
    this.#losses = losses;
    this.#close = close;
    this.#previous = previous;
  }
}

const VERSION = 1;
