import type { RejectReason } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { refusalError } from '../src/ccxt/errors.ts';
import { ccxt, PAPER_ERROR_CODES } from '../src/index.ts';
import { CcxtScene, START, SYMBOL } from './ccxt-scene.ts';

/** As a bot looks them up. */
const errors: Readonly<Record<string, unknown>> = { ...ccxt };

const REFUSALS: Readonly<Record<RejectReason, keyof typeof ccxt>> = {
  'insufficient-funds': 'InsufficientFunds',
  'insufficient-margin': 'InsufficientFunds',
  'unknown-order': 'OrderNotFound',
  'unknown-symbol': 'BadSymbol',
  'post-only-would-take': 'OrderImmediatelyFillable',
  'no-liquidity': 'OrderNotFillable',
  'duplicate-client-order-id': 'DuplicateOrderId',
  'instrument-status': 'OnMaintenance',
  'market-frozen': 'ExchangeNotAvailable',
  'no-change': 'NoChange',
  'rate-limit': 'DDoSProtection',
  'orders-limit': 'ExchangeError',
  'not-received': 'RequestTimeout',
  'price-off-grid': 'InvalidOrder',
  'size-off-grid': 'InvalidOrder',
  'below-min-qty': 'InvalidOrder',
  'below-min-cost': 'InvalidOrder',
  'invalid-order': 'InvalidOrder',
  'price-band': 'InvalidOrder',
  'no-reference-price': 'InvalidOrder',
  'no-position': 'InvalidOrder',
  'risk-refused': 'InvalidOrder',
};

const PLAIN = { symbol: SYMBOL, type: 'limit', side: 'buy', amount: 0.01, price: 54_000, params: {} };

describe('errors under ccxt names', () => {
  test.each(Object.entries(REFUSALS))('%s is %s', (reason, name) => {
    const error = refusalError(reason as RejectReason, 'because');
    expect(error.constructor).toBe(errors[name]);
    expect(error.name).toBe(name);
    expect(error.message).toContain('because');
    expect(PAPER_ERROR_CODES).toContain(error.code);
  });

  test.each([
    ['more than there is', { amount: 10 }, 'InsufficientFunds'],
    ['less than the least amount', { amount: 0.00001 }, 'InvalidOrder'],
    ['nothing at all', { amount: 0 }, 'InvalidOrder'],
    ['no amount', { amount: undefined }, 'ArgumentsRequired'],
    ['an amount that is none', { amount: 'much' }, 'BadRequest'],
    ['less than nothing', { amount: -1 }, 'InvalidOrder'],
    ['no price', { price: undefined }, 'InvalidOrder'],
    ['a side that is none', { side: 'boy' }, 'BadRequest'],
    ['a type that is none', { type: 'stop-loss' }, 'BadRequest'],
    ['a market that is not there', { symbol: 'FOO/USD' }, 'BadSymbol'],
    ['to rest where it would trade', { price: 61_000, params: { postOnly: true } }, 'OrderImmediatelyFillable'],
    ['to rest and not to rest', { params: { postOnly: true, timeInForce: 'IOC' } }, 'InvalidOrder'],
    ['a market order to rest', { type: 'market', params: { postOnly: true } }, 'InvalidOrder'],
    ['a time in force that is none', { params: { timeInForce: 'DAY' } }, 'BadRequest'],
    ['to wait for two things', { params: { stopLossPrice: 1, takeProfitPrice: 2 } }, 'InvalidOrder'],
    ['a trigger that ccxt does not get to Kraken', { params: { triggerPrice: 59_000 } }, 'NotSupported'],
    ['the old name of it', { params: { stopPrice: 59_000 } }, 'NotSupported'],
    ['an amount in dollars', { type: 'market', params: { cost: 100 } }, 'NotSupported'],
    ['what is not known', { params: { hidden: true } }, 'NotSupported'],
    ['a flag that is not known', { params: { oflags: 'viqc' } }, 'NotSupported'],
    [
      'a closing order that is not known',
      { params: { close: { ordertype: 'trailing-stop', price: 5 } } },
      'NotSupported',
    ],
    ['leverage without margin', { params: { leverage: 2 } }, 'InvalidOrder'],
    ['a trailing limit without its limit', { params: { trailingAmount: 10 } }, 'InvalidOrder'],
    ['a distance finer than the grid', { params: { trailingAmount: 0.01, trailingLimitAmount: 1 } }, 'InvalidOrder'],
  ] as const)('an order that asks for %s', async (_what, change, name) => {
    const scene = new CcxtScene();
    const { amount, params, price, side, symbol, type } = {
      ...PLAIN,
      ...change,
    };
    const placed = scene.exchange.createOrder(symbol, type, side, amount, price, params);
    const error: unknown = await scene.settled(placed).catch((thrown: unknown) => thrown);
    expect((error as Error).constructor).toBe(errors[name]);
    expect(await scene.exchange.fetchOrders()).toEqual([]);
  });

  test('a parameter that is there and undefined is none', async () => {
    const scene = new CcxtScene();
    const placed = scene.exchange.createLimitBuyOrder(SYMBOL, 0.01, 54_000, { triggerPrice: undefined });
    await expect(scene.settled(placed)).resolves.toMatchObject({ price: 54_000 });
  });

  test('an empty book, a gap and a closed market have names of their own', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    scene.book([[60_000, 0.5]], []);
    await expect(scene.settled(exchange.createMarketBuyOrder(SYMBOL, 0.01))).rejects.toThrow(ccxt.OrderNotFillable);
    exchange.onGap();
    await expect(exchange.fetchOrderBook(SYMBOL)).rejects.toThrow(ccxt.ExchangeNotAvailable);
    const frozen = scene.settled(exchange.createLimitBuyOrder(SYMBOL, 0.01, 50_000));
    await expect(frozen).rejects.toSatisfy((error) => error instanceof ccxt.NetworkError);

    const closed = new CcxtScene({
      pairs: [{ symbol: SYMBOL, pricePrecision: 1, qtyPrecision: 8, status: 'cancel_only' }],
    });
    const refused = closed.settled(closed.exchange.createLimitBuyOrder(SYMBOL, 0.01, 50_000));
    await expect(refused).rejects.toThrow(ccxt.OnMaintenance);
    expect(closed.exchange.market(SYMBOL).active).toBe(false);
  });

  test('who orders too much is held off', async () => {
    const scene = new CcxtScene({ orderRate: { tier: 'starter' } });
    const { exchange } = scene;
    const orders = Array.from({ length: 61 }, (_, index) =>
      exchange.createLimitBuyOrder(SYMBOL, 0.001, 50_000 + index),
    );
    const outcomes = Promise.allSettled(orders);
    await scene.pass(1_000);
    const reasons = (await outcomes).flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toBeInstanceOf(ccxt.DDoSProtection);
  });

  test('a cancel that comes too late, or of nothing, finds no order', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const { id } = await scene.settled(exchange.createMarketBuyOrder(SYMBOL, 0.01));
    await expect(scene.settled(exchange.cancelOrder(id, SYMBOL))).rejects.toThrow(ccxt.OrderNotFound);
    await expect(scene.settled(exchange.cancelOrder('nobody', SYMBOL))).rejects.toThrow(ccxt.OrderNotFound);
    await expect(exchange.cancelOrder('nobody')).rejects.toThrow(ccxt.OrderNotFound);
    await expect(exchange.cancelOrder(undefined, SYMBOL)).rejects.toThrow(ccxt.ArgumentsRequired);
    await expect(exchange.fetchOrder('nobody')).rejects.toThrow(ccxt.OrderNotFound);
    const edit = exchange.editOrder('nobody', SYMBOL, 'limit', 'buy', 0.02);
    await expect(scene.settled(edit)).rejects.toThrow(ccxt.OrderNotFound);
  });

  test('an order of which nothing is heard times out, and may be working all the same', async () => {
    const lossy = (loss: { readonly undelivered: number; readonly unanswered: number }): CcxtScene => {
      const legs = { feed: 10_000, entry: 20_000, ack: 10_000 };
      return new CcxtScene({ latency: { ...legs, loss: { ...loss, timeout: 500_000, reconciled: 3_000_000 } } });
    };
    const answers = lossy({ undelivered: 0, unanswered: 1 });
    const silent = answers.exchange.createLimitBuyOrder(SYMBOL, 0.01, 50_000);
    await expect(answers.settled(silent)).rejects.toThrow(ccxt.RequestTimeout);
    expect(await answers.exchange.fetchOpenOrders()).toEqual([]);
    await answers.pass(3_000);
    expect(await answers.exchange.fetchOpenOrders()).toMatchObject([{ price: 50_000, timestamp: START + 30 }]);

    await expect(answers.settled(answers.exchange.cancelAllOrders())).rejects.toThrow(ccxt.RequestTimeout);

    const orders = lossy({ undelivered: 1, unanswered: 0 });
    const lost = orders.exchange.createLimitBuyOrder(SYMBOL, 0.01, 50_000);
    await expect(orders.settled(lost)).rejects.toThrow(ccxt.RequestTimeout);
    await orders.pass(3_000);
    expect(await orders.exchange.fetchOrders()).toEqual([]);
  });

  test('the command whose answer is lost times out, whatever else was asked of the order', async () => {
    const loss = { undelivered: 0.2, unanswered: 0, timeout: 500_000, reconciled: 3_000_000 };
    let outcomes: string[] = [];
    for (let seed = 0; seed < 40; seed += 1) {
      const latency = { feed: 10_000, entry: 20_000, ack: 10_000, loss, seed };
      const types: string[] = [];
      const scene = new CcxtScene({ latency, onReport: ({ type }) => types.push(type) });
      const { exchange } = scene;
      const placed = await scene.settled(exchange.createLimitBuyOrder(SYMBOL, 0.01, 50_000)).catch(() => undefined);
      if (placed?.id === undefined) continue;
      const { id } = placed;
      const amends = [1, 2, 3].map((count) => exchange.editOrder(id, SYMBOL, 'limit', 'buy', 0.01, 50_000 + count));
      const cancel = exchange.cancelOrder(id, SYMBOL);
      const all = Promise.allSettled([...amends, cancel]);
      await scene.pass(4_000);
      const settled = (await all).map((each) => (each.status === 'fulfilled' ? 'done' : errorName(each.reason)));
      outcomes.push(settled.join(' '));
      // The price is that of the last amend that was told to be done.
      const last = settled.lastIndexOf('done', 2) + 1;
      expect(await exchange.fetchOrder(id)).toMatchObject({ price: 50_000 + last });
      expect((await exchange.fetchOrder(id)).status).toBe(settled[3] === 'done' ? 'canceled' : 'open');
      expect(types.filter((type) => type === 'unknown')).toHaveLength(
        settled.filter((name) => name === 'RequestTimeout').length,
      );
    }
    outcomes = [...new Set(outcomes)];
    expect(outcomes).toEqual(
      expect.arrayContaining(['done RequestTimeout done done', 'RequestTimeout done done done']),
    );
  });
});

function errorName(error: unknown): string {
  return error instanceof Error ? error.constructor.name : 'none';
}
