import { micros } from '@kb/model';
import type { CancelTask, Scheduler } from '@kb/model';

/** Frames, or a goodbye, that leave later, in the order in which they came. */
export class HeldFrames {
  readonly #scheduler: Scheduler;
  readonly #queue: { readonly bytes: number; due: number; readonly leave: () => void }[] = [];
  #bytes = 0;
  #cancelTimer: CancelTask | undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** When the last one leaves, or now. */
  get lastDue(): number {
    return Math.max(this.#scheduler.now(), this.#queue.at(-1)?.due ?? 0);
  }

  /**
   * Lets something leave when all before it left.
   * @param due Not before then; `Infinity`: when it is released.
   */
  push(bytes: number, due: number, leave: () => void): void {
    this.#queue.push({ bytes, due: Math.max(due, this.lastDue), leave });
    this.#bytes += bytes;
    this.#arm();
  }

  /** Lets everything leave at once. */
  release(): void {
    const now = this.#scheduler.now();
    for (const held of this.#queue) held.due = now;
    this.#leave();
  }

  /** Forgets everything. */
  clear(): void {
    this.#queue.length = 0;
    this.#bytes = 0;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #arm(): void {
    const next = this.#queue[0];
    if (this.#cancelTimer !== undefined || next === undefined || next.due === Infinity) return;
    const wait = micros(Math.max(0, Math.ceil(next.due - this.#scheduler.now())));
    this.#cancelTimer = this.#scheduler.after(wait, () => {
      this.#cancelTimer = undefined;
      this.#leave();
    });
  }

  #leave(): void {
    const now = this.#scheduler.now();
    for (let next = this.#queue[0]; next !== undefined && next.due <= now; next = this.#queue[0]) {
      this.#queue.shift();
      this.#bytes -= next.bytes;
      next.leave();
    }
    this.#arm();
  }
}
