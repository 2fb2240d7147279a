import { CcxtPaperExchange } from '../src/index.ts';
import type { CcxtPaperOptions } from '../src/index.ts';

/** A ccxt-shaped exchange on a quiet book of BTC/USD, 60,000.0 to 60,000.1, and a clock that is pushed by hand. */
export class CcxtScene {
  readonly exchange: CcxtPaperExchange;
  /** Milliseconds since the start. */
  #now = 0;

  constructor(options: Partial<CcxtPaperOptions> = {}) {
    this.exchange = new CcxtPaperExchange({
      pairs: [{ symbol: SYMBOL, pricePrecision: 1, qtyPrecision: 8, minQty: '0.0001', minCost: '0.5' }],
      balances: { USD: '100000', BTC: '2' },
      fees: { maker: '0.0025', taker: '0.0040' },
      ...(options.latency === undefined ? { latencyMs: { feed: 10, entry: 20, ack: 10 } } : {}),
      ...options,
    });
    this.book([[60_000, 0.5]], [[60_000.1, 0.8]]);
  }

  get now(): number {
    return START + this.#now;
  }

  book(bids: readonly (readonly [number, number])[], asks: readonly (readonly [number, number])[]): void {
    this.exchange.onBook({ symbol: SYMBOL, timestamp: this.now, bids, asks });
  }

  /** A public trade, and the book after it. */
  trade(side: 'buy' | 'sell', price: number, amount: number): void {
    this.exchange.onTrade({ symbol: SYMBOL, timestamp: this.now, side, price, amount });
  }

  /** Lets time go by, a tenth of a second at a time, and whoever hears of something act. */
  async pass(milliseconds: number): Promise<void> {
    await turn();
    for (const end = this.#now + milliseconds; this.#now < end;) {
      this.#now += 100;
      this.exchange.onTime(this.now);
      await turn();
    }
  }

  /** The outcome of a promise once enough time has gone by. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => undefined); // it is looked at below
    await this.pass(1_000);
    return promise;
  }
}

export const SYMBOL = 'BTC/USD';
export const START: number = Date.UTC(2026, 0, 1);

/** Lets all promises run that can. */
export function turn(): Promise<unknown> {
  return new Promise((resolve) => setImmediate(resolve));
}
