import type { Ticks } from '@kb/model';
import type { PrintedTrade } from '../wire/data-frames.ts';

/**
 * What a ticker says of the trades since the exchange started: prices in ticks, volume in lots. Kraken's figures cover a rolling
 * 24 hours; these do not roll.
 */
export class DayFigures {
  last: Ticks | undefined = undefined;
  low = 0;
  high = 0;
  #first = 0;
  #volume = 0n;
  #value = 0n;

  add(trade: PrintedTrade): void {
    const { price, size } = trade;
    if (this.last === undefined) {
      this.#first = price;
      this.low = price;
      this.high = price;
    }
    this.last = price;
    this.low = Math.min(this.low, price);
    this.high = Math.max(this.high, price);
    this.#volume += BigInt(size);
    this.#value += BigInt(size) * BigInt(price);
  }

  /** Held at 2^53 − 1, where it would no longer be exact. */
  get volume(): number {
    return Number(this.#volume > MOST ? MOST : this.#volume);
  }

  /** To the nearest tick below; zero before the first trade. */
  get vwap(): number {
    return this.#volume === 0n ? 0 : Number(this.#value / this.#volume);
  }

  get change(): number {
    return this.last === undefined ? 0 : this.last - this.#first;
  }

  /** In hundredths of a percent. */
  get changePct(): number {
    return this.#first === 0 ? 0 : Math.round((this.change * 10_000) / this.#first);
  }
}

const MOST = BigInt(Number.MAX_SAFE_INTEGER);
