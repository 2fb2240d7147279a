import { SnapshotReader } from '../snapshot.ts';
import { checkLength, checkNumber } from './indicator.ts';
import type { Indicator } from './indicator.ts';

/** What a closed bar tells of its extremes. A `Candle` is one, in ticks and lots. */
export interface RangeBar {
  readonly high: number;
  readonly low: number;
  /** 0 marks a bar that was put in where nothing traded. */
  readonly volume: number | bigint;
}

/**
 * Highest high and lowest low of the last `length` bars (Donchian's channel). A bar without volume takes up its place in
 * time, but its prices do not count.
 *
 * To see whether a bar breaks out, compare it first and `update` after: the channel then holds the bars before it.
 */
export class RollingRange implements Indicator<RangeBar> {
  readonly warmUp: number;
  readonly #length: number;
  #bars = 0;
  #highs = new Extreme(1);
  #lows = new Extreme(-1);

  /** @throws RangeError unless `length` is a whole number from 1. */
  constructor(length: number) {
    checkLength('length', length);
    this.#length = length;
    this.warmUp = length;
  }

  get isReady(): boolean {
    return this.value !== undefined;
  }

  get high(): number | undefined {
    return this.#bars < this.#length ? undefined : this.#highs.value;
  }

  get low(): number | undefined {
    return this.#bars < this.#length ? undefined : this.#lows.value;
  }

  /** High − low; `undefined` before `length` bars, and while none of them has volume. */
  get value(): number | undefined {
    const { high, low } = this;
    return high === undefined || low === undefined ? undefined : high - low;
  }

  update({ high, low, volume }: RangeBar): number | undefined {
    checkNumber('high', high);
    checkNumber('low', low);
    if (low > high) throw new RangeError(`Expected a bar's low to be at most its high, was ${low} and ${high}`);
    const oldest = this.#bars + 1 - this.#length;
    this.#highs.dropBefore(oldest);
    this.#lows.dropBefore(oldest);
    if (Number(volume) !== 0) {
      this.#highs.push(this.#bars, high);
      this.#lows.push(this.#bars, low);
    }
    this.#bars += 1;
    return this.value;
  }

  snapshot(): unknown {
    return {
      version: VERSION,
      length: this.#length,
      bars: this.#bars,
      highs: this.#highs.snapshot(),
      lows: this.#lows.snapshot(),
    };
  }

  restore(state: unknown): void {
    const reader = new SnapshotReader('RollingRange', state, VERSION);
    reader.expect('length', this.#length);
    const bars = reader.count('bars');
    reader.finish();
    const highs = new Extreme(1);
    const lows = new Extreme(-1);
    highs.restore('RollingRange highs', reader.field('highs'), this.#length);
    lows.restore('RollingRange lows', reader.field('lows'), this.#length);
    this.#bars = bars;
    this.#highs = highs;
    this.#lows = lows;
  }
}

/** The largest (sign 1) or smallest (sign −1) of a sliding window: only values that can still become it are kept. */
class Extreme {
  readonly #sign: 1 | -1;
  /** When each came, oldest first, and what it was: each is more extreme than all that came after it. */
  #times: number[] = [];
  #values: number[] = [];

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  get value(): number | undefined {
    return this.#values[0];
  }

  push(time: number, value: number): void {
    for (let last = this.#values.at(-1); last !== undefined; last = this.#values.at(-1)) {
      if ((last - value) * this.#sign > 0) break;
      this.#times.pop();
      this.#values.pop();
    }
    this.#times.push(time);
    this.#values.push(value);
  }

  dropBefore(time: number): void {
    while ((this.#times[0] ?? time) < time) {
      this.#times.shift();
      this.#values.shift();
    }
  }

  snapshot(): unknown {
    return { version: VERSION, times: [...this.#times], values: [...this.#values] };
  }

  restore(owner: string, state: unknown, most: number): void {
    const reader = new SnapshotReader(owner, state, VERSION);
    const times = reader.numbers('times', most);
    const values = reader.numbers('values', most);
    reader.sameLength('times', times, 'values', values);
    reader.finish();
    this.#times = [...times];
    this.#values = [...values];
  }
}

const VERSION = 1;
