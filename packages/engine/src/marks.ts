import { countToDecimal } from '@kb/model';
import type { Instrument, MarketView } from '@kb/model';
import { mid } from '@kb/orderbook';

/** The mid of every symbol that has one, as exact decimal text. */
export function marksOf(instruments: ReadonlyMap<string, Instrument>, market: MarketView): Record<string, string> {
  const marks: Record<string, string> = {};
  for (const [symbol, { pricePrecision }] of instruments) {
    const book = market.book(symbol);
    const mark = book === undefined ? undefined : mid(book);
    // A mid may end in half a tick, so it is counted in tenths.
    if (mark !== undefined) marks[symbol] = countToDecimal(mark * 10, pricePrecision + 1);
  }
  return marks;
}
