const PER_DECADE = 40;
const LOWEST = -7;
const DECADES = 14;

/** Positive values counted in bins of a fortieth of a decade (6 %), from 10^−7 to 10^7; what lies outside counts at the ends. */
export class LogHistogram {
  readonly #counts = new Float64Array(PER_DECADE * DECADES);
  #sum = 0;
  #squares = 0;
  #size = 0;

  add(value: number): void {
    const bin = value > 0 ? Math.floor((Math.log10(value) - LOWEST) * PER_DECADE) : 0;
    const index = Math.min(Math.max(bin, 0), this.#counts.length - 1);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#size += 1;
    this.#sum += value;
    this.#squares += value * value;
  }

  get size(): number {
    return this.#size;
  }

  /** The value below which a share p lies, to 3 %. `NaN` when empty. */
  quantile(p: number): number {
    let left = p * this.#size;
    for (const [index, count] of this.#counts.entries()) {
      left -= count;
      if (left < 0) return 10 ** ((index + 0.5) / PER_DECADE + LOWEST);
    }
    return Number.NaN;
  }

  /** The most frequent value on a logarithmic scale. */
  get mode(): number {
    let best = 0;
    for (const [index, count] of this.#counts.entries()) if (count > (this.#counts[best] ?? 0)) best = index;
    return 10 ** ((best + 0.5) / PER_DECADE + LOWEST);
  }

  /** Standard deviation over mean. */
  get variation(): number {
    const mean = this.#sum / this.#size;
    return Math.sqrt(Math.max(0, this.#squares / this.#size - mean * mean)) / mean;
  }
}
