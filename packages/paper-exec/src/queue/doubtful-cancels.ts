// oxlint-disable typescript/no-non-null-assertion -- hot path: the loop bounds prove every index
import { empty, removeAt } from '../short-list.ts';

/**
 * Cancels that may have taken another order of the same size than the one that was taken out for them: who was taken out,
 * in case the queue shows later that it was another. Bounded; a struct of arrays, latest last.
 */
export class DoubtfulCancels {
  readonly sizes: number[] = [];
  /** Of the order taken out: its number, and when it had joined. */
  readonly numbers: number[] = [];
  readonly times: number[] = [];
  /** Number from which on orders had joined too late to be the one cancelled. */
  readonly marks: number[] = [];

  add(size: number, number: number, time: number, mark: number): void {
    if (this.sizes.length >= MAX_DOUBTS) this.remove(0);
    this.sizes.push(size);
    this.numbers.push(number);
    this.times.push(time);
    this.marks.push(mark);
  }

  /** It took that order. */
  replace(index: number, number: number, time: number): void {
    this.numbers[index] = number;
    this.times[index] = time;
  }

  remove(index: number): void {
    removeAt(this.sizes, index);
    removeAt(this.numbers, index);
    removeAt(this.times, index);
    removeAt(this.marks, index);
  }

  clear(): void {
    if (this.sizes.length === 0) return;
    empty(this.sizes);
    empty(this.numbers);
    empty(this.times);
    empty(this.marks);
  }

  /** The latest that took an order of that size from behind `front` and may have taken `instead`; −1 when there is none. */
  behind(front: number, size: number, instead: number): number {
    let index = this.sizes.length - 1;
    while (
      index >= 0 &&
      (this.sizes[index] !== size || this.numbers[index]! <= front || this.marks[index]! <= instead)
    ) {
      index -= 1;
    }
    return index;
  }
}

/** Doubts that a level remembers; beyond it the oldest is dropped. */
const MAX_DOUBTS = 32;
