import { micros, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';

const FAILURES = 20;
const LOCKED_FOR = 15 * 60 * SECOND;
/** Names that are remembered. */
const MOST_NAMES = 1_000;

/** Who failed again and again is locked out for a while. When there are too many names, the one that failed longest ago is forgotten. */
export class Lockout {
  readonly #failed = new Map<string, { readonly failures: number; readonly lockedUntil: Micros | undefined }>();

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
    const lockedUntil = failures >= FAILURES ? micros(at + LOCKED_FOR) : undefined;
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
