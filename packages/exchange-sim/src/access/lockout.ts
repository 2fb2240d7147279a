import { micros, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import { SimError } from '../errors.ts';

/** Kraken says that there is a lockout, and its users that it takes about a quarter of an hour; both numbers are UNCONFIRMED. */
export interface LockoutOptions {
  /** Failures in a row, from one address with one key. 20 when left out. */
  readonly failures?: number;
  /** How long nothing is heard then; 900 when left out. */
  readonly seconds?: number;
}

const FAILURES = 20;
const LOCKED_SECONDS = 15 * 60;
/** Names that are remembered. */
const MOST_NAMES = 1_000;

/** Who failed again and again is locked out for a while. When there are too many names, the one that failed longest ago is forgotten. */
export class Lockout {
  readonly #most: number;
  readonly #lockedFor: number;
  readonly #failed = new Map<string, { readonly failures: number; readonly lockedUntil: Micros | undefined }>();

  /** @throws SimError `KB_SIM_BAD_OPTION` for numbers that are not whole and above zero. */
  constructor({ failures = FAILURES, seconds = LOCKED_SECONDS }: LockoutOptions = {}) {
    for (const number of [failures, seconds]) {
      if (Number.isInteger(number) && Number.isSafeInteger(number * SECOND) && number > 0) continue;
      throw new SimError('KB_SIM_BAD_OPTION', `Expected a whole number above zero for a lockout, was ${number}`);
    }
    this.#most = failures;
    this.#lockedFor = seconds * SECOND;
  }

  isLocked(name: string, at: Micros): boolean {
    const lockedUntil = this.#failed.get(name)?.lockedUntil;
    if (lockedUntil === undefined) return false;
    if (at < lockedUntil) return true;
    this.#failed.delete(name);
    return false;
  }

  fail(name: string, at: Micros): void {
    const failures = (this.#failed.get(name)?.failures ?? 0) + 1;
    this.#failed.delete(name);
    const lockedUntil =
      failures >= this.#most ? micros(Math.min(at + this.#lockedFor, Number.MAX_SAFE_INTEGER)) : undefined;
    this.#failed.set(name, { failures, lockedUntil });
    if (this.#failed.size <= MOST_NAMES) return;
    for (const oldest of this.#failed.keys()) {
      this.#failed.delete(oldest);
      return;
    }
  }

  forget(name: string): void {
    this.#failed.delete(name);
  }
}
