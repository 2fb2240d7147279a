import { micros } from '@kb/model';
import type { CancelTask, Micros, Scheduler } from '@kb/model';
import type { Accept, RecordedFrame, ServerHandlers, ServerSocket, TradeMessage } from '@kb/kraken';
import { connectionId } from '../connection-id.ts';
import { SimError } from '../errors.ts';
import { FrameWriter } from '../wire/frame-writer.ts';
import { instrumentFrame } from '../wire/instrument-frame.ts';
import { pairRefusal } from '../wire/replies.ts';
import type { Topic } from '../wire/requests.ts';
import { connectionLimits } from '../ws/connection.ts';
import type { ConnectionLimits } from '../ws/connection.ts';
import { V2Session } from '../ws/v2-session.ts';
import type { Desk } from '../ws/v2-session.ts';
import { contentsOf } from './tape-contents.ts';
import { TapeReader } from './tape-reader.ts';
import { START_DELAY, VerifiedTape } from './verified-tape.ts';

export interface TapeServerOptions {
  /** A recording of one socket: its frames, or `readRecording(path)`. */
  readonly frames: AsyncIterable<RecordedFrame> | readonly RecordedFrame[];
  /** Its time is the tape's: inject a virtual or scaled one to play faster. */
  readonly scheduler: Scheduler;
  /** From the first book subscription to the first frame; 100 ms when left out, about what the live venue takes. */
  readonly startDelay?: Micros;
  /** Called once, in a later task, when the tape is over: with nothing at its end, or with what is wrong. Not after `close`. */
  readonly onEnd?: (error: SimError | undefined) => void;
  /** Bytes that may pile up for a client before it is closed with 1013; 16 MiB when left out. */
  readonly maxBufferedBytes?: number;
  /** A client without a subscription that says nothing for so long is closed; 60 s when left out. */
  readonly idleTimeout?: Micros;
}

/** Requests that are held for a client while the beginning of the recording is still being read. */
const MOST_HELD = 64;

/**
 * Serves a recording to any client of Kraken's WebSocket v2, with its original timing.
 *
 * Status, answers, heartbeats and the instrument snapshot are its own; book, trade and ticker frames are the recorded bytes. The
 * tape starts at the first book subscription and plays once, whoever listens. Who subscribes later gets a snapshot of the
 * book as it stands, then the recorded updates; snapshots within the recording are forwarded as such. Its own book is
 * verified all the way: a recording that does not hold stops the tape. At its end clients are closed with 1000, at damage
 * with 1011.
 */
export class TapeServer {
  /** Takes a new connection. */
  readonly accept: Accept = (socket) => this.#accept(socket);
  readonly #reader: TapeReader;
  readonly #scheduler: Scheduler;
  readonly #startDelay: number;
  readonly #onEnd: (error: SimError | undefined) => void;
  readonly #limits: ConnectionLimits;
  readonly #desk: Desk;
  readonly #writer = new FrameWriter();
  readonly #sessions = new Set<V2Session>();
  /** `undefined` while the beginning of the recording is being read. */
  #tape: VerifiedTape | undefined = undefined;
  readonly #books = new Map<string, Set<V2Session>>();
  /** Sessions on the trades of a symbol, and whether they want snapshots. */
  readonly #trades = new Map<string, Map<V2Session, boolean>>();
  readonly #tickers = new Map<string, Set<V2Session>>();
  /** Requests that came before the recording was known, in order. */
  #held: { readonly session: V2Session; readonly frame: Uint8Array }[] | undefined = [];
  #connections = 0;
  #played = 0;
  /** Scheduler time minus recorded time; `undefined` before the tape starts. */
  #offset: number | undefined = undefined;
  #cancelTimer: CancelTask = () => undefined;
  #over = false;

  /** Begins to read. A recording without a book snapshot ends the server: `onEnd` hears `KB_SIM_TAPE_EMPTY`. */
  constructor(options: TapeServerOptions) {
    this.#reader = new TapeReader(options.frames);
    this.#scheduler = options.scheduler;
    this.#startDelay = options.startDelay ?? START_DELAY;
    this.#onEnd = options.onEnd ?? (() => undefined);
    this.#limits = connectionLimits(options);
    this.#desk = {
      catchUp: () => this.#play(),
      refusal: (topic) => this.#refusal(topic),
      join: (topic, session, snapshot) => this.#join(topic, session, snapshot),
      leave: (topic, session) => this.#leave(topic, session),
      ended: (session) => this.#sessions.delete(session),
    };
    this.#reader.onMore = () => this.#more();
    this.#reader.read();
    this.#more();
  }

  /** The recorded symbols that are known by now. */
  get symbols(): readonly string[] {
    return [...(this.#tape?.books.keys() ?? [])];
  }

  /** Frames of market data played so far. */
  get played(): number {
    return this.#played;
  }

  /** Recorded frames that were left out because no book snapshot of their symbol had come before them. */
  get skipped(): number {
    return this.#tape?.skipped ?? 0;
  }

  /** Stops the tape and closes all clients with 1001. Closing twice is fine. */
  close(): void {
    this.#finish(1001, 'Tape closed');
  }

  #accept(socket: ServerSocket): ServerHandlers {
    this.#connections += 1;
    const id = connectionId(0, this.#connections);
    const session = new V2Session(socket, {
      scheduler: this.#scheduler,
      desk: this.#desk,
      connectionId: id,
      limits: this.#limits,
    });
    if (this.#over) {
      session.end(1000, 'End of tape');
      return session;
    }
    this.#sessions.add(session);
    return { onMessage: (frame) => this.#onRequest(session, frame), onClose: () => session.onClose() };
  }

  #onRequest(session: V2Session, frame: Uint8Array): void {
    if (this.#held === undefined) session.onMessage(frame);
    else if (this.#held.length < MOST_HELD) this.#held.push({ session, frame });
    else session.end(1013, 'Tape not ready');
  }

  /** More of the recording has been read: enough to know it, or to play on. */
  #more(): void {
    if (this.#over) return;
    if (this.#held === undefined) {
      this.#play();
      return;
    }
    const held = this.#held;
    if (!this.#open()) return;
    this.#held = undefined;
    for (const { session, frame } of held) session.onMessage(frame);
  }

  /** Learns symbols, precisions and depths. @returns False while more must be read for that. */
  #open(): boolean {
    try {
      const contents = contentsOf(this.#reader);
      if (contents === undefined) return false;
      this.#tape = new VerifiedTape(this.#reader, contents.preamble, true);
      for (const { instrument, depth } of contents.books) this.#tape.add(instrument, depth);
      return true;
    } catch (error) {
      if (!(error instanceof SimError)) throw error;
      this.#fail(error);
      return false;
    }
  }

  #refusal({ channel, symbol, depth }: Topic): string | undefined {
    if (channel === 'instrument') return undefined;
    // A recording has none of these, and a session without accounts asks nobody for `level3`.
    if (channel === 'ohlc' || channel === 'level3') return 'Subscription name invalid';
    const book = this.#tape?.books.get(symbol);
    if (book === undefined) return pairRefusal(symbol);
    return channel === 'book' && depth !== book.depth ? 'Subscription depth not supported' : undefined;
  }

  #join(topic: Topic, session: V2Session, snapshot: boolean): void {
    switch (topic.channel) {
      case 'instrument':
        if (snapshot)
          session.send(instrumentFrame([...(this.#tape?.books.values() ?? [])].map((book) => book.instrument)));
        return;
      case 'trade':
        listeners(this.#trades, topic.symbol, () => new Map<V2Session, boolean>()).set(session, snapshot);
        return;
      case 'ticker':
        listeners(this.#tickers, topic.symbol, () => new Set<V2Session>()).add(session);
        return;
      case 'book': {
        const frame = snapshot ? this.#tape?.books.get(topic.symbol)?.snapshot(this.#writer) : undefined;
        listeners(this.#books, topic.symbol, () => new Set<V2Session>()).add(session);
        if (frame !== undefined) session.send(frame);
        this.#start();
        return;
      }
      case 'ohlc':
      case 'level3':
        return; // refused
      default:
        topic.channel satisfies never;
    }
  }

  #leave(topic: Topic, session: V2Session): void {
    if (topic.channel === 'book') this.#books.get(topic.symbol)?.delete(session);
    if (topic.channel === 'trade') this.#trades.get(topic.symbol)?.delete(session);
    if (topic.channel === 'ticker') this.#tickers.get(topic.symbol)?.delete(session);
  }

  #start(): void {
    const first = this.#tape?.next;
    if (this.#offset !== undefined || first === undefined) return;
    this.#offset = this.#scheduler.now() + this.#startDelay - first.recvTs;
    this.#play();
  }

  /** Plays all that is due, and sets the timer for what comes next. */
  #play(): void {
    const tape = this.#tape;
    if (this.#over || tape === undefined || this.#offset === undefined) return;
    this.#cancelTimer();
    for (let frame = tape.next; frame !== undefined; frame = tape.next) {
      const wait = frame.recvTs + this.#offset - this.#scheduler.now();
      if (wait > 0) {
        this.#cancelTimer = this.#scheduler.after(micros(wait), () => this.#play());
        return;
      }
      this.#playNext(tape, frame.raw);
      if (this.#over) return;
    }
    if (!tape.ended) return;
    if (tape.failure === undefined) this.#end(1000, 'End of tape', undefined);
    else this.#fail(tape.failure);
  }

  #playNext(tape: VerifiedTape, raw: Uint8Array): void {
    const event = tape.play();
    switch (event.type) {
      case 'book':
        this.#played += 1;
        for (const session of this.#books.get(event.message.symbol) ?? []) session.send(raw);
        return;
      case 'trade':
        this.#playTrades(event.message, raw);
        return;
      case 'ticker':
        this.#played += 1;
        for (const session of this.#tickers.get(event.message.symbol) ?? []) session.send(raw);
        return;
      case 'damaged':
        this.#fail(event.error);
        return;
      case 'nothing':
        return; // what a venue says of itself the server makes itself
      default:
        event satisfies never;
    }
  }

  #playTrades(message: TradeMessage, raw: Uint8Array): void {
    const symbol = message.trades[0]?.symbol;
    if (symbol === undefined) return;
    this.#played += 1;
    for (const [session, wantsSnapshots] of this.#trades.get(symbol) ?? []) {
      if (wantsSnapshots || !message.snapshot) session.send(raw);
    }
  }

  #fail(error: SimError): void {
    this.#end(1011, error.code, error);
  }

  #end(code: number, reason: string, error: SimError | undefined): void {
    this.#finish(code, reason);
    this.#scheduler.after(micros(0), () => this.#onEnd(error));
  }

  #finish(code: number, reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelTimer();
    this.#reader.close();
    for (const session of this.#sessions) session.end(code, reason);
  }
}

function listeners<Audience>(audiences: Map<string, Audience>, symbol: string, empty: () => Audience): Audience {
  const known = audiences.get(symbol);
  if (known !== undefined) return known;
  const audience = empty();
  audiences.set(symbol, audience);
  return audience;
}
