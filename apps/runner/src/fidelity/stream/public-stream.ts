import { lots, ticks } from '@kb/model';
import type { BookChanges, BookView, Grid, Lots, Side, Ticks } from '@kb/model';
import { TreeBook } from '@kb/orderbook';
import type { BookSide, OrderRow } from '../order-row.ts';

/** One message of the public book. Valid during the call. */
export interface BookMessage {
  /** Microseconds. */
  readonly time: number;
  readonly changes: BookChanges;
  /** Sizes before, of the same levels in the same order. */
  readonly bidBefore: readonly number[];
  readonly askBefore: readonly number[];
  /** After it. */
  readonly book: BookView;
}

/** One public trade. */
export interface Print {
  readonly time: number;
  readonly tradeId: number;
  readonly price: Ticks;
  readonly size: Lots;
  /** Side of the orders that rested. */
  readonly side: BookSide;
}

export interface PublicListener {
  book(message: BookMessage): void;
  print(print: Print): void;
}

interface Pending {
  readonly prices: Ticks[];
  readonly sizes: Lots[];
  readonly before: number[];
}

/**
 * What the public sees of a market: level totals and prints, without order ids.
 *
 * With a window, changes of levels are merged and told at its end, as the last size; prints come at once. Without one each
 * change of an order is a message, after its print.
 */
export class PublicStream {
  readonly window: number;
  readonly book: TreeBook;
  /** Time of the last message. */
  bookTime = 0;
  /** Messages told: book and prints. */
  messages = 0;
  readonly #listeners: readonly PublicListener[];
  readonly #totals: Record<BookSide, Map<number, number>> = { buy: new Map(), sell: new Map() };
  #dirty = false;
  #due = 0;
  #isFirst = true;
  #trades = 0;

  /** @param window Microseconds; 0 merges nothing. */
  constructor(window: number, symbol: string, grid: Grid, listeners: readonly PublicListener[]) {
    this.window = window;
    this.book = new TreeBook(symbol, grid, Number.POSITIVE_INFINITY);
    this.#listeners = listeners;
  }

  /** Tells what is due by then. */
  advance(time: number): void {
    if (this.#dirty && time >= this.#due) this.#flush(this.#due);
  }

  print(row: OrderRow): void {
    this.#trades += 1;
    this.messages += 1;
    const { time, side } = row;
    const print = { time, tradeId: this.#trades, price: ticks(row.price), size: lots(row.size), side };
    for (const listener of this.#listeners) listener.print(print);
  }

  /** A level's total is different now. */
  level(time: number, side: BookSide, price: number, total: number): void {
    this.#totals[side].set(price, total);
    if (this.window === 0) {
      this.#flush(time);
      return;
    }
    if (this.#dirty) return;
    this.#dirty = true;
    this.#due = (Math.floor(time / this.window) + 1) * this.window;
  }

  #flush(time: number): void {
    this.#dirty = false;
    const { book } = this;
    const bids = this.#pending('buy');
    const asks = this.#pending('sell');
    const changes = {
      snapshot: this.#isFirst,
      bidCount: bids.prices.length,
      bidPrices: bids.prices,
      bidSizes: bids.sizes,
      askCount: asks.prices.length,
      askPrices: asks.prices,
      askSizes: asks.sizes,
    };
    if (changes.bidCount + changes.askCount === 0) return; // merged away
    this.#isFirst = false;
    book.apply(changes);
    this.bookTime = time;
    this.messages += 1;
    const message = { time, changes, bidBefore: bids.before, askBefore: asks.before, book };
    for (const listener of this.#listeners) listener.book(message);
  }

  #pending(side: Side): Pending {
    const pending: Pending = { prices: [], sizes: [], before: [] };
    for (const [price, total] of this.#totals[side]) {
      const before = this.book.sizeOf(side, ticks(price));
      if (before === total) continue;
      pending.prices.push(ticks(price));
      pending.sizes.push(lots(total));
      pending.before.push(before);
    }
    this.#totals[side].clear();
    return pending;
  }
}
