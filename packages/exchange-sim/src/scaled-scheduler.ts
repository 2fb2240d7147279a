import { micros } from '@kb/model';
import type { CancelTask, Micros, Scheduler } from '@kb/model';
import { SimError } from './errors.ts';

/**
 * A scheduler on which time runs `speed` times as fast as on another, from the present on. Give it to everything that takes part
 * (exchange or tape, feed, engine), in one process: a client on a real clock would see a market in a hurry.
 * @throws SimError `KB_SIM_BAD_OPTION` when the speed is not a number above zero.
 */
export function scaledScheduler(base: Scheduler, speed: number): Scheduler {
  if (!(speed > 0 && speed < Infinity)) {
    throw new SimError('KB_SIM_BAD_OPTION', `Expected a speed above zero, was ${speed}`);
  }
  const start = base.now();
  return {
    now: (): Micros => micros(start + Math.floor((base.now() - start) * speed)),
    after: (delay: Micros, task: () => void): CancelTask => base.after(micros(Math.ceil(delay / speed)), task),
  };
}
