import { micros } from '@kb/model';
import type { Micros } from '@kb/model';

/**
 * Reads RFC 3339 times in UTC straight from bytes, and remembers the minute: the frames of a stream mostly share it.
 *
 * Takes `YYYY-MM-DDTHH:MM:SSZ` with no fraction or one of 1 to 9 digits; what is finer than a microsecond is cut off. Unlike
 * `Date.parse` it refuses days that the month does not have, and 24:00.
 */
export class WireTime {
  /** The bytes of the last good `YYYY-MM-DDTHH:MM:`, and its microseconds. */
  readonly #minute = new Uint8Array(MINUTE_LENGTH);
  #minuteMicros = 0;

  /**
   * @param start Offset of the first digit of the year.
   * @param end Offset after the `Z`.
   * @returns Microseconds since the epoch, or NaN when these bytes are no such time or lie beyond 2^53 − 1.
   */
  parse(bytes: Uint8Array, start: number, end: number): number {
    if (end - start < SHORTEST || end - start > LONGEST || end > bytes.length) return Number.NaN;
    const minute = this.#minute;
    for (let index = 0; index < MINUTE_LENGTH; index += 1) {
      if (bytes[start + index] === minute[index]) continue;
      if (!this.#readMinute(bytes, start)) return Number.NaN;
      break;
    }
    const tens = (bytes[start + 17] ?? 0) ^ 0x30;
    const units = (bytes[start + 18] ?? 0) ^ 0x30;
    if (tens > 5 || units > 9) return Number.NaN;
    const fraction = this.#fraction(bytes, start + 19, end);
    return this.#minuteMicros + (tens * 10 + units) * 1_000_000 + fraction;
  }

  /** `.123456Z` or `Z` as microseconds; NaN when it is something else. */
  #fraction(bytes: Uint8Array, start: number, end: number): number {
    const last = end - 1;
    if (bytes[last] !== 0x5a) return Number.NaN;
    if (start === last) return 0;
    if (bytes[start] !== 0x2e || start + 1 === last) return Number.NaN;
    let value = 0;
    let at = start + 1;
    for (let place = 0; place < 6; place += 1) {
      const digit = at < last ? (bytes[at] ?? 0) ^ 0x30 : 0;
      if (digit > 9) return Number.NaN;
      value = value * 10 + digit;
      at += 1;
    }
    for (; at < last; at += 1) if (((bytes[at] ?? 0) ^ 0x30) > 9) return Number.NaN;
    return value;
  }

  /** Reads `YYYY-MM-DDTHH:MM:` and remembers it; false when it is not that. */
  #readMinute(bytes: Uint8Array, start: number): boolean {
    for (let index = 0; index < MINUTE_LENGTH; index += 1) {
      const byte = bytes[start + index] ?? 0;
      const wanted = MINUTE_SHAPE.charCodeAt(index);
      if (wanted === 0x30 ? (byte ^ 0x30) > 9 : byte !== wanted) return false;
    }
    const two = (at: number): number => ((bytes[start + at] ?? 0) ^ 0x30) * 10 + ((bytes[start + at + 1] ?? 0) ^ 0x30);
    const [year, month, day, hour, minute] = [two(0) * 100 + two(2), two(5), two(8), two(11), two(14)];
    if (year > LAST_YEAR || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59) return false;
    const midnight = new Date(0);
    midnight.setUTCFullYear(year, month - 1, day);
    if (midnight.getUTCDate() !== day) return false;
    this.#minute.set(bytes.subarray(start, start + MINUTE_LENGTH));
    this.#minuteMicros = midnight.getTime() * 1000 + (hour * 60 + minute) * 60_000_000;
    return true;
  }
}

/** The same from text, for what is not hot. `undefined` when it is no such time. */
export function textToMicros(text: string): Micros | undefined {
  const bytes = Buffer.from(text, 'utf8');
  const value = new WireTime().parse(bytes, 0, bytes.length);
  return Number.isSafeInteger(value) ? micros(value) : undefined;
}

const MINUTE_SHAPE = '0000-00-00T00:00:';
const MINUTE_LENGTH = MINUTE_SHAPE.length;
/** The last whole year whose microseconds are below 2^53. */
const LAST_YEAR = 2254;
/** `YYYY-MM-DDTHH:MM:SSZ`, and with nine digits of fraction. */
const SHORTEST = 20;
const LONGEST = 30;
