import type { Micros } from '@kb/model';
import { SnapshotReader } from '../snapshot.ts';
import { checkLength, checkNumber, checkVolume, scoreOf } from './indicator.ts';
import type { Indicator } from './indicator.ts';
import type { VwapInput } from './session-vwap.ts';
import { RECOMPUTE_AFTER } from './sma.ts';
import { WeightedMoments } from './weighted-moments.ts';

export interface RollingVwapOptions {
  /** How far back inputs count: one that is exactly as old does not any more. */
  readonly window: Micros;
  /** Inputs kept at most, default 10,000; beyond that the oldest leaves early and `dropped` counts it. Give bars to long windows. */
  readonly maxInputs?: number;
}

/**
 * Volume-weighted average price over the last span of venue time, with the weighted deviation around it.
 *
 * Time goes on with inputs and with `advance`. An input older than that counts as if it came now.
 */
export class RollingVwap implements Indicator<VwapInput> {
  readonly warmUp: number = 1;
  readonly #window: number;
  readonly #maxInputs: number;
  /** Oldest first, from `#first`; inputs without volume are not kept. */
  #times: number[] = [];
  #prices: number[] = [];
  #volumes: number[] = [];
  #first = 0;
  #now: number | undefined = undefined;
  #dropped = 0;
  #moments = new WeightedMoments();
  #peakVolume = 0;
  #peakSquares = 0;
  #removed = 0;

  /** @throws RangeError unless the window and the most inputs are whole numbers from 1. */
  constructor({ window, maxInputs = 10_000 }: RollingVwapOptions) {
    checkLength('window', window);
    checkLength('maxInputs', maxInputs);
    this.#window = window;
    this.#maxInputs = maxInputs;
  }

  get isReady(): boolean {
    return this.#moments.volume > 0;
  }

  /** The average price. */
  get value(): number | undefined {
    return this.#moments.mean;
  }

  /** The weighted standard deviation of prices. */
  get deviation(): number | undefined {
    return this.#moments.deviation;
  }

  /** Traded in the window. */
  get volume(): number {
    return this.#moments.volume;
  }

  /** Inputs that left before their time because there were too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @returns Deviations that a price is above the average; `undefined` when there is no deviation yet. */
  zScore(price: number): number | undefined {
    checkNumber('a price', price);
    const { mean, deviation } = this.#moments;
    return mean === undefined || deviation === undefined ? undefined : scoreOf(price, mean, deviation);
  }

  update({ at, price, volume }: VwapInput): number | undefined {
    checkNumber('a price', price);
    checkVolume(volume);
    this.advance(at);
    if (volume === 0) return this.value;
    if (this.#times.length - this.#first === this.#maxInputs) {
      this.#dropped += 1;
      this.#removeOldest();
    }
    this.#times.push(this.#now ?? at);
    this.#prices.push(price);
    this.#volumes.push(volume);
    this.#add(price, volume);
    return this.value;
  }

  /** Venue time has gone on: what is too old leaves. */
  advance(at: Micros): void {
    this.#now = Math.max(at, this.#now ?? at);
    const oldest = this.#now - this.#window;
    while ((this.#times[this.#first] ?? Infinity) <= oldest) this.#removeOldest();
  }

  snapshot(): unknown {
    this.#compact();
    return {
      version: VERSION,
      window: this.#window,
      maxInputs: this.#maxInputs,
      now: this.#now,
      dropped: this.#dropped,
      times: [...this.#times],
      prices: [...this.#prices],
      volumes: [...this.#volumes],
      moments: this.#moments.snapshot(),
      peakVolume: this.#peakVolume,
      peakSquares: this.#peakSquares,
      removed: this.#removed,
    };
  }

  restore(state: unknown): void {
    const reader = new SnapshotReader('RollingVwap', state, VERSION);
    reader.expect('window', this.#window);
    reader.expect('maxInputs', this.#maxInputs);
    const now = reader.optionalTime('now');
    const dropped = reader.count('dropped');
    const times = reader.numbers('times', this.#maxInputs);
    const prices = reader.numbers('prices', this.#maxInputs);
    const volumes = reader.numbers('volumes', this.#maxInputs);
    reader.sameLength('times', times, 'prices', prices);
    reader.sameLength('times', times, 'volumes', volumes);
    const peakVolume = reader.notNegative('peakVolume');
    const peakSquares = reader.notNegative('peakSquares');
    const removed = reader.count('removed');
    reader.finish();
    const moments = new WeightedMoments();
    moments.restore('RollingVwap', reader.field('moments'));
    this.#now = now;
    this.#dropped = dropped;
    this.#times = [...times];
    this.#prices = [...prices];
    this.#volumes = [...volumes];
    this.#first = 0;
    this.#moments = moments;
    this.#peakVolume = peakVolume;
    this.#peakSquares = peakSquares;
    this.#removed = removed;
  }

  #add(price: number, volume: number): void {
    this.#moments.add(price, volume);
    this.#peakVolume = Math.max(this.#peakVolume, this.#moments.volume);
    this.#peakSquares = Math.max(this.#peakSquares, this.#moments.squares);
  }

  #removeOldest(): void {
    const price = this.#prices[this.#first];
    const volume = this.#volumes[this.#first];
    if (price === undefined || volume === undefined) return;
    this.#moments.remove(price, volume);
    this.#first += 1;
    this.#removed += 1;
    const { volume: left, squares } = this.#moments;
    const isWorn = left < this.#peakVolume * WORN || squares < this.#peakSquares * WORN;
    if (isWorn || this.#removed >= RECOMPUTE_AFTER) this.#recompute();
  }

  #recompute(): void {
    this.#compact();
    this.#moments.clear();
    this.#peakVolume = 0;
    this.#peakSquares = 0;
    this.#removed = 0;
    for (const [index, price] of this.#prices.entries()) this.#add(price, this.#volumes[index] ?? 0);
  }

  #compact(): void {
    this.#times.splice(0, this.#first);
    this.#prices.splice(0, this.#first);
    this.#volumes.splice(0, this.#first);
    this.#first = 0;
  }
}

/** Share of its peak below which a sum is made again: rounding at the peak would show in what is left. */
const WORN = 1e-4;
const VERSION = 1;
