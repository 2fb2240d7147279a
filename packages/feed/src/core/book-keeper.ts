import type { BookMessage, MalformedMessage } from '@kb/kraken';
import type { Grid, Instrument, Micros } from '@kb/model';
import { L2Book } from '@kb/orderbook';
import { depthFor } from './book-depths.ts';
import type { BookGate } from './book-gate.ts';
import type { DoubtedBooks } from './doubted-books.ts';
import type { EventOutlet } from './event-outlet.ts';
import type { SymbolRegister } from './symbol-register.ts';
import { sameGrid, sameInstrument } from '../market/symbol-state.ts';
import type { SymbolState } from '../market/symbol-state.ts';

export interface BookKeeperOptions {
  readonly symbols: SymbolRegister;
  readonly outlet: EventOutlet;
  readonly gate: BookGate;
  readonly doubted: DoubtedBooks;
  /** Levels a side that were subscribed, unless the venue acknowledged others. */
  readonly depth: number | undefined;
  /** What a symbol is live with, and so cannot do without: a frame of it that cannot be read freezes the symbol. */
  readonly liveWith: 'book' | 'ticker';
  /** The precision that frames of a symbol are read with. */
  readonly gridOf: (symbol: string) => Grid | undefined;
}

/** Applies messages about levels, and freezes a symbol that `BookGate` finds wrong. `frame` is the number of the frame, for people. */
export class BookKeeper {
  readonly #options: BookKeeperOptions;
  readonly #symbols: SymbolRegister;
  readonly #outlet: EventOutlet;
  readonly #gate: BookGate;

  constructor(options: BookKeeperOptions) {
    this.#options = options;
    this.#symbols = options.symbols;
    this.#outlet = options.outlet;
    this.#gate = options.gate;
  }

  onBook(message: BookMessage, frame: number, recvTs: Micros): void {
    const entry = this.#symbols.entryOf(message.symbol, recvTs);
    if (entry === undefined) return;
    const { snapshot } = message;
    if (entry.doubt !== undefined && !snapshot) {
      this.#options.doubted.onUpdate(entry, message, frame, recvTs);
      return;
    }
    if (!this.#gate.opens(entry, snapshot, entry.orders)) return;
    if (snapshot) entry.book = this.#bookFor(entry, message);
    const { book } = entry;
    if (book === undefined) throw new TypeError(`${entry.symbol} is live without a book`); // our own invariant

    book.apply(message);
    const venueTs = this.#gate.pass(entry, book, message, recvTs, frame, '');
    if (venueTs === undefined) return;
    this.#outlet.emit({
      type: 'book',
      seq: this.#outlet.nextSeq(),
      venueTs,
      recvTs,
      symbol: entry.symbol,
      book,
      changes: message,
      snapshot,
      verified: this.#gate.isCompared(message),
    });
  }

  /** A frame that cannot be read freezes the symbol that it names, or all when it names none. */
  onMalformed(message: MalformedMessage, frame: number, recvTs: Micros): void {
    const { channel } = message;
    const vital = this.#options.liveWith === 'ticker' ? ['ticker'] : ['book', 'level3'];
    if (channel !== undefined && !vital.includes(channel)) return;
    const detail = `frame ${frame}: ${message.code} at byte ${message.offset}: ${message.detail}`;
    if (message.symbol === undefined) {
      for (const entry of this.#symbols.all()) {
        if (this.#gate.isKept(entry)) this.#gate.freeze(entry, 'malformed', detail, recvTs);
      }
      return;
    }
    // An update before any snapshot cannot be read, yet nothing is wrong with it.
    const isEarly = message.code === 'KB_KRAKEN_UNKNOWN_PRECISION';
    const entry = isEarly ? this.#symbols.entryOf(message.symbol, recvTs) : this.#symbols.known(message.symbol);
    if (entry === undefined) return;
    if (isEarly || entry.state === 'broken' || entry.state === 'closed') {
      entry.bookStats.skipped += 1;
      return;
    }
    this.#gate.freeze(entry, 'malformed', detail, recvTs);
  }

  /** Pair rules and book change in one step: nobody sees ticks of one precision beside rules of another. */
  onInstrument(instrument: Instrument, frame: number, recvTs: Micros): void {
    const entry = this.#symbols.noteInstrument(instrument);
    if (entry === undefined) return;
    const { instrument: before } = entry;
    const book = entry.book ?? entry.orders;
    if (before !== undefined && sameInstrument(before, instrument)) return;
    const known = before ?? book;
    const rescaled = known !== undefined && !sameGrid(known, instrument);
    entry.instrument = instrument;
    if (rescaled) {
      entry.lastTrade = undefined;
      entry.lastTicker = undefined;
      entry.history.clear();
      if (book !== undefined) {
        entry.book = undefined;
        entry.orders = undefined;
        const detail =
          `frame ${frame}: decimals of price and size were ${book.pricePrecision} and ${book.qtyPrecision}, ` +
          `now ${instrument.pricePrecision} and ${instrument.qtyPrecision}`;
        // In any other state a snapshot is awaited as it is.
        if (this.#gate.isKept(entry)) this.#gate.freeze(entry, 'precision', detail, recvTs);
      }
    }
    this.#outlet.emitInstrument(instrument, recvTs);
  }

  /** The book that a snapshot goes into: the one there is, unless its precision or depth no longer fits. */
  #bookFor(entry: SymbolState, snapshot: BookMessage): L2Book {
    const grid = this.#options.gridOf(entry.symbol);
    if (grid === undefined) throw new TypeError(`${entry.symbol} was decoded without a precision`); // our own invariant
    const { book } = entry;
    const depth =
      entry.ackedDepth ??
      this.#options.depth ??
      book?.depth ??
      depthFor(Math.max(snapshot.bidCount, snapshot.askCount));
    return book !== undefined && book.depth === depth && sameGrid(book, grid)
      ? book
      : new L2Book(entry.symbol, { pricePrecision: grid.pricePrecision, qtyPrecision: grid.qtyPrecision }, depth);
  }
}
