import { micros } from '@kb/model';
import type { Micros } from '@kb/model';

/** Something that happens at the venue by itself. */
export interface Due {
  readonly time: Micros;
  run(at: Micros): void;
}

/** What is due at the venue, by time; at the same time in the order in which it was added. */
export class DueList {
  readonly #list: Due[] = [];

  /** When the first is due; the end of time when nothing is. */
  get next(): Micros {
    return this.#list[0]?.time ?? FOREVER;
  }

  get size(): number {
    return this.#list.length;
  }

  add(time: Micros, run: (at: Micros) => void): Due {
    const due = { time, run };
    let index = this.#list.length;
    for (; index > 0; index -= 1) {
      const before = this.#list[index - 1];
      if (before === undefined || before.time <= time) break;
    }
    this.#list.splice(index, 0, due);
    return due;
  }

  remove(due: Due): void {
    const index = this.#list.indexOf(due);
    if (index >= 0) this.#list.splice(index, 1);
  }

  /** Takes the first off the list. */
  shift(): Due | undefined {
    return this.#list.shift();
  }
}

const FOREVER = micros(Number.MAX_SAFE_INTEGER);
