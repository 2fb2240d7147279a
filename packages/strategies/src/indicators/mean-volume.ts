import type { Indicator } from './indicator.ts';
import { checkVolume } from './indicator.ts';
import { Sma } from './sma.ts';

/** A closed bar's volume, in any one unit: a `Candle` has it in lots. */
export interface VolumeBar {
  readonly volume: number | bigint;
}

/**
 * Mean volume of the last `length` bars in which something traded: bars without volume are passed over.
 *
 * To see whether a bar's volume is a spike, compare it first and `update` after.
 */
export class MeanVolume implements Indicator<VolumeBar> {
  /** More when the market is so quiet that bars are empty. */
  readonly warmUp: number;
  readonly #mean: Sma;

  /** @throws RangeError unless `length` is a whole number from 1. */
  constructor(length: number) {
    this.#mean = new Sma(length);
    this.warmUp = length;
  }

  get isReady(): boolean {
    return this.#mean.isReady;
  }

  get value(): number | undefined {
    return this.#mean.value;
  }

  update(bar: VolumeBar): number | undefined {
    const volume = Number(bar.volume);
    checkVolume(volume);
    return volume === 0 ? this.value : this.#mean.update(volume);
  }

  snapshot(): unknown {
    return this.#mean.snapshot();
  }

  restore(state: unknown): void {
    this.#mean.restore(state);
  }
}
