import { SECOND } from '@kb/model';
import type { CheckedLimits } from './limits.ts';

/**
 * At most so many orders in any stretch of time, part of them only for orders that reduce exposure, so that a busy quoter
 * cannot starve a stop (reference: strategies, 8.5). The window is (now − length, now]: an order exactly `length` old has
 * left it. A step costs a few comparisons: a ring of the times that still count.
 */
export class RateWindow {
  readonly #length: number;
  readonly #limit: number;
  readonly #reserved: number;
  readonly #times: Float64Array;
  readonly #reducing: Uint8Array;
  #oldest = 0;
  #count = 0;
  /** How many of them were ordinary orders. */
  #ordinary = 0;
  #latest = Number.NEGATIVE_INFINITY;

  /** @param length In microseconds. */
  constructor(length: number, limit: number, reserved: number) {
    this.#length = length;
    this.#limit = limit;
    this.#reserved = reserved;
    this.#times = new Float64Array(limit);
    this.#reducing = new Uint8Array(limit);
  }

  /** How many orders of this kind the window holds against, and the limit that they have. */
  usage(now: number, reducing: boolean): { readonly count: number; readonly limit: number } {
    this.#expire(now);
    const isFull = this.#count >= this.#limit;
    if (reducing || isFull) return { count: this.#count, limit: this.#limit };
    return { count: this.#ordinary, limit: this.#limit - this.#reserved };
  }

  hasRoom(now: number, reducing: boolean): boolean {
    this.#expire(now);
    return this.#count < this.#limit && (reducing || this.#ordinary < this.#limit - this.#reserved);
  }

  /** Counts an order; the caller has made sure that there is room. */
  add(now: number, reducing: boolean): void {
    this.#expire(now);
    const slot = (this.#oldest + this.#count) % this.#limit;
    this.#times[slot] = this.#latest;
    this.#reducing[slot] = reducing ? 1 : 0;
    this.#count += 1;
    if (!reducing) this.#ordinary += 1;
  }

  /** Counts orders of before, oldest first: the latest ones, as far as the limit goes. */
  restore(entries: readonly (readonly [time: number, reducing: boolean])[]): void {
    for (const [time, reducing] of entries.slice(-this.#limit)) this.add(time, reducing);
  }

  /** Times of the orders that count, oldest first; true beside those that reduced. */
  entries(): [time: number, reducing: boolean][] {
    return Array.from({ length: this.#count }, (_, index) => {
      const slot = (this.#oldest + index) % this.#limit;
      return [this.#times[slot] ?? 0, this.#reducing[slot] === 1];
    });
  }

  /** Venue times of different symbols interleave: one that runs back is taken as the latest seen, which only delays. */
  #expire(now: number): void {
    if (now > this.#latest) this.#latest = now;
    const start = this.#latest - this.#length;
    while (this.#count > 0) {
      const time = this.#times[this.#oldest];
      if (time === undefined || time > start) return;
      if (this.#reducing[this.#oldest] === 0) this.#ordinary -= 1;
      this.#oldest = (this.#oldest + 1) % this.#limit;
      this.#count -= 1;
    }
  }
}

/** The two windows that every order must fit in. */
export class OrderRate {
  readonly #second: RateWindow;
  readonly #minute: RateWindow;

  constructor(limits: CheckedLimits) {
    this.#second = new RateWindow(SECOND, limits.ordersPerSecond, limits.reservedPerSecond);
    this.#minute = new RateWindow(60 * SECOND, limits.ordersPerMinute, limits.reservedPerMinute);
  }

  /** The window that has no room, as words and numbers; `undefined` when both have. */
  full(
    now: number,
    reducing: boolean,
  ): { readonly per: string; readonly count: number; readonly limit: number } | undefined {
    if (!this.#second.hasRoom(now, reducing)) return { per: 'second', ...this.#second.usage(now, reducing) };
    if (!this.#minute.hasRoom(now, reducing)) return { per: 'minute', ...this.#minute.usage(now, reducing) };
    return undefined;
  }

  add(now: number, reducing: boolean): void {
    this.#second.add(now, reducing);
    this.#minute.add(now, reducing);
  }

  /** Takes over what `entries` gave, into empty windows. */
  restore(entries: readonly (readonly [time: number, reducing: boolean])[]): void {
    this.#second.restore(entries);
    this.#minute.restore(entries);
  }

  /** The last minute's orders, oldest first. */
  entries(): [time: number, reducing: boolean][] {
    return this.#minute.entries();
  }
}
