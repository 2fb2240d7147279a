import { L2Book } from '@kb/orderbook';
import { micros } from '@kb/model';
import type { BookView, Instrument, Lots, Micros, Side, Ticks } from '@kb/model';
import type { BookMessage } from '@kb/kraken';
import { bookFrame } from '../wire/data-frames.ts';
import type { LevelList } from '../wire/data-frames.ts';
import type { FrameWriter } from '../wire/frame-writer.ts';

/** How an update fits the book: `skipped` came before any snapshot. */
export type TapeStep = 'applied' | 'skipped' | { readonly expected: number; readonly actual: number };

/** The book of one recorded symbol as far as the tape has been played. */
export class TapeBook {
  readonly instrument: Instrument;
  /** The recorded depth, the only one that is served. */
  readonly depth: number;
  readonly #book: L2Book;
  #valid = false;
  #venueTs: Micros = micros(0);

  constructor(instrument: Instrument, depth: number) {
    this.instrument = instrument;
    this.depth = depth;
    this.#book = new L2Book(instrument.symbol, instrument, depth);
  }

  /** Whether a snapshot has come: before that there is no book. */
  get valid(): boolean {
    return this.#valid;
  }

  /** The recorded levels. Live: always the same one, and of now. */
  get view(): BookView {
    return this.#book;
  }

  /** @param recvTs Stands in where the message carries no venue time, as snapshots before 2026 did. */
  apply(message: BookMessage, recvTs: Micros): TapeStep {
    if (!message.snapshot && !this.#valid) return 'skipped';
    this.#book.apply(message);
    this.#venueTs = message.venueTs ?? recvTs;
    const actual = this.#book.checksum();
    if (message.checksum !== undefined && message.checksum !== actual) return { expected: message.checksum, actual };
    this.#valid = true;
    return 'applied';
  }

  /** A snapshot of the present book; `undefined` before the first recorded one. */
  snapshot(writer: FrameWriter): Uint8Array | undefined {
    if (!this.#valid) return undefined;
    const book = this.#book;
    const symbol = JSON.stringify(this.instrument.symbol);
    const [bids, asks] = [levelsOf(book, 'buy'), levelsOf(book, 'sell')];
    return bookFrame(writer, 'snapshot', symbol, this.instrument, bids, asks, book.checksum(), this.#venueTs);
  }
}

function levelsOf(book: BookView, side: Side): LevelList {
  const prices: Ticks[] = [];
  const sizes: Lots[] = [];
  for (let index = 0; index < book.levels(side); index += 1) {
    const price = book.priceAt(side, index);
    const size = book.sizeAt(side, index);
    if (price === undefined || size === undefined) break;
    prices.push(price);
    sizes.push(size);
  }
  return { prices, sizes };
}
