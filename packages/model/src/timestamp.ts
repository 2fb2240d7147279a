import { ModelError } from './errors.ts';
import { micros } from './units.ts';
import type { Micros } from './units.ts';

/**
 * Reads an RFC 3339 time in UTC (`2026-08-02T03:35:51.660084Z`) as microseconds since the epoch. Digits finer than a
 * microsecond are cut off.
 * @throws ModelError `KB_MODEL_BAD_TIMESTAMP`.
 */
export function isoToMicros(text: string): Micros {
  const parts = ISO.exec(text);
  const seconds = parts === null ? Number.NaN : Date.parse(`${parts[1]}Z`);
  // Date.parse turns 30 February into 2 March: such a day must not pass.
  if (parts === null || Number.isNaN(seconds) || new Date(seconds).toISOString().slice(0, 19) !== parts[1]) {
    throw new ModelError('KB_MODEL_BAD_TIMESTAMP', `Expected an RFC 3339 time in UTC, was ${JSON.stringify(text)}`);
  }
  return micros(seconds * 1000 + Number((parts[2] ?? '').padEnd(6, '0').slice(0, 6)));
}

/** Writes microseconds since the epoch as RFC 3339 in UTC with six decimals, as Kraken does. */
export function microsToIso(time: Micros): string {
  const subSecond = ((time % 1_000_000) + 1_000_000) % 1_000_000;
  const seconds = new Date((time - subSecond) / 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(subSecond).padStart(6, '0')}Z`;
}

const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;
