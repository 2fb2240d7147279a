import type { Micros } from '@kb/model';
import { RBTree } from 'bintrees';

/** Something that happens by itself at its time. */
export interface Due {
  readonly at: Micros;
  /** Of those at one time, the lower number is first. */
  readonly number: number;
  readonly run: (at: Micros) => void;
}

/** What is to happen by itself, earliest first; at one time in the order in which it was added. Adding and removing cost O(log n). */
export class DueList {
  readonly #tree = new RBTree<Due>((a, b) => a.at - b.at || a.number - b.number);
  #lastNumber = 0;
  #nextAt = Infinity;

  /** `Infinity` when there is nothing. */
  get nextAt(): number {
    return this.#nextAt;
  }

  add(at: Micros, run: (at: Micros) => void): Due {
    this.#lastNumber += 1;
    const due: Due = { at, number: this.#lastNumber, run };
    this.#tree.insert(due);
    this.#nextAt = Math.min(this.#nextAt, at);
    return due;
  }

  /** Does nothing where it is not in the list any more. */
  remove(due: Due | undefined): void {
    if (due !== undefined && this.#tree.remove(due)) this.#nextAt = this.#tree.min()?.at ?? Infinity;
  }

  /** Removes and returns the first that is due by then. */
  take(by: Micros): Due | undefined {
    if (this.#nextAt > by) return undefined;
    const due = this.#tree.min() ?? undefined;
    this.remove(due);
    return due;
  }
}
