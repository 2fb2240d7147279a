import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { Order } from '../src/trading/order.ts';
import { expect, test } from 'vitest';
import { apiSign } from '../src/access/api-keys.ts';
import { SimExchange, standardMarkets } from '../src/index.ts';
import { CLOSED_LIMIT } from '../src/trading/account-orders.ts';
import { order, taken } from './desk-world.ts';

const ANN = { name: 'ann', balances: { USD: '100000' } };

function openExchange(): {
  readonly exchange: SimExchange;
  trade(side: 'buy' | 'sell', leverage?: number): Order;
  net(): string;
  ask(method: string, params: string): string;
} {
  const scheduler = new VirtualScheduler(micros(1_785_641_750_000_000));
  const markets = standardMarkets(['BTC/USD'], () => 'demo');
  const exchange = new SimExchange({ markets, accounts: [ANN], seed: 1, scheduler, rateLimits: false });
  exchange.start();
  scheduler.advance(micros(5 * SECOND));
  let nonce = 0;
  const ask = (method: string, params: string): string => {
    nonce += 1;
    const body = `nonce=${nonce}&${params}`;
    const path = `/0/private/${method}`;
    const { apiKey, secret } = exchange.credentials('ann');
    const headers = { 'api-key': apiKey, 'api-sign': apiSign(secret, path, String(nonce), body) };
    const request = { method: 'POST', path, query: '', headers, body: Buffer.from(body), remote: '127.0.0.1' };
    return String(exchange.rest(request).body);
  };
  return {
    exchange,
    ask,
    trade: (side, leverage) => {
      scheduler.advance(micros(5 * SECOND));
      const asked = order({ kind: 'market', side, qty: '0.1' });
      const request = leverage === undefined ? asked : { ...asked, leverage };
      return taken(exchange.desk.place('ann', request, exchange.now()));
    },
    net: () => /"net":"([^"]*)"/.exec(ask('OpenPositions', 'docalcs=true'))?.[1] ?? 'no position',
  };
}

test('a margin position is worth the same when prices have other decimals, and can be closed', () => {
  const { exchange, trade, net } = openExchange();
  trade('buy', 5);
  const before = net();
  exchange.changePrecision('BTC/USD', 2, 8);
  expect(net()).toBe(before);
  expect(trade('sell', 5).fills.at(-1)?.margin?.effect).toBe('closed');
  expect(net()).toBe('no position');
});

test('decimals of quantities do not change while a position is counted in them', () => {
  const { exchange, trade } = openExchange();
  trade('buy', 5);
  const resting = taken(
    exchange.desk.place('ann', order({ qty: '0.1', limitPrice: { value: '100', type: 'static' } }), exchange.now()),
  );
  expect(() => exchange.changePrecision('BTC/USD', 1, 6)).toThrow(/ann has a margin position in BTC\/USD/);
  expect(resting.status).toBe('open');
  trade('sell', 5);
  exchange.changePrecision('BTC/USD', 1, 6);
  expect(resting.status).toBe('canceled');
});

test('a fill is shown in the digits that it had, also when its order is forgotten', () => {
  const { exchange, trade, ask } = openExchange();
  const { fills, id } = trade('buy');
  const shown = (): string => ask('QueryTrades', `txid=${fills[0]?.id}`);
  const before = shown();
  expect(before).toContain('"vol":"0.');
  const noTrade = order({ limitPrice: { value: '100', type: 'static' }, timeInForce: 'ioc' });
  for (let count = 0; count < CLOSED_LIMIT; count += 1) exchange.desk.place('ann', noTrade, exchange.now());
  expect(exchange.desk.order('ann', { orderId: id })).toBeUndefined();
  exchange.changePrecision('BTC/USD', 2, 6);
  // What kind of order it was, too, is forgotten.
  expect(shown()).toBe(before.replace('"ordertype":"market"', '"ordertype":"limit"'));
});
