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
      let timer: NodeJS.Timeout;
      const wait = (ms: number): void => {
        timer =
          ms <= LONGEST_TIMER_MS ? setTimeout(task, ms) : setTimeout(wait, LONGEST_TIMER_MS, ms - LONGEST_TIMER_MS);
      };
      wait(delay / 1000);
      return () => clearTimeout(timer);
    },
  };
}

/** `setTimeout` fires at once when it is told to wait longer than this, nearly 25 days. */
const LONGEST_TIMER_MS = 2_147_483_647;
