import { micros, SECOND } from '@kb/model';
import type { CancelTask, Micros, Scheduler } from '@kb/model';

export interface LagGuardHost {
  /** Sends a ping. @returns Its request id; `undefined` without a connection. */
  ping(): number | undefined;
  /** What comes is older than it may be: from now on nothing of it may be used. */
  onLagging(detail: string): void;
  /** Everything that was late has come. */
  onCaughtUp(): void;
  /** Messages seemed late, yet a ping was answered at once: a clock was set. */
  onClockSet(): void;
}

/** Time between two doubts. */
const PAUSE = micros(SECOND);

/**
 * Finds out whether we are behind the venue, because the network, the venue or our own thread cannot keep up.
 *
 * A message that seems late only raises a doubt, as a clock may have been set; a ping settles it. Its answer queues behind
 * everything that is late: when it takes longer than the limit, we are lagging, until it is there.
 */
export class LagGuard {
  readonly #host: LagGuardHost;
  readonly #limit: Micros;
  readonly #scheduler: Scheduler;
  #probe: { readonly sentAt: Micros; isLagging: boolean; cancel: CancelTask } | undefined = undefined;
  #lastDoubt: Micros | undefined = undefined;
  #times = 0;

  constructor(host: LagGuardHost, limit: Micros, scheduler: Scheduler) {
    this.#host = host;
    this.#limit = limit;
    this.#scheduler = scheduler;
  }

  get isLagging(): boolean {
    return this.#probe?.isLagging === true;
  }

  /** How often we were lagging. */
  get times(): number {
    return this.#times;
  }

  /** A message was on its way for so long. */
  onLatency(latency: Micros): void {
    if (latency <= this.#limit || this.#probe !== undefined) return;
    const now = this.#scheduler.now();
    if (this.#lastDoubt !== undefined && now - this.#lastDoubt < PAUSE) return;
    this.#lastDoubt = now;
    if (this.#host.ping() === undefined) return;
    const cancel = this.#scheduler.after(this.#limit, () => this.#onNoAnswer(latency));
    this.#probe = { sentAt: now, isLagging: false, cancel };
  }

  /** A ping was answered. One that was sent after the doubt says as much as the one that it raised, which may be lost. */
  onPong(sentAt: Micros): void {
    const probe = this.#probe;
    if (probe === undefined || sentAt < probe.sentAt) return;
    this.stop();
    if (probe.isLagging) this.#host.onCaughtUp();
    else this.#host.onClockSet();
  }

  /** The connection is gone, and what was late with it. */
  stop(): void {
    this.#probe?.cancel();
    this.#probe = undefined;
  }

  #onNoAnswer(latency: Micros): void {
    if (this.#probe === undefined) return;
    this.#probe.isLagging = true;
    this.#times += 1;
    this.#host.onLagging(`messages are ${(latency / SECOND).toFixed(1)} s old, and a ping is not answered`);
  }
}
