// oxlint-disable typescript/no-non-null-assertion -- hot path: the ring's bounds prove every index

/** Something with decreases or prints that wait for their counterpart on the other channel. */
export interface Settling {
  /** The time has come to which all counterparts have been seen. */
  settle(now: number): void;
}

/**
 * Who of a symbol's levels has something waiting, first due first: all wait equally long, so it is a queue. A ring, which
 * allocates nothing once it has grown, and remembers nobody who has been asked.
 */
export class SettleQueue {
  #levels: (Settling | undefined)[] = Array.from({ length: 16 }, () => undefined);
  #dues: number[] = Array.from({ length: 16 }, () => 0);
  #head = 0;
  #length = 0;

  /** When the first is due; `Infinity` when nothing waits. */
  get due(): number {
    return this.#length === 0 ? Number.POSITIVE_INFINITY : this.#dues[this.#head]!;
  }

  /** @param due Not before the ones pushed already, or it waits for them. */
  push(level: Settling, due: number): void {
    const last = this.#at(this.#length - 1);
    // A level that has just been queued for the same time will settle all that it has.
    if (this.#length > 0 && this.#levels[last] === level && this.#dues[last] === due) return;
    if (this.#length === this.#dues.length) this.#grow();
    const next = this.#at(this.#length);
    this.#levels[next] = level;
    this.#dues[next] = due;
    this.#length += 1;
  }

  settle(now: number): void {
    while (this.#length > 0 && this.#dues[this.#head]! < now) this.#shift()?.settle(now);
  }

  clear(): void {
    while (this.#length > 0) this.#shift();
  }

  #shift(): Settling | undefined {
    const level = this.#levels[this.#head];
    this.#levels[this.#head] = undefined;
    this.#head = this.#at(1);
    this.#length -= 1;
    return level;
  }

  /** Where the entry is that so many stand before. */
  #at(index: number): number {
    return (this.#head + index) & (this.#dues.length - 1);
  }

  #grow(): void {
    const count = this.#length;
    const inOrder = Array.from({ length: count }, (_, index) => this.#at(index));
    const levels = inOrder.map((at) => this.#levels[at]);
    const dues = inOrder.map((at) => this.#dues[at]!);
    for (let index = 0; index < count; index += 1) {
      levels.push(undefined);
      dues.push(0);
    }
    this.#levels = levels;
    this.#dues = dues;
    this.#head = 0;
  }
}
