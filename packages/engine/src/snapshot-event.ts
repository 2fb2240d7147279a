import type { BookEvent, BookView, Lots, Side, Ticks } from '@kb/model';

/** A book as it stands, told as a snapshot: for somebody who was not there when the real one came. */
export function snapshotEvent(book: BookView, at: BookEvent): BookEvent {
  const bids = levelsOf(book, 'buy');
  const asks = levelsOf(book, 'sell');
  return {
    type: 'book',
    seq: at.seq,
    venueTs: at.venueTs,
    recvTs: at.recvTs,
    symbol: book.symbol,
    book,
    changes: {
      snapshot: true,
      bidCount: bids.prices.length,
      bidPrices: bids.prices,
      bidSizes: bids.sizes,
      askCount: asks.prices.length,
      askPrices: asks.prices,
      askSizes: asks.sizes,
    },
    snapshot: true,
    verified: at.verified,
  };
}

function levelsOf(book: BookView, side: Side): { readonly prices: readonly Ticks[]; readonly sizes: readonly Lots[] } {
  const prices: Ticks[] = [];
  const sizes: Lots[] = [];
  for (let index = 0; index < book.levels(side); index += 1) {
    const price = book.priceAt(side, index);
    const size = book.sizeAt(side, index);
    if (price === undefined || size === undefined) continue;
    prices.push(price);
    sizes.push(size);
  }
  return { prices, sizes };
}
