import type { CancelTask, Micros, Scheduler } from '@kb/model';

/** Runs a task again and again, a period apart, until it is cancelled; the task itself may cancel it. */
export function every(scheduler: Scheduler, period: Micros, task: () => void): CancelTask {
  let cancel: CancelTask;
  const arm = (): void => {
    cancel = scheduler.after(period, () => {
      arm();
      task();
    });
  };
  arm();
  return () => cancel();
}
