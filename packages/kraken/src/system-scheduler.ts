import { uptime } from 'node:os';
import { micros, SECOND } from '@kb/model';
import type { CancelTask, Micros, Scheduler } from '@kb/model';

/** The clocks of a machine. */
export interface SystemClocks {
  /** The wall clock in milliseconds since 1970, which may be set. */
  readonly wall: () => number;
  /** Milliseconds that never go back; in suspend they may stand still. */
  readonly monotonic: () => number;
  /** Seconds since the machine was started, those in suspend included; `undefined` where no clock counts them. */
  readonly uptime: () => number | undefined;
}

const SYSTEM_CLOCKS: SystemClocks = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  // On Linux it counts suspend, which the monotonic clock does not. Elsewhere it is made of the wall clock, or the other counts it too.
  uptime: () => (process.platform === 'linux' ? uptime() : undefined),
};

/** How often it is looked for a suspend: to read the uptime takes as long as reading the clock hundreds of times. */
const LOOK_EVERY_MS = SECOND / 1000;
/** The uptime is in whole seconds on some systems: what is less than this is no suspend. */
const LEAST_SUSPEND_S = 3;

/**
 * The machine's clock and timers. `now()` starts at the wall clock and then counts monotonic time, so that a step of the wall
 * clock neither repeats nor skips anything. Within a second after a suspend it moves on by its
 * length, to a second; it never goes back.
 */
export function systemScheduler(clocks: SystemClocks = SYSTEM_CLOCKS): Scheduler {
  const start = clocks.monotonic();
  let base = clocks.wall() - start;
  /** By how much more than the monotonic clock the uptime has counted, when that was last believed. */
  let ahead = aheadOf(clocks, start);
  let lookAt = start + LOOK_EVERY_MS;
  return {
    now(): Micros {
      const monotonic = clocks.monotonic();
      if (monotonic >= lookAt) {
        lookAt = monotonic + LOOK_EVERY_MS;
        const slept = aheadOf(clocks, monotonic) - ahead;
        if (slept >= LEAST_SUSPEND_S) {
          base += slept * 1000;
          ahead += slept;
        }
      }
      return micros(Math.round((base + monotonic) * 1000));
    },
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

/** In seconds; always the same where no clock counts suspend. */
function aheadOf({ uptime: upFor }: SystemClocks, monotonic: number): number {
  const counted = upFor();
  return counted === undefined ? 0 : counted - monotonic / 1000;
}

/** `setTimeout` fires at once when it is told to wait longer than this, nearly 25 days. */
const LONGEST_TIMER_MS = 2_147_483_647;
