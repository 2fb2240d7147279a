// oxlint-disable typescript/no-non-null-assertion -- hot path: `start` and `end` prove every index
import type { Lots, Ticks } from '@kb/model';
import { CHECKSUM_LEVELS } from './checksum.ts';
import { bitsOf, digitsOf, shiftBits } from './crc-digits.ts';

/** How many levels from the best on are looked at one by one before the search halves. */
const NEAR = 8;
/** From how many levels on a block move beats a loop. */
const FAR = 32;

/**
 * One side of a book: levels in flat arrays, sorted, the best **last**, so that changes near the top move little.
 *
 * The levels lie at `start` to `end − 1` with room on both ends: a level added or taken away moves the shorter part of
 * the rest, and dropping the worst level moves nothing. Each level remembers the checksum bits and the digit count of its
 * own text from the first time they were needed (`digits` 0: not yet).
 */
export class BookSide {
  /** +1: the highest price is best (bids); −1: the lowest (asks). */
  readonly #sign: 1 | -1;
  #capacity: number;
  #start: number;
  #end: number;
  #prices: Column<Ticks>;
  #sizes: Column<Lots>;
  #bits: Int32Array;
  #digits: Uint8Array;
  /** Whether one of the ten best changed since `refresh`. */
  #topChanged = false;
  /** Bits and digits of the ten best, as of the last `refresh`. */
  #topBits = 0;
  #topDigits = 0;

  constructor(sign: 1 | -1, depth: number) {
    this.#sign = sign;
    this.#capacity = 2 * depth + 16;
    this.#start = this.#end = this.#capacity >>> 1;
    this.#prices = column(this.#capacity);
    this.#sizes = column(this.#capacity);
    this.#bits = new Int32Array(this.#capacity);
    this.#digits = new Uint8Array(this.#capacity);
  }

  get count(): number {
    return this.#end - this.#start;
  }

  best(): Ticks | undefined {
    return this.#end > this.#start ? this.#prices[this.#end - 1] : undefined;
  }

  priceAt(index: number): Ticks | undefined {
    return index >= 0 && index < this.#end - this.#start ? this.#prices[this.#end - 1 - index] : undefined;
  }

  sizeAt(index: number): Lots | undefined {
    return index >= 0 && index < this.#end - this.#start ? this.#sizes[this.#end - 1 - index] : undefined;
  }

  sizeOf(price: Ticks): Lots | undefined {
    const at = this.#find(price);
    return at >= this.#start && this.#prices[at] === price ? this.#sizes[at] : undefined;
  }

  clear(): void {
    this.#start = this.#end = this.#capacity >>> 1;
    this.#topChanged = true;
  }

  /** Sets the size at a price; zero removes the level. @returns False when a level to remove is not there. */
  set(price: Ticks, size: Lots): boolean {
    const at = this.#find(price);
    if (at >= this.#start && this.#prices[at] === price) {
      if (this.#end - at <= CHECKSUM_LEVELS) this.#topChanged = true;
      if (size === 0) {
        this.#remove(at);
      } else {
        this.#sizes[at] = size;
        this.#digits[at] = 0;
      }
      return true;
    }
    if (size === 0) return false;
    const slot = this.#insert(at + 1);
    if (this.#end - slot <= CHECKSUM_LEVELS) this.#topChanged = true;
    this.#prices[slot] = price;
    this.#sizes[slot] = size;
    this.#digits[slot] = 0;
    return true;
  }

  /** Drops the worst levels beyond `depth`. */
  cut(depth: number): void {
    if (this.#end - this.#start <= depth) return;
    this.#start = this.#end - depth;
    if (depth < CHECKSUM_LEVELS) this.#topChanged = true;
  }

  /** Brings `topBits` and `topDigits` up to date; nothing to do when none of the ten best changed. */
  refresh(): void {
    if (!this.#topChanged) return;
    this.#topChanged = false;
    const last = Math.max(this.#start, this.#end - CHECKSUM_LEVELS);
    let bits = 0;
    let digits = 0;
    for (let at = this.#end - 1; at >= last; at -= 1) {
      let levelDigits = this.#digits[at]!;
      if (levelDigits === 0) levelDigits = this.#remember(at);
      bits = shiftBits(bits, levelDigits) ^ this.#bits[at]!;
      digits += levelDigits;
    }
    this.#topBits = bits;
    this.#topDigits = digits;
  }

  get topBits(): number {
    return this.#topBits;
  }

  get topDigits(): number {
    return this.#topDigits;
  }

  /** Shifts `bits` by the digits of the ten best. */
  shiftByTop(bits: number): number {
    const last = Math.max(this.#start, this.#end - CHECKSUM_LEVELS);
    let shifted = bits;
    for (let at = this.#end - 1; at >= last; at -= 1) shifted = shiftBits(shifted, this.#digits[at]!);
    return shifted;
  }

  /** Computes a level's own bits and digits. */
  #remember(at: number): number {
    const size = this.#sizes[at]!;
    const price = this.#prices[at]!;
    const sizeDigits = digitsOf(size);
    const digits = digitsOf(price) + sizeDigits;
    this.#bits[at] = shiftBits(bitsOf(price), sizeDigits) ^ bitsOf(size);
    this.#digits[at] = digits;
    return digits;
  }

  /** Where the best level lies that is not better than `price`, or `start − 1`. */
  #find(price: number): number {
    const sign = this.#sign;
    const prices = this.#prices;
    const start = this.#start;
    const near = Math.max(start, this.#end - NEAR);
    let at = this.#end - 1;
    while (at >= near && sign * (prices[at]! - price) > 0) at -= 1;
    if (at >= near) return at;
    let low = start;
    let high = near; // all from here on are better than `price`
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sign * (prices[middle]! - price) > 0) high = middle;
      else low = middle + 1;
    }
    return low - 1;
  }

  #remove(at: number): void {
    if (this.#end - at <= at - this.#start) {
      this.#move(at + 1, this.#end, at);
      this.#end -= 1;
    } else {
      this.#move(this.#start, at, this.#start + 1);
      this.#start += 1;
    }
  }

  /** Makes room for a level in front of what lies at `at`. @returns Where it goes. */
  #insert(at: number): number {
    const fromStart = at - this.#start;
    if (this.#end - at <= fromStart) {
      if (this.#end === this.#capacity) this.#makeRoom();
      const slot = this.#start + fromStart;
      this.#move(slot, this.#end, slot + 1);
      this.#end += 1;
      return slot;
    }
    if (this.#start === 0) this.#makeRoom();
    this.#move(this.#start, this.#start + fromStart, this.#start - 1);
    this.#start -= 1;
    return this.#start + fromStart;
  }

  /** Moves the levels of [from, to) so that the first lies at `target`, one place up or down. */
  #move(from: number, to: number, target: number): void {
    const prices = this.#prices;
    const sizes = this.#sizes;
    const bits = this.#bits;
    const digits = this.#digits;
    if (to - from > FAR) {
      prices.copyWithin(target, from, to);
      sizes.copyWithin(target, from, to);
      bits.copyWithin(target, from, to);
      digits.copyWithin(target, from, to);
    } else if (target < from) {
      for (let at = from; at < to; at += 1) {
        prices[at - 1] = prices[at]!;
        sizes[at - 1] = sizes[at]!;
        bits[at - 1] = bits[at]!;
        digits[at - 1] = digits[at]!;
      }
    } else {
      for (let at = to; at > from; at -= 1) {
        prices[at] = prices[at - 1]!;
        sizes[at] = sizes[at - 1]!;
        bits[at] = bits[at - 1]!;
        digits[at] = digits[at - 1]!;
      }
    }
  }

  /** Centres the levels again, in larger arrays when they fill more than half. */
  #makeRoom(): void {
    const { count } = this;
    const from = this.#start;
    const capacity = 2 * count > this.#capacity ? 2 * this.#capacity : this.#capacity;
    const target = (capacity - count) >>> 1;
    const prices = column<Ticks>(capacity);
    const sizes = column<Lots>(capacity);
    const bits = new Int32Array(capacity);
    const digits = new Uint8Array(capacity);
    for (let index = 0; index < count; index += 1) {
      prices[target + index] = this.#prices[from + index]!;
      sizes[target + index] = this.#sizes[from + index]!;
      bits[target + index] = this.#bits[from + index]!;
      digits[target + index] = this.#digits[from + index]!;
    }
    this.#prices = prices;
    this.#sizes = sizes;
    this.#bits = bits;
    this.#digits = digits;
    this.#capacity = capacity;
    this.#start = target;
    this.#end = target + count;
  }
}

/** A Float64Array of branded counts: doubles hold every whole number up to 2^53 − 1. */
interface Column<T extends number> {
  [index: number]: T;
  copyWithin(target: number, start: number, end: number): unknown;
}

function column<T extends number>(capacity: number): Column<T> {
  return new Float64Array(capacity) as unknown as Column<T>;
}
