// oxlint-disable typescript/no-non-null-assertion -- hot path: `start` and `end` prove every index
import type { Lots, Ticks } from '@kb/model';
import { CHECKSUM_LEVELS } from './checksum.ts';
import { bitsOf, digitsOf, shiftBits } from './crc-digits.ts';

/** How many levels from the best on are looked at one by one before the search halves. */
const NEAR = 8;

/**
 * What a level takes: its price times the sign of the side, so that it grows towards the best; its size; and what it adds to the
 * checksum, the bits and the count of its own digits, as two whole numbers in the third place. The count is 0 until first needed.
 */
const WORDS = 3;

/** The same seen as whole numbers of 32 bits: how far it is to the next level, and where bits and count of digits are. */
const CHECK_STEP = 2 * WORDS;
const BITS = 4;
const DIGITS = 5;

/** Up to so many levels are moved one by one: for a few, that is faster than calling `copyWithin`. */
const FEW = 8;

/**
 * One side of a book: a flat block of levels, sorted, the best **last**, so that changes near the top move little.
 *
 * The levels lie at `start` to `end − 1` with room on both ends: adding or removing one moves the shorter part of the
 * rest, and dropping the worst moves nothing. A full book allocates nothing.
 *
 * The block lies outside the heap. As an array of small objects, levels took three times the memory, and fifty books of depth 1000 made
 * the young generation of the heap grow to its full size, which it keeps (`packages/feed/bench/memory.bench.ts`). Objects were 10 ns a message
 * faster with the checksum at depths 10 and 100, and no faster at 1000.
 */
export class BookSide {
  /** +1: the highest price is best (bids); −1: the lowest (asks). */
  readonly #sign: 1 | -1;
  #levels: Float64Array;
  /** The same memory, for `BITS` and `DIGITS`. */
  #checks: Int32Array;
  /** Slots there are. */
  #room: number;
  #start: number;
  #end: number;
  /** Whether one of the ten best changed since `refreshTop`. */
  #topChanged = false;
  #topBits = 0;
  #topDigits = 0;

  constructor(sign: 1 | -1, depth: number) {
    this.#sign = sign;
    this.#room = Math.ceil(1.5 * depth) + 32;
    this.#levels = new Float64Array(WORDS * this.#room);
    this.#checks = new Int32Array(this.#levels.buffer);
    this.#start = this.#room >>> 1;
    this.#end = this.#start;
  }

  get count(): number {
    return this.#end - this.#start;
  }

  best(): Ticks | undefined {
    return this.#end > this.#start ? this.#priceOf(this.#end - 1) : undefined;
  }

  priceAt(index: number): Ticks | undefined {
    return this.#has(index) ? this.#priceOf(this.#end - 1 - index) : undefined;
  }

  sizeAt(index: number): Lots | undefined {
    return this.#has(index) ? this.#sizeOf(this.#end - 1 - index) : undefined;
  }

  sizeOf(price: Ticks): Lots | undefined {
    const at = this.#find(price);
    return this.#isAt(at, price) ? this.#sizeOf(at) : undefined;
  }

  clear(): void {
    this.#start = this.#room >>> 1;
    this.#end = this.#start;
    this.#topChanged = true;
  }

  /** Sets the size at a price; zero removes the level. @returns False when a level to remove is not there. */
  set(price: Ticks, size: Lots): boolean {
    let at = this.#find(price);
    if (this.#isAt(at, price)) {
      if (this.#end - at <= CHECKSUM_LEVELS) this.#topChanged = true;
      if (size === 0) {
        this.#remove(at);
        return true;
      }
    } else {
      if (size === 0) return false;
      at = this.#insert(at + 1);
      if (this.#end - at <= CHECKSUM_LEVELS) this.#topChanged = true;
      this.#levels[WORDS * at] = this.#sign * price;
    }
    this.#levels[WORDS * at + 1] = size;
    this.#checks[CHECK_STEP * at + DIGITS] = 0;
    return true;
  }

  /** Drops the worst levels beyond `depth`. */
  cut(depth: number): void {
    if (this.#end - this.#start <= depth) return;
    this.#start = this.#end - depth;
    if (depth < CHECKSUM_LEVELS) this.#topChanged = true;
  }

  /** Brings `topBits` and `topDigits` up to date: costs nothing when none of the ten best changed. */
  refreshTop(): void {
    if (!this.#topChanged) return;
    this.#topChanged = false;
    const checks = this.#checks;
    const last = CHECK_STEP * Math.max(this.#start, this.#end - CHECKSUM_LEVELS);
    let bits = 0;
    let digits = 0;
    let level = CHECK_STEP * (this.#end - 1);
    // Two levels a step: the steps must wait for each other, but not for the shift inside a pair (5 to 8 % of the message).
    for (; level > last; level -= 2 * CHECK_STEP) {
      const worse = level - CHECK_STEP;
      const worseDigits = checks[worse + DIGITS]! || this.#remember(worse);
      const pair = (checks[level + DIGITS]! || this.#remember(level)) + worseDigits;
      bits = shiftBits(bits, pair) ^ shiftBits(checks[level + BITS]!, worseDigits) ^ checks[worse + BITS]!;
      digits += pair;
    }
    if (level === last) {
      const levelDigits = checks[level + DIGITS]! || this.#remember(level);
      bits = shiftBits(bits, levelDigits) ^ checks[level + BITS]!;
      digits += levelDigits;
    }
    this.#topBits = bits;
    this.#topDigits = digits;
  }

  /** Checksum bits of the ten best levels' text, best first, as of the last `refreshTop`. */
  get topBits(): number {
    return this.#topBits;
  }

  /** How many digits that text has. */
  get topDigits(): number {
    return this.#topDigits;
  }

  #has(index: number): boolean {
    return Number.isInteger(index) && index >= 0 && index < this.#end - this.#start;
  }

  #isAt(at: number, price: Ticks): boolean {
    return at >= this.#start && this.#levels[WORDS * at] === this.#sign * price;
  }

  // Only `Ticks` and `Lots` were put in, and each comes out as it went in: to check it again took 4 % of a backtest.

  #priceOf(at: number): Ticks {
    return (this.#sign * this.#levels[WORDS * at]!) as Ticks;
  }

  #sizeOf(at: number): Lots {
    return this.#levels[WORDS * at + 1]! as Lots;
  }

  /** Where the best level lies that is not better than `price`, or `start − 1`. */
  #find(price: Ticks): number {
    const levels = this.#levels;
    const wanted = this.#sign * price;
    let low = this.#start;
    let high = this.#end;
    const near = high - NEAR;
    if (near >= low) {
      // Most changes end here: a level that is not better lies ahead, so the walk needs no other bound.
      if (levels[WORDS * near]! <= wanted) {
        let at = high - 1;
        while (levels[WORDS * at]! > wanted) at -= 1;
        return at;
      }
      // What comes into view when another level goes is the worst of all.
      if (levels[WORDS * low]! > wanted) return low - 1;
      high = near;
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (levels[WORDS * middle]! > wanted) high = middle;
      else low = middle + 1;
    }
    return low - 1;
  }

  #remove(at: number): void {
    if (this.#end - at <= at - this.#start) {
      this.#end -= 1;
      this.#moveDown(at + 1, this.#end + 1);
    } else {
      this.#start += 1;
      this.#moveUp(this.#start - 1, at);
    }
  }

  /** Makes a hole in front of what lies at `at`. @returns Where the hole is now. */
  #insert(at: number): number {
    if (this.#start === 0 || this.#end === this.#room) return this.#insert(at + this.#makeRoom());
    if (this.#end - at <= at - this.#start) {
      this.#end += 1;
      this.#moveUp(at, this.#end - 1);
      return at;
    }
    this.#start -= 1;
    this.#moveDown(this.#start + 1, at);
    return at - 1;
  }

  /** Moves the levels from `from` to before `to` one slot up. */
  #moveUp(from: number, to: number): void {
    const levels = this.#levels;
    if (to - from > FEW) levels.copyWithin(WORDS * (from + 1), WORDS * from, WORDS * to);
    else for (let word = WORDS * to - 1; word >= WORDS * from; word -= 1) levels[word + WORDS] = levels[word]!;
  }

  /** Moves the levels from `from` to before `to` one slot down. */
  #moveDown(from: number, to: number): void {
    const levels = this.#levels;
    if (to - from > FEW) levels.copyWithin(WORDS * (from - 1), WORDS * from, WORDS * to);
    else for (let word = WORDS * from; word < WORDS * to; word += 1) levels[word - WORDS] = levels[word]!;
  }

  /** Centres the levels, in a longer block when more than two thirds are taken. @returns How far they moved. */
  #makeRoom(): number {
    const { count } = this;
    if (3 * count > 2 * this.#room) this.#lengthen(Math.ceil(1.5 * count));
    const start = (this.#room - count) >>> 1;
    const moved = start - this.#start;
    this.#levels.copyWithin(WORDS * start, WORDS * this.#start, WORDS * this.#end);
    this.#start = start;
    this.#end = start + count;
    return moved;
  }

  #lengthen(room: number): void {
    const levels = new Float64Array(WORDS * room);
    levels.set(this.#levels);
    this.#room = room;
    this.#levels = levels;
    this.#checks = new Int32Array(levels.buffer);
  }

  /** Computes what a level adds to the checksum. @param level Where it is in `#checks`. @returns How many digits it has. */
  #remember(level: number): number {
    const price = this.#sign * this.#levels[level >> 1]!;
    const size = this.#levels[(level >> 1) + 1]!;
    const sizeDigits = digitsOf(size);
    const digits = digitsOf(price) + sizeDigits;
    this.#checks[level + BITS] = shiftBits(bitsOf(price), sizeDigits) ^ bitsOf(size);
    this.#checks[level + DIGITS] = digits;
    return digits;
  }
}
