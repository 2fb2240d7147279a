import { MILLISECOND } from '@kb/model';
import type { Instrument, Micros } from '@kb/model';
import { KrakenDecoder } from '@kb/kraken';
import type { BookMessage, RecordedFrame } from '@kb/kraken';
import { L2Book } from '@kb/orderbook';
import { SimError } from '../errors.ts';
import type { TimedSource } from '../market/timeline.ts';
import { contentsOf } from './tape-contents.ts';
import type { TapeContents } from './tape-contents.ts';
import type { TapeFlow } from './tape-flow.ts';
import { TapeReader } from './tape-reader.ts';

/** From `begin` to the first frame, about what the live venue takes from a subscription to its first data. */
const START_DELAY = 100 * MILLISECOND;

/** A recorded symbol: its verified book, and the flow that follows it. */
interface TapeSymbol {
  readonly book: L2Book;
  readonly flow: TapeFlow;
  valid: boolean;
}

/**
 * Plays a recording into the markets of an exchange, with its original timing. Every recorded book is verified on the way: at damage the
 * tape ends. It begins when somebody comes (`begin`), and plays once.
 */
export class TapeFeeder implements TimedSource {
  /** Called when there is more to play than at the last look: the timeline's timer may have to be set anew. */
  onMore: () => void = () => undefined;
  /** Called once when the tape is over: with nothing at its end, or with what is wrong. */
  onEnd: (error: SimError | undefined) => void = () => undefined;
  readonly #reader: TapeReader;
  readonly #decoder = new KrakenDecoder();
  readonly #symbols = new Map<string, TapeSymbol>();
  readonly #contents: TapeContents;
  /** Venue time minus recorded time; `undefined` before the tape begins. */
  #offset: number | undefined = undefined;
  #lastAt = 0;
  #pausedAt: Micros | undefined = undefined;
  #over = false;
  #position = 0;
  /** Recorded market data frames played, and left out because no snapshot had come before them. */
  readonly counts: { played: number; skipped: number } = { played: 0, skipped: 0 };

  /** @param reader One whose contents are known: see `openTape`. */
  constructor(reader: TapeReader, contents: TapeContents) {
    this.#reader = reader;
    this.#contents = contents;
    reader.onMore = () => this.onMore();
    for (let left = contents.preamble; left > 0; left -= 1) this.#take();
  }

  /** The pairs that the recording holds, as far as its beginning tells, with the recorded depth. */
  get books(): TapeContents['books'] {
    return this.#contents.books;
  }

  /** Lets a market follow a recorded symbol. */
  follow(instrument: Instrument, flow: TapeFlow): void {
    const { symbol } = instrument;
    const recorded = this.#contents.books.find((book) => book.instrument.symbol === symbol);
    if (recorded === undefined) throw new SimError('KB_SIM_UNKNOWN_SYMBOL', `The recording does not hold ${symbol}`);
    this.#decoder.setGrid(symbol, instrument);
    this.#symbols.set(symbol, { book: new L2Book(symbol, instrument, recorded.depth), flow, valid: false });
  }

  /** Starts the tape, a moment after `at`. Beginning twice is fine. */
  begin(at: Micros): void {
    const first = this.#reader.peek();
    if (this.#offset !== undefined || first === undefined) return;
    this.#offset = at + START_DELAY - first.recvTs;
    this.#lastAt = at;
    if (this.#pausedAt !== undefined) this.#pausedAt = at;
  }

  get dueAt(): number {
    if (this.#over || this.#offset === undefined || this.#pausedAt !== undefined) return Infinity;
    const frame = this.#reader.peek();
    if (frame !== undefined) return frame.recvTs + this.#offset;
    return this.#reader.ended ? this.#lastAt : Infinity;
  }

  run(at: Micros): void {
    const offset = this.#offset;
    if (offset === undefined) return;
    this.#lastAt = at;
    for (let frame = this.#reader.peek(); frame !== undefined; frame = this.#reader.peek()) {
      if (this.#over || frame.recvTs + offset > at) return;
      this.#take();
      this.#play(frame);
    }
    if (this.#reader.ended) this.#atEnd();
  }

  /** (While it is paused it is not postponed: all the time that passed counts when it goes on.) */
  postpone(by: number): void {
    if (this.#offset !== undefined && this.#pausedAt === undefined) this.#offset += by;
  }

  pause(paused: boolean, at: Micros): void {
    const since = this.#pausedAt;
    if (paused) this.#pausedAt ??= at;
    else this.#pausedAt = undefined;
    if (!paused && since !== undefined) this.postpone(at - since);
  }

  /** Stops the tape and lets go of its source. */
  close(): void {
    this.#over = true;
    this.#reader.close();
  }

  #play(frame: RecordedFrame): void {
    const message = this.#decoder.decode(frame.raw);
    if (message.type === 'book') {
      this.#playBook(message);
    } else if (message.type === 'trade' && !message.snapshot) {
      this.counts.played += 1;
      for (const trade of message.trades) {
        const market = this.#symbols.get(trade.symbol);
        if (market?.valid === true) market.flow.trade(trade);
      }
    } else if (message.type === 'malformed') {
      if (message.code === 'KB_KRAKEN_UNKNOWN_PRECISION') this.counts.skipped += 1;
      else this.#damaged(`${message.code} at byte ${message.offset}: ${message.detail}`);
    }
  }

  #playBook(message: BookMessage): void {
    const market = this.#symbols.get(message.symbol);
    if (market === undefined || (!message.snapshot && !market.valid)) {
      this.counts.skipped += 1;
      return;
    }
    const { book, flow } = market;
    book.apply(message);
    const actual = book.checksum();
    if (message.checksum !== undefined && message.checksum !== actual) {
      this.#damaged(`checksum of ${message.symbol} says ${message.checksum}, the book has ${actual}`);
      return;
    }
    market.valid = true;
    this.counts.played += 1;
    flow.follow(book, message);
  }

  #take(): void {
    this.#reader.take();
    this.#position += 1;
  }

  #damaged(what: string): void {
    this.#end(
      new SimError('KB_SIM_TAPE_DAMAGED', `Received frame ${this.#position} of the recording: ${what}`, {
        hint: 'The recording was changed or cut: verify it, or record anew.',
      }),
    );
  }

  #atEnd(): void {
    const { failure } = this.#reader;
    if (failure === undefined) {
      this.#end(undefined);
      return;
    }
    const what = failure instanceof Error ? failure.message : 'unknown cause';
    this.#end(
      new SimError('KB_SIM_TAPE_DAMAGED', `Reading the recording failed after frame ${this.#position}: ${what}`, {
        cause: failure,
      }),
    );
  }

  #end(error: SimError | undefined): void {
    if (this.#over) return;
    this.close();
    this.onEnd(error);
  }
}

/**
 * Reads enough of a recording to know what it holds, and makes it ready to be played.
 * @throws SimError `KB_SIM_TAPE_EMPTY` (rejects).
 */
export async function openTape(frames: AsyncIterable<RecordedFrame> | readonly RecordedFrame[]): Promise<TapeFeeder> {
  const reader = new TapeReader(frames);
  for (;;) {
    const contents = contentsOf(reader);
    if (contents !== undefined) return new TapeFeeder(reader, contents);
    // oxlint-disable-next-line no-await-in-loop -- each look needs what the last read brought
    await new Promise<void>((resolve) => {
      reader.onMore = resolve;
      reader.read();
    });
  }
}
