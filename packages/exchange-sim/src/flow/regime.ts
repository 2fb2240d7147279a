import { KeyedRandom } from '@kb/model';
import { exp } from './arithmetic.ts';
import { normalTable } from './quantile-table.ts';
import type { QuantileTable } from './quantile-table.ts';

/** One time scale on which markets are calm or busy. */
export interface RegimeFactor {
  /** Relaxation time: after it a share 1/e of a deviation is left. */
  readonly seconds: number;
  /** Standard deviation of the logarithm in the long run. */
  readonly sd: number;
}

/**
 * The activity of a market, R(t): log-normal, mean 1, its logarithm a sum of independent Ornstein-Uhlenbeck processes that are stepped
 * once a second by their exact transition. Starts in its long-run distribution.
 */
export class Regime {
  readonly #random: KeyedRandom;
  readonly #normal: QuantileTable;
  readonly #kept: readonly number[];
  readonly #noise: readonly number[];
  readonly #logs: number[];
  readonly #centre: number;
  #step = 0;
  #value = 1;

  constructor(seed: number, symbol: string, factors: readonly RegimeFactor[]) {
    this.#random = new KeyedRandom(seed, `${symbol} regime`);
    this.#normal = normalTable();
    this.#kept = factors.map(({ seconds }) => exp(-1 / seconds));
    this.#noise = factors.map(({ seconds, sd }) => sd * Math.sqrt(1 - exp(-2 / seconds)));
    this.#centre = factors.reduce((sum, { sd }) => sum + (sd * sd) / 2, 0);
    this.#logs = factors.map(({ sd }, index) => sd * this.#normal.at(this.#random.at(0, index)));
    this.#refresh();
  }

  get value(): number {
    return this.#value;
  }

  /** One second passes. */
  step(): void {
    this.#step += 1;
    for (let index = 0; index < this.#logs.length; index += 1) {
      const shock = (this.#noise[index] ?? 0) * this.#normal.at(this.#random.at(this.#step, index));
      this.#logs[index] = (this.#kept[index] ?? 0) * (this.#logs[index] ?? 0) + shock;
    }
    this.#refresh();
  }

  #refresh(): void {
    this.#value = exp(this.#logs.reduce((sum, log) => sum + log, 0) - this.#centre);
  }
}
