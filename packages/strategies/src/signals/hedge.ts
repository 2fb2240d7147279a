import { StrategyError } from '../errors.ts';
import { NOT_NEGATIVE, ParamReader, SHARE } from '../params.ts';
import { SnapshotReader } from '../snapshot.ts';
import { exp, log } from './repeatable-math.ts';

export interface HedgeOptions {
  /** How sharply a loss of one lowers a weight: by e^−rate. Default 0.5; `hedgeRate` for a known number of rounds. */
  readonly learningRate?: number;
  /** Share of all weight, 0 to 1, that each round divides evenly, so that a source that has become good again is found. Default 0.02. */
  readonly share?: number;
}

/**
 * Weights of a fixed list of sources that follow what each of them lately lost: Hedge (Freund and Schapire 1997) with fixed
 * share (Herbster and Warmuth 1998). Weights sum to one, and none falls below `share / sources`.
 *
 * State lives in `snapshot`: weights go on over restarts and days.
 */
export class HedgeWeights {
  readonly #sources: readonly string[];
  readonly #learningRate: number;
  readonly #share: number;
  #weights: number[];

  /** @throws StrategyError `KB_STRATEGY_BAD_PARAMS`. */
  constructor(sources: readonly string[], options: HedgeOptions = {}) {
    const reader = new ParamReader('Hedge weights', options);
    this.#learningRate = reader.number('learningRate', NOT_NEGATIVE, 0.5);
    this.#share = reader.number('share', SHARE, 0.02);
    reader.finish();
    if (sources.length === 0 || new Set(sources).size < sources.length) {
      throw new StrategyError('KB_STRATEGY_BAD_PARAMS', 'Hedge weights', [
        `expected sources of different names, were [${sources.join(', ')}]`,
      ]);
    }
    this.#sources = [...sources];
    this.#weights = sources.map(() => 1 / sources.length);
  }

  /** @returns A number above 0 and up to 1; 0 for a source that is none of these. */
  weight(source: string): number {
    return this.#weights[this.#sources.indexOf(source)] ?? 0;
  }

  /** By order of the sources. */
  get weights(): readonly number[] {
    return this.#weights;
  }

  /**
   * Takes the losses of one round, each from 0 to 1, once its outcome is known. Sources without a loss slept: they keep their
   * weight, and the awake divide among themselves what they had together, without sharing it out.
   *
   * @throws StrategyError `KB_STRATEGY_BAD_INPUT` for an unknown source or a loss outside 0…1.
   */
  update(losses: ReadonlyMap<string, number>): void {
    this.#refuseOddLosses(losses);
    const awake = this.#sources.map((source) => losses.has(source));
    const before = this.#weights;
    const mass = sumWhere(before, awake);
    const scored = this.#sources.map((source, index) => {
      const weight = before[index] ?? 0;
      return awake[index] ? weight * exp(-this.#learningRate * (losses.get(source) ?? 0)) : weight;
    });
    const scale = mass / sumWhere(scored, awake);
    const rescaled = scored.map((weight, index) => (awake[index] ? weight * scale : weight));
    const floor = this.#share / this.#sources.length;
    this.#weights = awake.includes(false)
      ? raisedTo(floor, rescaled, awake, mass)
      : rescaled.map((weight) => (1 - this.#share) * weight + floor);
  }

  snapshot(): unknown {
    return { version: 1, sources: [...this.#sources], weights: [...this.#weights] };
  }

  /** @throws StrategyError `KB_STRATEGY_BAD_SNAPSHOT` if this is not the state of the same sources. */
  restore(state: unknown): void {
    const reader = new SnapshotReader('Hedge weights', state, 1);
    const weights = reader.numbersOf('weights', this.#sources.length);
    reader.finish();
    const problems: string[] = [];
    if (JSON.stringify(reader.field('sources')) !== JSON.stringify(this.#sources)) {
      problems.push(`expected the weights of [${this.#sources.join(', ')}] in this order`);
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (weights.some((weight) => weight < 0) || Math.abs(total - 1) > 1e-6) {
      problems.push(`expected weights ≥ 0 that sum to 1, summed to ${total}`);
    }
    if (problems.length > 0) throw new StrategyError('KB_STRATEGY_BAD_SNAPSHOT', 'Hedge weights', problems);
    this.#weights = [...weights];
  }

  #refuseOddLosses(losses: ReadonlyMap<string, number>): void {
    const problems: string[] = [];
    for (const [source, loss] of losses) {
      if (!this.#sources.includes(source)) problems.push(`unknown source ${source}`);
      if (!(loss >= 0 && loss <= 1)) problems.push(`expected the loss of ${source} from 0 to 1, was ${loss}`);
    }
    if (problems.length > 0) throw new StrategyError('KB_STRATEGY_BAD_INPUT', 'Hedge weights', problems);
  }
}

/** The rate with the least worst case over a known number of rounds. */
export function hedgeRate(sources: number, rounds: number): number {
  return Math.sqrt((8 * log(sources)) / rounds);
}

/** What Hedge at that rate, without sharing, can have lost more than the best source, whatever happened. */
export function hedgeRegretBound(sources: number, rounds: number): number {
  return Math.sqrt((rounds * log(sources)) / 2);
}

/** In a round in which some sleep, the floor that sharing would have given is kept by the awake among themselves. */
function raisedTo(floor: number, weights: readonly number[], awake: readonly boolean[], mass: number): number[] {
  const count = awake.filter(Boolean).length;
  const least = Math.min(floor, mass / Math.max(count, 1));
  const spare = weights.map((weight, index) => (awake[index] ? Math.max(weight - least, 0) : 0));
  const spareTotal = spare.reduce((sum, part) => sum + part, 0);
  if (weights.every((weight, index) => !awake[index] || weight >= least) || spareTotal === 0) return [...weights];
  return weights.map((weight, index) =>
    awake[index] ? least + (spare[index] ?? 0) * ((mass - least * count) / spareTotal) : weight,
  );
}

function sumWhere(values: readonly number[], chosen: readonly boolean[]): number {
  return values.reduce((sum, value, index) => (chosen[index] ? sum + value : sum), 0);
}
