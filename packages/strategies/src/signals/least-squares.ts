import { StrategyError } from '../errors.ts';
import { ParamReader, POSITIVE } from '../params.ts';
import { SnapshotReader } from '../snapshot.ts';
import { normalCdf } from './repeatable-math.ts';

export interface LeastSquaresOptions {
  /** Weight of a row against the next one, above 0 and up to 1. Default 0.999: half after 693 rows. */
  readonly forgetting?: number;
  /** Diagonal of P at the start; large is open-minded. Default 100. */
  readonly startVariance?: number;
  /** Share of the last squared error in the variance of errors, above 0 and up to 1. Default 0.01. */
  readonly errorShare?: number;
}

/**
 * A linear prediction θᵀx that learns row by row: recursive least squares with exponential forgetting.
 *
 * g = P x / (λ + xᵀP x), θ += g (y − θᵀx), P = (P − g xᵀP) / λ. P is made symmetric at each step and its trace kept to a
 * million, as it grows without bound along directions that never occur.
 */
export class LeastSquares {
  readonly #size: number;
  readonly #forgetting: number;
  readonly #errorShare: number;
  #theta: number[];
  /** P row by row, `#size` numbers each. */
  #p: number[];
  #errorVariance: number | undefined;
  #rows = 0;

  /** @param size Numbers in a row of features. @throws StrategyError `KB_STRATEGY_BAD_PARAMS`. */
  constructor(size: number, options: LeastSquaresOptions = {}) {
    const reader = new ParamReader(OWNER, { ...options, size });
    this.#size = reader.number('size', COUNT, 1);
    this.#forgetting = reader.number('forgetting', PART, 0.999);
    this.#errorShare = reader.number('errorShare', PART, 0.01);
    const startVariance = reader.number('startVariance', POSITIVE, 100);
    reader.finish();
    this.#theta = Array.from({ length: size }, () => 0);
    this.#p = Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? startVariance : 0));
  }

  /** θ, by order of the features. */
  get coefficients(): readonly number[] {
    return this.#theta;
  }

  /** Rows learnt from; skipped ones do not count. */
  get rows(): number {
    return this.#rows;
  }

  /** Square root of the moving mean of squared errors, each made before its row was learnt; `undefined` before the first. */
  get errorDeviation(): number | undefined {
    return this.#errorVariance === undefined ? undefined : Math.sqrt(this.#errorVariance);
  }

  /** θᵀx; `undefined` for a row with a number that is none. @throws StrategyError `KB_STRATEGY_BAD_INPUT` for a row of another size. */
  predict(x: readonly number[]): number | undefined {
    this.#refuseOtherSize(x);
    return x.every(Number.isFinite) ? dot(this.#theta, x) : undefined;
  }

  /** Φ(ŷ/σ): how likely what is predicted is above zero; `undefined` before an error is known. */
  probabilityAbove(x: readonly number[]): number | undefined {
    const predicted = this.predict(x);
    const deviation = this.errorDeviation;
    if (predicted === undefined || deviation === undefined) return undefined;
    return deviation === 0 ? (Math.sign(predicted) + 1) / 2 : normalCdf(predicted / deviation);
  }

  /**
   * @param y What the row turned out to be. Only rows whose outcome is known now may come here.
   * @returns The error y − θᵀx from before learning; `undefined` for a row that was skipped, as it holds a number that is none.
   */
  learn(x: readonly number[], y: number): number | undefined {
    const predicted = this.predict(x);
    if (predicted === undefined || !Number.isFinite(y)) return undefined;
    const error = y - predicted;
    const px = this.#theta.map((_, row) => dot(this.#p.slice(row * this.#size, (row + 1) * this.#size), x));
    const scale = this.#forgetting + dot(x, px);
    this.#theta = this.#theta.map((theta, row) => theta + ((px[row] ?? 0) / scale) * error);
    this.#p = this.#boundedP(px, scale);
    const before = this.#errorVariance ?? error * error;
    this.#errorVariance = before + this.#errorShare * (error * error - before);
    this.#rows += 1;
    return error;
  }

  snapshot(): unknown {
    return {
      version: 1,
      theta: [...this.#theta],
      p: [...this.#p],
      rows: this.#rows,
      ...(this.#errorVariance === undefined ? {} : { errorVariance: this.#errorVariance }),
    };
  }

  /** @throws StrategyError `KB_STRATEGY_BAD_SNAPSHOT` if this is not the state of one of the same size. */
  restore(state: unknown): void {
    const reader = new SnapshotReader(OWNER, state, 1);
    const theta = reader.numbersOf('theta', this.#size);
    const p = reader.numbersOf('p', this.#size * this.#size);
    const rows = reader.number('rows');
    const errorVariance = reader.optionalNumber('errorVariance');
    reader.finish();
    this.#theta = [...theta];
    this.#p = [...p];
    this.#rows = rows;
    this.#errorVariance = errorVariance;
  }

  /** P one step on; g xᵀP is px pxᵀ / scale, as P is symmetric, and so is what comes out. */
  #boundedP(px: readonly number[], scale: number): number[] {
    const size = this.#size;
    const next = this.#p.map((value, at) => {
      const outer = (px[Math.floor(at / size)] ?? 0) * (px[at % size] ?? 0);
      return (value - outer / scale) / this.#forgetting;
    });
    let trace = 0;
    for (let at = 0; at < next.length; at += size + 1) trace += next[at] ?? 0;
    return trace > MOST_TRACE ? next.map((value) => value * (MOST_TRACE / trace)) : next;
  }

  #refuseOtherSize(x: readonly number[]): void {
    if (x.length === this.#size) return;
    throw new StrategyError('KB_STRATEGY_BAD_INPUT', OWNER, [`expected ${this.#size} features, were ${x.length}`]);
  }
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (const [index, value] of a.entries()) sum += value * (b[index] ?? 0);
  return sum;
}

const OWNER = 'least squares';
const MOST_TRACE = 1e6;
const COUNT = { says: 'a whole number > 0', holds: (value: number) => Number.isSafeInteger(value) && value > 0 };
const PART = { says: 'a number > 0 and ≤ 1', holds: (value: number) => value > 0 && value <= 1 };
