import type { MarketTruth, PrintedTrade } from '@kb/exchange-sim';
import type { Accept } from '@kb/kraken';
import { isoToMicros } from '@kb/model';
import type { Micros } from '@kb/model';
import { trueBook } from './true-book.ts';
import type { TrueBook } from './true-book.ts';

/** What the witness asks of an exchange. */
export interface Witnessed {
  readonly accept: Accept;
  truth(symbol: string): MarketTruth;
}

/** Moments kept of each market, and trades: most of a minute. Of those that are older nothing can be said. */
const MOST_KEPT = 512;
/** States of one book with the same time: more commands than one can come in the same microsecond. */
const MOST_AT_ONE_TIME = 16;

/**
 * Stands at the exchange's door and notes what was true when each frame left, before anything can befall the frame on its way. It
 * knows frames by their text alone and shares no decoder with the client.
 */
export class Witness {
  /** The exchange's, seen through. */
  readonly accept: Accept;
  /** Frames of all kinds that left, and those of two channels. */
  frames = 0;
  bookFrames = 0;
  tradeFrames = 0;
  readonly #exchange: Witnessed;
  readonly #depth: number;
  readonly #markets = new Map<string, Kept>();

  constructor(exchange: Witnessed, depth: number) {
    this.#exchange = exchange;
    this.#depth = depth;
    this.accept = (socket) =>
      exchange.accept({
        send: (frame) => {
          this.#note(typeof frame === 'string' ? frame : Buffer.from(frame).toString('latin1'));
          socket.send(frame);
        },
        close: (code, reason) => socket.close(code, reason),
        terminate: () => socket.terminate(),
        get bufferedBytes() {
          return socket.bufferedBytes;
        },
      });
  }

  /** The states of a book that were published with that time; none when that is not known. */
  booksAt(symbol: string, venueTs: Micros): readonly TrueBook[] {
    return this.#markets.get(symbol)?.books.get(venueTs) ?? [];
  }

  trade(symbol: string, tradeId: number): PrintedTrade | undefined {
    return this.#markets.get(symbol)?.trades.get(tradeId);
  }

  #note(frame: string): void {
    this.frames += 1;
    if (frame.startsWith('{"channel":"book"')) {
      this.bookFrames += 1;
      this.#noteBook(symbolIn(frame), timeIn(frame));
    } else if (frame.startsWith('{"channel":"trade"')) {
      this.tradeFrames += 1;
      if (!frame.includes('"data":[]')) this.#noteTrades(symbolIn(frame));
    }
  }

  #noteBook(symbol: string, at: Micros): void {
    const { books } = this.#keptOf(symbol);
    const states = books.get(at) ?? [];
    books.set(at, states);
    states.push(trueBook(this.#exchange.truth(symbol), this.#depth));
    if (states.length > MOST_AT_ONE_TIME) states.shift();
    dropOldest(books);
  }

  #noteTrades(symbol: string): void {
    const { trades } = this.#keptOf(symbol);
    for (const trade of this.#exchange.truth(symbol).recentTrades) {
      if (trades.has(trade.tradeId)) continue;
      trades.set(trade.tradeId, trade);
      dropOldest(trades);
    }
  }

  #keptOf(symbol: string): Kept {
    const kept = this.#markets.get(symbol) ?? { books: new Map(), trades: new Map() };
    this.#markets.set(symbol, kept);
    return kept;
  }
}

/** What is kept of one market, oldest first. */
interface Kept {
  readonly books: Map<Micros, TrueBook[]>;
  readonly trades: Map<number, PrintedTrade>;
}

function dropOldest<Key>(map: Map<Key, unknown>): void {
  if (map.size <= MOST_KEPT) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

function symbolIn(frame: string): string {
  return textAfter(frame, '"symbol":"', frame.indexOf('"symbol":"'));
}

function timeIn(frame: string): Micros {
  return isoToMicros(textAfter(frame, '"timestamp":"', frame.lastIndexOf('"timestamp":"')));
}

function textAfter(frame: string, name: string, at: number): string {
  const from = at + name.length;
  const end = frame.indexOf('"', from);
  if (at < 0 || end < 0) throw new Error(`Expected ${name} in every frame of its channel, was ${frame.slice(0, 200)}`);
  return frame.slice(from, end);
}
