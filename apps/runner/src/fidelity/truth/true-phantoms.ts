import type { BookSide, OrderRow } from '../order-row.ts';
import type { TrueBook } from './true-book.ts';

/** An order that was not there, and what would have become of it. */
export interface TruePhantom {
  readonly side: BookSide;
  readonly price: number;
  readonly size: number;
  /** How many real orders had arrived before it: they are ahead of it. */
  readonly arrivals: number;
  left: number;
  /** When its first lot would have traded, in microseconds; `NaN` before. */
  filledAt: number;
  /** Hidden executions at its price or a worse one while it waited: not counted as fills. */
  hidden: number;
}

/**
 * When phantoms would have filled, seen from the future.
 *
 * A phantom gets the volume that went to orders behind it at its price or to orders at worse prices, and what arrives on the
 * other side at its price or beyond, until its size is reached. Each is judged as if it were alone, and as if nobody had
 * acted otherwise because of it.
 */
export class TruePhantoms {
  readonly #book: TrueBook;
  readonly #waiting: Record<BookSide, Set<TruePhantom>> = { buy: new Set(), sell: new Set() };

  constructor(book: TrueBook) {
    this.#book = book;
  }

  /** Places one behind all that has arrived by now. */
  place(side: BookSide, price: number, size: number): TruePhantom {
    const { arrivals } = this.#book;
    const phantom = { side, price, size, arrivals, left: size, filledAt: Number.NaN, hidden: 0 };
    this.#waiting[side].add(phantom);
    return phantom;
  }

  cancel(phantom: TruePhantom): void {
    this.#waiting[phantom.side].delete(phantom);
  }

  /** Lots still before it in its queue. */
  ahead({ side, price, arrivals }: TruePhantom): number {
    return this.#book.ahead(side, price, arrivals);
  }

  /** Something is about to happen to the book. */
  before(row: OrderRow): void {
    const { kind, side, price } = row;
    if (kind === 'trade') {
      const arrival = this.#book.order(row.id)?.arrival ?? 0; // one from before the recording is ahead of everybody
      for (const phantom of this.#waiting[side]) {
        if (phantom.price === price ? arrival > phantom.arrivals : isWorse(phantom, price)) this.#fill(phantom, row);
      }
    } else if (kind === 'add') {
      const facing = side === 'buy' ? 'sell' : 'buy';
      for (const phantom of this.#waiting[facing]) {
        if (phantom.price === price || isWorse(phantom, price)) this.#fill(phantom, row);
      }
    } else if (kind === 'hidden') {
      for (const phantom of this.#waiting[side]) {
        if (phantom.price === price || isWorse(phantom, price)) phantom.hidden += 1;
      }
    }
  }

  #fill(phantom: TruePhantom, { time, size }: OrderRow): void {
    if (Number.isNaN(phantom.filledAt)) phantom.filledAt = time;
    phantom.left -= Math.min(phantom.left, size);
    if (phantom.left === 0) this.cancel(phantom);
  }
}

/** Whether a price trades only after the phantom's has. */
function isWorse({ side, price }: TruePhantom, other: number): boolean {
  return side === 'buy' ? other < price : other > price;
}
