import type { CancelTask, Scheduler } from './clock.ts';
import { micros } from './units.ts';
import type { Micros } from './units.ts';

interface Task {
  readonly due: number;
  readonly order: number;
  /** `undefined` once it ran or was cancelled. */
  run: (() => void) | undefined;
}

/**
 * A scheduler whose time moves only when told to. Tasks run in the order they are due, ties in the order they were asked
 * for, each seeing `now()` at its own due time. A task may ask for, cancel and advance as it likes; time never runs back.
 *
 * Asking costs O(log n), cancelling O(1) on average: a cancelled task stays in the heap as an empty shell, and the heap is
 * rebuilt when more than half of it is shells. So a deadline that is renewed with every frame neither slows nor leaks.
 */
export class VirtualScheduler implements Scheduler {
  #now: number;
  #asked = 0;
  /** A binary heap, earliest first. */
  #heap: Task[] = [];
  /** How many in the heap were cancelled. */
  #shells = 0;

  constructor(start: Micros = micros(0)) {
    this.#now = start;
  }

  now(): Micros {
    return micros(this.#now);
  }

  after(delay: Micros, task: () => void): CancelTask {
    const entry: Task = { due: this.#now + Math.max(0, delay), order: this.#asked++, run: task };
    this.#push(entry);
    return () => {
      if (entry.run === undefined) return;
      entry.run = undefined;
      this.#shells += 1;
      if (this.#shells > MANY_SHELLS && this.#shells * 2 > this.#heap.length) this.#rebuild();
    };
  }

  /** Moves time on by `duration`, running what falls due on the way. */
  advance(duration: Micros): void {
    const end = this.#now + duration;
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) this.#runNext();
    // A task may itself have moved time past the end.
    if (end > this.#now) this.#now = end;
  }

  /** Runs the next task, moving time to it. @returns False when nothing is waiting. */
  step(): boolean {
    if (this.#next() === undefined) return false;
    this.#runNext();
    return true;
  }

  /** When the next task is due. */
  nextDue(): Micros | undefined {
    const next = this.#next();
    return next === undefined ? undefined : micros(next.due);
  }

  #runNext(): void {
    const task = this.#pop();
    if (task?.run === undefined) return;
    const { run } = task;
    task.run = undefined; // cancelling it from now on changes nothing
    this.#now = Math.max(this.#now, task.due);
    run();
  }

  /** The earliest task that still stands; drops shells from the top. */
  #next(): Task | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (top.run !== undefined) return top;
      this.#pop();
      this.#shells -= 1;
    }
    return undefined;
  }

  #rebuild(): void {
    // A sorted array is a heap.
    this.#heap = this.#heap.filter(({ run }) => run !== undefined).toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
    this.#shells = 0;
  }

  #push(task: Task): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(task);
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, task)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = task;
  }

  #pop(): Task | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      const smaller = right !== undefined && isBefore(right, left) ? right : left;
      if (smaller === right) child += 1;
      if (isBefore(last, smaller)) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}

/** Below this many a rebuild is not worth it. */
const MANY_SHELLS = 64;
