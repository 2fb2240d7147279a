import type { Micros, Side } from '@kb/model';
import { StrategyError } from '../errors.ts';
import { SnapshotReader } from '../snapshot.ts';
import { checkFinite, checkOptions } from './checks.ts';
import { halfLifeDecay } from './decay.ts';
import { fitIntensity } from './intensity-fit.ts';
import type { FillIntensityFit } from './intensity-fit.ts';
import { GAP, StepClock } from './step-clock.ts';

export interface FillIntensityOptions {
  /** Distance between two points of the fit, in the unit of the prices: the instrument's price step. */
  readonly tick: number;
  /** Points of the fit, at 1 to so many ticks. Default 20. */
  readonly levels?: number;
  /** Length of a step, milliseconds. Default 1000. */
  readonly gridMs?: number;
  /** Half-life of the weight of a step, milliseconds. Default 1 800 000. */
  readonly halfLifeMs?: number;
  /** Milliseconds between two fits. Default 5000. */
  readonly refitMs?: number;
}

/**
 * A and κ of a quote's fills, λ(δ) = A·e^(−κδ), from how far trades reach.
 *
 * For each step and side it takes the largest distance, from the fair value that the step began with, at which a trade printed:
 * buys above it, sells below. An order at δ would have been reached in the steps whose distance is at least δ. Those counts, and
 * the time they were counted in, are averaged over both sides with weights that fall with age. Steps across a silence of more
 * than five, or across a lost book, do not count.
 */
export class FillIntensity {
  readonly #clock: StepClock;
  readonly #tick: number;
  readonly #stepSeconds: number;
  readonly #keep: number;
  readonly #refitSteps: number;
  readonly #distances: readonly number[];
  /** Steps that reached each distance, decayed; both sides together. */
  readonly #reached: number[];
  /** Seconds counted, decayed; each step counts for both sides. */
  #seconds = 0;
  /** Steps and sides that traded beyond the fair value at all, decayed. */
  #records = 0;
  #stepsToFit: number;
  #fair: number | undefined;
  /** Fair value that this step began with; without it the step does not count. */
  #start: number | undefined;
  #buyReach = 0;
  #sellReach = 0;
  #fit: FillIntensityFit | undefined;
  #isPoor = false;

  /** @throws StrategyError `KB_STRATEGY_BAD_PARAMS` naming every fault. */
  constructor(options: FillIntensityOptions) {
    const { tick, levels = 20, gridMs = 1000, halfLifeMs = 1_800_000, refitMs = 5000 } = options;
    checkOptions(OWNER, { tick, gridMs, halfLifeMs, refitMs }, { levels });
    this.#clock = new StepClock(gridMs);
    this.#tick = tick;
    this.#stepSeconds = gridMs / 1000;
    this.#keep = halfLifeDecay(gridMs, halfLifeMs);
    this.#refitSteps = Math.max(1, Math.round(refitMs / gridMs));
    this.#stepsToFit = this.#refitSteps;
    this.#distances = Array.from({ length: levels }, (_, index) => (index + 1) * tick);
    this.#reached = this.#distances.map(() => 0);
  }

  /** The last good fit: A in fills per second and side, κ in 1/price; `undefined` before there was one. */
  get fit(): FillIntensityFit | undefined {
    return this.#fit;
  }

  /** The latest fit was refused (κ ≤ 0, R² < 0.5 or too few distances), so `fit` is an older one: `CALIBRATION_POOR`. */
  get isPoor(): boolean {
    return this.#isPoor;
  }

  /** Takes a new fair value. @throws RangeError when it is not finite. */
  update(at: Micros, fair: number): void {
    checkFinite('a fair value', fair);
    this.advance(at);
    this.#fair = fair;
  }

  /** Takes a print. @param taker Side of the taker. @throws RangeError when the price is not finite. */
  trade(at: Micros, taker: Side, price: number): void {
    checkFinite('a price', price);
    this.advance(at);
    if (this.#start === undefined) return;
    if (taker === 'buy') this.#buyReach = Math.max(this.#buyReach, price - this.#start);
    else this.#sellReach = Math.max(this.#sellReach, this.#start - price);
  }

  /** Time passed with the market alive and without a trade. */
  advance(at: Micros): void {
    const ended = this.#clock.advance(at);
    if (ended === GAP) {
      this.lost();
      return;
    }
    for (let step = 0; step < ended; step += 1) this.#endStep();
  }

  /** The book was lost: this step does not count, nor any until a step begins with a fair value again. */
  lost(): void {
    this.#fair = undefined;
    this.#begin();
  }

  snapshot(): unknown {
    return {
      version: VERSION,
      tick: this.#tick,
      stepSeconds: this.#stepSeconds,
      at: this.#clock.at,
      reached: [...this.#reached],
      seconds: this.#seconds,
      records: this.#records,
      stepsToFit: this.#stepsToFit,
      fair: this.#fair,
      start: this.#start,
      buyReach: this.#buyReach,
      sellReach: this.#sellReach,
      intensity: this.#fit?.intensity,
      decay: this.#fit?.decay,
      rSquared: this.#fit?.rSquared,
      isPoor: this.#isPoor,
    };
  }

  /** @throws StrategyError `KB_STRATEGY_BAD_SNAPSHOT`; the estimate is as it was then. */
  restore(state: unknown): void {
    const read = new SnapshotReader(OWNER, state, VERSION);
    read.expect('tick', this.#tick);
    read.expect('stepSeconds', this.#stepSeconds);
    const at = read.optionalTime('at');
    const reached = read.numbersOf('reached', this.#reached.length);
    const seconds = read.notNegative('seconds');
    const records = read.notNegative('records');
    const stepsToFit = read.count('stepsToFit');
    const fair = read.optionalNumber('fair');
    const start = read.optionalNumber('start');
    const buyReach = read.notNegative('buyReach');
    const sellReach = read.notNegative('sellReach');
    const intensity = read.optionalNumber('intensity');
    const decay = read.optionalNumber('decay');
    const rSquared = read.optionalNumber('rSquared');
    const isPoor = read.boolean('isPoor');
    read.finish();
    if (records > 0 && seconds === 0) {
      throw new StrategyError('KB_STRATEGY_BAD_SNAPSHOT', OWNER, [`expected seconds > 0 for ${records} records`]);
    }
    this.#clock.restore(at);
    for (const [index, count] of reached.entries()) this.#reached[index] = count;
    this.#seconds = seconds;
    this.#records = records;
    this.#stepsToFit = stepsToFit;
    this.#fair = fair;
    this.#start = start;
    this.#buyReach = buyReach;
    this.#sellReach = sellReach;
    const isFitted = intensity !== undefined && decay !== undefined && rSquared !== undefined;
    this.#fit = isFitted ? { intensity, decay, rSquared } : undefined;
    this.#isPoor = isPoor;
  }

  #endStep(): void {
    if (this.#start !== undefined) this.#count();
    this.#begin();
    this.#stepsToFit -= 1;
    if (this.#stepsToFit > 0) return;
    this.#stepsToFit = this.#refitSteps;
    this.#refit();
  }

  #begin(): void {
    this.#start = this.#fair;
    this.#buyReach = 0;
    this.#sellReach = 0;
  }

  #count(): void {
    const keep = this.#keep;
    const buys = this.#levelsWithin(this.#buyReach);
    const sells = this.#levelsWithin(this.#sellReach);
    for (let index = 0; index < this.#reached.length; index += 1) {
      const now = (index < buys ? 1 : 0) + (index < sells ? 1 : 0);
      this.#reached[index] = keep * (this.#reached[index] ?? 0) + now;
    }
    this.#seconds = keep * this.#seconds + SIDES * this.#stepSeconds;
    this.#records = keep * this.#records + (this.#buyReach > 0 ? 1 : 0) + (this.#sellReach > 0 ? 1 : 0);
  }

  /** How many distances were reached; 3 ticks that come out as 2.9999999 of doubles are 3. */
  #levelsWithin(reach: number): number {
    return Math.floor(reach / this.#tick + FORBEARANCE);
  }

  #refit(): void {
    if (this.#records < LEAST_RECORDS) return;
    const counted = this.#reached.filter((count) => count >= LEAST_COUNT); // falls with distance: a prefix
    const fit = fitIntensity(this.#distances.slice(0, counted.length), counted, this.#seconds);
    this.#isPoor = fit === undefined || fit.decay <= 0 || fit.rSquared < LEAST_R_SQUARED;
    if (!this.#isPoor) this.#fit = fit;
  }
}

const OWNER = 'FillIntensity';
const VERSION = 1;
const SIDES = 2;
const LEAST_COUNT = 5;
const LEAST_RECORDS = 50;
const LEAST_R_SQUARED = 0.5;
const FORBEARANCE = 1e-9;
