// oxlint-disable typescript/no-non-null-assertion -- the ring's bounds prove every index
import type { MarketEvent, Micros } from '@kb/model';
import { DEFAULT_LOAD } from './load-meter.ts';
import type { LoadBucket, LoadThresholds } from './load-meter.ts';

/**
 * How busy the market was at a time in the last windows, told within a tenth of a window: an answer says what was sent some time
 * ago. Constant memory.
 */
export class LoadHistory {
  readonly #thresholds: LoadThresholds;
  readonly #slotLength: number;
  readonly #counts = new Uint32Array(SLOTS);
  #slot = Number.NEGATIVE_INFINITY;

  constructor(thresholds: LoadThresholds = DEFAULT_LOAD) {
    this.#thresholds = thresholds;
    this.#slotLength = Math.max(1, thresholds.window / PER_WINDOW);
  }

  onEvent({ venueTs }: Pick<MarketEvent, 'venueTs'>): void {
    const slot = Math.floor(venueTs / this.#slotLength);
    if (slot > this.#slot) {
      const passed = Math.min(slot - this.#slot, SLOTS);
      for (let back = 0; back < passed; back += 1) this.#counts[(slot - back) % SLOTS] = 0;
      this.#slot = slot;
    }
    if (slot > this.#slot - SLOTS) this.#counts[slot % SLOTS]! += 1;
  }

  /** The load at a venue time; of what has been forgotten, and of what nothing was heard of, quiet. */
  bucket(at: Micros): LoadBucket {
    const last = Math.floor(at / this.#slotLength);
    let count = 0;
    for (let slot = Math.max(0, last - PER_WINDOW + 1); slot <= last; slot += 1) {
      if (slot <= this.#slot && slot > this.#slot - SLOTS) count += this.#counts[slot % SLOTS]!;
    }
    if (count >= this.#thresholds.burstFrom) return 'burst';
    return count >= this.#thresholds.busyFrom ? 'busy' : 'quiet';
  }
}

const PER_WINDOW = 10;
/** A hundred windows: ten seconds, unless told otherwise. */
const SLOTS = 100 * PER_WINDOW;
