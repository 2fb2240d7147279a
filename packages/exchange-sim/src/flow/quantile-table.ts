import { exp, ln, normalQuantile } from './arithmetic.ts';

const STEPS = 4096;

/**
 * A distribution as its quantiles at 4,097 points, with straight lines between them: a draw is one multiplication instead of
 * a logarithm. The outermost points stand for the outer 1/8,192 of each tail, so tails end there.
 */
export class QuantileTable {
  readonly #values: Float64Array;

  /** @param quantile The value below which a share p lies, 0 < p < 1. */
  constructor(quantile: (p: number) => number) {
    this.#values = new Float64Array(STEPS + 1);
    for (let step = 0; step <= STEPS; step += 1) {
      this.#values[step] = quantile(Math.min(Math.max(step, 0.5), STEPS - 0.5) / STEPS);
    }
  }

  /** @param u Uniform in [0, 1). */
  at(u: number): number {
    const position = u * STEPS;
    const step = Math.floor(position);
    const low = this.#values[step] ?? 0;
    const high = this.#values[step + 1] ?? low;
    return low + (high - low) * (position - step);
  }

  /** Mean of a draw. */
  get mean(): number {
    let sum = 0;
    for (let step = 0; step < STEPS; step += 1) sum += ((this.#values[step] ?? 0) + (this.#values[step + 1] ?? 0)) / 2;
    return sum / STEPS;
  }
}

export function normalTable(): QuantileTable {
  return new QuantileTable(normalQuantile);
}

/** @param sigma Standard deviation of the logarithm. */
export function logNormalTable(median: number, sigma: number): QuantileTable {
  return new QuantileTable((p) => median * exp(sigma * normalQuantile(p)));
}

/**
 * Lifetimes in seconds under the hazard θ(1 + A e^(−age/τ)): an order that is young is cancelled more readily. Solved by
 * bisection of the cumulative hazard θ t + θ A τ (1 − e^(−t/τ)).
 */
export function lifetimeTable(theta: number, youngMultiple: number, tau: number): QuantileTable {
  return new QuantileTable((p) => {
    const hazard = -ln(1 - p);
    let low = 0;
    let high = hazard / theta;
    for (let round = 0; round < 60; round += 1) {
      const t = (low + high) / 2;
      if (theta * t + theta * youngMultiple * tau * (1 - exp(-t / tau)) < hazard) low = t;
      else high = t;
    }
    return low;
  });
}

/** One way in which young orders are cancelled more readily: the rate is `multiple` times the old one's more at age 0, and fades. */
export interface YoungCancels {
  readonly multiple: number;
  readonly seconds: number;
}

/** Lifetimes in seconds under the hazard θ(1 + Σ A e^(−age/τ)), by Newton's method, which cannot overshoot: hazards only fall. */
export function agedLifetimeTable(theta: number, young: readonly YoungCancels[]): QuantileTable {
  let t = 0;
  return new QuantileTable((p) => {
    const target = -ln(1 - p);
    for (let round = 0; round < 100; round += 1) {
      let hazard = 1;
      let sum = t;
      for (const { multiple, seconds } of young) {
        const left = exp(-t / seconds);
        hazard += multiple * left;
        sum += multiple * seconds * (1 - left);
      }
      const missing = target - theta * sum;
      if (missing < 1e-12 * target) break;
      t += missing / (theta * hazard);
    }
    return t;
  });
}

/** Picks an index with given weights: the cumulative sums, and a guide that says where to begin looking. */
export class WeightedPick {
  readonly #cumulative: Float64Array;
  readonly #guide: Uint32Array;
  /** The sum of the weights. */
  readonly total: number;

  constructor(weights: readonly number[]) {
    this.total = weights.reduce((sum, weight) => sum + weight, 0);
    this.#cumulative = new Float64Array(weights.length);
    this.#guide = new Uint32Array(1024);
    let sum = 0;
    weights.forEach((weight, index) => {
      sum += weight;
      this.#cumulative[index] = sum / this.total;
    });
    this.#cumulative[weights.length - 1] = 1;
    let index = 0;
    for (let slot = 0; slot < this.#guide.length; slot += 1) {
      while ((this.#cumulative[index] ?? 1) <= slot / this.#guide.length) index += 1;
      this.#guide[slot] = index;
    }
  }

  /** @param u Uniform in [0, 1). @returns An index into the weights. */
  at(u: number): number {
    const cumulative = this.#cumulative;
    let index = this.#guide[Math.floor(u * this.#guide.length)] ?? 0;
    while ((cumulative[index] ?? 1) <= u) index += 1;
    return index;
  }
}
