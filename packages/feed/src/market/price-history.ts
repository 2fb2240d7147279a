// oxlint-disable typescript/no-non-null-assertion -- hot path: `Ring` proves every word
import { micros, ticks } from '@kb/model';
import type { BookView, Micros, PricePoint } from '@kb/model';
import { Ring } from './ring.ts';
import type { Packing } from './ring.ts';

/** Best prices as they were: the latest of each step of venue time in which they changed. */
export class PriceHistory {
  readonly points: Ring<PricePoint>;
  readonly #step: Micros;
  /** The newest, written over each time: most books change without their best prices. */
  readonly #last = { venueTs: micros(0), bid: NO_PRICE, ask: NO_PRICE };

  constructor(capacity: number, step: Micros) {
    this.points = new Ring(capacity, PRICES);
    this.#step = step;
  }

  note(book: BookView, venueTs: Micros): void {
    const bid = book.bestBid();
    const ask = book.bestAsk();
    if (bid === undefined || ask === undefined) return;
    const { points } = this;
    const last = this.#last;
    const isFirst = points.length === 0;
    if (!isFirst && last.bid === bid && last.ask === ask) return;
    const isSameStep = !isFirst && this.#stepOf(last.venueTs) === this.#stepOf(venueTs);
    last.venueTs = venueTs;
    last.bid = bid;
    last.ask = ask;
    if (isSameStep) points.put(points.length - 1, last);
    else points.push(last);
  }

  clear(): void {
    this.points.clear();
  }

  #stepOf(venueTs: Micros): number {
    return Math.floor(venueTs / this.#step);
  }
}

const NO_PRICE = ticks(0);

const PRICES: Packing<PricePoint> = {
  words: 3,
  write({ venueTs, bid, ask }, { numbers }, at) {
    numbers[at] = venueTs;
    numbers[at + 1] = bid;
    numbers[at + 2] = ask;
  },
  read({ numbers }, at) {
    return {
      venueTs: micros(numbers[at]!),
      bid: ticks(numbers[at + 1]!),
      ask: ticks(numbers[at + 2]!),
    };
  },
};
