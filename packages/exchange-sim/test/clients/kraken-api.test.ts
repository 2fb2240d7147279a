import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startExchange } from '../../src/index.ts';
import type { RunningExchange } from '../../src/index.ts';

/* npm kraken-api 1.0.2 as it comes: REST only, everything by POST in forms, public methods too. */

interface KrakenApi {
  api(method: string, params?: Record<string, unknown>): Promise<{ readonly result: Record<string, unknown> }>;
}

const KrakenClient = createRequire(import.meta.url)('kraken-api') as new (
  key: string,
  secret: string,
  options: { readonly url: string },
) => KrakenApi;

let exchange: RunningExchange;
let kraken: KrakenApi;

beforeAll(async () => {
  exchange = await startExchange({
    pairs: ['BTC/USD'],
    accounts: [{ name: 'bob', balances: { USD: '50000', BTC: '1' } }],
    seed: 6,
    rateLimits: false,
  });
  const { apiKey, secret } = exchange.credentials('bob');
  kraken = new KrakenClient(apiKey, secret, { url: exchange.restUrl });
});

afterAll(() => exchange.close());

describe('npm kraken-api', () => {
  test.each([
    ['Time', {}, 'unixtime'],
    ['Assets', {}, 'XXBT'],
    ['AssetPairs', {}, 'XXBTZUSD'],
    ['Ticker', { pair: 'XBTUSD' }, 'XXBTZUSD'],
    ['Depth', { pair: 'XBTUSD', count: 5 }, 'XXBTZUSD'],
    ['Trades', { pair: 'XBTUSD' }, 'XXBTZUSD'],
    ['Spread', { pair: 'XBTUSD' }, 'XXBTZUSD'],
    ['OHLC', { pair: 'XBTUSD', interval: 1 }, 'XXBTZUSD'],
    ['Balance', {}, 'ZUSD'],
    ['TradeBalance', { asset: 'ZUSD' }, 'eb'],
    ['OpenOrders', {}, 'open'],
    ['ClosedOrders', {}, 'closed'],
    ['TradesHistory', {}, 'trades'],
    ['Ledgers', {}, 'ledger'],
    ['TradeVolume', { pair: 'XBTUSD' }, 'volume'],
    ['GetWebSocketsToken', {}, 'token'],
  ])('%s', async (method, params, member) => {
    expect((await kraken.api(method, params)).result).toHaveProperty(member);
  });

  test('trades: places a limit order, finds it, cancels it; a market order fills', async () => {
    const order = { pair: 'XBTUSD', type: 'buy', volume: '0.01' };
    const placed = await kraken.api('AddOrder', { ...order, ordertype: 'limit', price: '50000.0' });
    const [id = ''] = placed.result['txid'] as string[];
    expect(placed.result['descr']).toEqual({ order: 'buy 0.01000000 XBTUSD @ limit 50000.0' });
    expect((await kraken.api('OpenOrders')).result['open']).toHaveProperty(id);
    expect((await kraken.api('CancelOrder', { txid: id })).result).toEqual({ count: 1 });

    const bought = await kraken.api('AddOrder', { ...order, ordertype: 'market' });
    const [market = ''] = bought.result['txid'] as string[];
    expect((await kraken.api('QueryOrders', { txid: market })).result[market]).toMatchObject({
      status: 'closed',
      vol_exec: '0.01000000',
    });
  });

  test('withdrawing is refused, as is an order for more than there is', async () => {
    await expect(kraken.api('Withdraw', { asset: 'XBT', key: 'x', amount: 1 })).rejects.toThrow('Permission denied');
    await expect(
      kraken.api('AddOrder', { pair: 'XBTUSD', type: 'sell', volume: '5', ordertype: 'limit', price: '70000.0' }),
    ).rejects.toThrow('Insufficient funds');
  });
});
