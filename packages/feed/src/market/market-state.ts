import { NO_HISTORY } from '@kb/model';
import type {
  BookView,
  Candle,
  FeedState,
  Instrument,
  MarketView,
  Micros,
  PricePoint,
  SeriesView,
  SystemStatus,
  TickerEvent,
  TradeEvent,
} from '@kb/model';
import type { SymbolHistory } from './symbol-history.ts';
import { SymbolState } from './symbol-state.ts';

/** What the feed knows of the market now. `FeedCore` writes it; everybody else reads it as a `MarketView`. */
export class MarketState implements MarketView {
  /** Kraken announces its state with the first frame of a connection; a recording may lack that frame. */
  system: SystemStatus = 'online';
  readonly #showsUnverified: boolean;
  readonly #symbols: string[] = [];
  readonly #bySymbol = new Map<string, SymbolState>();
  readonly #historyOf: (symbol: string) => SymbolHistory;

  /** @param showsUnverified Whether `unverified` books are to be seen. */
  constructor(historyOf: (symbol: string) => SymbolHistory, showsUnverified: boolean) {
    this.#showsUnverified = showsUnverified;
    this.#historyOf = historyOf;
  }

  get symbols(): readonly string[] {
    return this.#symbols;
  }

  instrument(symbol: string): Instrument | undefined {
    return this.#bySymbol.get(symbol)?.instrument;
  }

  book(symbol: string): BookView | undefined {
    const entry = this.#bySymbol.get(symbol);
    if (entry === undefined) return undefined;
    const isShown = entry.state === 'live' || (entry.state === 'unverified' && this.#showsUnverified);
    return isShown ? (entry.book ?? entry.orders) : undefined;
  }

  lastTrade(symbol: string): TradeEvent | undefined {
    return this.#bySymbol.get(symbol)?.lastTrade;
  }

  trades(symbol: string): SeriesView<TradeEvent> {
    return this.#bySymbol.get(symbol)?.history.trades ?? NO_HISTORY.trades(symbol);
  }

  ticker(symbol: string): TickerEvent | undefined {
    return this.#bySymbol.get(symbol)?.lastTicker;
  }

  prices(symbol: string): SeriesView<PricePoint> {
    return this.#bySymbol.get(symbol)?.history.prices.points ?? NO_HISTORY.prices(symbol);
  }

  candles(symbol: string, interval: Micros): SeriesView<Candle> {
    return this.#bySymbol.get(symbol)?.history.series(interval)?.closed ?? NO_HISTORY.candles(symbol, interval);
  }

  formingCandle(symbol: string, interval: Micros): Candle | undefined {
    return this.#bySymbol.get(symbol)?.history.series(interval)?.forming;
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
    const entry = new SymbolState(symbol, state, this.#historyOf(symbol));
    this.#bySymbol.set(symbol, entry);
    this.#symbols.push(symbol);
    return entry;
  }
}
