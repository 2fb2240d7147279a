import type { Micros } from '@kb/model';
import { SnapshotReader } from '../snapshot.ts';
import { checkFinite, checkOptions } from './checks.ts';
import { halfLifeDecay } from './decay.ts';
import { GAP, StepClock } from './step-clock.ts';

export interface OnlineVolatilityOptions {
  /** The instrument's price step, in the unit of the fair values: the floor of σ is this over √60. */
  readonly tick: number;
  /** Milliseconds between samples. Default 1000. */
  readonly gridMs?: number;
  /** Half-life of the weight of a squared increment, milliseconds. Default 60 000. */
  readonly halfLifeMs?: number;
}

/**
 * Volatility of a fair value, sampled on a grid of time and averaged with falling weights:
 * v ← λv + (1 − λ)(Δm)²/Δt, λ = 2^(−Δt/H), σ = √v. Prices in any one unit, σ in that unit per √s.
 *
 * A sample is the last fair value of its step. An increment is skipped, not spread, when nothing was heard for more than five
 * steps or the book was lost in between; one beyond 10σ counts as 10σ.
 */
export class OnlineVolatility {
  readonly #clock: StepClock;
  readonly #stepSeconds: number;
  readonly #keep: number;
  readonly #floor: number;
  readonly #warmSamples: number;
  /** Fair value heard last, and the one that the last step ended with. */
  #fair: number | undefined;
  #sampled: number | undefined;
  #variance: number | undefined;
  #samples = 0;
  #capped = 0;

  /** @throws StrategyError `KB_STRATEGY_BAD_PARAMS` naming every fault. */
  constructor(options: OnlineVolatilityOptions) {
    const { tick, gridMs = 1000, halfLifeMs = 60_000 } = options;
    checkOptions(OWNER, { tick, gridMs, halfLifeMs });
    this.#clock = new StepClock(gridMs);
    this.#stepSeconds = gridMs / 1000;
    this.#keep = halfLifeDecay(gridMs, halfLifeMs);
    this.#floor = tick / Math.sqrt(LEAST_PER_TICK);
    this.#warmSamples = Math.max(LEAST_SAMPLES, Math.ceil(halfLifeMs / gridMs));
  }

  /** σ in price/√s, never below its floor; `undefined` until there are 30 samples and a half-life of them. */
  get volatility(): number | undefined {
    if (this.#variance === undefined || !this.isReady) return undefined;
    return Math.max(Math.sqrt(this.#variance), this.#floor);
  }

  /** v in price²/s as it is, without a floor and from the first increment on. */
  get variance(): number | undefined {
    return this.#variance;
  }

  get isReady(): boolean {
    return this.#samples >= this.#warmSamples;
  }

  /** Increments taken so far. */
  get samples(): number {
    return this.#samples;
  }

  /** Increments that were beyond 10σ. */
  get capped(): number {
    return this.#capped;
  }

  /** Takes a new fair value. @throws RangeError when it is not finite. */
  update(at: Micros, fair: number): void {
    checkFinite('a fair value', fair);
    this.advance(at);
    this.#fair = fair;
  }

  /** Time passed with the market alive and the fair value as it was. */
  advance(at: Micros): void {
    const ended = this.#clock.advance(at);
    if (ended === GAP) {
      this.lost();
      return;
    }
    for (let step = 0; step < ended; step += 1) this.#sample();
  }

  /** The book was lost: no increment reaches across. */
  lost(): void {
    this.#fair = undefined;
    this.#sampled = undefined;
  }

  snapshot(): unknown {
    return {
      version: VERSION,
      stepSeconds: this.#stepSeconds,
      at: this.#clock.at,
      fair: this.#fair,
      sampled: this.#sampled,
      variance: this.#variance,
      samples: this.#samples,
      capped: this.#capped,
    };
  }

  /** @throws StrategyError `KB_STRATEGY_BAD_SNAPSHOT`; the estimate is as it was then. */
  restore(state: unknown): void {
    const read = new SnapshotReader(OWNER, state, VERSION);
    read.expect('stepSeconds', this.#stepSeconds);
    const at = read.optionalTime('at');
    const fair = read.optionalNumber('fair');
    const sampled = read.optionalNumber('sampled');
    const variance = read.optionalNumber('variance');
    const samples = read.count('samples');
    const capped = read.count('capped');
    read.finish();
    this.#clock.restore(at);
    this.#fair = fair;
    this.#sampled = sampled;
    this.#variance = variance;
    this.#samples = samples;
    this.#capped = capped;
  }

  #sample(): void {
    const fair = this.#fair;
    const before = this.#sampled;
    this.#sampled = fair;
    if (fair === undefined || before === undefined) return;
    this.#samples += 1;
    const squared = ((fair - before) * (fair - before)) / this.#stepSeconds;
    this.#variance = this.#variance === undefined ? squared : this.#blended(this.#variance, squared);
  }

  #blended(variance: number, squared: number): number {
    const most = CAP * CAP * Math.max(variance, this.#floor * this.#floor);
    if (squared > most) this.#capped += 1;
    return this.#keep * variance + (1 - this.#keep) * Math.min(squared, most);
  }
}

/**
 * Volatility of a year as a fraction of the price: σ/s · √(365 · 86 400).
 *
 * @param volatility Price/√s. @param fair Price, above zero.
 */
export function annualVolatility(volatility: number, fair: number): number {
  return (volatility / fair) * Math.sqrt(SECONDS_PER_YEAR);
}

const OWNER = 'OnlineVolatility';
const VERSION = 1;
const LEAST_SAMPLES = 30;
/** A market that moves less than a tick a minute is taken to move so much. */
const LEAST_PER_TICK = 60;
const CAP = 10;
const SECONDS_PER_YEAR = 365 * 86_400;
