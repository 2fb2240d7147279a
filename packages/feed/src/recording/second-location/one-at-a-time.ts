import type { Micros, Scheduler } from '@kb/model';

/** The drive did not answer in time, or has not answered an earlier question yet. */
export class DriveHangs extends Error {
  override readonly name = 'DriveHangs';
}

/**
 * Lets one piece of work at a time go to a drive, each with a deadline. Work past its deadline cannot be called back: it
 * keeps one thread until the drive answers or is gone, and until then everything else is refused at once.
 */
export class OneAtATime {
  readonly #scheduler: Scheduler;
  readonly #deadline: Micros;
  #isBusy = false;

  constructor(scheduler: Scheduler, deadline: Micros) {
    this.#scheduler = scheduler;
    this.#deadline = deadline;
  }

  async run<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#isBusy) throw new DriveHangs('the drive has not answered yet');
    this.#isBusy = true;
    const late = Promise.withResolvers<never>();
    const cancel = this.#scheduler.after(this.#deadline, () => {
      late.reject(new DriveHangs(`the drive did not answer within ${this.#deadline / 1_000_000} s`));
    });
    const answer = work().finally(() => {
      this.#isBusy = false;
    });
    try {
      return await Promise.race([answer, late.promise]);
    } finally {
      cancel();
    }
  }
}
