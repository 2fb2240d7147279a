/* oxlint-disable typescript/no-non-null-assertion -- hot path: the closing `]}` of the frame bounds every index, see the class */
import { lots, ticks } from '@kb/model';
import type { Grid, Lots, Ticks } from '@kb/model';
import { POWERS_OF_TEN } from './fast-bytes.ts';

/**
 * Reads numbers and levels written with exactly the decimals of a pair, from bytes, without looking twice.
 *
 * Every scan stops at the first byte that is not what it expects. The caller has made sure that the frame ends with `]}`,
 * which no scan takes for the inside of a number or a level, so none runs past the end.
 */
export class LevelReader {
  /** Offset after what was read last. */
  at = 0;
  /** How many levels `levels` read last. */
  count = 0;

  /**
   * Reads a number of that many decimals, from 0 to 2^53 − 1 steps.
   * @returns The count of 10^-decimals, or −1 when these bytes are not exactly such a number.
   */
  number(frame: Uint8Array, start: number, decimals: number): number {
    let at = start;
    let digit = frame[at]! ^ ZERO;
    if (digit > 9) return -1;
    let whole = digit;
    for (at += 1; (digit = frame[at]! ^ ZERO) <= 9; at += 1) whole = (whole * 10 + digit) | 0;
    const wholeDigits = at - start;
    // JSON forbids a leading zero; ten digits may not fit the 32 bits that they are gathered in.
    if (wholeDigits > 1 && (frame[start] === ZERO || wholeDigits > 9)) return -1;
    if (decimals === 0) {
      this.at = at;
      return whole;
    }

    if (frame[at] !== POINT) return -1;
    at += 1;
    // Again 32 bits first: up to nine digits, and the rest apart.
    const split = at + (decimals > 9 ? 9 : decimals);
    const end = at + decimals;
    let fraction = 0;
    for (; at < split; at += 1) {
      digit = frame[at]! ^ ZERO;
      if (digit > 9) return -1;
      fraction = (fraction * 10 + digit) | 0;
    }
    let rest = 0;
    for (; at < end; at += 1) {
      digit = frame[at]! ^ ZERO;
      if (digit > 9) return -1;
      rest = (rest * 10 + digit) | 0;
    }
    this.at = at;
    const tail = decimals > 9 ? fraction * POWERS_OF_TEN[decimals - 9]! + rest : fraction;
    const count = whole * POWERS_OF_TEN[decimals]! + tail;
    return count <= Number.MAX_SAFE_INTEGER ? count : -1;
  }

  /** Reads `…]`, the levels of one side, from after its opening bracket. @returns False when they are not as expected. */
  levels(frame: Uint8Array, start: number, grid: Grid, prices: Ticks[], sizes: Lots[]): boolean {
    const { pricePrecision, qtyPrecision } = grid;
    let at = start;
    let count = 0;
    if (frame[at] === CLOSE_BRACKET) {
      this.at = at + 1;
      this.count = 0;
      return true;
    }
    for (;;) {
      if (
        frame[at] !== 0x7b ||
        frame[at + 1] !== 0x22 ||
        frame[at + 2] !== 0x70 ||
        frame[at + 3] !== 0x72 ||
        frame[at + 4] !== 0x69 ||
        frame[at + 5] !== 0x63 ||
        frame[at + 6] !== 0x65 ||
        frame[at + 7] !== 0x22 ||
        frame[at + 8] !== 0x3a
      ) {
        return false;
      }
      const price = this.number(frame, at + 9, pricePrecision);
      if (price <= 0) return false;
      at = this.at;
      if (
        frame[at] !== 0x2c ||
        frame[at + 1] !== 0x22 ||
        frame[at + 2] !== 0x71 ||
        frame[at + 3] !== 0x74 ||
        frame[at + 4] !== 0x79 ||
        frame[at + 5] !== 0x22 ||
        frame[at + 6] !== 0x3a
      ) {
        return false;
      }
      const size = this.number(frame, at + 7, qtyPrecision);
      if (size < 0) return false;
      at = this.at;
      if (frame[at] !== 0x7d) return false;
      prices[count] = ticks(price);
      sizes[count] = lots(size);
      count += 1;
      const next = frame[at + 1];
      at += 2;
      if (next === COMMA) continue;
      if (next !== CLOSE_BRACKET) return false;
      this.at = at;
      this.count = count;
      return true;
    }
  }

  /** Reads a whole number of at most 16 digits, up to 2^53 − 1. @returns −1 when these bytes are not one. */
  whole(frame: Uint8Array, start: number): number {
    let at = start;
    let value = 0;
    for (let digit = frame[at]! ^ ZERO; digit <= 9; digit = frame[at]! ^ ZERO) {
      value = value * 10 + digit;
      at += 1;
    }
    const digits = at - start;
    if (digits === 0 || digits > 16 || (digits > 1 && frame[start] === ZERO)) return -1;
    this.at = at;
    return value <= Number.MAX_SAFE_INTEGER ? value : -1;
  }
}

const COMMA = 0x2c;
const POINT = 0x2e;
const ZERO = 0x30;
const CLOSE_BRACKET = 0x5d;
