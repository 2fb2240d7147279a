// oxlint-disable typescript/no-non-null-assertion -- hot path: `length` and `#room` prove every slot
import type { SeriesView } from '@kb/model';

/** Flat memory, as numbers and as words of 64 bits: both show the same. */
export interface Memory {
  readonly numbers: Float64Array;
  readonly bits: BigUint64Array;
}

/** How one value lies in flat memory. */
export interface Packing<T> {
  /** Numbers, or words of 64 bits, that a value takes. */
  readonly words: number;
  write(value: T, memory: Memory, at: number): void;
  /** @returns A value of its own: what is written later does not change it. */
  read(memory: Memory, at: number): T;
}

/** Slots taken at first; twice as many each time that they do not suffice, up to the capacity. */
const FIRST_SLOTS = 16;

/**
 * The latest values, oldest first; beyond its capacity the oldest are let go.
 *
 * They lie in one block of memory outside the heap, and become objects when they are read. As objects they would live just
 * long enough to be moved to the old generation before they are let go: with fifty busy symbols those were 100 MB of garbage that
 * no collection came to fetch (`bench/memory.bench.ts`).
 */
export class Ring<T> implements SeriesView<T> {
  readonly #capacity: number;
  readonly #packing: Packing<T>;
  #memory: Memory = memoryOf(0);
  /** Slots that there is memory for. */
  #room = 0;
  /** Slot of the oldest value. */
  #oldest = 0;
  #length = 0;

  constructor(capacity: number, packing: Packing<T>) {
    this.#capacity = capacity;
    this.#packing = packing;
  }

  get length(): number {
    return this.#length;
  }

  at(index: number): T | undefined {
    const from = index < 0 ? index + this.#length : index;
    if (!Number.isInteger(from) || from < 0 || from >= this.#length) return undefined;
    return this.#packing.read(this.#memory, this.#wordOf(from));
  }

  push(value: T): void {
    if (this.#length === this.#capacity) this.dropOldest();
    else if (this.#length === this.#room) this.#reserve(this.#length + 1);
    const at = this.#wordOf(this.#length);
    this.#length += 1;
    this.#packing.write(value, this.#memory, at);
  }

  /** Puts another value in the place of one that is there. @param index From the oldest, counting from 0. */
  put(index: number, value: T): void {
    if (index < 0 || index >= this.#length)
      throw new RangeError(`Expected a place below ${this.#length}, was ${index}`);
    this.#packing.write(value, this.#memory, this.#wordOf(index));
  }

  /** Puts values in front of the oldest, which there must be room for. @param make Tells each in turn, oldest first. */
  prepend(count: number, make: (index: number) => T): void {
    const length = this.#length + count;
    if (length > this.#capacity) throw new RangeError(`Expected at most ${this.#capacity} values, was ${length}`);
    this.#reserve(length);
    if (this.#room > 0) this.#oldest = (this.#oldest - count + this.#room) % this.#room;
    this.#length = length;
    for (let index = 0; index < count; index += 1) this.put(index, make(index));
  }

  /** Puts a value after the last one that does not follow it. One older than a full ring's oldest is not taken. */
  insert(value: T, follows: (kept: T) => boolean): void {
    let place = this.#length;
    for (let kept = this.at(place - 1); place > 0 && kept !== undefined && follows(kept); kept = this.at(place - 1)) {
      place -= 1;
    }
    const later = Array.from({ length: this.#length - place }, (_, index) => this.at(place + index)!);
    if (place === 0 && this.#length === this.#capacity) return;
    this.#length = place;
    this.push(value);
    for (const each of later) this.push(each);
  }

  dropOldest(): void {
    if (this.#length === 0) return;
    this.#oldest = this.#oldest + 1 === this.#room ? 0 : this.#oldest + 1;
    this.#length -= 1;
  }

  /** Lets the memory go too. */
  clear(): void {
    this.#memory = memoryOf(0);
    this.#room = 0;
    this.#oldest = 0;
    this.#length = 0;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let index = 0; index < this.#length; index += 1) {
      const value = this.at(index);
      if (value !== undefined) yield value;
    }
  }

  #wordOf(index: number): number {
    const slot = this.#oldest + index;
    return (slot < this.#room ? slot : slot - this.#room) * this.#packing.words;
  }

  #reserve(slots: number): void {
    if (slots <= this.#room) return;
    const room = Math.min(this.#capacity, Math.max(FIRST_SLOTS, 2 * this.#room, slots));
    const { words } = this.#packing;
    const memory = memoryOf(room * words);
    const before = this.#memory.numbers;
    const split = this.#oldest * words;
    memory.numbers.set(before.subarray(split));
    memory.numbers.set(before.subarray(0, split), before.length - split);
    this.#memory = memory;
    this.#room = room;
    this.#oldest = 0;
  }
}

function memoryOf(words: number): Memory {
  const buffer = new ArrayBuffer(words * 8);
  return { numbers: new Float64Array(buffer), bits: new BigUint64Array(buffer) };
}
