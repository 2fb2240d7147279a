import type { Micros } from '@kb/model';

/** How fast one address may call public methods. */
export interface PublicLimitOptions {
  readonly perSecond: number;
  /** Calls at once after a pause. */
  readonly burst: number;
}

/** Addresses that are remembered; beyond that, the one that came first is forgotten and begins anew. */
const MOST_ADDRESSES = 10_000;

/** Counts public calls by address: a bucket of `burst` calls that fills at an even pace. */
export class PublicLimit {
  readonly #options: PublicLimitOptions;
  readonly #buckets = new Map<string, { left: number; at: number }>();

  constructor(options: PublicLimitOptions) {
    this.#options = options;
  }

  /** @returns False when the call comes too soon. */
  admit(address: string, at: Micros): boolean {
    const { perSecond, burst } = this.#options;
    let bucket = this.#buckets.get(address);
    if (bucket === undefined) {
      bucket = { left: burst, at };
      this.#buckets.set(address, bucket);
      for (const oldest of this.#buckets.keys()) {
        if (this.#buckets.size <= MOST_ADDRESSES) break;
        this.#buckets.delete(oldest);
      }
    }
    bucket.left = Math.min(burst, bucket.left + ((at - bucket.at) / 1e6) * perSecond);
    bucket.at = at;
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }
}
