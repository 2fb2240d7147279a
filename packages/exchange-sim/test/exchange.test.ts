import { micros, priceToTicks, qtyToLots, SECOND, VirtualScheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { apiSign } from '../src/access/api-keys.ts';
import { SimExchange, standardMarkets } from '../src/index.ts';
import type { MarketOptions, SimError, SimExchangeOptions, TrueTrade } from '../src/index.ts';
import { playOnVisit, recordedMarkets } from '../src/tape/recorded-markets.ts';
import { openTape } from '../src/tape/tape-feeder.ts';
import { connect } from './client.ts';
import type { TestClient } from './client.ts';
import { PlainBook } from './plain-book.ts';
import { record, textOf } from './recording.ts';

const START = micros(1_785_641_750_000_000);
const ALICE = { name: 'alice', balances: { USD: '100000', BTC: '2' } };
const MARKETS = standardMarkets(['BTC/USD', 'ETH/USD'], () => 'demo');

interface Stage {
  readonly exchange: SimExchange;
  readonly scheduler: VirtualScheduler;
  readonly client: TestClient;
  seconds(count: number): void;
  /** A private REST call of alice's. */
  rest(method: string, params?: Record<string, string>): { readonly error: string[]; readonly result: Result };
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests look at REST answers of all methods
type Result = any;

function stage(options: Partial<SimExchangeOptions> = {}): Stage {
  const scheduler = new VirtualScheduler(START);
  const exchange = new SimExchange({ markets: MARKETS, accounts: [ALICE], seed: 1, scheduler, ...options });
  exchange.start();
  let nonce = 0;
  return {
    exchange,
    scheduler,
    client: connect(exchange.accept, scheduler),
    seconds: (count) => scheduler.advance(micros(count * SECOND)),
    rest(method, params = {}) {
      nonce += 1;
      const body = new URLSearchParams({ nonce: String(nonce), ...params }).toString();
      const path = `/0/private/${method}`;
      const { apiKey, secret } = exchange.credentials('alice');
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        'api-key': apiKey,
        'api-sign': apiSign(secret, path, String(nonce), body),
      };
      const request = { method: 'POST', path, query: '', headers, body: Buffer.from(body), remote: '127.0.0.1' };
      return JSON.parse(String(exchange.rest(request).body)) as { error: string[]; result: Result };
    },
  };
}

const LIMIT = { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', price: '50000.0', volume: '0.1' };

describe('an exchange with accounts', () => {
  test('locks a key out that fails, as soon and for as long as it was told', () => {
    const { rest, seconds } = stage({ lockout: { failures: 1, seconds: 5 } });
    expect(rest('Balance').error).toEqual([]);
    expect(rest('Balance', { nonce: '999' }).error).toEqual(['EAPI:Invalid signature']);
    expect(rest('Balance').error).toEqual(['EGeneral:Temporary lockout']);
    seconds(5);
    expect(rest('Balance').error).toEqual([]);
  });

  test('an order placed by REST is in the true book, and gone from it when cancelled', () => {
    const { exchange, rest, seconds } = stage();
    seconds(1);
    const placed = rest('AddOrder', LIMIT);
    expect(placed.error).toEqual([]);
    const { orders, instrument } = exchange.truth('BTC/USD');
    const price = priceToTicks(instrument, '50000.0');
    expect(orders.total('buy', price)).toBe(qtyToLots(instrument, '0.1'));
    expect(rest('CancelAll').result).toEqual({ count: 1 });
    expect(orders.total('buy', price)).toBe(0);
  });

  test('a market order trades with the flow, and the ground truth says with which orders', () => {
    const { exchange, rest, seconds } = stage();
    seconds(1);
    const trades: TrueTrade[] = [];
    const stop = exchange.listen({ onTrade: (trade) => trades.push(trade) });
    const { result } = rest('AddOrder', { pair: 'XBTUSD', type: 'buy', ordertype: 'market', volume: '0.05' });
    stop();
    const own = rest('TradesHistory', { consolidate_taker: 'false' }).result.trades;
    expect(Object.values(own)).toHaveLength(trades.length);
    expect(trades.reduce((sum, { size }) => sum + size, 0)).toBe(5_000_000);
    expect(new Set(trades.map(({ takerOrderId }) => takerOrderId)).size).toBe(1);
    expect(Object.values(own).every((trade) => (trade as Result).ordertxid === result.txid[0])).toBe(true);
    seconds(5);
    expect(trades).toHaveLength(Object.values(own).length);
  });

  test('the same seed and the same requests give the same bytes', () => {
    const runs = [stage(), stage()].map(({ client, seconds, rest }) => {
      for (const channel of ['book', 'trade', 'ticker', 'ohlc']) {
        client.send('subscribe', { channel, symbol: ['BTC/USD', 'ETH/USD'] });
      }
      seconds(2);
      const answers = [rest('AddOrder', LIMIT), rest('OpenOrders'), rest('BalanceEx')];
      seconds(3);
      return [...client.frames, JSON.stringify(answers)];
    });
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]?.length).toBeGreaterThan(500);
  });
});

describe('statuses', () => {
  test('cancel_only: everybody is told, the markets stand still, orders can only be cancelled', () => {
    const { exchange, client, rest, seconds } = stage();
    client.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    seconds(2);
    rest('AddOrder', LIMIT);
    exchange.setSystemStatus('cancel_only');
    seconds(0);
    expect(client.on('status').at(-1)?.data[0].system).toBe('cancel_only');
    const before = client.on('book').length;
    seconds(10);
    expect(client.on('book')).toHaveLength(before);
    expect(rest('AddOrder', LIMIT).error).toEqual(['EService:Market in cancel_only mode']);
    expect(rest('CancelAll').result).toEqual({ count: 1 });
    exchange.setSystemStatus('online');
    seconds(10);
    expect(client.on('book').length).toBeGreaterThan(before + 100);
    expect(client.on('status').at(-1)?.data[0].system).toBe('online');
  });

  test('a pair that is delisted: those who follow the listings are told, its orders are cancelled, others go on', () => {
    const { exchange, client, rest, seconds } = stage();
    client.send('subscribe', { channel: 'instrument' });
    client.send('subscribe', { channel: 'book', symbol: ['BTC/USD', 'ETH/USD'] });
    seconds(1);
    rest('AddOrder', LIMIT);
    exchange.delist('BTC/USD');
    seconds(0);
    const update = client.on('instrument').at(-1);
    expect(update).toMatchObject({ type: 'update' });
    expect(update?.data.pairs).toMatchObject([{ symbol: 'BTC/USD', status: 'delisted' }]);
    expect(rest('OpenOrders').result).toEqual({ open: {} });
    const booksOf = (symbol: string): number =>
      client.on('book').filter(({ data }) => data[0].symbol === symbol).length;
    const before = [booksOf('BTC/USD'), booksOf('ETH/USD')];
    seconds(5);
    expect(booksOf('BTC/USD')).toBe(before[0]);
    expect(booksOf('ETH/USD')).toBeGreaterThan((before[1] ?? 0) + 50);
  });

  test('another precision: the rules come first, then a fresh snapshot in the new digits, and the book goes on from there', () => {
    const { exchange, client, rest, seconds } = stage();
    client.send('subscribe', { channel: 'instrument' });
    client.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    seconds(3);
    rest('AddOrder', LIMIT);
    client.take();
    exchange.changePrecision('BTC/USD', 2, 6);
    seconds(3);
    const frames = client.take().filter((frame) => /"channel":"(book|instrument)"/.test(frame));
    const changed = frames.findIndex((frame) => frame.includes('"price_precision":2'));
    const books = frames.slice(changed + 1).filter((frame) => frame.includes('"book"'));
    expect(changed).toBeGreaterThanOrEqual(0);
    expect(books[0]).toMatch(/"type":"snapshot".*"price":\d+\.\d\d,"qty":\d+\.\d{6}\}/);
    const book = new PlainBook(10);
    expect(books.map((frame) => book.apply(frame)).filter((problem) => problem !== '')).toEqual([]);
    expect(books.length).toBeGreaterThan(50);
    expect(rest('OpenOrders').result).toEqual({ open: {} });
    expect(rest('AddOrder', { ...LIMIT, price: '50000.05', volume: '0.100001' }).error).toEqual([]);
    expect(() => exchange.changePrecision('BTC/USD', 20, 6)).toThrow('15 decimals');
  });

  test('decimals that the sizes of a market leave no room for are refused, and nothing changes', () => {
    const scheduler = new VirtualScheduler(micros(1_785_641_750_000_000));
    const markets = standardMarkets(['PEPE/USD']);
    const exchange = new SimExchange({ markets, seed: 1, scheduler, warmUp: micros(SECOND / 10) });
    exchange.start();
    const truth = exchange.truth('PEPE/USD');
    const before = [truth.instrument, truth.orders.best('buy'), truth.frames];
    for (const decimals of [7, 8, 9]) {
      expect(() => exchange.changePrecision('PEPE/USD', 9, decimals)).toThrow(
        expect.objectContaining({ code: 'KB_SIM_BAD_OPTION' }),
      );
    }
    expect([truth.instrument, truth.orders.best('buy'), truth.frames]).toEqual(before);
    exchange.changePrecision('PEPE/USD', 10, 5);
    exchange.changePrecision('PEPE/USD', 9, 3);
    exchange.changePrecision('PEPE/USD', 9, 4);
    scheduler.advance(micros(60 * SECOND));
    expect(truth.instrument.qtyPrecision).toBe(4);
  });

  test('decimals that the prices of a market leave no room for are refused, and orders and book stay', () => {
    const { exchange, rest } = stage();
    rest('AddOrder', LIMIT);
    const truth = exchange.truth('BTC/USD');
    const before = [truth.instrument, truth.orders.best('buy'), rest('OpenOrders').result];
    for (const decimals of [12, 15]) {
      expect(() => exchange.changePrecision('BTC/USD', decimals, 8)).toThrow(
        expect.objectContaining({ code: 'KB_SIM_BAD_OPTION' }),
      );
    }
    expect([truth.instrument, truth.orders.best('buy'), rest('OpenOrders').result]).toEqual(before);
  });
});

describe('triangles', () => {
  test('the markets of a triangle stay consistent, and opportunities are real but rare', () => {
    const markets = standardMarkets(['BTC/USD', 'XRP/USD', 'XRP/BTC'], () => 'demo');
    const { exchange, seconds } = stage({ markets });
    const gaps: number[] = [];
    for (let second = 0; second < 300; second += 1) {
      seconds(1);
      gaps.push(gapBp(exchange));
    }
    const sorted = gaps.toSorted((a, b) => a - b);
    // XRP/BTC has ticks of 5 bp: two spreads and the threshold are what is left.
    expect(sorted[Math.floor(gaps.length * 0.9)]).toBeLessThan(40);
    expect(Math.max(...gaps)).toBeGreaterThan(3);
  });
});

/** How far the cross is from what the other two say, from mid to mid. */
function gapBp(exchange: SimExchange): number {
  const [direct, cross, bridge] = ['XRP/USD', 'XRP/BTC', 'BTC/USD'].map((symbol) => {
    const { orders, instrument } = exchange.truth(symbol);
    return ((orders.best('buy') ?? 0) + (orders.best('sell') ?? 0)) / 2 / 10 ** instrument.pricePrecision;
  }) as [number, number, number];
  return Math.abs((cross * bridge) / direct - 1) * 10_000;
}

describe('a recording as the market', () => {
  const RECORDING = record(20, 25);

  async function onTape(): Promise<Stage & { readonly ends: (SimError | undefined)[] }> {
    const feeder = await openTape(RECORDING);
    const made = stage({ markets: recordedMarkets(feeder), sources: [feeder], warmUp: micros(0) });
    const ends: (SimError | undefined)[] = [];
    playOnVisit(feeder, made.exchange, (error) => ends.push(error));
    return { ...made, ends };
  }

  test('shows the recorded book after every message, and ends with 1000', async () => {
    const { client, seconds, ends } = await onTape();
    client.send('subscribe', { channel: 'book', symbol: ['BTC/USD'], depth: 25 });
    seconds(30);
    const [shown, recorded] = [new PlainBook(25), new PlainBook(25)];
    const isBook = (text: string): boolean => text.startsWith('{"channel":"book"') && text.includes('"BTC/USD"');
    expect(
      client.frames
        .filter(isBook)
        .map((text) => shown.apply(text))
        .filter((problem) => problem !== ''),
    ).toEqual([]);
    RECORDING.filter(({ dir }) => dir === 'rx')
      .map(textOf)
      .filter(isBook)
      .forEach((text) => recorded.apply(text));
    expect(shown).toEqual(recorded);
    expect(client.closed).toMatchObject([{ code: 1000 }]);
    expect(ends).toEqual([undefined]);
  });

  test("a client's order rests in it, and is filled by what the recording trades", async () => {
    const { client, rest, seconds, exchange } = await onTape();
    client.send('subscribe', { channel: 'book', symbol: ['BTC/USD'], depth: 25 });
    seconds(1);
    const { orders, instrument } = exchange.truth('BTC/USD');
    const best = orders.best('sell') ?? 0;
    const order = { pair: 'XBTUSD', type: 'sell', ordertype: 'limit', oflags: 'post', volume: '0.01' };
    const price = (best / 10 ** instrument.pricePrecision).toFixed(1);
    expect(rest('AddOrder', { ...order, price }).error).toEqual([]);
    seconds(15);
    const [fill] = Object.values<Result>(rest('TradesHistory').result.trades);
    expect(fill).toMatchObject({ type: 'sell', price: `${price}0000`, maker: true });
  });
});

test('symbols must differ, and there must be one', () => {
  const twice: readonly MarketOptions[] = [...MARKETS, ...MARKETS];
  expect(() => stage({ markets: twice })).toThrow(/stands twice/);
  expect(() => stage({ markets: [] })).toThrow(/at least one market/);
  expect(() => stage({ keys: [{ account: 'nobody', key: 'k', secret: 'c2U=' }] })).toThrow(/no account nobody/);
});

describe('level3', () => {
  test("shows an account's own order by the id that its owner knows, as it comes and as it goes", () => {
    const { client, rest, seconds } = stage();
    const { token } = rest('GetWebSocketsToken').result as { token: string };
    client.send('subscribe', { channel: 'level3', symbol: ['BTC/USD'], depth: 1000, token });
    seconds(1);
    const [id = ''] = rest('AddOrder', LIMIT).result.txid as string[];
    seconds(0);
    rest('CancelOrder', { txid: id });
    seconds(0);
    const events = client
      .on('level3')
      .flatMap(({ data }) => data[0].bids as { event?: string; order_id: string }[])
      .filter((order) => order.order_id === id);
    expect(events.map(({ event }) => event)).toEqual(['add', 'delete']);
  });

  test('a token of a key that may not trade does not trade', () => {
    const { client, rest, seconds } = stage({
      keys: [{ account: 'alice', key: 'READER', secret: 'c2VjcmV0', permissions: ['create-ws-token', 'query-funds'] }],
    });
    const { token } = rest('GetWebSocketsToken').result as { token: string };
    client.send('cancel_all', { token }, 1);
    seconds(0);
    expect(client.frames.at(-1)).toContain('"error":"EGeneral:Permission denied"');
  });
});
