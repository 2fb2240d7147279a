import type { Instrument, Micros } from '@kb/model';
import type { RecordedFrame } from '@kb/kraken';
import { SimError } from '../errors.ts';
import type { TimedSource } from '../market/timeline.ts';
import { contentsOf } from './tape-contents.ts';
import type { TapeContents } from './tape-contents.ts';
import type { TapeFlow } from './tape-flow.ts';
import { TapeReader } from './tape-reader.ts';
import { START_DELAY, VerifiedTape } from './verified-tape.ts';

/**
 * Plays a recording into the markets of an exchange, with its original timing. Every recorded book is verified on the way: at damage the
 * tape ends. It begins when somebody comes (`begin`), and plays once.
 */
export class TapeFeeder implements TimedSource {
  /** Called when there is more to play than at the last look: the timeline's timer may have to be set anew. */
  onMore: () => void = () => undefined;
  /** Called once when the tape is over: with nothing at its end, or with what is wrong. */
  onEnd: (error: SimError | undefined) => void = () => undefined;
  readonly #tape: VerifiedTape;
  /** The markets by symbol. */
  readonly #flows = new Map<string, TapeFlow>();
  readonly #contents: TapeContents;
  /** Venue time minus recorded time; `undefined` before the tape begins. */
  #offset: number | undefined = undefined;
  #lastAt = 0;
  #pausedAt: Micros | undefined = undefined;
  #over = false;
  #played = 0;

  /** @param reader One whose contents are known: see `openTape`. */
  constructor(reader: TapeReader, contents: TapeContents) {
    this.#contents = contents;
    reader.onMore = () => this.onMore();
    this.#tape = new VerifiedTape(reader, contents.preamble, false);
  }

  /** The pairs that the recording holds, as far as its beginning tells, with the recorded depth. */
  get books(): TapeContents['books'] {
    return this.#contents.books;
  }

  /** Recorded frames of books and trades played, and left out because no snapshot had come before them. */
  get counts(): { readonly played: number; readonly skipped: number } {
    return { played: this.#played, skipped: this.#tape.skipped };
  }

  /** Lets a market follow a recorded symbol. */
  follow(instrument: Instrument, flow: TapeFlow): void {
    const { symbol } = instrument;
    const recorded = this.#contents.books.find((book) => book.instrument.symbol === symbol);
    if (recorded === undefined) throw new SimError('KB_SIM_UNKNOWN_SYMBOL', `The recording does not hold ${symbol}`);
    this.#tape.add(instrument, recorded.depth);
    this.#flows.set(symbol, flow);
  }

  /** Starts the tape, a moment after `at`. Beginning twice is fine. */
  begin(at: Micros): void {
    const first = this.#tape.next;
    if (this.#offset !== undefined || first === undefined) return;
    this.#offset = at + START_DELAY - first.recvTs;
    this.#lastAt = at;
    if (this.#pausedAt !== undefined) this.#pausedAt = at;
  }

  get dueAt(): number {
    if (this.#over || this.#offset === undefined || this.#pausedAt !== undefined) return Infinity;
    const frame = this.#tape.next;
    if (frame !== undefined) return frame.recvTs + this.#offset;
    return this.#tape.ended ? this.#lastAt : Infinity;
  }

  run(at: Micros): void {
    const offset = this.#offset;
    if (offset === undefined) return;
    this.#lastAt = at;
    for (let frame = this.#tape.next; frame !== undefined; frame = this.#tape.next) {
      if (this.#over || frame.recvTs + offset > at) return;
      this.#play();
    }
    if (this.#tape.ended) this.#end(this.#tape.failure);
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
    this.#tape.close();
  }

  #play(): void {
    const event = this.#tape.play();
    switch (event.type) {
      case 'book':
        this.#played += 1;
        this.#flows.get(event.message.symbol)?.follow(event.book.view, event.message);
        return;
      case 'trade':
        if (event.message.snapshot) return;
        this.#played += 1;
        for (const trade of event.message.trades) {
          if (this.#tape.books.get(trade.symbol)?.valid === true) this.#flows.get(trade.symbol)?.trade(trade);
        }
        return;
      case 'damaged':
        this.#end(event.error);
        return;
      case 'ticker':
      case 'nothing':
        return;
      default:
        event satisfies never;
    }
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
