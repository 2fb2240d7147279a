import type { CancelTask, Micros, Scheduler } from '@kb/model';

/** Answers that are held back, each for a time of its own. */
export class LateAnswers {
  readonly #scheduler: Scheduler;
  readonly #waiting = new Set<{ readonly cancel: CancelTask; readonly leave: () => void }>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves after the delay, or when all are released. */
  wait(delay: Micros): Promise<void> {
    return new Promise((resolve) => {
      const waiting = {
        leave: () => {
          this.#waiting.delete(waiting);
          resolve();
        },
        cancel: this.#scheduler.after(delay, () => waiting.leave()),
      };
      this.#waiting.add(waiting);
    });
  }

  /** Lets all leave at once. */
  release(): void {
    for (const { cancel, leave } of this.#waiting) {
      cancel();
      leave();
    }
  }
}
