import { micros, SECOND } from '@kb/model';
import type { CancelTask, Micros, Scheduler, SystemStatus } from '@kb/model';
import { every } from './every.ts';

export interface StatusPollStats {
  readonly asked: number;
  readonly failed: number;
}

/** Time between two questions. */
const EVERY: Micros = micros(60 * SECOND);

/**
 * Asks the venue for its state once a minute while nothing else tells it. One question at a time: while one is not answered, no other
 * is asked. Answers that come once the state is known another way are let go.
 */
export class StatusPoll {
  readonly #ask: () => Promise<SystemStatus>;
  readonly #onStatus: (system: SystemStatus) => void;
  readonly #scheduler: Scheduler;
  readonly #stats = { asked: 0, failed: 0 };
  #cancel: CancelTask | undefined = undefined;
  #isAsking = false;

  constructor(ask: () => Promise<SystemStatus>, onStatus: (system: SystemStatus) => void, scheduler: Scheduler) {
    this.#ask = ask;
    this.#onStatus = onStatus;
    this.#scheduler = scheduler;
  }

  get stats(): StatusPollStats {
    return { ...this.#stats };
  }

  /** Nobody tells the state from now on. */
  start(): void {
    this.#cancel ??= every(this.#scheduler, EVERY, () => void this.#poll());
  }

  /** Somebody does again, or nobody wants to know. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  async #poll(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#stats.asked += 1;
    const run = this.#cancel;
    let system: unknown; // typed by whoever wrote it
    try {
      system = await this.#ask();
    } catch {
      system = undefined; // told by the count alone: the connection says that the venue cannot be reached
    }
    this.#isAsking = false;
    if (!isSystemStatus(system)) this.#stats.failed += 1;
    else if (run !== undefined && this.#cancel === run) this.#tell(system);
  }

  /** What a listener throws is its own fault: it comes out of the scheduler, as it does for frames out of the socket. */
  #tell(system: SystemStatus): void {
    try {
      this.#onStatus(system);
    } catch (error) {
      this.#scheduler.after(micros(0), () => {
        throw error;
      });
    }
  }
}

const STATES: readonly unknown[] = ['online', 'cancel_only', 'maintenance', 'post_only'] satisfies SystemStatus[];

function isSystemStatus(value: unknown): value is SystemStatus {
  return STATES.includes(value);
}
