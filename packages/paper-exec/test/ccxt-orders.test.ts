import { describe, expect, test } from 'vitest';
import { ccxt, KRAKEN_MARGIN_RATES } from '../src/index.ts';
import { CcxtScene, START, SYMBOL, turn } from './ccxt-scene.ts';

describe('orders under ccxt names', () => {
  test('an order is answered when its acceptance would have been here, with its id and what was asked for', async () => {
    const { exchange } = new CcxtScene({ latencyMs: { feed: 10, entry: 20, ack: 100 } });
    let answered = false;
    const placed = exchange.createOrder(SYMBOL, 'limit', 'buy', 0.01, 54_000.04, { postOnly: true });
    void placed.then(() => (answered = true));
    exchange.onTime(START + 119); // 20 ms there, 100 ms back
    await turn();
    expect(answered).toBe(false);
    exchange.onTime(START + 120);
    await turn();
    expect(answered).toBe(true);
    expect(await placed).toMatchObject({
      id: expect.stringMatching(/^O[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}$/),
      symbol: SYMBOL,
      type: 'limit',
      side: 'buy',
      price: 54_000,
      amount: 0.01,
      status: undefined,
    });
  });

  test('an open order holds what it may cost, and a cancel gives it back', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const params = { postOnly: true, clientOrderId: 'mine' };
    const { id } = await scene.settled(exchange.createLimitBuyOrder(SYMBOL, 0.01, 54_000, params));
    expect(await exchange.fetchOpenOrders(SYMBOL)).toMatchObject([
      {
        id,
        clientOrderId: 'mine',
        status: 'open',
        timestamp: START + 30,
        filled: 0,
        remaining: 0.01,
        timeInForce: 'PO',
      },
    ]);
    expect((await exchange.fetchBalance())['USD']).toEqual({ free: 99_457.84, used: 542.16, total: 100_000 });

    const cancelled = await scene.settled(exchange.cancelOrder(id, SYMBOL));
    expect(cancelled.status).toBeUndefined();
    expect(await exchange.fetchOrder(id)).toMatchObject({ status: 'canceled', filled: 0, remaining: 0.01 });
    expect(await exchange.fetchOpenOrders()).toEqual([]);
    expect(await exchange.fetchClosedOrders(SYMBOL)).toMatchObject([{ id, lastUpdateTimestamp: expect.any(Number) }]);
    expect((await exchange.fetchBalance())['USD']).toEqual({ free: 100_000, used: 0, total: 100_000 });
  });

  test('a market order trades at once: its order, its trade and the balances say so', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const { id } = await scene.settled(exchange.createMarketBuyOrder(SYMBOL, 0.01));
    const order = await exchange.fetchOrder(id, SYMBOL);
    expect(order).toMatchObject({
      status: 'closed',
      type: 'market',
      price: 60_000.1,
      average: 60_000.1,
      cost: 600.001,
    });
    expect(order.fee).toMatchObject({ cost: 2.400004, currency: 'USD' });
    const [trade] = await exchange.fetchMyTrades(SYMBOL);
    expect(order.trades).toEqual([trade]);
    expect(trade).toMatchObject({
      order: id,
      takerOrMaker: 'taker',
      type: 'market',
      price: 60_000.1,
      amount: 0.01,
      cost: 600.001,
      fee: { cost: 2.400004, currency: 'USD' },
      info: { rule: 'F2' },
    });
    expect((await exchange.fetchBalance())['total']).toEqual({ USD: 99_397.598996, BTC: 2.01 });
  });

  test('nothing is known of a fill before its report is here', async () => {
    const scene = new CcxtScene({ latencyMs: { feed: 10, entry: 20, ack: 500 } });
    const { exchange } = scene;
    const { id } = await scene.settled(exchange.createLimitBuyOrder(SYMBOL, 0.1, 60_000));
    scene.trade('sell', 60_000, 0.6);
    await scene.pass(200);
    expect(exchange.account.balances()['BTC']).toBe('2.1');
    expect((await exchange.fetchBalance())['total']).toMatchObject({ BTC: 2 });
    expect(await exchange.fetchMyTrades()).toEqual([]);
    await scene.pass(500);
    expect((await exchange.fetchBalance())['total']).toMatchObject({ BTC: 2.1 });
    expect(await exchange.fetchOrder(id)).toMatchObject({ status: 'closed', filled: 0.1 });
  });

  test('an edit keeps the id of the order, and answers with that of the edit', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const { id = '' } = await scene.settled(
      exchange.createLimitSellOrder(SYMBOL, 0.01, 70_000, { clientOrderId: 'a' }),
    );
    const edit = await scene.settled(exchange.editOrder(id, SYMBOL, 'limit', 'sell', 0.02, 70_100.06));
    expect(edit.id).not.toBe(id);
    expect(await exchange.fetchOrder(id)).toMatchObject({ amount: 0.02, price: 70_100.1, status: 'open' });
    await scene.settled(exchange.editOrder('', SYMBOL, 'limit', 'sell', 0.03, undefined, { clientOrderId: 'a' }));
    expect(await exchange.fetchOrder(undefined, SYMBOL, { clientOrderId: 'a' })).toMatchObject({ id, amount: 0.03 });
    await expect(scene.settled(exchange.editOrder(id, SYMBOL, 'limit', 'sell', 0.03, 70_100.1))).rejects.toThrow(
      ccxt.NoChange,
    );
  });

  test('an edit below what has traded cancels the rest', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const { id = '' } = await scene.settled(exchange.createLimitBuyOrder(SYMBOL, 0.1, 60_000));
    scene.trade('sell', 60_000, 0.56);
    await scene.pass(200);
    await scene.settled(exchange.editOrder(id, SYMBOL, 'limit', 'buy', 0.05));
    expect(await exchange.fetchOrder(id)).toMatchObject({ status: 'canceled', filled: 0.06 });
  });

  test('a cancel of an order that ends for another reason first finds no order', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const { id = '' } = await scene.settled(exchange.createLimitBuyOrder(SYMBOL, 0.1, 60_000));
    scene.book([[60_000, 0.1]], [[60_000.1, 0.8]]);
    scene.trade('sell', 60_000, 0.4);
    const meets = exchange.createOrder(SYMBOL, 'market', 'sell', 0.2, undefined, { stptype: 'cancel-oldest' });
    const late = exchange.cancelOrder(id, SYMBOL);
    await expect(scene.settled(late)).rejects.toThrow(ccxt.OrderNotFound);
    await meets;
    expect(await exchange.fetchOrder(id)).toMatchObject({ status: 'canceled', info: { reason: 'self-trade' } });
  });

  test('a fill may be told before the acceptance', async () => {
    const scene = new CcxtScene({ latency: { feed: 10_000, entry: 20_000, ack: 100_000, fillBeforeAnswer: 1 } });
    const { exchange } = scene;
    const placed = exchange.createMarketBuyOrder(SYMBOL, 0.01);
    const [order] = await scene.settled(exchange.watchOrders(SYMBOL));
    expect(order).toMatchObject({ status: 'closed', filled: 0.01, info: { type: 'fill' } });
    expect((await placed).id).toBe(order?.id);
    expect(await exchange.fetchOrder(order?.id)).toMatchObject({ status: 'closed', info: { type: 'accepted' } });
  });

  test('several orders go in one message; where one is refused, that is thrown and the others stand', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const rest = { symbol: SYMBOL, type: 'limit', side: 'buy', amount: 0.01 };
    const both = await scene.settled(
      exchange.createOrders([
        { ...rest, price: 50_000 },
        { ...rest, price: 51_000 },
      ]),
    );
    expect(both.map(({ price }) => price)).toEqual([50_000, 51_000]);
    const halfBad = exchange.createOrders([
      { ...rest, amount: 10, price: 50_000 },
      { ...rest, price: 52_000 },
    ]);
    await expect(scene.settled(halfBad)).rejects.toThrow(ccxt.InsufficientFunds);
    expect((await exchange.fetchOpenOrders()).map(({ price }) => price)).toEqual([50_000, 51_000, 52_000]);
    await expect(exchange.createOrders([{ ...rest, price: 1 }])).rejects.toThrow(ccxt.BadRequest);
    const mixed = [
      { ...rest, price: 50_000 },
      { ...rest, symbol: 'ETH/USD', price: 1 },
    ];
    await expect(exchange.createOrders(mixed)).rejects.toThrow(ccxt.BadRequest);
  });

  test('all orders can be cancelled, those on their way included', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    await scene.settled(exchange.createLimitBuyOrder(SYMBOL, 0.01, 50_000));
    const onItsWay = exchange.createLimitBuyOrder(SYMBOL, 0.01, 51_000);
    const [answer] = await scene.settled(exchange.cancelAllOrders());
    await onItsWay;
    expect(answer).toMatchObject({ id: undefined, info: { result: { count: 2 } } });
    expect(await exchange.fetchOpenOrders()).toEqual([]);
    const [none] = await exchange.cancelAllOrders();
    expect(none).toMatchObject({ info: { result: { count: 0 } } });
  });

  test('of a list of orders, those that have ended are passed over', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const { id: open = '' } = await scene.settled(exchange.createLimitBuyOrder(SYMBOL, 0.01, 50_000));
    const { id: done = '' } = await scene.settled(exchange.createMarketBuyOrder(SYMBOL, 0.01));
    const [answer] = await scene.settled(exchange.cancelOrders([open, done, 'nobody'], SYMBOL));
    expect(answer).toMatchObject({ info: { result: { count: 1 } } });
  });

  test('a cancel refuses params that it does not know, and cancels nothing', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const { id = '' } = await scene.settled(exchange.createLimitBuyOrder(SYMBOL, 0.01, 50_000));
    const unknown = { clientOrderIds: ['mine'] };
    await expect(exchange.cancelOrder(id, SYMBOL, unknown)).rejects.toThrow('clientOrderIds');
    await expect(exchange.cancelOrders([id], SYMBOL, unknown)).rejects.toThrow('clientOrderIds');
    await expect(exchange.cancelAllOrders(SYMBOL, unknown)).rejects.toThrow('clientOrderIds');
    expect(await exchange.fetchOpenOrders(SYMBOL)).toHaveLength(1);
  });

  test('stops and trailing stops come from params, and say what they wait for', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    scene.trade('buy', 60_000.1, 0.001);
    const stop = await scene.settled(
      exchange.createOrder(SYMBOL, 'market', 'sell', 0.1, undefined, { stopLossPrice: 59_000 }),
    );
    expect(stop).toMatchObject({ type: 'market', stopLossPrice: 59_000, triggerPrice: 59_000, price: undefined });
    const take = exchange.createOrder(SYMBOL, 'limit', 'sell', 0.1, 61_000, { takeProfitPrice: 61_500 });
    expect(await scene.settled(take)).toMatchObject({ type: 'limit', takeProfitPrice: 61_500, price: 61_000 });
    const trail = exchange.createTrailingPercentOrder(SYMBOL, 'market', 'sell', 0.1, undefined, '5%');
    const { id: trailing = '' } = await scene.settled(trail);
    expect(await exchange.fetchOrder(trailing)).toMatchObject({
      type: 'trailing-stop',
      status: 'open',
      price: undefined,
    });

    await scene.settled(
      exchange.editOrder(stop.id ?? '', SYMBOL, 'market', 'sell', undefined, undefined, { stopLossPrice: 59_500 }),
    );
    expect(await exchange.fetchOrder(stop.id)).toMatchObject({ stopLossPrice: 59_500, cost: undefined });
    scene.trade('sell', 59_500, 0.001);
    scene.book([[59_499.9, 1]], [[60_000.1, 0.8]]);
    await scene.pass(500);
    expect(await exchange.fetchOrder(stop.id)).toMatchObject({ status: 'closed', price: 59_499.9 });
  });

  test('a trailing limit, a closing order, an expiry and self-trade prevention get through', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    scene.trade('buy', 60_000.1, 0.001);
    const trail = { trailingAmount: 100, trailingLimitAmount: 5 };
    const limit = await scene.settled(exchange.createOrder(SYMBOL, 'limit', 'sell', 0.1, undefined, trail));
    expect(await exchange.fetchOrder(limit.id)).toMatchObject({ type: 'limit', status: 'open' });
    const closing = { close: { ordertype: 'limit', price: 65_000 }, stptype: 'cancel-oldest', oflags: 'fciq' };
    await scene.settled(exchange.createOrder(SYMBOL, 'market', 'buy', 0.01, undefined, closing));
    const placed = (await exchange.fetchOpenOrders()).find(({ price }) => price === 65_000);
    expect(placed).toMatchObject({ side: 'sell', amount: 0.01, clientOrderId: undefined });

    const brief = { timeInForce: 'GTD', expiretm: '+10' };
    const { id } = await scene.settled(exchange.createOrder(SYMBOL, 'limit', 'buy', 0.01, 50_000, brief));
    await scene.pass(10_000);
    expect(await exchange.fetchOrder(id)).toMatchObject({ status: 'expired' });
  });

  test('a stop of a buy holds what it would cost at its trigger, before and after an edit', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    scene.trade('buy', 60_000.1, 0.001);
    const used = async (): Promise<unknown> => (await exchange.fetchBalance())['USD']?.used;
    const stop = exchange.createOrder(SYMBOL, 'market', 'buy', 0.1, undefined, { stopLossPrice: 61_000 });
    const { id = '' } = await scene.settled(stop);
    expect(await used()).toBe(6_124.4);
    const higher = { stopLossPrice: 62_000 };
    await scene.settled(exchange.editOrder(id, SYMBOL, 'market', 'buy', undefined, undefined, higher));
    expect(await used()).toBe(6_224.8);
    expect(exchange.account.free('USD')).toBe('93775.2');
  });

  test('Kraken’s own flags and times are understood', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const resting = exchange.createLimitBuyOrder(SYMBOL, 0.1, 61_000, { oflags: 'post' });
    await expect(scene.settled(resting)).rejects.toThrow(ccxt.OrderImmediatelyFillable);
    await scene.settled(exchange.createMarketBuyOrder(SYMBOL, 0.1, { oflags: 'fcib' }));
    expect(await exchange.fetchMyTrades()).toMatchObject([{ fee: { cost: 0.0004, currency: 'BTC' } }]);
    const until = { timeInForce: 'GTD', expiretm: String((START + 20_000) / 1000) };
    const { id } = await scene.settled(exchange.createLimitBuyOrder(SYMBOL, 0.01, 50_000, until));
    await scene.pass(17_000);
    expect((await exchange.fetchOrder(id)).status).toBe('open');
    await scene.pass(3_000);
    expect((await exchange.fetchOrder(id)).status).toBe('expired');
  });

  test('the last thousand orders that ended are remembered', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const { id: oldest } = await scene.settled(exchange.createMarketBuyOrder(SYMBOL, 0.001));
    for (let count = 0; count < 1_100; count += 1) void exchange.createMarketBuyOrder(SYMBOL, 0.0001);
    const watched = exchange.watchMyTrades();
    await scene.pass(500);
    expect(await watched).toHaveLength(1);
    expect(await exchange.watchMyTrades()).toHaveLength(1_000);
    expect(await exchange.fetchClosedOrders()).toHaveLength(1_000);
    await expect(exchange.fetchOrder(oldest)).rejects.toThrow(ccxt.OrderNotFound);
  });

  test('what does not trade at once is cancelled when it asks for that, and a name can be used again', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const now = { timeInForce: 'IOC', clientOrderId: 'again' };
    const first = await scene.settled(exchange.createOrder(SYMBOL, 'limit', 'buy', 0.01, 50_000, now));
    expect(await exchange.fetchOrder(first.id)).toMatchObject({ status: 'canceled', filled: 0 });
    const second = await scene.settled(exchange.createOrder(SYMBOL, 'limit', 'buy', 0.01, 60_001, now));
    expect(second.id).not.toBe(first.id);
    expect(await exchange.fetchOrder(second.id)).toMatchObject({ status: 'closed', clientOrderId: 'again' });
    const kill = { timeInForce: 'FOK' };
    const third = await scene.settled(exchange.createOrder(SYMBOL, 'limit', 'buy', 1, 60_000.1, kill));
    expect(await exchange.fetchOrder(third.id)).toMatchObject({ status: 'canceled', filled: 0 });
  });

  test('a name that is in use is refused, and the order that has it goes on', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const named = { clientOrderId: 'one' };
    const { id } = await scene.settled(exchange.createLimitBuyOrder(SYMBOL, 0.01, 60_000, named));
    const again = exchange.createLimitBuyOrder(SYMBOL, 0.02, 50_000, named);
    await expect(scene.settled(again)).rejects.toThrow(ccxt.DuplicateOrderId);
    scene.trade('sell', 59_999, 1);
    scene.book([[59_998, 0.5]], [[60_000.1, 0.8]]);
    await scene.pass(500);
    expect(await exchange.fetchOrder(id)).toMatchObject({ status: 'closed', filled: 0.01 });
    expect(await exchange.fetchOrders()).toHaveLength(1);
  });

  test('lists are by time, of a symbol, and cut as ccxt cuts them', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    for (const price of [50_000, 50_001, 50_002])
      await scene.settled(exchange.createLimitBuyOrder(SYMBOL, 0.01, price));
    const prices = async (since?: number, limit?: number): Promise<unknown> =>
      (await exchange.fetchOrders(SYMBOL, since, limit)).map(({ price }) => price);
    expect(await prices()).toEqual([50_000, 50_001, 50_002]);
    expect(await prices(undefined, 2)).toEqual([50_001, 50_002]);
    expect(await prices(START + 1_000, 1)).toEqual([50_001]);
    // One that a fill places stands before one that was sent earlier and arrives later.
    await scene.settled(
      exchange.createLimitBuyOrder(SYMBOL, 0.01, 60_000, { close: { ordertype: 'limit', price: 60_500 } }),
    );
    const late = exchange.createLimitBuyOrder(SYMBOL, 0.01, 50_003);
    scene.trade('sell', 60_000, 0.6);
    await scene.settled(late);
    expect(await prices(undefined, 2)).toEqual([60_500, 50_003]);
    await expect(exchange.fetchOpenOrders('ETH/USD')).rejects.toThrow(ccxt.BadSymbol);
  });

  test('on margin no balance moves but by fees and by what is gained', async () => {
    const scene = new CcxtScene({ margin: { rates: KRAKEN_MARGIN_RATES } });
    const { exchange } = scene;
    await scene.settled(exchange.createMarketBuyOrder(SYMBOL, 0.1, { leverage: 5 }));
    const { total } = (await exchange.fetchBalance()) as unknown as { total: Record<string, number> };
    expect(total['BTC']).toBe(2);
    expect(total['USD']).toBe(Number(exchange.account.balances()['USD']));
    expect(exchange.account.positions()).toMatchObject([{ size: '0.10000000', leverage: 5 }]);
    const close = exchange.createOrder(SYMBOL, 'market', 'sell', 0.1, undefined, { reduceOnly: true, leverage: 5 });
    const { id } = await scene.settled(close);
    expect(await exchange.fetchOrder(id)).toMatchObject({ status: 'closed', reduceOnly: true });
    expect(exchange.account.positions()).toEqual([]);
  });

  test('the venue cancels everything by itself when its timer runs out', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const { id } = await scene.settled(exchange.createLimitBuyOrder(SYMBOL, 0.01, 50_000));
    const { result } = await exchange.cancelAllOrdersAfter(5_999);
    expect(result).toEqual({ currentTime: '2026-01-01T00:00:01Z', triggerTime: '2026-01-01T00:00:06Z' });
    await scene.pass(6_000);
    expect(await exchange.fetchOrder(id)).toMatchObject({ status: 'canceled' });
    await expect(exchange.cancelAllOrdersAfter(86_400_000)).rejects.toThrow(ccxt.BadRequest);
  });
});
