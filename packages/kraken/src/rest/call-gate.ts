import { micros, SECOND } from '@kb/model';
import type { CancelTask, Micros, Scheduler } from '@kb/model';
import { RestFailure } from './rest-errors.ts';
import { SlidingWindow } from './sliding-window.ts';
import { TokenBucket } from './token-bucket.ts';
import type { RateLimit } from './token-bucket.ts';

export interface CallGateOptions {
  readonly scheduler: Scheduler;
  readonly rateLimit: RateLimit;
  readonly callsPerMinute: number;
  /** Calls that may wait; the next one is refused with `KB_KRAKEN_REST_QUEUE_FULL`. */
  readonly queueLimit: number;
}

interface Waiting {
  readonly pass: () => void;
}

/**
 * Lets calls through one by one, in the order they came, when both limits allow: a token bucket and a cap on any minute. One timer, for the
 * call that is next.
 */
export class CallGate {
  readonly #options: CallGateOptions;
  readonly #bucket: TokenBucket;
  readonly #minute: SlidingWindow;
  /** In order of arrival. */
  readonly #waiting = new Set<Waiting>();
  #heldUntil: number = Number.NEGATIVE_INFINITY;
  #cancelTimer: CancelTask = () => undefined;

  constructor(options: CallGateOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(options.rateLimit, options.scheduler.now());
    this.#minute = new SlidingWindow(options.callsPerMinute, micros(60 * SECOND));
  }

  /** How many calls wait for their turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves when it is the caller's turn; the turn is then used up.
   * @param signal Ends the wait, and frees its place in the queue. Rejects with its reason.
   */
  enter(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#waiting.size === 0 && this.#readyAt() <= this.#options.scheduler.now()) {
      this.#take();
      return Promise.resolve();
    }
    const { queueLimit } = this.#options;
    if (this.#waiting.size >= queueLimit) return Promise.reject(queueFull(queueLimit));
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiting);
        this.#rearm();
        reject(signal.reason);
      };
      const waiting: Waiting = {
        pass: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.add(waiting);
      this.#rearm();
    });
  }

  /** Lets nobody through before a time: the venue asked for it. */
  holdUntil(at: Micros): void {
    this.#heldUntil = Math.max(this.#heldUntil, at);
    this.#rearm();
  }

  #readyAt(): Micros {
    const now = this.#options.scheduler.now();
    return micros(Math.max(now, this.#heldUntil, this.#bucket.readyAt(now), this.#minute.readyAt(now)));
  }

  #take(): void {
    const now = this.#options.scheduler.now();
    this.#bucket.take(now);
    this.#minute.take(now);
  }

  #rearm(): void {
    this.#cancelTimer();
    this.#cancelTimer = () => undefined;
    if (this.#waiting.size === 0) return;
    const { scheduler } = this.#options;
    this.#cancelTimer = scheduler.after(micros(this.#readyAt() - scheduler.now()), () => this.#letThrough());
  }

  #letThrough(): void {
    for (const waiting of this.#waiting) {
      if (this.#readyAt() > this.#options.scheduler.now()) break;
      this.#take();
      this.#waiting.delete(waiting);
      waiting.pass();
    }
    this.#rearm();
  }
}

function queueFull(limit: number): RestFailure {
  return new RestFailure({
    code: 'KB_KRAKEN_REST_QUEUE_FULL',
    kind: 'rate-limit',
    outcome: 'not-sent',
    retryable: true,
    message: `${limit} calls are waiting already`,
    hint: 'Ask less often, or raise callsPerMinute and queueLimit if Kraken allows you more.',
  });
}
