import type { Level3Message } from '@kb/kraken';
import type { Grid, Level3Change, Micros } from '@kb/model';
import { L3Book } from '@kb/orderbook';
import { LEVEL3_DEPTHS } from './book-depths.ts';
import type { BookGate } from './book-gate.ts';
import type { EventOutlet } from './event-outlet.ts';
import { QueueRules } from './queue-rules.ts';
import type { QueueRule } from './queue-rules.ts';
import { sameGrid } from '../market/symbol-state.ts';
import type { SymbolState } from '../market/symbol-state.ts';
import type { SymbolRegister } from './symbol-register.ts';

export interface Level3KeeperOptions {
  readonly symbols: SymbolRegister;
  readonly outlet: EventOutlet;
  readonly gate: BookGate;
  /** Price levels a side that were subscribed, unless the venue acknowledged others. */
  readonly depth: number | undefined;
  readonly queueBy: QueueRule | 'auto';
  /** The precision that frames of a symbol are read with. */
  readonly gridOf: (symbol: string) => Grid | undefined;
}

/**
 * Applies and verifies messages about single orders, as `BookKeeper` does those about levels: with the same states, counts and
 * faults. A symbol has one book. Where it is one of levels, messages about orders are counted as skipped.
 *
 * A change that does not fit the book (see `L3Book`) is counted and nothing else: the checksum after it decides.
 */
export class Level3Keeper {
  readonly #options: Level3KeeperOptions;
  readonly #rules: QueueRules;

  constructor(options: Level3KeeperOptions) {
    this.#options = options;
    this.#rules = new QueueRules(options.queueBy);
  }

  /** @param frame Its number, for people. */
  onLevel3(message: Level3Message, frame: number, recvTs: Micros): void {
    const { symbols, outlet, gate } = this.#options;
    const entry = symbols.entryOf(message.symbol, recvTs);
    const { snapshot } = message;
    if (entry === undefined || !gate.opens(entry, snapshot, entry.book)) return;
    if (snapshot) entry.orders = this.#bookFor(entry, message);
    const { orders: book } = entry;
    if (book === undefined) throw new TypeError(`${entry.symbol} is live without a book`); // our own invariant

    if (snapshot) this.#rules.onSnapshot(book);
    else this.#rules.onUpdate(book, message);
    entry.bookStats.misfits += book.apply(message);
    const { checksumFailed } = entry.bookStats;
    const venueTs = gate.pass(entry, book, message, recvTs, frame, 'level3: ');
    if (entry.bookStats.checksumFailed > checksumFailed) this.#rules.onFailure(book);
    if (venueTs === undefined) return;
    outlet.emit({
      type: 'level3',
      seq: outlet.nextSeq(),
      venueTs,
      recvTs,
      symbol: entry.symbol,
      book,
      changes: message,
      snapshot,
      verified: gate.isCompared(message),
    });
  }

  /** The book that a snapshot goes into: the one there is, unless its precision or depth no longer fits. */
  #bookFor(entry: SymbolState, { bids, asks }: Level3Message): L3Book {
    const { gridOf, depth: subscribed } = this.#options;
    const grid = gridOf(entry.symbol);
    if (grid === undefined) throw new TypeError(`${entry.symbol} was decoded without a precision`); // our own invariant
    const { orders: book } = entry;
    const depth = entry.ackedDepth ?? subscribed ?? book?.depth ?? depthFor(Math.max(levelsOf(bids), levelsOf(asks)));
    if (book !== undefined && book.depth === depth && sameGrid(book, grid) && this.#rules.fits(book)) return book;
    const { pricePrecision, qtyPrecision } = grid;
    return new L3Book(entry.symbol, { pricePrecision, qtyPrecision }, depth, { queueBy: this.#rules.current });
  }
}

function levelsOf(orders: readonly Level3Change[]): number {
  return new Set(orders.map(({ price }) => price)).size;
}

function depthFor(levels: number): number {
  return LEVEL3_DEPTHS.find((depth) => depth >= levels) ?? 1000;
}
