// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index

/** Something with decreases or prints that wait for their counterpart on the other channel. */
export interface Settling {
  /** The time has come to which all counterparts have been seen. */
  settle(now: number): void;
}

/** Who of a symbol's levels has something waiting, first due first: all wait equally long, so it is a queue. */
export class SettleQueue {
  readonly #levels: Settling[] = [];
  readonly #dues: number[] = [];
  #head = 0;

  /** When the first is due; `Infinity` when nothing waits. */
  get due(): number {
    return this.#head < this.#dues.length ? this.#dues[this.#head]! : Number.POSITIVE_INFINITY;
  }

  /** @param due Not before the ones pushed already, or it waits for them. */
  push(level: Settling, due: number): void {
    if (this.#head > 0 && this.#head === this.#dues.length) this.clear();
    const last = this.#dues.length - 1;
    // A level that has just been queued for the same time will settle all that it has.
    if (last >= this.#head && this.#levels[last] === level && this.#dues[last] === due) return;
    this.#levels.push(level);
    this.#dues.push(due);
  }

  settle(now: number): void {
    while (this.#head < this.#dues.length && this.#dues[this.#head]! < now) {
      const level = this.#levels[this.#head]!;
      this.#head += 1;
      level.settle(now);
    }
    if (this.#head > COMPACT_AT && this.#head * 2 > this.#dues.length) this.#compact();
  }

  clear(): void {
    this.#levels.length = 0;
    this.#dues.length = 0;
    this.#head = 0;
  }

  #compact(): void {
    this.#levels.splice(0, this.#head);
    this.#dues.splice(0, this.#head);
    this.#head = 0;
  }
}

const COMPACT_AT = 256;
