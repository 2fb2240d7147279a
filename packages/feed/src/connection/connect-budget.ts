import { micros } from '@kb/model';
import type { Micros } from '@kb/model';

/** How many connection attempts may start in any stretch of time. Kraken's edge bans an address after about 150 in ten minutes. */
export interface ConnectBudgetSpec {
  readonly connects: number;
  readonly per: Micros;
}

/** Remembers the attempts of the last stretch, and says when the next one may start. */
export class ConnectBudget {
  readonly #spec: ConnectBudgetSpec;
  /** When the remembered attempts started, oldest first; never more than the budget. */
  readonly #starts: Micros[] = [];

  constructor(spec: ConnectBudgetSpec) {
    this.#spec = spec;
  }

  /** How long the next attempt has to wait; zero when it may start now. */
  wait(now: Micros): Micros {
    const oldest = this.#starts[0];
    if (oldest === undefined || this.#starts.length < this.#spec.connects) return micros(0);
    return micros(Math.max(0, oldest + this.#spec.per - now));
  }

  /** Notes an attempt that starts now. */
  take(now: Micros): void {
    this.#starts.push(now);
    if (this.#starts.length > this.#spec.connects) this.#starts.shift();
  }
}
