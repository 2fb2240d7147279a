import { SnapshotReader } from '../snapshot.ts';

/** Mean and deviation of prices weighted by volume, after Welford: no square of a price is ever summed. */
export class WeightedMoments {
  #volume = 0;
  #mean = 0;
  /** Σ volume × (price − mean)². */
  #squares = 0;

  get volume(): number {
    return this.#volume;
  }

  get squares(): number {
    return this.#squares;
  }

  get mean(): number | undefined {
    return this.#volume > 0 ? this.#mean : undefined;
  }

  get deviation(): number | undefined {
    return this.#volume > 0 ? Math.sqrt(this.#squares / this.#volume) : undefined;
  }

  add(price: number, volume: number): void {
    if (volume === 0) return;
    const above = price - this.#mean;
    this.#volume += volume;
    this.#mean += above * (volume / this.#volume);
    // A mean that rounding has put past the price would subtract.
    this.#squares += Math.max(0, volume * above * (price - this.#mean));
  }

  /** Takes away what was added before. Rounding stays behind: who removes much adds what is left anew, now and then. */
  remove(price: number, volume: number): void {
    const left = this.#volume - volume;
    if (!(left > 0)) {
      this.clear();
      return;
    }
    const above = price - this.#mean;
    this.#volume = left;
    this.#mean -= above * (volume / left);
    this.#squares = Math.max(0, this.#squares - volume * above * (price - this.#mean));
  }

  clear(): void {
    this.#volume = 0;
    this.#mean = 0;
    this.#squares = 0;
  }

  snapshot(): unknown {
    return { version: VERSION, volume: this.#volume, mean: this.#mean, squares: this.#squares };
  }

  /** @param owner Who is named when the state is refused. */
  restore(owner: string, state: unknown): void {
    const reader = new SnapshotReader(owner, state, VERSION);
    const volume = reader.notNegative('volume');
    const mean = reader.number('mean');
    const squares = reader.notNegative('squares');
    reader.finish();
    this.#volume = volume;
    this.#mean = mean;
    this.#squares = squares;
  }
}

const VERSION = 1;
