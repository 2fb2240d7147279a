import type { BookMessage } from '@kb/kraken';
import type { BookChanges, BookView, Micros, Side } from '@kb/model';
import type { L2Book } from '@kb/orderbook';
import { sidesText } from './book-gate.ts';
import type { BookGate } from './book-gate.ts';
import type { EventOutlet } from './event-outlet.ts';
import type { DoubtInput, VerdictInput } from './feed-input.ts';
import type { SymbolState } from '../market/symbol-state.ts';
import type { SymbolRegister } from './symbol-register.ts';

export interface DoubtedBooksOptions {
  readonly symbols: SymbolRegister;
  readonly outlet: EventOutlet;
  readonly gate: BookGate;
  /** Whether a book that only the verdict speaks for is shown and told. */
  readonly allowUnverified: boolean;
  /** A book in doubt was told a message, and stays in doubt. It is live: read it during the call. */
  readonly onDoubted: (symbol: string, book: BookView) => void;
}

/** Checksums in a row that must hold for a book to be believed again. */
const ENOUGH = 10;

/**
 * Books whose checksum does not hold, where it may be the checksum that is wrong.
 *
 * A `doubt` takes the book as it stood when it failed. From then on it is told every update, seen by nobody, until a verdict comes:
 * `unverified` where it agrees (shown only where that is allowed), `broken` where not. Ten checksums in a row that hold end the
 * doubt at any time. Whatever else happens to the symbol ends it too: a fault of another kind, a snapshot, a change of state.
 */
export class DoubtedBooks {
  readonly #options: DoubtedBooksOptions;

  constructor(options: DoubtedBooksOptions) {
    this.#options = options;
  }

  /** A symbol's book while it is in doubt. */
  bookOf(symbol: string): BookView | undefined {
    const entry = this.#options.symbols.known(symbol);
    return entry?.doubt === undefined ? undefined : entry.book;
  }

  /** Of a symbol that was just frozen because of its checksum; any other is left alone. */
  begin({ symbol, detail, recvTs }: DoubtInput): void {
    const entry = this.#options.symbols.known(symbol);
    if (entry?.book === undefined || entry.state !== 'resyncing') return;
    entry.doubt = { held: 0 };
    this.#options.outlet.emitState(symbol, 'resyncing', 'cross-check', detail, recvTs);
  }

  /** One that comes after the doubt is over says nothing. */
  judge({ symbol, agrees, detail, recvTs }: VerdictInput): void {
    const { symbols, outlet, allowUnverified } = this.#options;
    const entry = symbols.known(symbol);
    if (entry?.doubt === undefined || entry.book === undefined) return;
    if (!agrees) {
      entry.doubt = undefined;
      entry.state = 'broken';
      outlet.emitState(symbol, 'broken', 'cross-check', detail, recvTs);
    } else if (entry.state !== 'unverified') {
      entry.state = 'unverified';
      outlet.emitState(symbol, 'unverified', 'cross-check', detail, recvTs);
      if (allowUnverified) this.#show(entry, entry.book, wholeOf(entry.book), outlet.clock.at(recvTs), recvTs);
    }
  }

  /** @param frame Its number, for people. */
  onUpdate(entry: SymbolState, message: BookMessage, frame: number, recvTs: Micros): void {
    const { outlet, gate, allowUnverified, onDoubted } = this.#options;
    const { book, doubt, bookStats: stats } = entry;
    if (book === undefined || doubt === undefined) throw new TypeError(`${entry.symbol} is not in doubt`); // our own invariant
    stats.updates += 1;
    book.apply(message);
    const holds = book.checksum() === message.checksum;
    if (holds) stats.checksumOk += 1;
    else stats.checksumFailed += 1;
    if (book.isCrossed()) {
      stats.crossed += 1;
      gate.freeze(entry, 'crossed', `frame ${frame}: ${sidesText(book)}`, recvTs);
      return;
    }
    doubt.held = holds ? doubt.held + 1 : 0;
    if (doubt.held === ENOUGH) {
      entry.doubt = undefined;
      entry.state = 'live';
      const venueTs = outlet.clock.note(message.venueTs, recvTs);
      outlet.emitState(entry.symbol, 'live', 'checksum', `${ENOUGH} checksums in a row held`, recvTs, venueTs);
      this.#show(entry, book, wholeOf(book), venueTs, recvTs);
      return;
    }
    if (allowUnverified && entry.state === 'unverified') {
      this.#show(entry, book, message, outlet.clock.note(message.venueTs, recvTs), recvTs);
    }
    onDoubted(entry.symbol, book);
  }

  #show(entry: SymbolState, book: L2Book, changes: BookChanges, venueTs: Micros, recvTs: Micros): void {
    const { outlet } = this.#options;
    entry.history.onBook(book, venueTs);
    entry.history.advance(venueTs);
    outlet.emit({
      type: 'book',
      seq: outlet.nextSeq(),
      venueTs,
      recvTs,
      symbol: entry.symbol,
      book,
      changes,
      snapshot: changes.snapshot,
      verified: entry.state === 'live',
    });
  }
}

/** A book as a snapshot tells it: whoever follows the changes did not see those that were made in doubt. */
function wholeOf(book: BookView): BookChanges {
  const prices = (side: Side) => indexes(book, side).flatMap((index) => book.priceAt(side, index) ?? []);
  const sizes = (side: Side) => indexes(book, side).flatMap((index) => book.sizeAt(side, index) ?? []);
  return {
    snapshot: true,
    bidCount: book.levels('buy'),
    bidPrices: prices('buy'),
    bidSizes: sizes('buy'),
    askCount: book.levels('sell'),
    askPrices: prices('sell'),
    askSizes: sizes('sell'),
  };
}

function indexes(book: BookView, side: Side): number[] {
  return Array.from({ length: book.levels(side) }, (_, index) => index);
}
