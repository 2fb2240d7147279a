import ccxt from 'ccxt';
import type { Order } from 'ccxt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startExchange } from '../../src/index.ts';
import type { RunningExchange } from '../../src/index.ts';

/*
 * ccxt as it comes from npm, over real sockets, told nothing but other addresses: REST, and its WebSocket client.
 */

const SYMBOL = 'BTC/USD';
let exchange: RunningExchange;
let kraken: InstanceType<typeof ccxt.pro.kraken>;

beforeAll(async () => {
  exchange = await startExchange({
    pairs: ['BTC/USD', 'ETH/USD', 'XRP/BTC', 'SHIB/USD'],
    accounts: [{ name: 'alice', balances: { USD: '100000', BTC: '2' } }],
    seed: 5,
    rateLimits: false,
  });
  const { restUrl, wsUrl } = exchange;
  kraken = new ccxt.pro.kraken({
    ...exchange.credentials('alice'),
    enableRateLimit: false,
    urls: {
      api: {
        public: restUrl,
        private: restUrl,
        ws: { public: wsUrl, private: wsUrl, publicV2: `${wsUrl}/v2`, privateV2: `${wsUrl}/v2` },
      },
    },
  });
  await kraken.loadHttpProxyAgent(); // ccxt refuses sockets that are not encrypted without it
});

afterAll(async () => {
  await kraken.close();
  await exchange.close();
});

/** A price so far below the market that it rests. */
async function restingPrice(): Promise<number> {
  const { bid = 0 } = await kraken.fetchTicker(SYMBOL);
  return Number(kraken.priceToPrecision(SYMBOL, (bid as number) * 0.9));
}

function idOf(order: Order): string {
  if (order.id === undefined) throw new Error('an order without an id');
  return order.id;
}

async function bestAsk(): Promise<number> {
  const { asks } = await kraken.fetchOrderBook(SYMBOL, 10);
  return Number(asks[0]?.[0]);
}

describe('ccxt over REST', () => {
  test('loads markets with their precisions, limits and fees', async () => {
    const markets = await kraken.loadMarkets();
    expect(Object.keys(markets).toSorted()).toEqual(['BTC/USD', 'ETH/USD', 'SHIB/USD', 'XRP/BTC']);
    expect(markets[SYMBOL]).toMatchObject({
      id: 'XXBTZUSD',
      active: true,
      taker: 0.004,
      maker: 0.0025,
      precision: { amount: 1e-8, price: 0.1 },
    });
    expect(markets['SHIB/USD']?.precision.price).toBe(1e-8);
  });

  test('reads server time, status, ticker, order book, trades and candles', async () => {
    expect(await kraken.fetchTime()).toBeGreaterThan(1.7e12);
    expect((await kraken.fetchStatus()).status).toBe('ok');
    const ticker = await kraken.fetchTicker(SYMBOL);
    expect(ticker.bid).toBeLessThan(ticker.ask as number);
    const book = await kraken.fetchOrderBook(SYMBOL, 20);
    expect(book.bids).toHaveLength(20);
    expect(Number(book.bids[0]?.[0])).toBeLessThan(Number(book.asks[0]?.[0]));
    const trades = await kraken.fetchTrades(SYMBOL);
    expect(trades.length).toBeGreaterThan(10);
    expect(trades[0]).toMatchObject({ symbol: SYMBOL, price: expect.any(Number), amount: expect.any(Number) });
    const candles = await kraken.fetchOHLCV(SYMBOL, '1m');
    expect(candles.length).toBeGreaterThan(0);
    const [, open = 0, high = 0, low = 0, close = 0] = (candles[0] ?? []).map(Number);
    expect(high).toBeGreaterThanOrEqual(Math.max(open, close));
    expect(low).toBeLessThanOrEqual(Math.min(open, close));
  });

  test('reads balances', async () => {
    const balance = await kraken.fetchBalance();
    expect(balance['USD']).toMatchObject({ total: 100000 });
    expect(balance['BTC']).toMatchObject({ free: 2, used: 0, total: 2 });
  });

  test('places, finds, amends and cancels an order', async () => {
    const price = await restingPrice();
    const id = idOf(await kraken.createOrder(SYMBOL, 'limit', 'buy', 0.01, price, { postOnly: true }));
    expect(id).toMatch(/^O[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}$/);
    const open = await kraken.fetchOpenOrders(SYMBOL);
    expect(open.find((order) => order.id === id)).toMatchObject({ amount: 0.01, price, filled: 0, status: 'open' });
    const { BTC: _btc, USD: usd } = (await kraken.fetchBalance()) as unknown as Record<string, { used: number }>;
    expect(usd?.used).toBeGreaterThan(0.009 * price);

    // ccxt edits by AmendOrder: the order keeps its id.
    await kraken.editOrder(id, SYMBOL, 'limit', 'buy', 0.02, price);
    expect(await kraken.fetchOrder(id, SYMBOL)).toMatchObject({ amount: 0.02, status: 'open' });

    await kraken.cancelOrder(id, SYMBOL);
    expect(await kraken.fetchOrder(id, SYMBOL)).toMatchObject({ status: 'canceled', filled: 0 });
    await expect(kraken.cancelOrder(id, SYMBOL)).rejects.toBeInstanceOf(ccxt.OrderNotFound);
  });

  test('buys at the market, and finds the trade with its fee', async () => {
    const id = idOf(await kraken.createOrder(SYMBOL, 'market', 'buy', 0.01));
    const order = await kraken.fetchOrder(id, SYMBOL);
    expect(order).toMatchObject({ status: 'closed', filled: 0.01, remaining: 0 });
    const trades = (await kraken.fetchMyTrades(SYMBOL)).filter(({ order: of }) => of === id);
    expect(trades.reduce((sum, { amount = 0 }) => sum + (amount as number), 0)).toBeCloseTo(0.01, 8);
    const [trade] = trades;
    expect((trade?.fee?.cost as number) / (trade?.cost as number)).toBeCloseTo(0.004, 4);
    expect((await kraken.fetchBalance())['BTC']).toMatchObject({ total: 2.01 });
  });

  test('places several orders at once, and cancels all', async () => {
    const price = await restingPrice();
    const orders = await kraken.createOrders([
      { symbol: SYMBOL, type: 'limit', side: 'buy', amount: 0.01, price },
      { symbol: SYMBOL, type: 'limit', side: 'buy', amount: 0.02, price },
    ]);
    expect(orders).toHaveLength(2);
    await kraken.cancelAllOrders();
    expect(await kraken.fetchOpenOrders(SYMBOL)).toEqual([]);
  });

  test('is told in its own terms what is wrong with an order', async () => {
    const price = await restingPrice();
    await expect(kraken.createOrder(SYMBOL, 'limit', 'buy', 100, price)).rejects.toBeInstanceOf(ccxt.InsufficientFunds);
    await expect(kraken.createOrder(SYMBOL, 'limit', 'buy', 0.00001, price)).rejects.toBeInstanceOf(ccxt.InvalidOrder);
    const stranger = new ccxt.kraken({
      apiKey: 'nobody',
      secret: Buffer.from('nothing').toString('base64'),
      enableRateLimit: false,
      urls: { api: { public: exchange.restUrl, private: exchange.restUrl } },
    });
    await expect(stranger.fetchBalance()).rejects.toBeInstanceOf(ccxt.AuthenticationError);
  });
});

describe('ccxt pro over WebSocket v2', () => {
  test('watches book, trades, ticker and candles', async () => {
    const book = await kraken.watchOrderBook(SYMBOL, 10);
    expect(Number(book.bids[0]?.[0])).toBeLessThan(Number(book.asks[0]?.[0]));
    const [trade] = await kraken.watchTrades(SYMBOL);
    expect(trade).toMatchObject({ symbol: SYMBOL });
    expect(await kraken.watchTicker(SYMBOL)).toMatchObject({ symbol: SYMBOL });
    const candles = await kraken.watchOHLCV(SYMBOL, '1m');
    expect(candles.length).toBeGreaterThan(0);
  });

  test('places, amends and cancels over the socket, and watches orders, fills and balances', async () => {
    const price = await restingPrice();
    const balances = kraken.watchBalance();
    expect((await balances)['BTC']).toBeDefined();
    const watched = kraken.watchOrders(SYMBOL);
    const placed = await kraken.createOrderWs(SYMBOL, 'limit', 'buy', 0.01, price);
    const seen = await watched;
    expect(seen.map(({ id }) => id)).toContain(placed.id);
    await kraken.editOrderWs(idOf(placed), SYMBOL, 'limit', 'buy', 0.02, price);
    const open = await kraken.fetchOpenOrders(SYMBOL);
    expect(open).toHaveLength(1);
    await kraken.cancelOrderWs(open[0]?.id ?? '');
    expect(await kraken.fetchOpenOrders(SYMBOL)).toEqual([]);

    const fills = kraken.watchMyTrades(SYMBOL);
    await kraken.createOrderWs(SYMBOL, 'limit', 'buy', 0.005, (await bestAsk()) * 1.01, { timeInForce: 'IOC' });
    const [fill] = await fills;
    expect(fill).toMatchObject({ symbol: SYMBOL, side: 'buy' });
  });
});
