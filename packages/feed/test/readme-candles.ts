import { KrakenMarketFeed } from '@kb/feed';
import { bigCountToDecimal, micros, microsToIso, ticksToPrice } from '@kb/model';

const MINUTE = micros(60_000_000);
const feed = new KrakenMarketFeed({
  symbols: ['BTC/USD'],
  candles: [MINUTE, micros(5 * MINUTE)],
  onEvent(event) {
    const pair = event.type === 'candle' ? feed.market.instrument(event.symbol) : undefined;
    if (event.type !== 'candle' || pair === undefined) return;
    const volume = bigCountToDecimal(event.volume, pair.qtyPrecision);
    console.log(microsToIso(event.start), ticksToPrice(pair, event.close), volume, event.trades, event.partial);
  },
});
process.once('SIGINT', () => void feed.close());
feed.start();
