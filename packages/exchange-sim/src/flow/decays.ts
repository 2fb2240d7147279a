import { SECOND } from '@kb/model';
import { exp } from './arithmetic.ts';

const LN2 = 0.6931471805599453;
const STEP = 1024;

/** e^(−t ln 2 / half-life) for whole microseconds t ≥ 0: two look-ups and a product for what is shorter than a second. */
class Decay {
  readonly #rate: number;
  readonly #fine: Float64Array;
  readonly #coarse: Float64Array;

  constructor(halfLifeSeconds: number) {
    const rate = LN2 / (halfLifeSeconds * SECOND);
    this.#rate = rate;
    this.#fine = Float64Array.from({ length: STEP }, (_, step) => exp(-rate * step));
    this.#coarse = Float64Array.from({ length: STEP }, (_, step) => exp(-rate * step * STEP));
  }

  over(elapsed: number): number {
    if (elapsed >= STEP * STEP) return exp(-this.#rate * elapsed);
    return (this.#fine[elapsed & (STEP - 1)] ?? 0) * (this.#coarse[elapsed >>> 10] ?? 0);
  }
}

/** What decays with the same half-lives shares the look-ups. */
export class Decays {
  /** How much of each component is left after the elapsed time that was set last. */
  readonly factors: Float64Array;
  /** ln 2 / half-life of each, per second. */
  readonly rates: Float64Array;
  readonly #decays: readonly Decay[];

  /** @param halfLives In seconds. */
  constructor(halfLives: readonly number[]) {
    this.factors = new Float64Array(halfLives.length).fill(1);
    this.rates = Float64Array.from(halfLives, (halfLife) => LN2 / halfLife);
    this.#decays = halfLives.map((halfLife) => new Decay(halfLife));
  }

  /** @param elapsed Whole microseconds. */
  set(elapsed: number): void {
    const { factors } = this;
    const decays = this.#decays;
    for (let index = 0; index < decays.length; index += 1) factors[index] = decays[index]?.over(elapsed) ?? 0;
  }
}

/**
 * A sum of exponentially decaying components that events push up: the memory of a Hawkes process in its Markov form, or, with signed
 * pushes, of the order flow. Equals the direct sum over all past events of Σ weight_k e^(−age ln 2 / half-life_k).
 */
export class DecayingSum {
  readonly #decays: Decays;
  readonly #weights: Float64Array;
  readonly #parts: Float64Array;
  #value = 0;

  /** @param weights What a push of 1 adds to each component. */
  constructor(decays: Decays, weights: ArrayLike<number>) {
    this.#decays = decays;
    this.#weights = Float64Array.from(weights);
    this.#parts = new Float64Array(weights.length);
  }

  get value(): number {
    return this.#value;
  }

  push(amount: number): void {
    const weights = this.#weights;
    const parts = this.#parts;
    for (let index = 0; index < parts.length; index += 1) {
      const added = amount * (weights[index] ?? 0);
      parts[index] = (parts[index] ?? 0) + added;
      this.#value += added;
    }
  }

  /** Lets the time pass that was set on the decays. */
  decay(): void {
    const { factors } = this.#decays;
    const parts = this.#parts;
    let value = 0;
    for (let index = 0; index < parts.length; index += 1) {
      const left = (parts[index] ?? 0) * (factors[index] ?? 0);
      parts[index] = left;
      value += left;
    }
    this.#value = value;
  }
}
