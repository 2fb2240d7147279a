import { micros } from '@kb/model';
import type { Micros } from '@kb/model';

/**
 * Reads an RFC 3339 time in UTC from bytes: `YYYY-MM-DDTHH:MM:SSZ`, with no fraction or one of 1 to 9 digits, of which what
 * is finer than a microsecond is cut off. Unlike `Date.parse` it refuses days that the month does not have, and 24:00.
 *
 * @param start Offset of the first digit of the year.
 * @param end Offset after the `Z`.
 * @returns Microseconds since the epoch, or NaN when these bytes are no such time or lie beyond 2^53 − 1.
 */
export function parseTime(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < SHORTEST || end - start > LONGEST || end > bytes.length) return Number.NaN;
  for (let index = 0; index < SHAPE.length; index += 1) {
    const byte = bytes[start + index] ?? 0;
    const wanted = SHAPE.charCodeAt(index);
    if (wanted === 0x30 ? (byte ^ 0x30) > 9 : byte !== wanted) return Number.NaN;
  }
  const two = (at: number): number => ((bytes[start + at] ?? 0) ^ 0x30) * 10 + ((bytes[start + at + 1] ?? 0) ^ 0x30);
  const year = two(0) * 100 + two(2);
  const [month, day, hour, minute, second] = [two(5), two(8), two(11), two(14), two(17)];
  if (year > LAST_YEAR || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59)
    return Number.NaN;
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  if (midnight.getUTCDate() !== day) return Number.NaN;
  const seconds = (hour * 60 + minute) * 60 + second;
  return midnight.getTime() * 1000 + seconds * 1_000_000 + fraction(bytes, start + SHAPE.length, end);
}

/** The same from text. `undefined` when it is no such time. */
export function textToMicros(text: string): Micros | undefined {
  const bytes = Buffer.from(text, 'utf8');
  const value = parseTime(bytes, 0, bytes.length);
  return Number.isSafeInteger(value) ? micros(value) : undefined;
}

/** `.123456Z` or `Z` as microseconds; NaN when it is something else. */
function fraction(bytes: Uint8Array, start: number, end: number): number {
  const last = end - 1;
  if (bytes[last] !== 0x5a) return Number.NaN;
  if (start === last) return 0;
  if (bytes[start] !== 0x2e || start + 1 === last) return Number.NaN;
  let value = 0;
  for (let at = start + 1; at < Math.max(last, start + 7); at += 1) {
    const digit = at < last ? (bytes[at] ?? 0) ^ 0x30 : 0;
    if (digit > 9) return Number.NaN;
    if (at <= start + 6) value = value * 10 + digit;
  }
  return value;
}

const SHAPE = '0000-00-00T00:00:00';
/** The last whole year whose microseconds are below 2^53. */
const LAST_YEAR = 2254;
/** `YYYY-MM-DDTHH:MM:SSZ`, and with nine digits of fraction. */
const SHORTEST = 20;
const LONGEST = 30;
