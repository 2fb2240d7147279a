import { micros } from '@kb/model';
import type { Micros } from '@kb/model';
import { SnapshotReader } from '../snapshot.ts';
import { checkLength, checkNumber, checkVolume, scoreOf } from './indicator.ts';
import type { Indicator } from './indicator.ts';
import { WeightedMoments } from './weighted-moments.ts';

/** A trade, or a closed bar by its typical price and the time it closed. */
export interface VwapInput {
  /** Venue time. */
  readonly at: Micros;
  readonly price: number;
  /** In any unit, ≥ 0. */
  readonly volume: number;
}

/** (high + low + close) / 3: the price that stands for a bar. */
export function typicalPrice(bar: { readonly high: number; readonly low: number; readonly close: number }): number {
  return (bar.high + bar.low + bar.close) / 3;
}

export interface SessionVwapOptions {
  /** Length of a session. Default a day. */
  readonly period?: Micros;
  /** Start of sessions after whole periods since 1970, UTC. Default 0: midnight. */
  readonly offset?: Micros;
}

/**
 * Volume-weighted average price since the session began, with the weighted deviation around it. The first input of a later
 * session starts over; one of an earlier session is left out.
 */
export class SessionVwap implements Indicator<VwapInput> {
  readonly warmUp: number = 1;
  readonly #period: number;
  readonly #offset: number;
  #anchor: Micros | undefined = undefined;
  #moments = new WeightedMoments();

  /** @throws RangeError when the period is not a whole number of microseconds from 1, or the offset not one from 0. */
  constructor({ period = DAY, offset = NONE }: SessionVwapOptions = {}) {
    checkLength('period', period);
    checkLength('offset', offset, 0);
    this.#period = period;
    this.#offset = offset;
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

  /** Traded since the session began. */
  get volume(): number {
    return this.#moments.volume;
  }

  /** When the session of the last input began. */
  get anchor(): Micros | undefined {
    return this.#anchor;
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
    const start = micros(Math.floor((at - this.#offset) / this.#period) * this.#period + this.#offset);
    if (this.#anchor !== undefined && start < this.#anchor) return this.value;
    if (start !== this.#anchor) this.#moments.clear();
    this.#anchor = start;
    this.#moments.add(price, volume);
    return this.value;
  }

  snapshot(): unknown {
    return {
      version: VERSION,
      period: this.#period,
      offset: this.#offset,
      anchor: this.#anchor,
      moments: this.#moments.snapshot(),
    };
  }

  restore(state: unknown): void {
    const reader = new SnapshotReader('SessionVwap', state, VERSION);
    reader.expect('period', this.#period);
    reader.expect('offset', this.#offset);
    const anchor = reader.optionalTime('anchor');
    reader.finish();
    const moments = new WeightedMoments();
    moments.restore('SessionVwap', reader.field('moments'));
    this.#anchor = anchor;
    this.#moments = moments;
  }
}

const DAY = micros(86_400_000_000);
const NONE = micros(0);
const VERSION = 1;
