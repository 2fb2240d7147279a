import { micros } from '@kb/model';
import type { BookView, FeedState, Instrument, MarketView, Micros, SystemStatus, TradeEvent } from '@kb/model';
import { SymbolState } from './symbol-state.ts';

/** What the feed knows of the market now. `FeedCore` writes it; everybody else reads it as a `MarketView`. */
export class MarketState implements MarketView {
  /** Kraken announces its state with the first frame of a connection; a recording may lack that frame. */
  system: SystemStatus = 'online';
  readonly #symbols: string[] = [];
  readonly #bySymbol = new Map<string, SymbolState>();

  get symbols(): readonly string[] {
    return this.#symbols;
  }

  instrument(symbol: string): Instrument | undefined {
    return this.#bySymbol.get(symbol)?.instrument;
  }

  book(symbol: string): BookView | undefined {
    const entry = this.#bySymbol.get(symbol);
    return entry?.state === 'live' ? entry.book : undefined;
  }

  lastTrade(symbol: string): TradeEvent | undefined {
    return this.#bySymbol.get(symbol)?.lastTrade;
  }

  state(symbol: string): FeedState {
    return this.#bySymbol.get(symbol)?.state ?? 'connecting';
  }

  get(symbol: string): SymbolState | undefined {
    return this.#bySymbol.get(symbol);
  }

  all(): IterableIterator<SymbolState> {
    return this.#bySymbol.values();
  }

  add(symbol: string, state: FeedState): SymbolState {
    const entry = new SymbolState(symbol, state);
    this.#bySymbol.set(symbol, entry);
    this.#symbols.push(symbol);
    return entry;
  }
}

/** The exchange's clock as its messages show it, carried on by ours between them. */
export class VenueClock {
  /** The latest venue time seen, and when it was received. */
  #latest: Micros | undefined = undefined;
  #latestRecv: Micros = micros(0);
  #timer: Micros = micros(0);

  /** The time of something that carries none: the latest one seen, or ours before there was any. */
  at(recvTs: Micros): Micros {
    return this.#latest ?? recvTs;
  }

  /** Notes the time that a message carries. @returns The time of the message's event. */
  note(venueTs: Micros | undefined, recvTs: Micros): Micros {
    if (venueTs === undefined) return this.at(recvTs);
    if (this.#latest === undefined || venueTs >= this.#latest) {
      this.#latest = venueTs;
      this.#latestRecv = recvTs;
    }
    return venueTs;
  }

  /** The time of a tick: the latest seen plus what passed since on our clock. Never earlier than the tick before. */
  tick(recvTs: Micros): Micros {
    const passed = this.#latest === undefined ? 0 : Math.max(0, recvTs - this.#latestRecv);
    this.#timer = micros(Math.max(this.#timer, this.at(recvTs) + passed));
    return this.#timer;
  }
}
