import { lots, lotsToQty, micros, SECOND, ticksToPrice, VirtualScheduler } from '@kb/model';
import type { Lots, Ticks } from '@kb/model';
import { expect, test } from 'vitest';
import { SimExchange, standardMarkets } from '../src/index.ts';

test('a client that fills the best levels of a market as far as it may does not end the market', () => {
  const scheduler = new VirtualScheduler(micros(1_785_641_750_000_000));
  const exchange = new SimExchange({
    markets: standardMarkets(['SHIB/USD'], () => 'demo'),
    accounts: [{ name: 'alice', balances: { USD: '100000000' } }],
    seed: 1,
    scheduler,
  });
  exchange.start();
  scheduler.advance(micros(SECOND));
  const { orders, instrument } = exchange.truth('SHIB/USD');
  const levels: (readonly [Ticks, Lots])[] = [];
  orders.walk('buy', (price, resting) => levels.push([price, resting]) < 8);
  for (const [price, resting] of levels) {
    // All that one price can hold, then all that clients may have there.
    for (const most of [Number.MAX_SAFE_INTEGER, 2 ** 52]) {
      const qty = lotsToQty(instrument, lots(most - resting));
      const limitPrice = { value: ticksToPrice(instrument, price), type: 'static' } as const;
      exchange.desk.place('alice', { symbol: 'SHIB/USD', kind: 'limit', side: 'buy', qty, limitPrice }, exchange.now());
    }
  }
  exchange.flush();
  expect(exchange.desk.openOrders('alice')).toHaveLength(8);
  const events = (): number => Object.values(exchange.truth('SHIB/USD').counts).reduce((sum, count) => sum + count, 0);
  const made = events();
  scheduler.advance(micros(20 * SECOND));
  expect(events()).toBeGreaterThan(made + 500);
});
