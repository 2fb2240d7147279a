import type { BookView, FeedState, Instrument, MarketView, SystemStatus, TradeEvent } from '@kb/model';
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
