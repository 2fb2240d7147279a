import { ticks, lots } from '@kb/model';
import type { BookChanges, BookEvent, BookView, Grid, MarketEvent } from '@kb/model';
import { L2Book, snapshotOf } from '@kb/orderbook';
import { PaperError } from '../errors.ts';

/** A market event as plain JSON. Of a book event: what the message said, and the whole book where no earlier event tells it. */
export type PlainEvent =
  | Exclude<MarketEvent, { readonly type: 'book' | 'candle' | 'level3' | 'ticker' }>
  | PlainBookEvent;

export interface PlainBookEvent extends Omit<BookEvent, 'book' | 'changes'> {
  readonly changes: BookChanges;
  readonly grid: Grid;
  readonly depth: number;
  readonly whole?: BookChanges;
}

/** Makes plain events of live ones. */
export class EventWriter {
  /** Symbols whose book can be told from the events before. */
  readonly #told = new Set<string>();

  /** @throws PaperError `KB_PAPER_BAD_OPTION` for single orders: a book of them is not written down. */
  plain(event: MarketEvent): PlainEvent {
    switch (event.type) {
      case 'book':
        return this.#book(event);
      case 'level3':
        throw new PaperError('KB_PAPER_BAD_OPTION', 'onInput: events of single orders (level3) cannot be written down');
      case 'candle':
      case 'ticker':
        // Of these, only that time went on matters here.
        return { type: 'timer', seq: event.seq, venueTs: event.venueTs, recvTs: event.recvTs, symbol: undefined };
      case 'feed':
        if (event.symbol === undefined) this.#told.clear();
        else this.#told.delete(event.symbol);
        return event;
      case 'instrument':
      case 'status':
      case 'timer':
      case 'trade':
        return event;
    }
  }

  #book(event: BookEvent): PlainBookEvent {
    const { book, changes, symbol, ...rest } = event;
    const isTold = changes.snapshot || this.#told.has(symbol);
    this.#told.add(symbol);
    const { depth, pricePrecision, qtyPrecision } = book;
    const common = { ...rest, symbol, changes: copyOf(changes), grid: { pricePrecision, qtyPrecision }, depth };
    return isTold ? common : { ...common, whole: snapshotOf(book) };
  }
}

/** Makes live events of plain ones: keeps the books that they tell. */
export class EventReader {
  readonly #books = new Map<string, L2Book>();

  live(event: PlainEvent): MarketEvent {
    if (event.type !== 'book') return event;
    const { changes, recvTs, seq, snapshot, symbol, type, venueTs, verified } = event;
    return { type, seq, venueTs, recvTs, symbol, book: this.#book(event), changes, snapshot, verified };
  }

  #book({ changes, depth, grid, symbol, whole }: PlainBookEvent): BookView {
    let book = this.#books.get(symbol);
    if (book === undefined || whole !== undefined || book.depth !== depth) {
      book = new L2Book(symbol, grid, depth);
      this.#books.set(symbol, book);
      book.apply(whole ?? changes);
    } else book.apply(changes);
    return book;
  }
}

function copyOf({ snapshot, bidCount, bidPrices, bidSizes, askCount, askPrices, askSizes }: BookChanges): BookChanges {
  return {
    snapshot,
    bidCount,
    bidPrices: Array.from(bidPrices.slice(0, bidCount), ticks),
    bidSizes: Array.from(bidSizes.slice(0, bidCount), lots),
    askCount,
    askPrices: Array.from(askPrices.slice(0, askCount), ticks),
    askSizes: Array.from(askSizes.slice(0, askCount), lots),
  };
}
