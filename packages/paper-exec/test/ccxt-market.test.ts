import { instrument, lots, micros, ticks } from '@kb/model';
import type { MarketEvent } from '@kb/model';
import { L2Book } from '@kb/orderbook';
import { describe, expect, test } from 'vitest';
import { ccxt } from '../src/index.ts';
import { CcxtScene, START, SYMBOL, turn } from './ccxt-scene.ts';

describe('market data under ccxt names', () => {
  test('books and trades come as ccxt has them, and go out as ccxt has them', async () => {
    const { exchange } = new CcxtScene();
    const levels = {
      bids: [
        [60_000, 0.5, 1_700_000_000],
        [59_999.9, 1],
      ],
      asks: [[60_000.1, 0.8]],
    };
    exchange.onBook({ symbol: SYMBOL, ...levels }, START + 1); // Kraken's books over REST have no time
    expect(await exchange.fetchOrderBook(SYMBOL)).toMatchObject({
      bids: [
        [60_000, 0.5],
        [59_999.9, 1],
      ],
      asks: [[60_000.1, 0.8]],
    });
    expect((await exchange.fetchOrderBook(SYMBOL, 1)).bids).toEqual([[60_000, 0.5]]);
    const trade = { symbol: SYMBOL, id: '77', datetime: '2026-01-01T00:00:00.002500Z', price: 60_000.1, amount: 1e-7 };
    exchange.onTrade({ ...trade, side: 'buy' });
    exchange.onTrade({ symbol: SYMBOL, time: '2026-01-01T00:00:00.003Z', price: '60000.0', size: '0.2', side: 'sell' });
    expect(await exchange.fetchTrades(SYMBOL)).toMatchObject([
      { id: '77', timestamp: START + 2, price: 60_000.1, amount: 1e-7, side: 'buy', order: undefined },
      { id: '78', timestamp: START + 3, price: 60_000, amount: 0.2, cost: 12_000, side: 'sell' },
    ]);
    expect(await exchange.fetchTrades(SYMBOL, undefined, 1)).toMatchObject([{ price: 60_000 }]);
    expect(await exchange.fetchTicker(SYMBOL)).toMatchObject({
      bid: 60_000,
      bidVolume: 0.5,
      ask: 60_000.1,
      askVolume: 0.8,
      last: 60_000,
      close: 60_000,
      high: undefined,
    });
    expect(exchange.milliseconds()).toBe(START + 3);
  });

  test.each([
    ['a book without a symbol', (exchange: CcxtScene['exchange']) => exchange.onBook({ bids: [], asks: [] }, START)],
    ['a book without a time', (exchange) => exchange.onBook({ symbol: SYMBOL, bids: [], asks: [] })],
    ['a trade without a side', (exchange) => exchange.onTrade({ symbol: SYMBOL, price: 1, amount: 1 }, START)],
    ['a trade without an amount', (exchange) => exchange.onTrade({ symbol: SYMBOL, price: 1, side: 'buy' }, START)],
  ] satisfies readonly [string, (exchange: CcxtScene['exchange']) => void][])('%s is refused', (_what, feed) => {
    expect(() => feed(new CcxtScene().exchange)).toThrow(ccxt.BadRequest);
  });

  test('trades of a gap that are told later stand where they belong, and are not the last', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const common = { symbol: SYMBOL, side: 'buy', size: '0.1' } as const;
    exchange.onTrade({ ...common, time: '2026-01-01T00:00:01Z', price: '60001.0', tradeId: 1 });
    exchange.onTrade({ ...common, time: '2026-01-01T00:00:03Z', price: '60003.0', tradeId: 3 });
    exchange.onTrade({ ...common, time: '2026-01-01T00:00:02Z', price: '60002.0', tradeId: 2, missed: true });
    exchange.onTrade({ ...common, time: '2026-01-01T00:00:04Z', price: '60004.0' });
    expect((await exchange.fetchTrades(SYMBOL)).map(({ id }) => id)).toEqual(['1', '2', '3', '4']);
    expect((await exchange.fetchTicker(SYMBOL)).last).toBe(60_004);
  });

  test('of each pair the last thousand trades are kept', async () => {
    const scene = new CcxtScene();
    for (let index = 0; index < 2_500; index += 1) scene.trade('buy', 60_000 + index, 0.001);
    const trades = await scene.exchange.fetchTrades(SYMBOL);
    expect(trades).toHaveLength(1_000);
    expect(trades.at(0)?.price).toBe(61_500);
    expect(trades.at(-1)?.price).toBe(62_499);
  });

  test('a feed is followed: pairs, books, trades and the venue’s own tickers', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const eth = instrument({ symbol: 'ETH/USD', pricePrecision: 2, qtyPrecision: 8 });
    const feed = new TestFeed();
    const followed = exchange.follow(feed);
    const book = new L2Book('ETH/USD', eth, 10);
    const changes = {
      snapshot: true,
      bidCount: 1,
      bidPrices: [ticks(300_000)],
      bidSizes: [lots(1e8)],
      askCount: 1,
      askPrices: [ticks(300_001)],
      askSizes: [lots(2e8)],
    };
    book.apply(changes);
    const symbol = 'ETH/USD';
    feed.tell({ type: 'instrument', ...feed.stamp(1), symbol, instrument: eth });
    feed.tell({ type: 'book', ...feed.stamp(2), symbol, book, changes, snapshot: true, verified: true });
    const trade = { tradeId: 5, price: ticks(300_001), size: lots(5e7), taker: 'buy', historical: false } as const;
    feed.tell({ type: 'trade', ...feed.stamp(3), symbol, ...trade });
    const figures = { volume: '10', vwap: '2990', low: '2900', high: '3100', change: '50.01', changePct: '1.7' };
    const best = { bid: undefined, bidSize: undefined, ask: undefined, askSize: undefined, last: ticks(300_001) };
    feed.tell({ type: 'ticker', ...feed.stamp(4), symbol, ...best, ...figures });

    expect(exchange.symbols).toEqual([SYMBOL, symbol]);
    expect((await exchange.loadMarkets())[symbol]).toMatchObject({
      base: 'ETH',
      precision: { price: 0.01, amount: 1e-8 },
    });
    expect(await exchange.fetchTrades(symbol)).toMatchObject([{ id: '5', price: 3_000.01, amount: 0.5, side: 'buy' }]);
    expect(await exchange.fetchTicker(symbol)).toMatchObject({
      bid: 3_000,
      ask: 3_000.01,
      last: 3_000.01,
      open: 2_950,
      average: 2_975.005,
      baseVolume: 10,
      quoteVolume: 29_900,
      percentage: 1.7,
    });
    await scene.settled(exchange.createMarketBuyOrder(symbol, 0.5));
    expect(await exchange.fetchMyTrades(symbol)).toMatchObject([{ price: 3_000.01, amount: 0.5 }]);

    feed.tell({ type: 'trade', ...feed.stamp(5), symbol: 'XRP/USD', ...trade });
    expect(exchange.symbols).toEqual([SYMBOL, symbol]);
    followed.close();
    feed.tell({ type: 'trade', ...feed.stamp(6), symbol, ...trade });
    expect(await exchange.fetchTrades(symbol)).toHaveLength(1);
  });

  test('who watches gets what is new since he last looked, at once when there is something', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    expect((await exchange.watchOrderBook(SYMBOL)).bids).toEqual([[60_000, 0.5]]);
    const next = exchange.watchOrderBook(SYMBOL, 1);
    scene.book(
      [
        [60_000, 0.4],
        [59_999, 1],
      ],
      [[60_000.1, 0.8]],
    );
    scene.book([[60_000, 0.3]], [[60_000.1, 0.8]]);
    expect((await next).bids).toEqual([[60_000, 0.4]]);
    expect((await exchange.watchOrderBook(SYMBOL)).bids).toEqual([[60_000, 0.3]]);

    const trades = exchange.watchTrades(SYMBOL);
    scene.trade('buy', 60_000.1, 0.1);
    scene.trade('buy', 60_000.1, 0.2);
    expect((await trades).map(({ amount }) => amount)).toEqual([0.1]);
    expect((await exchange.watchTrades(SYMBOL)).map(({ amount }) => amount)).toEqual([0.2]);
  });

  test('orders and own trades are watched, all or of one symbol, and nothing is lost between two looks', async () => {
    const scene = new CcxtScene();
    const { exchange } = scene;
    const resting = await scene.settled(exchange.createLimitBuyOrder(SYMBOL, 0.1, 50_000));
    expect(await exchange.watchOrders(SYMBOL)).toMatchObject([{ id: resting.id, status: 'open' }]);
    const [orders, trades] = [exchange.watchOrders(), exchange.watchMyTrades(SYMBOL)];
    expect(await orders).toHaveLength(1);
    const [updates, again] = [exchange.watchOrders(SYMBOL), exchange.watchOrders(SYMBOL)];
    const taking = await scene.settled(exchange.createMarketBuyOrder(SYMBOL, 0.9));
    expect(await updates).toMatchObject([{ id: taking.id, status: 'open', filled: 0 }]);
    expect(await again).toEqual(await updates);
    expect(await exchange.watchOrders(SYMBOL)).toMatchObject([{ id: taking.id, status: 'canceled', filled: 0.8 }]);
    expect(await trades).toMatchObject([{ order: taking.id, amount: 0.8 }]);
    expect(await exchange.watchMyTrades()).toMatchObject([{ order: taking.id, amount: 0.8 }]);
  });

  test('it sleeps in the time that is brought in', async () => {
    const scene = new CcxtScene();
    const woken: string[] = [];
    void scene.exchange.sleep(500).then(() => woken.push('late'));
    void scene.exchange.sleep(200).then(() => woken.push('early'));
    scene.exchange.onTime(START + 199);
    await turn();
    expect(woken).toEqual([]);
    scene.exchange.onTime('2026-01-01T00:00:01Z');
    await turn();
    expect(woken).toEqual(['early', 'late']);
    expect(await scene.exchange.fetchTime()).toBe(START + 1_000);
  });

  test('closing ends whoever waits, and refuses what comes after', async () => {
    const { exchange } = new CcxtScene();
    const feed = new TestFeed();
    exchange.follow(feed);
    const waiting = [
      exchange.createLimitBuyOrder(SYMBOL, 0.01, 50_000),
      exchange.watchOrders(),
      exchange.watchMyTrades(SYMBOL),
      exchange.watchTrades(SYMBOL),
      exchange.sleep(1),
    ];
    const outcomes = Promise.allSettled(waiting);
    await exchange.close();
    await exchange.close();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(ccxt.ExchangeClosedByUser) });
    }
    expect(feed.isFollowed).toBe(false);
    await expect(exchange.createLimitBuyOrder(SYMBOL, 0.01, 50_000)).rejects.toThrow(ccxt.ExchangeClosedByUser);
    await expect(exchange.watchOrders()).rejects.toThrow(ccxt.ExchangeClosedByUser);
    await expect(exchange.sleep(1)).rejects.toThrow(ccxt.ExchangeClosedByUser);
  });

  test('markets, fees and what it can do are told', async () => {
    const { exchange } = new CcxtScene({ fees: { startingVolume: '60000' } });
    expect(exchange.has['createOrder']).toBe(true);
    expect(exchange.has['fetchOHLCV']).toBe(false);
    const methods = Object.entries(exchange.has).filter(([name]) => /^(cancel|create|edit|fetch|watch)/.test(name));
    expect(methods.map(([name]) => [name, name in exchange])).toEqual(methods);
    expect(await exchange.fetchMarkets()).toMatchObject([
      { symbol: SYMBOL, limits: { amount: { min: 0.0001 }, cost: { min: 0.5 }, leverage: { max: 1 } }, margin: false },
    ]);
    const fee = await exchange.fetchTradingFee(SYMBOL);
    expect(fee).toMatchObject({ maker: 0.0014, taker: 0.0024, tierBased: true });
    expect(await exchange.fetchTradingFees()).toEqual({ [SYMBOL]: fee });
    expect(() => exchange.market('FOO/USD')).toThrow(ccxt.BadSymbol);
    expect(exchange.priceToPrecision(SYMBOL, 60_000.05)).toBe('60000.1');
    expect(exchange.amountToPrecision(SYMBOL, '0.123456789')).toBe('0.12345678');
    expect(() => exchange.amountToPrecision(SYMBOL, 1e-9)).toThrow(ccxt.InvalidOrder);
  });
});

/** A feed as `FanOut` of `@kb/feed` hands one on. */
class TestFeed {
  #seq = 0;
  #listener: ((event: MarketEvent) => void) | undefined;

  get isFollowed(): boolean {
    return this.#listener !== undefined;
  }

  subscribe({ onEvent }: { readonly onEvent: (event: MarketEvent) => void }): { close(): void } {
    this.#listener = onEvent;
    return { close: () => (this.#listener = undefined) };
  }

  stamp(milliseconds: number): Record<'venueTs' | 'recvTs', ReturnType<typeof micros>> & { readonly seq: number } {
    const time = micros((START + milliseconds) * 1000);
    return { seq: (this.#seq += 1), venueTs: time, recvTs: time };
  }

  tell(event: MarketEvent): void {
    this.#listener?.(event);
  }
}
