import { bigCountToDecimal, lots } from '@kb/model';
import { bookChanges, costToFill, L2Book, mid } from '@kb/orderbook';
import type { PlainBookChanges } from '@kb/orderbook';

// Two messages of Kraken's `book` channel, numbers as text, with the checksums that came with them.
const messages: (PlainBookChanges & { checksum: number })[] = [
  {
    snapshot: true,
    bids: [
      ['45283.5', '0.10000000'],
      ['45283.4', '1.54582015'],
    ],
    asks: [
      ['45285.2', '0.00100000'],
      ['45286.4', '1.54571953'],
    ],
    checksum: 2050935876,
  },
  { snapshot: false, bids: [], asks: [['45285.2', '0.00000000']], checksum: 2038296699 },
];

const grid = { pricePrecision: 1, qtyPrecision: 8 }; // BTC/USD, from the `instrument` channel
const book = new L2Book('BTC/USD', grid, 10);

for (const message of messages) {
  book.apply(bookChanges(message, grid));
  if (book.checksum() !== message.checksum) throw new Error('Not the book of the exchange: resubscribe');
  console.log(`verified: best ${book.bestBid()} / ${book.bestAsk()}, mid ${mid(book)} ticks`);
}

const buy = costToFill(book, 'buy', lots(50_000_000)); // 0.5 BTC at market
if (buy !== undefined) console.log(`0.5 BTC would cost ${bigCountToDecimal(buy.cost, 9)} USD before fees`);
