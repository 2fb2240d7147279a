import { beforeEach, describe, expect, test } from 'vitest';
import { ccxt } from '../src/index.ts';
import type { CcxtPaperExchange } from '../src/index.ts';
import { CcxtScene, START, SYMBOL } from './ccxt-scene.ts';

/** What is asked for beside the arguments counts, or is refused. */
let exchange: CcxtPaperExchange;

beforeEach(async () => {
  const scene = new CcxtScene();
  ({ exchange } = scene);
  for (let count = 0; count < 3; count += 1) {
    scene.trade('buy', 60_000.1, 0.001);
    await scene.settled(exchange.createMarketBuyOrder(SYMBOL, 0.01));
    await scene.settled(exchange.createLimitBuyOrder(SYMBOL, 0.01, 50_000));
  }
});

describe('until', () => {
  test.each([
    ['fetchTrades', 3],
    ['fetchMyTrades', 3],
    ['fetchOrders', 6],
    ['fetchOpenOrders', 3],
    ['fetchClosedOrders', 3],
  ] as const)('counts in %s, that time included', async (name, count) => {
    const ask = (since: number | undefined, limit: number | undefined, params?: Record<string, unknown>) =>
      exchange[name](SYMBOL, since, limit, params);
    const all = await ask(undefined, undefined);
    expect(all).toHaveLength(count);
    const second = all[1]?.timestamp ?? 0;
    expect(await ask(undefined, undefined, { until: second })).toEqual(all.slice(0, 2));
    expect(await ask(undefined, undefined, { till: String(second) })).toEqual(all.slice(0, 2));
    expect(await ask(undefined, undefined, { until: second - 1 })).toEqual(all.slice(0, 1));
    expect(await ask(undefined, 1, { until: second })).toEqual(all.slice(1, 2)); // the last of those
    expect(await ask(second, undefined, { until: second })).toEqual(all.slice(1, 2));
    expect(await ask(undefined, undefined, { until: START - 1 })).toEqual([]);
    for (const until of ['noon', Number.NaN, {}]) {
      await expect(ask(undefined, undefined, { until })).rejects.toThrow(ccxt.BadRequest);
    }
  });
});

describe('a parameter that is not known', () => {
  const params = { until: START };
  const other = { userref: 1 };
  test.each<[string, (of: CcxtPaperExchange) => Promise<unknown>]>([
    ['fetchBalance', (of) => of.fetchBalance(params)],
    ['fetchOrder', (of) => of.fetchOrder('x', SYMBOL, params)],
    ['fetchOrders', (of) => of.fetchOrders(SYMBOL, undefined, undefined, other)],
    ['fetchOpenOrders', (of) => of.fetchOpenOrders(SYMBOL, undefined, undefined, other)],
    ['fetchClosedOrders', (of) => of.fetchClosedOrders(SYMBOL, undefined, undefined, other)],
    ['fetchMyTrades', (of) => of.fetchMyTrades(SYMBOL, undefined, undefined, other)],
    ['fetchTrades', (of) => of.fetchTrades(SYMBOL, undefined, undefined, other)],
    ['fetchOrderBook', (of) => of.fetchOrderBook(SYMBOL, undefined, params)],
    ['fetchTicker', (of) => of.fetchTicker(SYMBOL, params)],
    ['fetchTradingFee', (of) => of.fetchTradingFee(SYMBOL, params)],
    ['fetchTradingFees', (of) => of.fetchTradingFees(params)],
    ['watchOrders', (of) => of.watchOrders(SYMBOL, undefined, undefined, params)],
    ['watchMyTrades', (of) => of.watchMyTrades(SYMBOL, undefined, undefined, params)],
    ['watchTrades', (of) => of.watchTrades(SYMBOL, undefined, undefined, params)],
    ['watchOrderBook', (of) => of.watchOrderBook(SYMBOL, undefined, params)],
  ])('is refused by %s', async (_name, ask) => {
    await expect(ask(exchange)).rejects.toThrow(ccxt.NotSupported);
  });

  test('is none where it has no value', async () => {
    expect(await exchange.fetchOpenOrders(SYMBOL, undefined, undefined, { userref: undefined })).toHaveLength(3);
  });
});
