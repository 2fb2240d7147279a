import { micros, SECOND } from '@kb/model';
import type { Micros, Scheduler, VirtualScheduler } from '@kb/model';
import { untilDone } from '../context.ts';
import type { MarketSource } from './market-source.ts';

/** How far virtual time moves before the run looks up. */
const VIRTUAL_STEP = SECOND / 10;
/** How often the view is looked at in virtual time. */
const VIRTUAL_STEPS_A_LOOK = 10;

/** The time that a run lives in; at `--speed max` it is virtual, and moved on from here. */
export class RunTime {
  readonly clock: Scheduler;
  readonly #virtual: VirtualScheduler | undefined;
  readonly #ended: MarketSource['ended'];
  #startedAt: Micros;

  constructor({ ended, scheduler, virtual }: Pick<MarketSource, 'ended' | 'scheduler' | 'virtual'>) {
    this.clock = scheduler;
    this.#virtual = virtual;
    this.#ended = ended;
    this.#startedAt = scheduler.now();
  }

  /** It is from now on that the run lives by a feed. */
  begin(): void {
    this.#startedAt = this.clock.now();
  }

  get elapsed(): Micros {
    return micros(this.clock.now() - this.#startedAt);
  }

  /**
   * Waits until the run has lasted this long, its data has ended or `signal` aborts.
   * @param look Is called now and then while virtual time moves on.
   */
  async untilOver(duration: Micros | undefined, signal: AbortSignal, look: () => void): Promise<void> {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const virtual = this.#virtual;
    try {
      const waited = virtual === undefined ? untilDone(duration, either) : this.#drive(virtual, duration, either, look);
      await Promise.race([waited, this.#ended]);
    } finally {
      stop.abort();
    }
  }

  /** Waits for something that takes time, which in virtual time somebody has to let pass. */
  async untilSettled(something: Promise<void>): Promise<void> {
    let isSettled = false;
    const settled = something.finally(() => {
      isSettled = true;
    });
    settled.catch(() => undefined); // it is awaited below, once time has passed
    while (this.#virtual !== undefined && !isSettled && this.#virtual.step()) await turn();
    await settled;
  }

  /** Moves virtual time on, and looks up now and then: somebody may want to stop it. */
  async #drive(
    time: VirtualScheduler,
    duration: Micros | undefined,
    signal: AbortSignal,
    look: () => void,
  ): Promise<void> {
    const end = duration === undefined ? Number.POSITIVE_INFINITY : this.#startedAt + duration;
    for (let step = 0; !signal.aborted && time.now() < end; step += 1) {
      time.advance(micros(Math.min(VIRTUAL_STEP, end - time.now())));
      if (step % VIRTUAL_STEPS_A_LOOK === 0) look();
      await turn();
    }
  }
}

/** Others get their turn. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
