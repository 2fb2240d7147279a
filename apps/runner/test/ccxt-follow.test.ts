import { DEMO_MARKET, SimExchange } from '@kb/exchange-sim';
import { FanOut, KrakenSpotFeed } from '@kb/feed';
import { inProcessDial } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { ccxt } from '@kb/paper-exec';
import { expect, test } from 'vitest';
import { pass } from './in-process-rest.ts';

const SYMBOL = 'BTC/USD';

test('a ccxt bot trades on paper on a feed that it follows, each time the same', async () => {
  const [first, second] = [await runOnFeed(), await runOnFeed()];
  expect(first).toEqual(second);
  expect(first).toMatchObject({ status: 'closed', filled: 0.01, trades: [{ takerOrMaker: 'taker' }] });
});

/** Buys at the market twice a bid has gone up. @returns The order. */
async function runOnFeed(): Promise<unknown> {
  const scheduler = new VirtualScheduler(micros(1_700_000_000 * SECOND));
  const market = new SimExchange({ markets: [DEMO_MARKET], seed: 5, scheduler });
  market.start();
  const fan = new FanOut({ scheduler });
  const feed = new KrakenSpotFeed({
    symbols: [SYMBOL],
    channels: ['instrument', 'book', 'trade', 'ticker'],
    dial: inProcessDial(market.accept, scheduler),
    onEvent: (event) => fan.push(event),
    scheduler,
    seed: 3,
  });
  const exchange = new ccxt.pro.kraken({
    pairs: [], // the feed tells them
    balances: { USD: '10000' },
    fees: { maker: '0.0025', taker: '0.0040' },
    latencyMs: { feed: 10, entry: 20, ack: 30 },
  });
  exchange.follow(fan);
  feed.start();

  const bot = async (): Promise<unknown> => {
    while (exchange.symbols.length === 0) await exchange.sleep(100);
    let { bids } = await exchange.watchOrderBook(SYMBOL);
    for (let rises = 0; rises < 2;) {
      const last = bids[0]?.[0] ?? 0;
      ({ bids } = await exchange.watchOrderBook(SYMBOL));
      if ((bids[0]?.[0] ?? 0) > last) rises += 1;
    }
    const { id } = await exchange.createMarketBuyOrder(SYMBOL, 0.01);
    await exchange.sleep(1_000);
    expect(await exchange.fetchTicker(SYMBOL)).toMatchObject({
      high: expect.any(Number),
      baseVolume: expect.any(Number),
    });
    return exchange.fetchOrder(id, SYMBOL);
  };
  const outcome = bot();
  let isDone = false;
  const settled = (): void => void (isDone = true);
  outcome.then(settled, settled);
  for (let steps = 0; !isDone && steps < 1_000; steps += 1) await pass(scheduler, micros(SECOND / 10));
  if (!isDone) await exchange.close(); // whatever it waits for has not come
  const closing = feed.close();
  await pass(scheduler, micros(3 * SECOND));
  await closing;
  market.stop();
  await exchange.close();
  return outcome;
}
