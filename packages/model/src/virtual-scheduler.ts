import type { CancelTask, Scheduler } from './clock.ts';
import { micros } from './units.ts';
import type { Micros } from './units.ts';

interface Task {
  readonly due: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * A scheduler whose time moves only when told to. Tasks run in the order they are due, ties in the order they were asked
 * for, each seeing `now()` at its own due time.
 */
export class VirtualScheduler implements Scheduler {
  #now: number;
  #asked = 0;
  /** A binary heap, earliest first. */
  readonly #heap: Task[] = [];
  readonly #cancelled = new Set<Task>();

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
      if (this.#heap.includes(entry)) this.#cancelled.add(entry);
    };
  }

  /** Moves time on by `duration`, running what falls due on the way. */
  advance(duration: Micros): void {
    const end = this.#now + duration;
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) this.#runNext();
    this.#now = end;
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
    if (task === undefined) return;
    this.#now = Math.max(this.#now, task.due);
    task.run();
  }

  /** The earliest task that still stands; drops cancelled ones from the top. */
  #next(): Task | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (!this.#cancelled.delete(top)) return top;
      this.#pop();
    }
    return undefined;
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
