import { micros } from '@kb/model';
import type { CancelTask, Micros, Scheduler } from '@kb/model';

/**
 * The machine's clock and timers. `now()` starts at the wall clock and then counts monotonic time, so that a step of the
 * wall clock neither repeats nor skips anything.
 */
export function systemScheduler(): Scheduler {
  const startWall = Date.now() * 1000;
  const startMonotonic = performance.now();
  return {
    now: (): Micros => micros(startWall + Math.round((performance.now() - startMonotonic) * 1000)),
    after(delay: Micros, task: () => void): CancelTask {
      if (delay <= 0) {
        // A timer would wait a whole millisecond.
        const turn = setImmediate(task);
        return () => clearImmediate(turn);
      }
      const timer = setTimeout(task, delay / 1000);
      return () => clearTimeout(timer);
    },
  };
}
