import { bigCountToDecimal } from '@kb/model';
import type { BookView, Instrument } from '@kb/model';

/**
 * The latest mid of each symbol. It outlives the book: while a feed is down, and after it was closed, what is held is still
 * worth what it was last seen at.
 */
export class Marks {
  readonly #instruments: ReadonlyMap<string, Instrument>;
  /** Bid plus ask, in ticks: twice the mid, so that it is whole. */
  readonly #doubleMids = new Map<string, number>();

  /** The last of them that was set: most books come without a new one. */
  readonly #last = { symbol: '', doubleMid: 0 };

  constructor(instruments: ReadonlyMap<string, Instrument>) {
    this.#instruments = instruments;
  }

  /** A book with an empty side changes nothing, nor does one in other ticks than the pair's rules are in. */
  onBook({ symbol, book }: { readonly symbol: string; readonly book: BookView }): void {
    const bid = book.bestBid();
    const ask = book.bestAsk();
    if (bid === undefined || ask === undefined) return;
    const last = this.#last;
    if (last.symbol === symbol && last.doubleMid === bid + ask) return;
    if (this.#instruments.get(symbol)?.pricePrecision !== book.pricePrecision) return;
    this.#doubleMids.set(symbol, bid + ask);
    last.symbol = symbol;
    last.doubleMid = bid + ask;
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
      if (instrument !== undefined) marks[symbol] = tenthsToDecimal(double, instrument);
    }
    return marks;
  }
}

/** A mid may end in half a tick, so it is counted in tenths. */
function tenthsToDecimal(doubleMid: number, { pricePrecision }: Instrument): string {
  return bigCountToDecimal(BigInt(doubleMid) * 5n, pricePrecision + 1);
}
