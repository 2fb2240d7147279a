import { micros } from '@kb/model';
import type { BookView, Micros, PricePoint } from '@kb/model';
import { Ring } from './ring.ts';

/** Best prices as they were: the latest of each step of venue time in which they changed. */
export class PriceHistory {
  readonly points: Ring<PricePoint>;
  readonly #step: Micros;
  #last: PricePoint | undefined = undefined;

  constructor(capacity: number, step: Micros) {
    this.points = new Ring(capacity);
    this.#step = step;
  }

  note(book: BookView, venueTs: Micros): void {
    const bid = book.bestBid();
    const ask = book.bestAsk();
    if (bid === undefined || ask === undefined) return;
    const last = this.#last;
    if (last !== undefined && last.bid === bid && last.ask === ask) return;
    const point = { venueTs, bid, ask };
    if (last !== undefined && this.#stepOf(last.venueTs) === this.#stepOf(venueTs)) this.points.replaceLast(point);
    else this.points.push(point);
    this.#last = point;
  }

  clear(): void {
    this.points.clear();
    this.#last = undefined;
  }

  #stepOf(venueTs: Micros): Micros {
    return micros(Math.floor(venueTs / this.#step));
  }
}
