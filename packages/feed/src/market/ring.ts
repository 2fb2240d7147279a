import type { SeriesView } from '@kb/model';

/** The latest values, oldest first; beyond its capacity the oldest are let go. */
export class Ring<T> implements SeriesView<T> {
  readonly #capacity: number;
  readonly #values: T[] = [];
  /** Where the oldest value is, once the ring is full. */
  #oldest = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#values.length;
  }

  at(index: number): T | undefined {
    const { length } = this.#values;
    const from = index < 0 ? index + length : index;
    return from < 0 || from >= length ? undefined : this.#values[(this.#oldest + from) % length];
  }

  push(value: T): void {
    if (this.#values.length < this.#capacity) {
      this.#values.push(value);
    } else if (this.#capacity > 0) {
      this.#values[this.#oldest] = value;
      this.#oldest = (this.#oldest + 1) % this.#capacity;
    }
  }

  /** Puts another value in the place of the newest. */
  replaceLast(value: T): void {
    const { length } = this.#values;
    if (length > 0) this.#values[(this.#oldest + length - 1) % length] = value;
  }

  /** Puts a value after the last one that does not follow it. One older than a full ring's oldest is not taken. */
  insert(value: T, follows: (kept: T) => boolean): void {
    const values = [...this];
    let place = values.length;
    for (let kept = values[place - 1]; kept !== undefined && follows(kept); kept = values[place - 1]) place -= 1;
    values.splice(place, 0, value);
    this.clear();
    for (const each of values.slice(-this.#capacity)) this.push(each);
  }

  clear(): void {
    this.#values.length = 0;
    this.#oldest = 0;
  }

  *[Symbol.iterator](): Iterator<T> {
    const { length } = this.#values;
    for (let index = 0; index < length; index += 1) {
      const value = this.at(index);
      if (value !== undefined) yield value;
    }
  }
}
