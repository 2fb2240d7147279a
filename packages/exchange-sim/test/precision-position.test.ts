import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { Order } from '../src/trading/order.ts';
import { expect, test } from 'vitest';
import { apiSign } from '../src/access/api-keys.ts';
import { SimExchange, standardMarkets } from '../src/index.ts';
import { order, taken } from './desk-world.ts';

const ANN = { name: 'ann', balances: { USD: '100000' } };

function openExchange(): { readonly exchange: SimExchange; trade(side: 'buy' | 'sell'): Order; net(): string } {
  const scheduler = new VirtualScheduler(micros(1_785_641_750_000_000));
  const markets = standardMarkets(['BTC/USD'], () => 'demo');
  const exchange = new SimExchange({ markets, accounts: [ANN], seed: 1, scheduler });
  exchange.start();
  scheduler.advance(micros(5 * SECOND));
  let nonce = 0;
  return {
    exchange,
    trade: (side) => {
      scheduler.advance(micros(5 * SECOND));
      const request = order({ kind: 'market', side, qty: '0.1', leverage: 5 });
      return taken(exchange.desk.place('ann', request, exchange.now()));
    },
    net: () => {
      nonce += 1;
      const body = `nonce=${nonce}&docalcs=true`;
      const path = '/0/private/OpenPositions';
      const { apiKey, secret } = exchange.credentials('ann');
      const headers = { 'api-key': apiKey, 'api-sign': apiSign(secret, path, String(nonce), body) };
      const request = { method: 'POST', path, query: '', headers, body: Buffer.from(body), remote: '127.0.0.1' };
      return /"net":"([^"]*)"/.exec(String(exchange.rest(request).body))?.[1] ?? 'no position';
    },
  };
}

test('a margin position is worth the same when prices have other decimals, and can be closed', () => {
  const { exchange, trade, net } = openExchange();
  trade('buy');
  const before = net();
  exchange.changePrecision('BTC/USD', 2, 8);
  expect(net()).toBe(before);
  expect(trade('sell').fills.at(-1)?.margin?.effect).toBe('closed');
  expect(net()).toBe('no position');
});

test('decimals of quantities do not change while a position is counted in them', () => {
  const { exchange, trade } = openExchange();
  trade('buy');
  const resting = taken(
    exchange.desk.place('ann', order({ qty: '0.1', limitPrice: { value: '100', type: 'static' } }), exchange.now()),
  );
  expect(() => exchange.changePrecision('BTC/USD', 1, 6)).toThrow(/ann has a margin position in BTC\/USD/);
  expect(resting.status).toBe('open');
  trade('sell');
  exchange.changePrecision('BTC/USD', 1, 6);
  expect(resting.status).toBe('canceled');
});
