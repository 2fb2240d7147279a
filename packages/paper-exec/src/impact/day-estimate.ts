import { SECOND } from '@kb/model';
import type { BookView, Lots, Micros } from '@kb/model';

/**
 * What a day of a pair is like, from what has been seen of it: its volume, and its volatility.
 *
 * Volume is what traded after the first trade, scaled from the time that took. Volatility is the root of the day's share of
 * Σ (move of the mid)², from the first trade of a minute to the first one of a later minute; mids do not bounce between bid and
 * ask as trades do. Gaps of the feed count as time without volume, which makes a charge greater.
 */
export class DayEstimate {
  #firstAt = Number.NaN;
  #lastAt = Number.NaN;
  #traded = 0;
  #nextMinute = Number.NEGATIVE_INFINITY;
  #mid = Number.NaN;
  #midAt = 0;
  #squares = 0;
  #observed = 0;
  #moves = 0;

  /** A public trade, and the book before it. */
  trade(at: Micros, size: Lots, book: BookView | undefined): void {
    if (at >= this.#nextMinute) this.#sample(at, book);
    if (at > this.#lastAt) this.#lastAt = at;
    else if (Number.isNaN(this.#firstAt)) {
      this.#firstAt = this.#lastAt = at;
      return;
    }
    this.#traded += size;
  }

  /** Lots a day; `undefined` while less than a minute has been seen. @param now The venue's latest time. */
  volume(now: Micros): number | undefined {
    const span = Math.max(this.#lastAt, now) - this.#firstAt;
    return span >= MINUTE ? (this.#traded / span) * DAY : undefined;
  }

  /** A fraction of the price; `undefined` while there are fewer than `LEAST_MOVES` moves. */
  get volatility(): number | undefined {
    return this.#moves < LEAST_MOVES ? undefined : Math.sqrt((this.#squares / this.#observed) * DAY);
  }

  #sample(at: Micros, book: BookView | undefined): void {
    const bid = book?.bestBid();
    const ask = book?.bestAsk();
    if (bid === undefined || ask === undefined) return;
    const mid = (bid + ask) / 2;
    if (!Number.isNaN(this.#mid)) {
      const move = (mid - this.#mid) / this.#mid;
      this.#squares += move * move;
      this.#observed += at - this.#midAt;
      this.#moves += 1;
    }
    this.#mid = mid;
    this.#midAt = at;
    this.#nextMinute = (Math.floor(at / MINUTE) + 1) * MINUTE;
  }
}

export const LEAST_MOVES = 30;
const MINUTE = 60 * SECOND;
const DAY = 86_400 * SECOND;
