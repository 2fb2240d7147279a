import { micros } from '@kb/model';
import type { Micros } from '@kb/model';
import type { PredictionStats } from './delta-records.ts';

type Direction = 'down' | 'up';

/** Holds a symbol's predictor to what it said: at most one prediction is open at a time. */
export class PredictionLedger {
  readonly #horizon: Micros;
  readonly #every: Micros;
  #open: { readonly direction: Direction; readonly at: Micros } | undefined = undefined;
  #lastAsked: Micros | undefined = undefined;
  #made = 0;
  #hits = 0;
  #misses = 0;
  #unforeseen = 0;

  constructor(horizon: Micros, every: Micros) {
    this.#horizon = horizon;
    this.#every = every;
  }

  /** Whether the predictor is to be asked now; if so, it counts as asked. */
  isDue(now: Micros): boolean {
    if (this.#open !== undefined) return false;
    if (this.#lastAsked !== undefined && now - this.#lastAsked < this.#every) return false;
    this.#lastAsked = now;
    return true;
  }

  open(direction: Direction, now: Micros): void {
    this.#open = { direction, at: now };
    this.#made += 1;
  }

  /** @returns How long before it the move was predicted, if it was. */
  onDelta(direction: Direction, now: Micros): Micros | undefined {
    const open = this.#open;
    if (open === undefined || open.direction !== direction || now - open.at > this.#horizon) {
      this.#unforeseen += 1;
      return undefined;
    }
    this.#open = undefined;
    this.#hits += 1;
    return micros(now - open.at);
  }

  /** @returns True when a prediction has just run out of time. */
  expire(now: Micros): boolean {
    if (this.#open === undefined || now - this.#open.at <= this.#horizon) return false;
    this.#open = undefined;
    this.#misses += 1;
    return true;
  }

  stats(): PredictionStats {
    const settled = this.#hits + this.#misses;
    const deltas = this.#hits + this.#unforeseen;
    return {
      made: this.#made,
      hits: this.#hits,
      misses: this.#misses,
      unforeseen: this.#unforeseen,
      precision: settled === 0 ? undefined : this.#hits / settled,
      recall: deltas === 0 ? undefined : this.#hits / deltas,
    };
  }
}
