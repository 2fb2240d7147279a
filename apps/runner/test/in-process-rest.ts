import { micros, SECOND } from '@kb/model';
import type { Micros, VirtualScheduler } from '@kb/model';

export { inProcessFetch as fetchIn } from '../src/session/in-process-fetch.ts';

/** Lets time pass, and promises settle on the way. */
export async function pass(scheduler: VirtualScheduler, duration: Micros): Promise<void> {
  for (let passed = 0; passed < duration; passed += SECOND / 10) {
    scheduler.advance(micros(SECOND / 10));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
