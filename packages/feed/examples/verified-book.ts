import { KrakenSpotFeed } from '@kb/feed';
import { lotsToQty, ticksToPrice } from '@kb/model';

const [url = 'wss://ws.kraken.com/v2'] = process.argv.slice(2);
const feed = new KrakenSpotFeed({
  url,
  symbols: ['BTC/USD', 'ETH/USD'],
  onEvent(event) {
    if (event.type === 'feed') console.log(event.symbol ?? 'connection', event.state, event.cause, event.detail);
    if (event.type !== 'book') return;
    const { symbol, book } = event; // verified: its CRC32 equals the venue's
    const bid = book.bestBid();
    const size = book.sizeAt('buy', 0);
    if (bid !== undefined && size !== undefined) console.log(symbol, ticksToPrice(book, bid), lotsToQty(book, size));
  },
});
process.once('SIGINT', () => void feed.close());
feed.start();
