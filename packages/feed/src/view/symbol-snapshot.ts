import { lots, ticks } from '@kb/model';
import type {
  BookView,
  Candle,
  FeedState,
  Lots,
  MarketView,
  Micros,
  Side,
  TickerEvent,
  Ticks,
  TradeEvent,
} from '@kb/model';

/** One side of a book, best level first. Only the first `count` entries count. */
export interface LevelColumns {
  readonly count: number;
  readonly prices: readonly Ticks[];
  readonly sizes: readonly Lots[];
}

/** A symbol as it was at one beat. */
export interface SymbolSnapshot {
  readonly symbol: string;
  readonly state: FeedState;
  /** True when there was a usable book; without one both sides are empty. */
  readonly hasBook: boolean;
  readonly bids: LevelColumns;
  readonly asks: LevelColumns;
  readonly lastTrade: TradeEvent | undefined;
  readonly ticker: TickerEvent | undefined;
  /** The forming candles as they were at the beat, in the order of the intervals asked for. */
  readonly forming: readonly (Candle | undefined)[];
  /** Time since the last book event that the sync was told of; `undefined` before there was any. */
  readonly bookAge: Micros | undefined;
}

class Columns implements LevelColumns {
  count = 0;
  readonly prices: Ticks[];
  readonly sizes: Lots[];

  constructor(depth: number) {
    this.prices = Array.from({ length: depth }, () => ticks(0));
    this.sizes = Array.from({ length: depth }, () => lots(0));
  }

  read(book: BookView, side: Side): void {
    const count = Math.min(this.prices.length, book.levels(side));
    for (let index = 0; index < count; index += 1) {
      this.prices[index] = book.priceAt(side, index) ?? ticks(0);
      this.sizes[index] = book.sizeAt(side, index) ?? lots(0);
    }
    this.count = count;
  }

  copy(): LevelColumns {
    const { count } = this;
    return { count, prices: this.prices.slice(0, count), sizes: this.sizes.slice(0, count) };
  }
}

/** Filled anew at each beat. */
export class SnapshotBuffer implements SymbolSnapshot {
  readonly symbol: string;
  state: FeedState = 'connecting';
  hasBook = false;
  readonly bids: Columns;
  readonly asks: Columns;
  lastTrade: TradeEvent | undefined = undefined;
  ticker: TickerEvent | undefined = undefined;
  readonly forming: (Candle | undefined)[];
  bookAge: Micros | undefined = undefined;
  readonly #intervals: readonly Micros[];

  constructor(symbol: string, depth: number, intervals: readonly Micros[]) {
    this.symbol = symbol;
    this.bids = new Columns(depth);
    this.asks = new Columns(depth);
    this.#intervals = intervals;
    this.forming = intervals.map(() => undefined);
  }

  read(market: MarketView, bookAge: Micros | undefined): void {
    const { symbol } = this;
    const book = market.book(symbol);
    this.state = market.state(symbol);
    this.hasBook = book !== undefined;
    if (book === undefined) {
      this.bids.count = 0;
      this.asks.count = 0;
    } else {
      this.bids.read(book, 'buy');
      this.asks.read(book, 'sell');
    }
    this.lastTrade = market.lastTrade(symbol);
    this.ticker = market.ticker(symbol);
    for (const [index, interval] of this.#intervals.entries()) {
      const candle = market.formingCandle(symbol, interval);
      this.forming[index] = candle && copyOf(candle);
    }
    this.bookAge = bookAge;
  }

  copy(): SymbolSnapshot {
    const { symbol, state, hasBook, lastTrade, ticker, bookAge } = this;
    return {
      symbol,
      state,
      hasBook,
      bids: this.bids.copy(),
      asks: this.asks.copy(),
      lastTrade,
      ticker,
      forming: [...this.forming],
      bookAge,
    };
  }
}

/** The market's candle goes on moving, and has its figures behind accessors or fields of a class: each is read here. */
function copyOf(candle: Candle): Candle {
  const { interval, start, open, high, low, close, volume, turnover, trades, closed, revision, partial } = candle;
  return { interval, start, open, high, low, close, volume, turnover, trades, closed, revision, partial };
}
