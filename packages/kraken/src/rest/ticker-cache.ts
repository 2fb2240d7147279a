import type { Micros } from '@kb/model';
import type { TimedTicker } from './answers.ts';

/** The most tickers that are kept; Kraken lists about 1,500 pairs. The oldest goes first. */
const MOST_TICKERS = 5_000;

/** Tickers that are still young enough. */
export class TickerCache {
  readonly #ttl: Micros;
  /** By v2 symbol, oldest first. */
  readonly #tickers = new Map<string, TimedTicker>();
  #all: { readonly recvTs: Micros; readonly tickers: ReadonlyMap<string, TimedTicker> } | undefined = undefined;

  constructor(ttl: Micros) {
    this.#ttl = ttl;
  }

  get(symbol: string, at: Micros): TimedTicker | undefined {
    const ticker = this.#tickers.get(symbol);
    return ticker !== undefined && this.#isYoung(ticker.recvTs, at) ? ticker : undefined;
  }

  /** Those of the latest answer that had all pairs. */
  all(at: Micros): ReadonlyMap<string, TimedTicker> | undefined {
    return this.#all !== undefined && this.#isYoung(this.#all.recvTs, at) ? this.#all.tickers : undefined;
  }

  add(tickers: ReadonlyMap<string, TimedTicker>): void {
    for (const [symbol, ticker] of tickers) {
      this.#tickers.delete(symbol);
      this.#tickers.set(symbol, ticker);
    }
    for (const oldest of this.#tickers.keys()) {
      if (this.#tickers.size <= MOST_TICKERS) break;
      this.#tickers.delete(oldest);
    }
  }

  addAll(tickers: ReadonlyMap<string, TimedTicker>, recvTs: Micros): void {
    this.add(tickers);
    this.#all = { recvTs, tickers };
  }

  #isYoung(recvTs: Micros, at: Micros): boolean {
    return at - recvTs < this.#ttl;
  }
}
