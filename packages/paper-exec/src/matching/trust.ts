import type { Micros } from '@kb/model';
import type { RestingOrders } from './resting-orders.ts';

/** For how much of the time that own orders rested their places were known. Venue time. */
export class Trust {
  #since: Micros | undefined = undefined;
  #resting = 0;
  #uncertain = 0;

  /** Time has come to `now`; how things stood since the last call. */
  account(now: Micros, own: RestingOrders): void {
    const since = this.#since;
    this.#since = now;
    if (since === undefined || own.count === 0 || now <= since) return;
    this.#resting += now - since;
    if (own.uncertain > 0) this.#uncertain += now - since;
  }

  /** Share of the time with orders at rest in which the place of one at least was not known, from 0 to 1. */
  get uncertainShare(): number {
    return this.#resting === 0 ? 0 : this.#uncertain / this.#resting;
  }
}
