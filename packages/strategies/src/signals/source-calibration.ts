import { StrategyError } from '../errors.ts';
import { NOT_NEGATIVE, ParamReader, POSITIVE } from '../params.ts';
import { SnapshotReader } from '../snapshot.ts';
import { NO_SCALING, betaBinCurve, calibrated, isotonicCurve, plattScaled, plattStep } from './calibration-curve.ts';
import type { CalibrationCurve, PlattScaling } from './calibration-curve.ts';

export const CALIBRATION_METHODS = ['betaBin', 'isotonic', 'platt'] as const;
export type CalibrationMethod = (typeof CALIBRATION_METHODS)[number];

export interface SourceCalibrationOptions {
  /** Default `betaBin`. `isotonic` begins with 500 outcomes at the earliest. */
  readonly method?: CalibrationMethod;
  /** Outcomes before the method is trusted; until then probabilities are drawn towards 0.5. Default 200. */
  readonly minResolved?: number;
  /** Latest outcomes that curve and skill are taken from. Default 500. */
  readonly window?: number;
}

/**
 * What one source's words are worth, learnt from what became of them.
 *
 * Its raw scores are no probabilities: until enough of them are resolved they are drawn towards 0.5, then mapped by a curve
 * through the latest outcomes. A source whose calibrated words, as stated at the time, had no skill over the window is muted,
 * and goes on being scored.
 */
export class SourceCalibration {
  readonly #method: CalibrationMethod;
  readonly #minResolved: number;
  readonly #window: number;
  #resolved = 0;
  /** Oldest first, three lists of one length: what the source said, what was made of it, what happened. */
  #raw: number[] = [];
  #stated: number[] = [];
  #outcomes: (0 | 1)[] = [];
  #curve: CalibrationCurve = { upTo: [], p: [] };
  #scaling: PlattScaling = NO_SCALING;
  #skill: number | undefined;

  /** @throws StrategyError `KB_STRATEGY_BAD_PARAMS`. */
  constructor(options: SourceCalibrationOptions = {}) {
    const reader = new ParamReader(OWNER, options);
    this.#method = reader.oneOf('method', CALIBRATION_METHODS, 'betaBin');
    const least = reader.number('minResolved', NOT_NEGATIVE, 200);
    this.#minResolved = this.#method === 'isotonic' ? Math.max(least, ISOTONIC_FROM) : least;
    this.#window = Math.ceil(reader.number('window', POSITIVE, 500));
    reader.finish();
  }

  /** Outcomes heard so far. */
  get resolved(): number {
    return this.#resolved;
  }

  /** Brier skill over the window of what was stated; `undefined` as long as all outcomes in it are alike. */
  get skill(): number | undefined {
    return this.#skill;
  }

  /** True once enough is resolved and the window shows no skill: its word should not count. */
  get muted(): boolean {
    return this.#resolved >= this.#minResolved && (this.#skill ?? 0) <= 0;
  }

  /** The probability to state for a raw score, 0 to 1; that of a muted source too, which has to be scored. */
  calibrate(p: number): number {
    if (this.#resolved < this.#minResolved) {
      return 0.5 + (p - 0.5) * (this.#resolved / (this.#resolved + SHRINK_STRENGTH));
    }
    return this.#method === 'platt' ? plattScaled(this.#scaling, p) : calibrated(this.#curve, p);
  }

  /**
   * Hears what became of a prediction.
   *
   * @param raw What the source had said.
   * @param stated What `calibrate` had made of it then.
   */
  resolve(raw: number, stated: number, y: 0 | 1): void {
    this.#resolved += 1;
    this.#raw.push(raw);
    this.#stated.push(stated);
    this.#outcomes.push(y);
    if (this.#raw.length > this.#window) for (const list of [this.#raw, this.#stated, this.#outcomes]) list.shift();
    this.#skill = this.#windowSkill();
    if (this.#method === 'platt') this.#scaling = plattStep(this.#scaling, { p: raw, y });
    else if (this.#resolved % REFIT_EVERY === 0 || this.#resolved === this.#minResolved) this.#fit();
  }

  snapshot(): unknown {
    return {
      version: 1,
      method: this.#method,
      resolved: this.#resolved,
      raw: [...this.#raw],
      stated: [...this.#stated],
      outcomes: [...this.#outcomes],
      curveUpTo: [...this.#curve.upTo],
      curveP: [...this.#curve.p],
      scaling: [this.#scaling.a, this.#scaling.b],
    };
  }

  /** @throws StrategyError `KB_STRATEGY_BAD_SNAPSHOT` if this is not the state of one with the same method and window. */
  restore(state: unknown): void {
    const reader = new SnapshotReader(OWNER, state, 1);
    const resolved = reader.number('resolved');
    const kept = Math.min(resolved, this.#window);
    const raw = reader.numbersOf('raw', kept);
    const stated = reader.numbersOf('stated', kept);
    const outcomes = reader.numbersOf('outcomes', kept);
    const edges = reader.field('curveUpTo');
    const steps = Array.isArray(edges) ? Math.min(edges.length, this.#window) : 0;
    const curve = { upTo: reader.numbersOf('curveUpTo', steps), p: reader.numbersOf('curveP', steps) };
    const [a = 1, b = 0] = reader.numbersOf('scaling', 2);
    reader.finish();
    const problems: string[] = [];
    const method = reader.field('method');
    if (method !== this.#method) problems.push(`expected method ${this.#method}, was ${JSON.stringify(method)}`);
    if (!Number.isSafeInteger(resolved) || resolved < 0) problems.push(`expected a count resolved, was ${resolved}`);
    if ([...raw, ...stated, ...outcomes, ...curve.upTo, ...curve.p].some((p) => p < 0 || p > 1)) {
      problems.push('expected probabilities and outcomes from 0 to 1');
    }
    if (problems.length > 0) throw new StrategyError('KB_STRATEGY_BAD_SNAPSHOT', OWNER, problems);
    this.#resolved = resolved;
    this.#raw = [...raw];
    this.#stated = [...stated];
    this.#outcomes = outcomes.map((y) => (y === 1 ? 1 : 0));
    this.#curve = curve;
    this.#scaling = { a, b };
    this.#skill = this.#windowSkill();
  }

  #fit(): void {
    const forecasts = this.#raw.map((p, index) => ({ p, y: this.#outcomes[index] ?? 0 }));
    this.#curve = this.#method === 'isotonic' ? isotonicCurve(forecasts) : betaBinCurve(forecasts);
  }

  /** `brierSkill` of what was stated, without making a list for every outcome. */
  #windowSkill(): number | undefined {
    let loss = 0;
    let happened = 0;
    for (const [index, y] of this.#outcomes.entries()) {
      loss += ((this.#stated[index] ?? 0) - y) ** 2;
      happened += y;
    }
    const count = this.#outcomes.length;
    const reference = (happened / count) * (1 - happened / count);
    return count === 0 || reference === 0 ? undefined : 1 - loss / count / reference;
  }
}

const OWNER = 'calibration of a source';
const SHRINK_STRENGTH = 200;
const ISOTONIC_FROM = 500;
/** Outcomes from one fit of the curve to the next. */
const REFIT_EVERY = 20;
