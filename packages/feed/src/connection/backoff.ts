import { micros, MILLISECOND, SECOND } from '@kb/model';
import type { KeyedRandom, Micros } from '@kb/model';

/** How long to wait before trying again, by the number of tries that failed. */
export interface BackoffSpec {
  /** The first delay; each further one doubles. */
  readonly first: Micros;
  /** Upper limit of the early delays. */
  readonly earlyCap: Micros;
  /** How many delays are early. */
  readonly earlyCount: number;
  /** Upper limit of the later delays. */
  readonly cap: Micros;
  /** True draws each delay uniformly between zero and its limit ("full jitter"), so that clients do not come back in step. */
  readonly jitter: boolean;
}

/**
 * `fast`: full jitter over 250 ms doubling, the first eight delays at most 1 s, later ones at most 30 s.
 * `classic`: exactly 1, 2, 4, 8, 16, 30, 30 … seconds.
 */
export const BACKOFF_PRESETS: Readonly<Record<'classic' | 'fast', BackoffSpec>> = {
  fast: {
    first: micros(250 * MILLISECOND),
    earlyCap: micros(SECOND),
    earlyCount: 8,
    cap: micros(30 * SECOND),
    jitter: true,
  },
  classic: {
    first: micros(SECOND),
    earlyCap: micros(30 * SECOND),
    earlyCount: 0,
    cap: micros(30 * SECOND),
    jitter: false,
  },
};

/**
 * The delay before a try.
 * @param failed How many tries have failed in a row, this one's predecessor included (1 for the first retry).
 * @param draw A number in [0, 1); not used without jitter.
 */
export function backoffDelay(spec: BackoffSpec, failed: number, draw: number): Micros {
  const cap = failed <= spec.earlyCount ? spec.earlyCap : spec.cap;
  const limit = Math.min(cap, spec.first * 2 ** Math.min(failed - 1, 40));
  return micros(Math.round(spec.jitter ? limit * draw : limit));
}

/** Counts failures in a row and draws the delays that follow them. */
export class Backoff {
  readonly #spec: BackoffSpec;
  readonly #random: KeyedRandom;
  #failed = 0;
  #draws = 0;

  constructor(spec: BackoffSpec, random: KeyedRandom) {
    this.#spec = spec;
    this.#random = random;
  }

  next(): Micros {
    this.#failed += 1;
    this.#draws += 1;
    return backoffDelay(this.#spec, this.#failed, this.#random.at(this.#draws));
  }

  reset(): void {
    this.#failed = 0;
  }
}
