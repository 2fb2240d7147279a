import { assertNever, instrument, MILLISECOND } from '@kb/model';
import type { Instrument, Micros } from '@kb/model';
import { KrakenDecoder } from '@kb/kraken';
import type { BookMessage, RecordedFrame, TickerMessage, TradeMessage } from '@kb/kraken';
import { SimError } from '../errors.ts';
import { TapeBook } from './tape-book.ts';
import { depthOf } from './tape-contents.ts';
import type { TapeReader } from './tape-reader.ts';

/** From the first listener to the first frame, about what the live venue takes from a subscription to its first data. */
export const START_DELAY: number = 100 * MILLISECOND;

/** What a recorded frame says of the market. */
export type TapeEvent =
  | { readonly type: 'book'; readonly book: TapeBook; readonly message: BookMessage }
  | { readonly type: 'trade'; readonly message: TradeMessage }
  | { readonly type: 'ticker'; readonly message: TickerMessage }
  /** Nothing: what a venue says of itself, or market data that had to be left out and was counted. */
  | { readonly type: 'nothing' }
  /** The recording does not hold: nothing after this frame is to be believed. */
  | { readonly type: 'damaged'; readonly error: SimError };

const NOTHING: TapeEvent = { type: 'nothing' };

/**
 * A recording, one frame after the other, each verified: prices and sizes are read by the precision that a symbol had when it was added,
 * the checksum of every book is computed again, and what does not hold is reported with the number of its frame. When a frame is due is
 * the caller's business.
 */
export class VerifiedTape {
  /** The books of the symbols that are followed, as far as the tape has been played. */
  readonly books: Map<string, TapeBook> = new Map();
  readonly #reader: TapeReader;
  readonly #findsBooks: boolean;
  readonly #decoder = new KrakenDecoder();
  #position = 0;
  #skipped = 0;

  /**
   * @param preamble Frames at the beginning that are not played. @param findsBooks Whether a symbol that appears in the middle of the
   *   recording is added by itself; otherwise its books are left out and counted.
   */
  constructor(reader: TapeReader, preamble: number, findsBooks: boolean) {
    this.#reader = reader;
    this.#findsBooks = findsBooks;
    for (let left = preamble; left > 0; left -= 1) this.#take();
  }

  /** Follows a recorded symbol; its precision is that of the instrument from now on. */
  add(pair: Instrument, depth: number): void {
    this.books.set(pair.symbol, new TapeBook(pair, depth));
    this.#decoder.setGrid(pair.symbol, pair);
  }

  /** The frame that comes next, if it has been read; at the end there is none, and `ended`. */
  get next(): RecordedFrame | undefined {
    return this.#reader.peek();
  }

  /** Whether no frame will come that has not been read. */
  get ended(): boolean {
    return this.#reader.ended;
  }

  /** Frames of market data that were left out: no book snapshot of their symbol had come before them. */
  get skipped(): number {
    return this.#skipped;
  }

  /** What went wrong at the end of the recording; `undefined` where it simply ended. */
  get failure(): SimError | undefined {
    const { failure } = this.#reader;
    if (failure === undefined) return undefined;
    const what = failure instanceof Error ? failure.message : 'unknown cause';
    return new SimError('KB_SIM_TAPE_DAMAGED', `Reading the recording failed after frame ${this.#position}: ${what}`, {
      cause: failure,
    });
  }

  /** Takes the next frame and says what it means. */
  play(): TapeEvent {
    const frame = this.#take();
    if (frame === undefined) return NOTHING;
    const message = this.#decoder.decode(frame.raw);
    switch (message.type) {
      case 'book':
        return this.#playBook(message, frame.recvTs);
      case 'trade':
        return { type: 'trade', message };
      case 'ticker':
        return { type: 'ticker', message };
      case 'malformed':
        if (message.code === 'KB_KRAKEN_UNKNOWN_PRECISION') return this.#skip();
        return this.#damaged(`${message.code} at byte ${message.offset}: ${message.detail}`);
      case 'status':
      case 'heartbeat':
      case 'instrument':
      case 'ack':
      case 'pong':
      case 'ohlc':
      case 'level3':
      case 'spread':
      case 'unknown':
        return NOTHING;
      default:
        return assertNever(message);
    }
  }

  /** Stops reading and lets go of the source. */
  close(): void {
    this.#reader.close();
  }

  #playBook(message: BookMessage, recvTs: Micros): TapeEvent {
    if (this.#findsBooks && message.snapshot && !this.books.has(message.symbol)) this.#find(message);
    const book = this.books.get(message.symbol);
    const step = book === undefined ? 'skipped' : book.apply(message, recvTs);
    if (book === undefined || step === 'skipped') return this.#skip();
    if (step === 'applied') return { type: 'book', book, message };
    return this.#damaged(`checksum of ${message.symbol} says ${step.expected}, the book has ${step.actual}`);
  }

  /** A symbol that first appears in the middle of the recording. */
  #find(snapshot: BookMessage): void {
    const { symbol } = snapshot;
    const grid = this.#decoder.gridOf(symbol);
    if (grid === undefined) return;
    const { pricePrecision, qtyPrecision } = grid;
    this.add(instrument({ symbol, pricePrecision, qtyPrecision }), depthOf(snapshot));
  }

  #take(): RecordedFrame | undefined {
    const frame = this.#reader.take();
    if (frame !== undefined) this.#position += 1;
    return frame;
  }

  #skip(): TapeEvent {
    this.#skipped += 1;
    return NOTHING;
  }

  #damaged(what: string): TapeEvent {
    const error = new SimError('KB_SIM_TAPE_DAMAGED', `Received frame ${this.#position} of the recording: ${what}`, {
      hint: 'The recording was changed or cut: verify it, or record anew.',
    });
    return { type: 'damaged', error };
  }
}
