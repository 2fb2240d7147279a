import { micros } from '@kb/model';
import type { Clock, Micros } from '@kb/model';

/** `closed` calls go through · `open` none does · `half-open` one may, to see whether the service is back. */
export type BreakerState = 'closed' | 'half-open' | 'open';

export interface BreakerOptions {
  /** It opens after so many failures in a row. */
  readonly failures: number;
  /** How long it stays open before it lets one call try. */
  readonly openFor: Micros;
}

/** A change of the breaker's state. */
export interface BreakerChange {
  readonly from: BreakerState;
  readonly to: BreakerState;
  readonly at: Micros;
  /** Failures in a row. */
  readonly failures: number;
}

/** One call that was let through. Exactly one of these is called, once; more do nothing. */
export interface BreakerPass {
  /** The service answered, whatever it said. */
  succeed(): void;
  fail(): void;
  /** Nothing was learned: the caller gave up. */
  release(): void;
}

/**
 * Stops calling a service that does not answer. It has no timer: time is looked at when somebody asks.
 *
 * What became of a call that was let through before the breaker last changed is not counted.
 */
export class CircuitBreaker {
  readonly #options: BreakerOptions;
  readonly #clock: Clock;
  readonly #onChange: (change: BreakerChange) => void;
  #state: BreakerState = 'closed';
  #failures = 0;
  #openUntil = 0;
  /** Counts changes of state, so that passes of earlier times can be told. */
  #era = 0;
  #isProbing = false;

  constructor(options: BreakerOptions, clock: Clock, onChange: (change: BreakerChange) => void = () => undefined) {
    this.#options = options;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    return this.#state === 'open' && this.#clock.now() >= this.#openUntil ? 'half-open' : this.#state;
  }

  /** Whether a call would be refused now: it is open, or another call is trying. */
  get isRefusing(): boolean {
    return this.state === 'open' || (this.#state === 'half-open' && this.#isProbing);
  }

  /** When a call may next be let through; now when it may. While the probe is under way, nobody knows: now. */
  readyAt(): Micros {
    const now = this.#clock.now();
    return this.#state === 'open' ? micros(Math.max(now, this.#openUntil)) : now;
  }

  /** @returns `undefined` when the call must not be made. */
  enter(): BreakerPass | undefined {
    if (this.isRefusing) return undefined;
    if (this.#state === 'open') this.#change('half-open');
    this.#isProbing = this.#state === 'half-open';
    return this.#pass(this.#era);
  }

  #pass(era: number): BreakerPass {
    let isOver = false;
    const once = (act: () => void) => (): void => {
      if (isOver) return;
      isOver = true;
      if (era === this.#era) act();
    };
    return {
      succeed: once(() => {
        this.#failures = 0;
        if (this.#state === 'half-open') this.#change('closed');
      }),
      fail: once(() => {
        this.#failures += 1;
        if (this.#state === 'closed' && this.#failures < this.#options.failures) return;
        this.#openUntil = this.#clock.now() + this.#options.openFor;
        this.#change('open');
      }),
      release: once(() => {
        this.#isProbing = false;
      }),
    };
  }

  #change(to: BreakerState): void {
    const from = this.#state;
    this.#state = to;
    this.#era += 1;
    this.#isProbing = false;
    this.#onChange({ from, to, at: this.#clock.now(), failures: this.#failures });
  }
}
