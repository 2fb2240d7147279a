import { micros } from '@kb/model';
import type { Micros } from '@kb/model';

export interface RetryOptions {
  /** Repeats after the first attempt; 0 for none. */
  readonly retries: number;
  /** The first delay; each further one doubles. */
  readonly first: Micros;
  /** Which share of a delay is drawn at random, so that clients do not come back in step: 0 none, 1 all of it. */
  readonly jitter: number;
}

/**
 * The wait before a repeat: between `(1 − jitter)` and 1 times 2, 4, 8, 16, 32 s by default.
 * @param failed How many attempts have failed: 1 before the first repeat.
 * @param draw A number in [0, 1).
 */
export function retryDelay({ first, jitter }: RetryOptions, failed: number, draw: number): Micros {
  const whole = first * 2 ** Math.min(failed - 1, 20);
  return micros(Math.round(whole * (1 - jitter * draw)));
}

/**
 * A `Retry-After` header: seconds, or a date.
 * @returns How long to wait; `undefined` when the header is neither.
 */
export function retryAfterOf(header: string, now: Micros): Micros | undefined {
  if (/^\d{1,9}$/.test(header)) return micros(Number(header) * 1_000_000);
  // A date must begin with its weekday, or Date.parse would take nearly anything for one.
  const date = /^[A-Z][a-z]{2},? /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : micros(Math.max(0, date * 1000 - now));
}
