import { StrategyError } from '../errors.ts';
import { NOT_NEGATIVE, ParamReader, POSITIVE } from '../params.ts';
import { SnapshotReader } from '../snapshot.ts';
import { sigmoid } from './repeatable-math.ts';

export interface LogisticOptions {
  /** First step down the log loss; it shrinks with the square root of the sum of squared slopes of each coefficient. Default 0.5. */
  readonly step?: number;
  /** Pull of every coefficient towards zero, as a share of it in each step. Default 0. */
  readonly decay?: number;
}

/**
 * The probability that something happens, σ(θᵀx), learnt row by row: logistic regression by stochastic gradient, with a step
 * for each coefficient of its own (AdaGrad, Duchi, Hazan and Singer 2011). Features should be of about one size.
 */
export class Logistic {
  readonly #size: number;
  readonly #step: number;
  readonly #decay: number;
  #theta: number[];
  /** Sums of squared slopes, one for each coefficient. */
  #slopes: number[];

  /** @param size Numbers in a row of features. @throws StrategyError `KB_STRATEGY_BAD_PARAMS`. */
  constructor(size: number, options: LogisticOptions = {}) {
    const reader = new ParamReader(OWNER, { ...options, size });
    this.#size = reader.number('size', COUNT, 1);
    this.#step = reader.number('step', POSITIVE, 0.5);
    this.#decay = reader.number('decay', NOT_NEGATIVE, 0);
    reader.finish();
    this.#theta = Array.from({ length: size }, () => 0);
    this.#slopes = [...this.#theta];
  }

  /** θ, by order of the features. */
  get coefficients(): readonly number[] {
    return this.#theta;
  }

  /** `undefined` for a row with a number that is none. @throws StrategyError `KB_STRATEGY_BAD_INPUT` for a row of another size. */
  predict(x: readonly number[]): number | undefined {
    if (x.length !== this.#size) {
      throw new StrategyError('KB_STRATEGY_BAD_INPUT', OWNER, [`expected ${this.#size} features, were ${x.length}`]);
    }
    if (!x.every(Number.isFinite)) return undefined;
    return sigmoid(x.reduce((sum, value, index) => sum + value * (this.#theta[index] ?? 0), 0));
  }

  /**
   * @param y What happened. Only rows whose outcome is known now may come here.
   * @returns The probability from before learning; `undefined` for a row that was skipped, as it holds a number that is none.
   */
  learn(x: readonly number[], y: 0 | 1): number | undefined {
    const p = this.predict(x);
    if (p === undefined) return undefined;
    const slopes = x.map((value, index) => (p - y) * value + this.#decay * (this.#theta[index] ?? 0));
    this.#slopes = this.#slopes.map((sum, index) => sum + (slopes[index] ?? 0) ** 2);
    this.#theta = this.#theta.map((theta, index) => {
      const seen = this.#slopes[index] ?? 0;
      return seen === 0 ? theta : theta - (this.#step * (slopes[index] ?? 0)) / Math.sqrt(seen);
    });
    return p;
  }

  snapshot(): unknown {
    return { version: 1, theta: [...this.#theta], slopes: [...this.#slopes] };
  }

  /** @throws StrategyError `KB_STRATEGY_BAD_SNAPSHOT` if this is not the state of one of the same size. */
  restore(state: unknown): void {
    const reader = new SnapshotReader(OWNER, state, 1);
    const theta = reader.numbersOf('theta', this.#size);
    const slopes = reader.numbersOf('slopes', this.#size);
    reader.finish();
    if (slopes.some((sum) => sum < 0)) {
      throw new StrategyError('KB_STRATEGY_BAD_SNAPSHOT', OWNER, ['expected sums of squares ≥ 0']);
    }
    this.#theta = [...theta];
    this.#slopes = [...slopes];
  }
}

const OWNER = 'logistic regression';
const COUNT = { says: 'a whole number > 0', holds: (value: number) => Number.isSafeInteger(value) && value > 0 };
