import { microsToIso, micros } from '@kb/model';
import type { Micros } from '@kb/model';

/**
 * Writes a frame as bytes. Numbers go out as the digits of a whole count with all of the pair's decimals (`0.00000000`), which
 * is what checksums are made of and what `JSON.stringify` cannot do.
 */
export class FrameWriter {
  #bytes = new Uint8Array(4096);
  #length = 0;
  readonly #digits = new Uint8Array(24);
  /** The second that was written last, and its text up to the point. */
  #second = Number.NaN;
  #secondText = '';

  /** Appends text of the ASCII range. */
  ascii(text: string): this {
    const end = this.#length + text.length;
    if (end > this.#bytes.length) this.#grow(end);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < text.length; i += 1) {
      bytes[at] = text.charCodeAt(i);
      at += 1;
    }
    this.#length = at;
    return this;
  }

  /** Appends a count of 10^-precision, within ±(2^53 − 1), as decimal text with exactly that many decimals. */
  decimal(count: number, precision: number): this {
    if (this.#length + 40 > this.#bytes.length) this.#grow(this.#length + 40);
    const digits = this.#digits;
    let used = 0;
    let left = Math.abs(count);
    // Seven digits at a time, so that the divisions below are those of small integers.
    while (left >= 10_000_000) {
      const high = Math.floor(left / 10_000_000);
      let low = left - high * 10_000_000;
      for (let i = 0; i < 7; i += 1) {
        const next = (low / 10) | 0;
        digits[used] = 48 + low - next * 10;
        used += 1;
        low = next;
      }
      left = high;
    }
    for (let low = left | 0; low > 0 || used <= precision; low = (low / 10) | 0) {
      digits[used] = 48 + (low % 10);
      used += 1;
    }
    const bytes = this.#bytes;
    let at = this.#length;
    if (count < 0) {
      bytes[at] = 45; // -
      at += 1;
    }
    while (used > 0) {
      if (used === precision) {
        bytes[at] = 46; // .
        at += 1;
      }
      used -= 1;
      bytes[at] = digits[used] ?? 48;
      at += 1;
    }
    this.#length = at;
    return this;
  }

  /** Appends a count as `decimal` does, and zeros where that has fewer than `decimals` decimals. */
  padded(count: number, precision: number, decimals: number): this {
    this.decimal(count, precision);
    if (precision >= decimals) return this;
    if (precision === 0) this.ascii('.');
    return this.ascii('0'.repeat(decimals - precision));
  }

  /** Appends a time as RFC 3339 in UTC with six decimals. */
  time(at: Micros): this {
    const second = Math.floor(at / 1_000_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = microsToIso(micros(second * 1_000_000)).slice(0, 20);
    }
    const subSecond = String(at - second * 1_000_000).padStart(6, '0');
    return this.ascii(this.#secondText).ascii(subSecond).ascii('Z');
  }

  /** The same with nine decimals, the last three of them zero. */
  timeNs(at: Micros): this {
    this.time(at);
    this.#length -= 1;
    return this.ascii('000Z');
  }

  /** The bytes written since the last `take`; the caller's to keep. */
  take(): Uint8Array {
    const frame = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return frame;
  }

  #grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}
