// oxlint-disable typescript/no-non-null-assertion -- hot path: `#start` and `#end` prove every index

/**
 * The orders that stand at one price, first to last, each with its number, its size and when it joined; or a lump, of which it
 * is not known what orders it is made of.
 *
 * A struct of arrays, with what has left at the front as room for what comes back: to take the first moves nothing, and
 * nothing is allocated once the lists have grown.
 */
export class OrderRow {
  readonly #numbers: number[] = [];
  readonly #sizes: number[] = [];
  readonly #times: number[] = [];
  /** 1 for a lump. */
  readonly #lumps: number[] = [];
  /** The first, and behind the last. */
  #start = 0;
  #end = 0;
  #total = 0;
  #lumpCount = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Lots of all together. */
  get total(): number {
    return this.#total;
  }

  get hasLump(): boolean {
    return this.#lumpCount > 0;
  }

  number(index: number): number {
    return this.#numbers[this.#start + index]!;
  }

  size(index: number): number {
    return this.#sizes[this.#start + index]!;
  }

  /** When it joined; 0 for a lump. */
  time(index: number): number {
    return this.#times[this.#start + index]!;
  }

  isLump(index: number): boolean {
    return this.#lumps[this.#start + index] === 1;
  }

  /** Where the first lump is, or −1. */
  firstLump(): number {
    return this.#lumpCount === 0 ? -1 : this.#lumps.indexOf(1, this.#start) - this.#start;
  }

  /** The first of just that size from `from` up to, not including, `end`; or −1. */
  find(size: number, from: number, end: number): number {
    const sizes = this.#sizes;
    const start = this.#start;
    for (let index = from; index < end; index += 1) if (sizes[start + index] === size) return index;
    return -1;
  }

  /** How many have a number below `mark`; numbers grow from first to last. */
  endOf(mark: number): number {
    const numbers = this.#numbers;
    let end = this.#end;
    while (end > this.#start && numbers[end - 1]! >= mark) end -= 1;
    return end - this.#start;
  }

  push(number: number, size: number, time: number, isLump: boolean): void {
    this.#write(this.#end, number, size, time, isLump);
    this.#end += 1;
  }

  /** Puts an order in where it comes to stand at `index`. */
  insert(index: number, number: number, size: number, time: number, isLump: boolean): void {
    if (index === 0 && this.#start > 0) this.#start -= 1;
    else this.#moveUp(this.#start + index);
    this.#write(this.#start + index, number, size, time, isLump);
  }

  remove(index: number): void {
    if (index === 0) return this.dropFirst();
    const at = this.#start + index;
    this.#forget(at);
    this.#moveDown(at + 1, 1);
  }

  dropFirst(): void {
    this.#forget(this.#start);
    this.#start += 1;
    if (this.#start === this.#end) this.clear();
    else if (this.#start > MOST_ROOM) {
      this.#moveDown(this.#start, this.#start);
      this.#start = 0;
    }
  }

  /** Makes an order larger, or smaller; not down to nothing. */
  resize(index: number, by: number): void {
    this.#sizes[this.#start + index]! += by;
    this.#total += by;
  }

  /** What orders it is made of is not known any more. */
  makeLump(index: number): void {
    if (this.isLump(index)) return;
    this.#lumps[this.#start + index] = 1;
    this.#lumpCount += 1;
  }

  clear(): void {
    this.#start = 0;
    this.#end = 0;
    this.#total = 0;
    this.#lumpCount = 0;
  }

  #write(at: number, number: number, size: number, time: number, isLump: boolean): void {
    this.#numbers[at] = number;
    this.#sizes[at] = size;
    this.#times[at] = time;
    this.#lumps[at] = isLump ? 1 : 0;
    this.#total += size;
    if (isLump) this.#lumpCount += 1;
  }

  #forget(at: number): void {
    this.#total -= this.#sizes[at]!;
    this.#lumpCount -= this.#lumps[at]!;
  }

  /** Moves all from `from` on towards the front. */
  #moveDown(from: number, by: number): void {
    const numbers = this.#numbers;
    const sizes = this.#sizes;
    const times = this.#times;
    const lumps = this.#lumps;
    for (let at = from; at < this.#end; at += 1) {
      numbers[at - by] = numbers[at]!;
      sizes[at - by] = sizes[at]!;
      times[at - by] = times[at]!;
      lumps[at - by] = lumps[at]!;
    }
    this.#end -= by;
  }

  /** Moves all from `from` on one place back. */
  #moveUp(from: number): void {
    const numbers = this.#numbers;
    const sizes = this.#sizes;
    const times = this.#times;
    const lumps = this.#lumps;
    for (let at = this.#end; at > from; at -= 1) {
      numbers[at] = numbers[at - 1]!;
      sizes[at] = sizes[at - 1]!;
      times[at] = times[at - 1]!;
      lumps[at] = lumps[at - 1]!;
    }
    this.#end += 1;
  }
}

/** Room at the front, in orders, beyond which the others move up. */
const MOST_ROOM = 64;
