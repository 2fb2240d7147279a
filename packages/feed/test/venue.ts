import type { Accept, ServerSocket } from '@kb/kraken';
import { countToDecimal, lots, microsToIso, micros, ticks } from '@kb/model';
import type { BookChanges, Grid, Lots, Micros, Ticks } from '@kb/model';
import { L2Book } from '@kb/orderbook';

export type Level = readonly [price: number, size: number];

/** The sides of a message, in ticks and lots. */
export interface Sides {
  readonly bids?: readonly Level[];
  readonly asks?: readonly Level[];
}

/** One pair of a small venue: a true book that writes its own frames, checksums included. */
export class Pair {
  readonly symbol: string;
  readonly grid: Grid;
  readonly depth: number;
  readonly #book: L2Book;
  #tradeId = 100;
  /** The venue's clock; each message moves it on by a millisecond. */
  now: number;

  constructor(symbol = 'BTC/USD', { grid = GRID, depth = 10, now = START }: Partial<Pair> = {}) {
    this.symbol = symbol;
    this.grid = grid;
    this.depth = depth;
    this.now = now;
    this.#book = new L2Book(symbol, grid, depth);
    this.#book.apply(changes(true, { bids: levels(1000, -1), asks: levels(1001, 1) }));
  }

  get best(): { readonly bid: number; readonly ask: number } {
    return { bid: this.#book.bestBid() ?? 0, ask: this.#book.bestAsk() ?? 0 };
  }

  /** Best level first, as Kraken sends it. */
  snapshot(tamper?: Tamper): string {
    const side = (name: 'buy' | 'sell'): Level[] =>
      Array.from({ length: this.#book.levels(name) }, (_, index) => [
        this.#book.priceAt(name, index) ?? 0,
        this.#book.sizeAt(name, index) ?? 0,
      ]);
    return this.#frame('snapshot', { bids: side('buy'), asks: side('sell') }, tamper);
  }

  /** Changes the book and writes the update that says so. */
  update(sides: Sides, tamper?: Tamper): string {
    this.#book.apply(changes(false, sides));
    return this.#frame('update', sides, tamper);
  }

  /** An update that changes the best bid's size to something it was not. */
  nudge(tamper?: Tamper): string {
    const price = this.#book.bestBid() ?? 0;
    const size = this.#book.sizeAt('buy', 0) ?? 0;
    return this.update({ bids: [[price, (size % 900) + 1]] }, tamper);
  }

  /** A frame of `count` trades with ids that follow each other. */
  trades(
    count = 1,
    { type = 'update', firstId = this.#tradeId + 1 }: { type?: string; firstId?: number } = {},
  ): string {
    const { symbol, grid } = this;
    const data = Array.from({ length: count }, (_, index) => {
      const price = countToDecimal(1000, grid.pricePrecision);
      const qty = countToDecimal(5 + index, grid.qtyPrecision);
      const rest = `"ord_type":"limit","trade_id":${firstId + index},"timestamp":"${this.#tick()}"`;
      return `{"symbol":"${symbol}","side":"sell","price":${price},"qty":${qty},${rest}}`;
    });
    this.#tradeId = Math.max(this.#tradeId, firstId + count - 1);
    return `{"channel":"trade","type":"${type}","data":[${data.join(',')}]}`;
  }

  #frame(type: string, { bids = [], asks = [] }: Sides, tamper: Tamper = {}): string {
    const { symbol, grid } = this;
    const texts = (side: readonly Level[]): string =>
      side
        .map(([price, size]) => {
          const qty = countToDecimal(size, grid.qtyPrecision);
          return `{"price":${countToDecimal(price, grid.pricePrecision)},"qty":${qty}}`;
        })
        .join(',');
    const checksum = tamper.checksum ?? this.#book.checksum();
    return (
      `{"channel":"book","type":"${type}","data":[{"symbol":"${symbol}","bids":[${texts(bids)}],` +
      `"asks":[${texts(asks)}],"checksum":${checksum},"timestamp":"${this.#tick()}"}]}`
    );
  }

  #tick(): string {
    this.now += 1000;
    return microsToIso(micros(this.now));
  }
}

interface Tamper {
  readonly checksum?: number;
}

export const WRONG: Tamper = { checksum: 1 };
export const GRID: Grid = { pricePrecision: 1, qtyPrecision: 8 };
/** 2026-01-01. */
export const START: Micros = micros(1_767_225_600_000_000);

export const STATUS =
  '{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":4421894013101914413}]}';
export const HEARTBEAT = '{"channel":"heartbeat"}';

export function instrumentFrame(pairs: readonly Pair[], type = 'snapshot'): string {
  const texts = pairs.map(({ symbol, grid }) => {
    const [base, quote] = symbol.split('/');
    const step = (precision: number): string => countToDecimal(1, precision);
    return (
      `{"symbol":"${symbol}","base":"${base}","quote":"${quote}","status":"online","qty_precision":${grid.qtyPrecision},` +
      `"qty_increment":${step(grid.qtyPrecision)},"price_precision":${grid.pricePrecision},"cost_precision":5,` +
      `"marginable":false,"has_index":true,"cost_min":0.50,"tick_size":${step(grid.pricePrecision)},` +
      `"price_increment":${step(grid.pricePrecision)},"qty_min":${step(grid.qtyPrecision)}}`
    );
  });
  return `{"channel":"instrument","type":"${type}","data":{"assets":[],"pairs":[${texts.join(',')}]}}`;
}

export interface Request {
  readonly method: string;
  readonly req_id: number;
  readonly params?: { readonly channel: string; readonly symbol?: readonly string[]; readonly depth?: number };
}

/**
 * A venue that speaks as much of Kraken v2 as a feed needs. Every answer goes through a hook, so that a test can lose,
 * change or delay it.
 */
export class Venue {
  readonly pairs: ReadonlyMap<string, Pair>;
  readonly requests: Request[] = [];
  readonly sockets: ServerSocket[] = [];
  /** Returns false to swallow a request. */
  onRequest: (request: Request, socket: ServerSocket) => boolean = () => true;
  /** What to send instead of an acknowledgement; `undefined` sends nothing. */
  ack: (text: string, request: Request, symbol: string | undefined) => string | undefined = (text) => text;
  /** What to send as a book's snapshot; `undefined` sends nothing. */
  snapshot: (pair: Pair) => string | undefined = (pair) => pair.snapshot();
  greeting: string | undefined = STATUS;
  /** Called for each new connection, before it is greeted. */
  onConnect: (socket: ServerSocket) => void = () => {};

  constructor(...pairs: readonly Pair[]) {
    this.pairs = new Map(pairs.map((pair) => [pair.symbol, pair]));
  }

  readonly accept: Accept = (socket) => {
    this.sockets.push(socket);
    this.onConnect(socket);
    if (this.greeting !== undefined) socket.send(this.greeting);
    return {
      onMessage: (frame) => this.#answer(JSON.parse(Buffer.from(frame).toString()) as Request, socket),
      onClose: () => {},
    };
  };

  /** Sends to the latest connection. */
  send(frame: string | Uint8Array): void {
    this.sockets.at(-1)?.send(frame);
  }

  /** The requests of a kind, as `channel symbol,symbol`. */
  asked(method: string): string[] {
    return this.requests
      .filter((request) => request.method === method)
      .map(({ params }) => `${params?.channel ?? ''} ${params?.symbol?.join(',') ?? ''}`.trim());
  }

  #answer(request: Request, socket: ServerSocket): void {
    this.requests.push(request);
    if (!this.onRequest(request, socket)) return;
    const { method, params, req_id: reqId } = request;
    if (method === 'ping') {
      socket.send(`{"method":"pong","req_id":${reqId},"time_in":"${TIME}","time_out":"${TIME}"}`);
      return;
    }
    const { channel = '', symbol: symbols = [undefined], depth } = params ?? {};
    for (const symbol of symbols) {
      const pair = symbol === undefined ? undefined : this.pairs.get(symbol);
      const known = symbol === undefined || pair !== undefined;
      const text = this.ack(known ? success(request, symbol, depth) : refusal(request, symbol), request, symbol);
      if (text !== undefined) socket.send(text);
      if (!known || method !== 'subscribe') continue;
      if (channel === 'instrument') socket.send(instrumentFrame([...this.pairs.values()]));
      const snapshot = channel === 'book' && pair !== undefined ? this.snapshot(pair) : undefined;
      if (snapshot !== undefined) socket.send(snapshot);
    }
  }
}

export function success(request: Request, symbol: string | undefined, depth = 10): string {
  const { method, req_id: reqId, params } = request;
  const subject = symbol === undefined ? '' : `,"symbol":"${symbol}"`;
  const size = params?.channel === 'book' ? `,"depth":${depth}` : '';
  return `{"method":"${method}","req_id":${reqId},"result":{"channel":"${params?.channel}"${size},"snapshot":true${subject}},"success":true,"time_in":"${TIME}","time_out":"${TIME}"}`;
}

export function failure(request: Request, error: string): string {
  const { method, req_id: reqId } = request;
  return `{"error":"${error}","method":"${method}","req_id":${reqId},"success":false,"time_in":"${TIME}","time_out":"${TIME}"}`;
}

function refusal(request: Request, symbol: string): string {
  return failure(request, `Currency pair not supported ${symbol}`);
}

const TIME = '2026-01-01T00:00:00.000000Z';

function levels(best: number, step: number): Level[] {
  return Array.from({ length: 10 }, (_, index) => [best + index * step, 100 + index]);
}

function changes(snapshot: boolean, { bids = [], asks = [] }: Sides): BookChanges {
  const prices = (side: readonly Level[]): Ticks[] => side.map(([price]) => ticks(price));
  const sizes = (side: readonly Level[]): Lots[] => side.map(([, size]) => lots(size));
  return {
    snapshot,
    bidCount: bids.length,
    bidPrices: prices(bids),
    bidSizes: sizes(bids),
    askCount: asks.length,
    askPrices: prices(asks),
    askSizes: sizes(asks),
  };
}
