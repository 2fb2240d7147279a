import { micros, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';

const WINDOW = 600 * SECOND;
const BAN = 600 * SECOND;
/** Addresses that are remembered. */
const MOST_ADDRESSES = 1_000;

/**
 * Attempts to connect per address: at most 150 in any 10 minutes, then ten minutes of refusal, after which the count starts anew. When
 * there are too many addresses, the one that was seen longest ago is forgotten.
 * @see https://docs.kraken.com/exchange/guides/websockets/introduction
 */
export class ConnectionLimit {
  readonly #most: number;
  readonly #enabled: boolean;
  readonly #attempts = new Map<string, Attempts>();

  /** @param most Attempts; 150 when left out. */
  constructor(most = 150, enabled = true) {
    this.#most = most;
    this.#enabled = enabled;
  }

  /** @returns False when the address is banned for now. */
  admit(address: string, at: Micros): boolean {
    if (!this.#enabled) return true;
    const attempts = this.#attempts.get(address) ?? { times: [], bannedUntil: undefined };
    this.#attempts.delete(address);
    this.#attempts.set(address, attempts);
    this.#forgetOldest();

    if (attempts.bannedUntil !== undefined && at < attempts.bannedUntil) return false;
    attempts.bannedUntil = undefined;
    while (attempts.times[0] !== undefined && attempts.times[0] <= at - WINDOW) attempts.times.shift();
    if (attempts.times.length < this.#most) {
      attempts.times.push(at);
      return true;
    }
    attempts.bannedUntil = micros(at + BAN);
    return false;
  }

  /** Seconds until the ban is over, rounded up; 0 without one. */
  retryAfter(address: string, at: Micros): number {
    const bannedUntil = this.#attempts.get(address)?.bannedUntil;
    return bannedUntil === undefined ? 0 : Math.max(Math.ceil((bannedUntil - at) / SECOND), 0);
  }

  #forgetOldest(): void {
    if (this.#attempts.size <= MOST_ADDRESSES) return;
    for (const address of this.#attempts.keys()) {
      this.#attempts.delete(address);
      return;
    }
  }
}

interface Attempts {
  /** Rising, within the window. */
  readonly times: Micros[];
  bannedUntil: Micros | undefined;
}
