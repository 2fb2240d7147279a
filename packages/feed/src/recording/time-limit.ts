import type { Micros, Scheduler } from '@kb/model';

/**
 * Waits for work, but not for ever: a disk that hangs answers nothing.
 * @returns Whether it was done in time. What it throws in time comes out; what it throws later is nobody's any more.
 */
export async function isDoneWithin(scheduler: Scheduler, limit: Micros, work: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const cancel = scheduler.after(limit, () => late.resolve(false));
  try {
    return await Promise.race([work.then(() => true), late.promise]);
  } finally {
    cancel();
  }
}
