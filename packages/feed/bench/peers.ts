/** Other people's books, fed as their own code feeds them. */
import ccxt from 'ccxt';
import { OrderBook } from 'tardis-dev';

interface WireLevel {
  readonly price: number;
  readonly qty: number;
}
interface WireBook {
  readonly type: 'snapshot' | 'update';
  readonly data: readonly [{ symbol: string; bids: WireLevel[]; asks: WireLevel[]; timestamp?: string }];
}

/** Handles one frame and returns a figure of the book, so that the work cannot be left out. */
export type FrameHandler = (frame: Buffer) => number;

/**
 * ccxt pro's Kraken at its least: JSON.parse, then `handleOrderBook` of the exchange class. It keeps floats and does not
 * verify (its checksum is off by default). Left out in its favour: the socket, the regular expression that its client runs
 * over each text before it parses, the way from there to the handler, and waking whoever waits for the book.
 */
export function ccxtHandler(): FrameHandler {
  const exchange = new ccxt.pro.kraken() as unknown as {
    handleOrderBook(client: object, message: object): void;
    orderbooks: Record<string, { bids: { length: number } } | undefined>;
  };
  const client = { subscriptions: {}, resolve: (): void => undefined, reject: (): void => undefined };
  return (frame) => {
    const message = JSON.parse(frame.toString()) as WireBook;
    exchange.handleOrderBook(client, message);
    return exchange.orderbooks[message.data[0].symbol]?.bids.length ?? 0;
  };
}

/**
 * ccxt pro's Kraken as it runs: the `onMessage` of its client, which is where a frame arrives, down to `handleOrderBook`. Left
 * out: the socket, and waking whoever waits for the book.
 */
export function ccxtClientHandler(): FrameHandler {
  const exchange = new ccxt.pro.kraken() as unknown as {
    client(url: string): { onMessage(event: { data: string }): void; resolve: () => void };
    orderbooks: Record<string, { bids: { length: number } } | undefined>;
  };
  const client = exchange.client('wss://localhost/v2'); // never opened
  client.resolve = (): void => undefined;
  return (frame) => {
    client.onMessage({ data: frame.toString() });
    const books = Object.keys(exchange.orderbooks);
    if (books.length !== 1) throw new Error(`Expected ccxt to keep one book, was ${books.join(', ')}`);
    return books.length;
  };
}

/**
 * tardis-dev's `OrderBook` (floats on bintrees, never cut to depth, never verified). Its Kraken mapper knows the old
 * WebSocket only, so the v2 frame is mapped here into the same `book_change` object that its mappers make.
 */
export function tardisHandler(): FrameHandler {
  const book = new OrderBook();
  const level = ({ price, qty }: WireLevel): { price: number; amount: number } => ({ price, amount: qty });
  const localTimestamp = new Date(0);
  return (frame) => {
    const { type, data } = JSON.parse(frame.toString()) as WireBook;
    const { symbol, bids, asks, timestamp } = data[0];
    book.update({
      type: 'book_change',
      symbol,
      exchange: 'kraken',
      isSnapshot: type === 'snapshot',
      bids: bids.map(level),
      asks: asks.map(level),
      timestamp: timestamp === undefined ? localTimestamp : new Date(timestamp),
      localTimestamp,
    });
    return bids.length;
  };
}
