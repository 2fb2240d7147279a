/* oxlint-disable typescript/no-non-null-assertion -- hot path: the zero bytes behind the frame bound every index, see the class */
import type { Grid } from '@kb/model';
import { parseTime } from './wire-time.ts';

/**
 * Reads the pieces of frames written exactly as the venue writes them, from its own copy of the bytes.
 *
 * The copy is cheap (about 10 ns for a usual frame) and pays for itself: texts that must stand at a place are compared
 * eight bytes at a time, digits are read four at a time, and the zero bytes that follow the copy stop every scan, because
 * none takes a zero byte for anything. So `at` never passes the end of the frame, and no check looks more than `SLACK`
 * bytes past it.
 */
export class FrameScanner {
  #bytes = new Uint8Array(INITIAL_CAPACITY + SLACK);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  /** Offset after what was read last. */
  at = 0;
  /**
   * The number that `number`, `whole` or `time` read last. Handed over in a field of its own, because a double that a
   * function returns is put on the heap unless the call was inlined.
   */
  value = 0.5;
  /** How many levels `levels` read last. */
  count = 0;
  /** The bytes of the last good `YYYY-MM-DDTHH:MM`, as two words, and its microseconds. */
  #date = Number.NaN;
  #clock = Number.NaN;
  #minuteMicros = 0;

  /** Copies a frame in. @returns False when it is too large for this path. */
  load(frame: Uint8Array): boolean {
    const length = frame.length;
    if (length + SLACK > this.#bytes.length) {
      if (length > MAX_CAPACITY) return false;
      this.#bytes = new Uint8Array(2 * length + SLACK);
      this.#view = new DataView(this.#bytes.buffer);
    }
    this.#bytes.set(frame);
    this.#length = length;
    this.#view.setFloat64(length, 0);
    this.#view.setFloat64(length + 8, 0);
    return true;
  }

  /** Whether a text stands at an offset; `at` moves behind it. */
  takes(text: Template, start: number): boolean {
    const { words, length } = text;
    const view = this.#view;
    const last = words.length - 1;
    for (let word = 0; word < last; word += 1) {
      if (view.getFloat64(start + 8 * word, true) !== words[word]) return false;
    }
    // The last word may overlap the one before.
    if (view.getFloat64(start + length - 8, true) !== words[last]) return false;
    this.at = start + length;
    return true;
  }

  /** The same for `,"qty":`, which is too short for a template. */
  takesQty(start: number): boolean {
    const view = this.#view;
    if (view.getInt32(start, true) !== QTY_HEAD || view.getInt32(start + 3, true) !== QTY_TAIL) return false;
    this.at = start + 7;
    return true;
  }

  /** Whether the frame ends with this text, of four bytes at most, and it stands at that offset. */
  ends(start: number, { length, word }: Ending): boolean {
    return start + length === this.#length && this.#view.getInt32(start, true) === word;
  }

  byteAt(offset: number): number {
    return this.#bytes[offset]!;
  }

  /** The bytes from an offset on, to look a symbol up. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Reads a number of exactly that many decimals, from 0 to 2^53 − 1 steps, as a count of 10^-decimals. */
  number(start: number, decimals: number): boolean {
    const bytes = this.#bytes;
    let at = start;
    let digit = bytes[at]! ^ ZERO;
    if (digit > 9) return false;
    let whole = digit;
    for (at += 1; (digit = bytes[at]! ^ ZERO) <= 9; at += 1) whole = (whole * 10 + digit) | 0;
    // JSON forbids a leading zero; ten digits may not fit the 32 bits that they are gathered in.
    if (at - start > 1 && (at - start > 9 || bytes[start] === ZERO)) return false;
    if (decimals === 0) {
      this.at = at;
      this.value = whole;
      return true;
    }
    if (bytes[at] !== POINT) return false;
    at += 1;

    let fraction = 0;
    let left = decimals;
    if (decimals >= 8) {
      fraction = this.#eightDigits(at);
      if (fraction < 0) return false;
      at += 8;
      left -= 8;
    }
    let rest = 0;
    for (const end = at + left; at < end; at += 1) {
      digit = bytes[at]! ^ ZERO;
      if (digit > 9) return false;
      rest = (rest * 10 + digit) | 0;
    }
    this.at = at;
    this.value = whole * POWERS_OF_TEN[decimals]! + fraction * POWERS_OF_TEN[left]! + rest;
    return this.value <= Number.MAX_SAFE_INTEGER;
  }

  /** Reads a whole number of at most 16 digits, up to 2^53 − 1. */
  whole(start: number): boolean {
    const bytes = this.#bytes;
    const head = this.#eightDigits(start);
    const middle = head < 0 ? start : start + 8;
    let at = middle;
    let rest = 0;
    for (let digit = bytes[at]! ^ ZERO; digit <= 9; digit = bytes[at]! ^ ZERO) {
      rest = (rest * 10 + digit) | 0;
      at += 1;
    }
    const digits = at - start;
    if (digits === 0 || at - middle > 8 || (digits > 1 && bytes[start] === ZERO)) return false;
    this.at = at;
    this.value = head < 0 ? rest : head * POWERS_OF_TEN[at - middle]! + rest;
    return this.value <= Number.MAX_SAFE_INTEGER;
  }

  /** Reads `YYYY-MM-DDTHH:MM:SS.ffffffZ` as microseconds since the epoch. */
  time(start: number): boolean {
    const view = this.#view;
    const bytes = this.#bytes;
    const date = view.getFloat64(start, true);
    const clock = view.getFloat64(start + 8, true);
    if (date !== this.#date || clock !== this.#clock) {
      const micros = parseTime(bytes, start, start + TIME_LENGTH);
      if (!Number.isSafeInteger(micros)) return false;
      this.#date = date;
      this.#clock = clock;
      this.#minuteMicros = micros - mod(micros, 60_000_000);
    }
    const four = this.#fourDigits(start + 20);
    const tens = bytes[start + 17]! ^ ZERO;
    const units = bytes[start + 18]! ^ ZERO;
    const fifth = bytes[start + 24]! ^ ZERO;
    const sixth = bytes[start + 25]! ^ ZERO;
    if (tens > 5 || units > 9 || four < 0 || fifth > 9 || sixth > 9) return false;
    if (bytes[start + 16] !== COLON || bytes[start + 19] !== POINT || bytes[start + 26] !== LETTER_Z) return false;
    this.at = start + TIME_LENGTH;
    this.value = this.#minuteMicros + ((tens * 10 + units) * 1_000_000 + four * 100 + fifth * 10 + sixth);
    return true;
  }

  /**
   * Reads `…]`, the levels of one side, from after its opening bracket, into columns of ticks and of lots (not branded one by
   * one: `number` has made sure of them). @returns False when they are not as expected.
   */
  levels(start: number, grid: Grid, prices: number[], sizes: number[]): boolean {
    const { pricePrecision, qtyPrecision } = grid;
    const bytes = this.#bytes;
    const view = this.#view;
    let at = start;
    let count = 0;
    if (bytes[at] === CLOSE_BRACKET) {
      this.at = at + 1;
      this.count = 0;
      return true;
    }
    for (;;) {
      if (view.getFloat64(at, true) !== PRICE || bytes[at + 8] !== COLON) return false;
      if (!this.number(at + 9, pricePrecision) || this.value === 0) return false;
      prices[count] = this.value;
      if (!this.takesQty(this.at) || !this.number(this.at, qtyPrecision)) return false;
      sizes[count] = this.value;
      at = this.at;
      if (bytes[at] !== CLOSE_BRACE) return false;
      count += 1;
      const next = bytes[at + 1];
      at += 2;
      if (next === COMMA) continue;
      this.at = at;
      this.count = count;
      return next === CLOSE_BRACKET;
    }
  }

  /** The value of eight digits; negative when they are not eight digits. */
  #eightDigits(start: number): number {
    const high = this.#fourDigits(start);
    const low = this.#fourDigits(start + 4);
    return (high | low) < 0 ? -1 : high * 10_000 + low;
  }

  /** The value of four digits; −1 when they are not four digits. */
  #fourDigits(start: number): number {
    const word = this.#view.getInt32(start, true);
    // Each byte must be 3x, and stay there when 6 is added.
    if ((word & HIGH_NIBBLES) !== ZEROS || ((word + SIXES) & HIGH_NIBBLES) !== ZEROS) return -1;
    const digits = word & LOW_NIBBLES;
    const pairs = (digits * 10 + (digits >>> 8)) & 0x00ff_00ff;
    return (pairs * 100 + (pairs >>> 16)) & 0xffff;
  }
}

/** A text of eight bytes or more to compare eight bytes at a time. */
export interface Template {
  readonly length: number;
  /** Its bytes as little-endian doubles, the last one overlapping. UTF-8 without zero bytes is neither NaN nor zero, so `===` compares bits. */
  readonly words: Float64Array;
}

export function template(text: string): Template {
  const view = viewOf(text);
  const length = view.byteLength;
  const words = Float64Array.from({ length: Math.ceil(length / 8) }, (_, word) =>
    view.getFloat64(Math.min(8 * word, length - 8), true),
  );
  return { length, words };
}

/** The last bytes of a frame, four at most; the zero bytes behind the frame fill it up. */
export interface Ending {
  readonly length: number;
  readonly word: number;
}

export function ending(text: string): Ending {
  return { length: text.length, word: viewOf(text.padEnd(4, '\0')).getInt32(0, true) };
}

function viewOf(text: string): DataView {
  return new DataView(Uint8Array.from(Buffer.from(text, 'utf8')).buffer);
}

/** A remainder that is never negative: times before 1970 have minutes too. */
function mod(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

/** 10^0 to 10^15, all exact. */
const POWERS_OF_TEN: readonly number[] = Array.from({ length: 16 }, (_, power) => 10 ** power);

const PRICE = viewOf('{"price":').getFloat64(0, true);
const QTY_HEAD = viewOf(',"qty":').getInt32(0, true);
const QTY_TAIL = viewOf(',"qty":').getInt32(3, true);

const HIGH_NIBBLES = 0xf0f0_f0f0 | 0;
const LOW_NIBBLES = 0x0f0f_0f0f;
const ZEROS = 0x3030_3030;
const SIXES = 0x0606_0606;

/** A snapshot of 1000 levels a side fits; growing later costs the compiler its certainty that the copy stays where it is. */
const INITIAL_CAPACITY = 256 * 1024;
/** Larger frames take the general path. */
const MAX_CAPACITY = 4 * 1024 * 1024;
const SLACK = 128;
const TIME_LENGTH = 27;

const COMMA = 0x2c;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const LETTER_Z = 0x5a;
const CLOSE_BRACKET = 0x5d;
const CLOSE_BRACE = 0x7d;
