/** The last values of a stream, at most `size` of them, oldest first. */
export class Window {
  readonly size: number;
  readonly #values: number[] = [];
  /** Place of the oldest, once full. */
  #oldest = 0;

  constructor(size: number) {
    this.size = size;
  }

  get length(): number {
    return this.#values.length;
  }

  get isFull(): boolean {
    return this.#values.length === this.size;
  }

  /** @returns The value that left, if it was full. */
  push(value: number): number | undefined {
    if (!this.isFull) {
      this.#values.push(value);
      return undefined;
    }
    const left = this.#values[this.#oldest];
    this.#values[this.#oldest] = value;
    this.#oldest = this.#oldest + 1 === this.size ? 0 : this.#oldest + 1;
    return left;
  }

  /** The values in no particular order, for what does not depend on it (a sum of doubles does): read only, and only until the next `push`. */
  get unordered(): readonly number[] {
    return this.#values;
  }

  /** @returns A copy, oldest first. */
  toArray(): number[] {
    return [...this.#values.slice(this.#oldest), ...this.#values.slice(0, this.#oldest)];
  }

  /** @param values Oldest first, at most `size`. */
  fill(values: readonly number[]): void {
    this.#values.length = 0;
    for (const value of values) this.#values.push(value);
    this.#oldest = 0;
  }
}
