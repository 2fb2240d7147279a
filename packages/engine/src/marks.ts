import { countToDecimal } from '@kb/model';
import type { BookEvent, Instrument } from '@kb/model';

/**
 * The latest mid of each symbol. It outlives the book: while a feed is down, and after it was closed, what is held is still
 * worth what it was last seen at.
 */
export class Marks {
  readonly #instruments: ReadonlyMap<string, Instrument>;
  /** Bid plus ask, in ticks: twice the mid, so that it is whole. */
  readonly #doubleMids = new Map<string, number>();

  constructor(instruments: ReadonlyMap<string, Instrument>) {
    this.#instruments = instruments;
  }

  onBook({ symbol, book }: Pick<BookEvent, 'symbol' | 'book'>): void {
    const bid = book.bestBid();
    const ask = book.bestAsk();
    if (bid !== undefined && ask !== undefined) this.#doubleMids.set(symbol, bid + ask);
  }

  /** In ticks; whole or half. */
  midOf(symbol: string): number | undefined {
    const double = this.#doubleMids.get(symbol);
    return double === undefined ? undefined : double / 2;
  }

  /** All of them as exact decimal text. */
  asDecimals(): Record<string, string> {
    const marks: Record<string, string> = {};
    for (const [symbol, double] of this.#doubleMids) {
      const instrument = this.#instruments.get(symbol);
      // A mid may end in half a tick, so it is counted in tenths.
      if (instrument !== undefined) marks[symbol] = countToDecimal(double * 5, instrument.pricePrecision + 1);
    }
    return marks;
  }
}
