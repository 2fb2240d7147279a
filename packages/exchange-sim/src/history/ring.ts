/** The latest values up to a number, oldest first. A further one takes the place of the oldest. */
export class Ring<Value> {
  readonly #capacity: number;
  readonly #values: Value[] = [];
  /** Where the oldest value is. */
  #first = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#values.length;
  }

  get latest(): Value | undefined {
    return this.at(this.length - 1);
  }

  /** @param index 0 is the oldest value. */
  at(index: number): Value | undefined {
    return index < 0 || index >= this.length ? undefined : this.#values[(this.#first + index) % this.#capacity];
  }

  push(value: Value): void {
    if (this.length < this.#capacity) {
      this.#values.push(value);
      return;
    }
    this.#values[this.#first] = value;
    this.#first = (this.#first + 1) % this.#capacity;
  }

  /** The values from one index to before another, as far as there are any. */
  slice(from: number, to: number): Value[] {
    const found: Value[] = [];
    for (let index = Math.max(0, from); index < Math.min(to, this.length); index += 1) {
      const value = this.at(index);
      if (value !== undefined) found.push(value);
    }
    return found;
  }

  /** The index of the oldest value for which that holds, by bisection: it must hold for all after it too. */
  firstIndex(holds: (value: Value) => boolean): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const value = this.at(middle);
      if (value === undefined || holds(value)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  replaceEach(change: (value: Value) => Value): void {
    for (const [index, value] of this.#values.entries()) this.#values[index] = change(value);
  }
}
