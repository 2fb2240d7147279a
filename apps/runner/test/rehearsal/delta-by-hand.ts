/**
 * How good the built-in predictor of sudden moves is, on some simulated hours of a busy market, by hand:
 *
 *   node --conditions=@kb/source apps/runner/test/rehearsal/delta-by-hand.ts --hours 2 --threshold 2
 */
import { parseArgs } from 'node:util';
import { SimExchange, standardMarkets } from '@kb/exchange-sim';
import { DeltaMonitor, imbalancePredictor, KrakenSpotFeed } from '@kb/feed';
import { inProcessDial } from '@kb/kraken';
import { micros, SECOND, ticksToPrice, VirtualScheduler } from '@kb/model';

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    /** Basis points that count as a move. */
    threshold: { type: 'string', default: '10' },
  },
});
const SYMBOL = 'BTC/USD';
const threshold = Number(values.threshold);
const scheduler = new VirtualScheduler(micros(1_795_000_000 * SECOND));
const exchange = new SimExchange({ markets: standardMarkets([SYMBOL]), seed: Number(values.seed), scheduler });
const feed = new KrakenSpotFeed({
  symbols: [SYMBOL],
  dial: inProcessDial(exchange.accept, scheduler),
  scheduler,
  seed: 1,
  onEvent: (event) => monitor.onEvent(event),
});
const monitor = new DeltaMonitor({
  market: feed.market,
  scheduler,
  thresholdBps: threshold,
  predict: imbalancePredictor(0.95, threshold),
  depth: (symbol) => {
    const book = feed.market.book(symbol);
    const [bid, ask] = [book?.bestBid(), book?.bestAsk()];
    const level = (price: typeof bid): { price: string }[] =>
      book === undefined || price === undefined ? [] : [{ price: ticksToPrice(book, price) }];
    return Promise.resolve({ bids: level(bid), asks: level(ask) });
  },
});
exchange.start();
feed.start();
for (let second = 0; second < Number(values.hours) * 3600; second += 1) {
  scheduler.advance(micros(SECOND));
  await Promise.resolve();
}
process.stdout.write(`${JSON.stringify(monitor.statsOf(SYMBOL), undefined, 2)}\n`);
void feed.close();
exchange.stop();
