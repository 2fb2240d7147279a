/** A market already decoded: the events that a feed made of its frames, and a view of them that costs no more than its book. */
import { FeedCore } from '@kb/feed';
import { NO_HISTORY } from '@kb/model';
import type {
  BookChanges,
  BookView,
  Candle,
  FeedState,
  Instrument,
  MarketEvent,
  MarketView,
  PricePoint,
  SeriesView,
  SystemStatus,
  TickerEvent,
  TradeEvent,
} from '@kb/model';
import { L2Book } from '@kb/orderbook';
import type { SessionInput } from '../src/index.ts';

/** One symbol's market, played as often as one likes. */
export class DecodedMarket implements MarketView {
  readonly system: SystemStatus = 'online';
  readonly symbols: readonly string[];
  /** From the first whole book on. */
  readonly events: readonly MarketEvent[];
  /** How many of them are book messages or prints. */
  readonly count: number;
  readonly only: Instrument;
  readonly #book: L2Book;
  #lastTrade: TradeEvent | undefined = undefined;

  /** Decodes and verifies the frames once. */
  constructor(inputs: readonly SessionInput[], symbol: string, depth: number) {
    const events: MarketEvent[] = [];
    let instrument: Instrument | undefined;
    let book: L2Book | undefined;
    const core = new FeedCore({
      symbols: [symbol],
      depth,
      onEvent: (event) => {
        if (event.type === 'instrument') ({ instrument } = event);
        if (event.type === 'book' && instrument !== undefined) book ??= new L2Book(symbol, instrument, depth);
        if (book === undefined) return;
        events.push(event.type === 'book' ? { ...event, book, changes: copyOf(event.changes) } : event);
      },
    });
    for (const input of inputs) if (input.type === 'frame') core.handle(input);
    if (instrument === undefined || book === undefined) throw new Error('the frames tell no pair or no book');
    this.symbols = [symbol];
    this.events = events;
    this.count = events.filter(({ type }) => type === 'book' || type === 'trade').length;
    this.only = instrument;
    this.#book = book;
  }

  /** Moves the market on by each event, then hands it on. @returns How many book messages and prints there were. */
  play(onEvent: (event: MarketEvent) => void): number {
    for (const event of this.events) {
      if (event.type === 'book') this.#book.apply(event.changes);
      else if (event.type === 'trade') this.#lastTrade = event;
      onEvent(event);
    }
    return this.count;
  }

  instrument(): Instrument {
    return this.only;
  }

  book(): BookView {
    return this.#book;
  }

  lastTrade(): TradeEvent | undefined {
    return this.#lastTrade;
  }

  trades(symbol: string): SeriesView<TradeEvent> {
    return NO_HISTORY.trades(symbol);
  }

  ticker(): TickerEvent | undefined {
    return undefined;
  }

  prices(symbol: string): SeriesView<PricePoint> {
    return NO_HISTORY.prices(symbol);
  }

  candles(symbol: string, interval: Candle['interval']): SeriesView<Candle> {
    return NO_HISTORY.candles(symbol, interval);
  }

  formingCandle(): Candle | undefined {
    return undefined;
  }

  state(): FeedState {
    return 'live';
  }
}

function copyOf(changes: BookChanges): BookChanges {
  const { snapshot, bidCount, askCount, bidPrices, bidSizes, askPrices, askSizes } = changes;
  return {
    snapshot,
    bidCount,
    bidPrices: bidPrices.slice(0, bidCount),
    bidSizes: bidSizes.slice(0, bidCount),
    askCount,
    askPrices: askPrices.slice(0, askCount),
    askSizes: askSizes.slice(0, askCount),
  };
}
