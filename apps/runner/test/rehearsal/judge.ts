import { micros } from '@kb/model';
import type { BookEvent, BookView, Micros, TradeEvent } from '@kb/model';
import { differenceFrom, trueBook } from './true-book.ts';
import type { TrueBook } from './true-book.ts';
import type { Witness, Witnessed } from './witness.ts';

/** What came of comparing one kind of event. */
export interface Comparisons {
  /** Events that were compared. */
  compared: number;
  /** Among them those that were not true, although the feed calls them good. */
  divergent: number;
  /** Events of moments that nothing is known of. A rehearsal with any of them has shown nothing. */
  unknown: number;
}

/** Divergences that are told in words; after that they are only counted. */
const MOST_TOLD = 10;

/** Holds what a feed says against what was the case. */
export class Judge {
  readonly books: Comparisons = { compared: 0, divergent: 0, unknown: 0 };
  readonly trades: Comparisons = { compared: 0, divergent: 0, unknown: 0 };
  /** The first divergences, in words. */
  readonly told: string[] = [];
  readonly #exchange: Pick<Witnessed, 'truth'>;
  readonly #witness: Witness;
  readonly #depth: number;
  readonly #isPrompt: boolean;
  readonly #shift: number;

  /**
   * @param isPrompt Whether the feed hears of everything before anything else happens: its book must then be the present one. Else
   *   it must be the one that the exchange had at the time of the message.
   * @param shift By how many µs a fault may move the times that are told.
   */
  constructor(exchange: Pick<Witnessed, 'truth'>, witness: Witness, depth: number, isPrompt: boolean, shift = 0) {
    this.#exchange = exchange;
    this.#witness = witness;
    this.#depth = depth;
    this.#isPrompt = isPrompt;
    this.#shift = shift;
  }

  onBook({ symbol, book, venueTs, verified }: BookEvent): void {
    if (!verified) this.#tell(this.books, `${symbol} at ${venueTs}: handed on without a checksum`);
    else if (this.#isPrompt) this.compareNow(symbol, book);
    else {
      const moved = this.#shift === 0 ? [] : this.#witness.booksAt(symbol, micros(venueTs - this.#shift));
      this.#compare(`${symbol} at ${venueTs}`, book, [...this.#witness.booksAt(symbol, venueTs), ...moved]);
    }
  }

  /** Compares a book with the present state of the exchange. */
  compareNow(symbol: string, book: BookView): void {
    const truth = this.#exchange.truth(symbol);
    this.#compare(`${symbol} at ${truth.venueTs}`, book, [trueBook(truth, this.#depth)]);
  }

  onTrade({ symbol, tradeId, price, size, taker, venueTs }: TradeEvent): void {
    const made = this.#witness.trade(symbol, tradeId);
    if (made === undefined) {
      this.trades.unknown += 1;
      return;
    }
    this.trades.compared += 1;
    if (made.price === price && made.size === size && made.taker === taker && this.#isTimeOf(made.venueTs, venueTs))
      return;
    const was = `${taker} ${size} at ${price}, ${venueTs}`;
    const expected = `${made.taker} ${made.size} at ${made.price}, ${made.venueTs}`;
    this.#tell(this.trades, `${symbol} trade ${tradeId}: expected ${expected}, was ${was}`);
  }

  #isTimeOf(made: Micros, told: Micros): boolean {
    return told === made || told === made + this.#shift;
  }

  /** A book may be any of these. */
  #compare(what: string, book: BookView, truths: readonly TrueBook[]): void {
    let difference: string | undefined;
    for (const truth of truths) {
      difference = differenceFrom(truth, book);
      if (difference === undefined) break;
    }
    if (truths.length === 0) this.books.unknown += 1;
    else this.books.compared += 1;
    if (difference !== undefined) this.#tell(this.books, `${what}: ${difference}`);
  }

  #tell(among: Comparisons, words: string): void {
    among.divergent += 1;
    if (this.told.length < MOST_TOLD) this.told.push(words);
  }
}
