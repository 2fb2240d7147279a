import { lots, NO_LOTS } from '@kb/model';
import type { BookChanges, BookEvent, BookView, Lots, Side, Ticks } from '@kb/model';

/** The best levels of a book as they were at one moment. It does not move on. */
export class FrozenBook implements BookView {
  readonly symbol: string;
  readonly pricePrecision: number;
  readonly qtyPrecision: number;
  /** Levels a side that were copied; a level beyond them may have been there. */
  readonly depth: number;
  readonly #bids: Levels;
  readonly #asks: Levels;

  constructor(book: BookView, depth: number) {
    this.symbol = book.symbol;
    this.pricePrecision = book.pricePrecision;
    this.qtyPrecision = book.qtyPrecision;
    this.depth = Math.min(depth, book.depth);
    this.#bids = copyOf(book, 'buy', depth);
    this.#asks = copyOf(book, 'sell', depth);
  }

  levels(side: Side): number {
    return this.#of(side).prices.length;
  }

  priceAt(side: Side, index: number): Ticks | undefined {
    return this.#of(side).prices[index];
  }

  sizeAt(side: Side, index: number): Lots | undefined {
    return this.#of(side).sizes[index];
  }

  sizeOf(side: Side, price: Ticks): Lots {
    const { prices, sizes } = this.#of(side);
    return sizes[prices.indexOf(price)] ?? NO_LOTS;
  }

  bestBid(): Ticks | undefined {
    return this.#bids.prices[0];
  }

  bestAsk(): Ticks | undefined {
    return this.#asks.prices[0];
  }

  /** All of it, as the message that would make it. */
  asChanges(): BookChanges {
    const { prices: bidPrices, sizes: bidSizes } = this.#bids;
    const { prices: askPrices, sizes: askSizes } = this.#asks;
    return {
      snapshot: true,
      bidCount: bidPrices.length,
      bidPrices,
      bidSizes,
      askCount: askPrices.length,
      askPrices,
      askSizes,
    };
  }

  #of(side: Side): Levels {
    return side === 'buy' ? this.#bids : this.#asks;
  }
}

/** A book event that outlives its call: the best levels, and what the message said. */
export function frozenEvent(event: BookEvent, depth: number): BookEvent {
  return { ...event, book: new FrozenBook(event.book, depth), changes: copiedChanges(event.changes) };
}

/** The same, for whoever did not see what came before: its changes are the whole of it. */
export function wholeEvent(event: BookEvent): BookEvent {
  return event.book instanceof FrozenBook ? { ...event, snapshot: true, changes: event.book.asChanges() } : event;
}

interface Levels {
  readonly prices: readonly Ticks[];
  readonly sizes: readonly Lots[];
}

function copyOf(book: BookView, side: Side, depth: number): Levels {
  const count = Math.min(depth, book.levels(side));
  const prices: Ticks[] = [];
  const sizes: Lots[] = [];
  for (let index = 0; index < count; index += 1) {
    const price = book.priceAt(side, index);
    if (price === undefined) break;
    prices.push(price);
    sizes.push(book.sizeAt(side, index) ?? lots(0));
  }
  return { prices, sizes };
}

function copiedChanges(changes: BookChanges): BookChanges {
  const { snapshot, bidCount, askCount } = changes;
  return {
    snapshot,
    bidCount,
    bidPrices: changes.bidPrices.slice(0, bidCount),
    bidSizes: changes.bidSizes.slice(0, bidCount),
    askCount,
    askPrices: changes.askPrices.slice(0, askCount),
    askSizes: changes.askSizes.slice(0, askCount),
  };
}
