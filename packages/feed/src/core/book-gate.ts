import type { Level3Message, BookMessage } from '@kb/kraken';
import type { Micros } from '@kb/model';
import type { L2Book, L3Book } from '@kb/orderbook';
import type { EventOutlet } from './event-outlet.ts';
import type { SymbolRegister } from './symbol-register.ts';
import type { SymbolState } from '../market/symbol-state.ts';

/** Why a symbol needs a new subscription. */
export type ResyncCause = 'checksum' | 'crossed' | 'malformed' | 'precision';

export interface BookGateOptions {
  readonly symbols: SymbolRegister;
  readonly outlet: EventOutlet;
  /** Whether a message without a checksum is taken, and told as unverified. */
  readonly acceptUnchecked: boolean;
  readonly onResync: (symbol: string, cause: ResyncCause, detail: string) => void;
}

/**
 * What a book of levels and one of single orders have in common: when a message may be applied, when the book that it made
 * holds, and what is told then. A symbol is frozen in the same turn as something is wrong with it.
 */
export class BookGate {
  readonly #symbols: SymbolRegister;
  readonly #outlet: EventOutlet;
  #acceptUnchecked: boolean;
  readonly #onResync: (symbol: string, cause: ResyncCause, detail: string) => void;

  constructor({ symbols, outlet, acceptUnchecked, onResync }: BookGateOptions) {
    this.#symbols = symbols;
    this.#outlet = outlet;
    this.#acceptUnchecked = acceptUnchecked;
    this.#onResync = onResync;
  }

  /** From here on messages without a checksum are taken. */
  acceptUnchecked(): void {
    this.#acceptUnchecked = true;
  }

  /**
   * Whether a message is to be applied: a snapshot where one is wanted, an update of a book that holds. Counted either way.
   * @param other The symbol's book of the other kind: where there is one, messages of this kind are let go.
   */
  opens(entry: SymbolState, snapshot: boolean, other: L2Book | L3Book | undefined): boolean {
    const { state, bookStats } = entry;
    const isLate = snapshot ? state === 'broken' || state === 'closed' || this.#symbols.isStale : state !== 'live';
    if (isLate || other !== undefined) {
      bookStats.skipped += 1;
      return false;
    }
    if (snapshot) bookStats.snapshots += 1;
    else bookStats.updates += 1;
    return true;
  }

  /**
   * Compares the book with the checksum of the message that it was just told, and looks whether it is crossed. Counted. One that
   * holds makes its symbol live if it was not, and goes into the history; of any other the symbol is frozen.
   * @param frame The number of the frame, and `kind` what to call the book, for people.
   * @returns The venue's time of the message; `undefined` of a book that does not hold.
   */
  pass(
    entry: SymbolState,
    book: L2Book | L3Book,
    message: BookMessage | Level3Message,
    recvTs: Micros,
    frame: number,
    kind: '' | 'level3: ',
  ): Micros | undefined {
    const stats = entry.bookStats;
    if (this.isCompared(message)) {
      const checksum = book.checksum();
      if (checksum !== message.checksum) {
        stats.checksumFailed += 1;
        const detail = `frame ${frame}: ${kind}${sentText(message.checksum)}, got ${checksum}`;
        this.freeze(entry, 'checksum', detail, recvTs);
        return undefined;
      }
      stats.checksumOk += 1;
    } else {
      stats.unchecked += 1;
    }
    if (book.isCrossed()) {
      stats.crossed += 1;
      this.freeze(entry, 'crossed', `frame ${frame}: ${kind}${sidesText(book)}`, recvTs);
      return undefined;
    }
    const outlet = this.#outlet;
    // The time of a snapshot of levels is that of the last change, which may be long ago; one of orders carries none.
    const venueTs = outlet.clock.note(message.venueTs, recvTs, message.snapshot);
    if (entry.state !== 'live') {
      entry.state = 'live';
      entry.doubt = undefined;
      outlet.emitState(entry.symbol, 'live', 'snapshot', '', recvTs, venueTs);
    }
    entry.history.onBook(book, venueTs);
    entry.history.advance(venueTs);
    return venueTs;
  }

  /** Whether a symbol's book is told what the stream says: one that cannot be trusted any more must then be frozen. */
  isKept({ state, doubt }: SymbolState): boolean {
    return state === 'live' || doubt !== undefined;
  }

  /** Whether a message's checksum counts: one that is missing is wrong, unless that is allowed. */
  isCompared({ checksum }: BookMessage | Level3Message): boolean {
    return checksum !== undefined || !this.#acceptUnchecked;
  }

  /** Takes a symbol out until a snapshot holds. The order matters: nobody may see the book between the fault and the news of it. */
  freeze(entry: SymbolState, cause: ResyncCause, detail: string, recvTs: Micros): void {
    entry.state = 'resyncing';
    entry.doubt = undefined;
    this.#outlet.emitState(entry.symbol, 'resyncing', cause, detail, recvTs);
    this.#onResync(entry.symbol, cause, detail);
  }
}

function sentText(checksum: number | undefined): string {
  return checksum === undefined ? 'none was sent' : `expected ${checksum} as sent`;
}

/** The best prices of a book, for people. */
export function sidesText(book: L2Book | L3Book): string {
  return `best bid ${book.bestBid()} against best ask ${book.bestAsk()} ticks`;
}
