/** The newest entries of an endless list, oldest first. When it is full it drops its oldest tenth at once. */
export class BoundedLog<Entry> {
  readonly #limit: number;
  readonly #entries: Entry[] = [];
  #count = 0;

  /** @param limit Most entries that are kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Live: grows with each push. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** All that ever were. */
  get count(): number {
    return this.#count;
  }

  push(entry: Entry): void {
    if (this.#entries.length === this.#limit) this.#entries.splice(0, Math.ceil(this.#limit / 10));
    this.#entries.push(entry);
    this.#count += 1;
  }
}
