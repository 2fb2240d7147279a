import { lots, micros, ticks, NO_HISTORY } from '@kb/model';
import type { BookEvent, BookView, MarketEvent, MarketView, SystemStatus } from '@kb/model';
import { bookChanges, L2Book } from '@kb/orderbook';
import { describe, expect, test } from 'vitest';
import { introduce } from '../src/run.ts';

const GRID = { pricePrecision: 1, qtyPrecision: 2 };

function bookOf(symbol: string, bid: string, ask: string): L2Book {
  const book = new L2Book(symbol, GRID, 10);
  book.apply(bookChanges({ snapshot: true, bids: [[bid, '1']], asks: [[ask, '2']] }, GRID));
  return book;
}

function marketOf(books: readonly BookView[], system: SystemStatus = 'online'): MarketView {
  return {
    ...NO_HISTORY,
    symbols: books.map((book) => book.symbol),
    instrument: () => undefined,
    book: (symbol) => books.find((book) => book.symbol === symbol),
    lastTrade: () => undefined,
    state: () => 'live',
    system,
  };
}

/** The event that made the market known. */
function firstEvent(book: L2Book, snapshot: boolean): BookEvent {
  const changes = bookChanges({ snapshot, bids: [['9.0', '3']], asks: [] }, GRID);
  const at = { seq: 7, venueTs: micros(50), recvTs: micros(60) };
  return { type: 'book', ...at, symbol: book.symbol, book, changes, snapshot, verified: true };
}

function introduced(market: MarketView, first: BookEvent): MarketEvent[] {
  const heard: MarketEvent[] = [];
  introduce({ onEvent: (event) => heard.push(event) }, market, market.symbols, first);
  return heard;
}

describe('a venue that joins when the last pair becomes known', () => {
  const btc = bookOf('BTC/USD', '10.0', '10.1');
  const eth = bookOf('ETH/USD', '5.0', '5.1');

  test.each(['cancel_only', 'post_only', 'online'] as const)('hears first that the exchange is %s', (system) => {
    const [status] = introduced(marketOf([btc, eth], system), firstEvent(eth, true));
    expect(status).toMatchObject({ type: 'status', system, seq: 7, venueTs: 50, recvTs: 60 });
  });

  test('gets the whole book of a pair that was known before, dated at the event that it joins with', () => {
    const [, book, ...rest] = introduced(marketOf([btc, eth]), firstEvent(eth, true));
    expect(rest).toEqual([]);
    expect(book).toMatchObject({
      type: 'book',
      symbol: 'BTC/USD',
      snapshot: true,
      venueTs: 50,
      changes: { snapshot: true, bidPrices: [ticks(100)], bidSizes: [lots(100)], askPrices: [ticks(101)] },
    });
  });

  test('gets the book of the event too when that event is only an update of it', () => {
    const heard = introduced(marketOf([btc, eth]), firstEvent(eth, false));
    expect(heard.map((event) => event.symbol)).toEqual([undefined, 'BTC/USD', 'ETH/USD']);
  });
});
