import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { Micros, Scheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import type { ServerSocket } from '@kb/kraken';
import { DEMO_MARKET, SimExchange } from '../src/index.ts';
import type { SimExchangeOptions } from '../src/index.ts';
import { connect } from './client.ts';
import type { TestClient } from './client.ts';

const START = micros(1_785_641_750_295_158);
const AT = '"time_in":"2026-08-02T03:35:50.295158Z","time_out":"2026-08-02T03:35:50.295158Z"';
const ETH = {
  ...DEMO_MARKET,
  instrument: { symbol: 'ETH/USD', pricePrecision: 2, qtyPrecision: 8 },
  startPrice: '3000',
};

function open(options: Partial<SimExchangeOptions> = {}): {
  scheduler: VirtualScheduler;
  exchange: SimExchange;
  client: () => TestClient;
  seconds: (count: number) => void;
} {
  const scheduler = new VirtualScheduler(START);
  const exchange = new SimExchange({ markets: [DEMO_MARKET], seed: 1, scheduler, ...options });
  exchange.start();
  return {
    scheduler,
    exchange,
    client: () => connect(exchange.accept, scheduler),
    seconds: (count) => scheduler.advance(micros(count * SECOND)),
  };
}

/** What the exchange answers to one request, sent at once after connecting. */
function answersTo(method: string, params: object | undefined, reqId?: number): string[] {
  const { client, seconds } = open({ markets: [DEMO_MARKET, ETH] });
  const one = client();
  one.send(method, params, reqId);
  seconds(0);
  return one.frames.slice(1);
}

describe('answers', () => {
  test('the first frame is the status, with a connection id beyond 2^53', () => {
    const { client, seconds } = open();
    const [one, two] = [client(), client()];
    seconds(0);
    expect(one.frames).toHaveLength(1);
    expect(one.frames[0]).toMatch(
      /^\{"channel":"status","type":"update","data":\[\{"version":"2\.0\.10","system":"online","api_version":"v2","connection_id":\d{19}\}\]\}$/,
    );
    expect(one.frames[0]).not.toBe(two.frames[0]);
  });

  test('each symbol is acknowledged by itself, defaults echoed, before the first snapshot', () => {
    const frames = answersTo('subscribe', { channel: 'book', symbol: ['BTC/USD', 'ETH/USD'] }, 7);
    expect(frames.slice(0, 2)).toEqual([
      `{"method":"subscribe","req_id":7,"result":{"channel":"book","depth":10,"snapshot":true,"symbol":"BTC/USD"},"success":true,${AT}}`,
      `{"method":"subscribe","req_id":7,"result":{"channel":"book","depth":10,"snapshot":true,"symbol":"ETH/USD"},"success":true,${AT}}`,
    ]);
    expect(frames.slice(2).map((frame) => frame.slice(0, 66))).toEqual([
      '{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","b',
      '{"channel":"book","type":"snapshot","data":[{"symbol":"ETH/USD","b',
    ]);
  });

  test.each([
    [
      { channel: 'trade', symbol: ['BTC/USD'] },
      `{"method":"subscribe","result":{"channel":"trade","snapshot":false,"symbol":"BTC/USD"},"success":true,${AT}}`,
    ],
    [
      { channel: 'ticker', symbol: ['BTC/USD'] },
      `{"method":"subscribe","result":{"channel":"ticker","event_trigger":"trades","snapshot":true,"symbol":"BTC/USD"},"success":true,${AT}}`,
    ],
    [
      { channel: 'book', symbol: ['BTC/USD'], depth: 100, snapshot: false },
      `{"method":"subscribe","result":{"channel":"book","depth":100,"snapshot":false,"symbol":"BTC/USD"},"success":true,${AT}}`,
    ],
    [
      { channel: 'instrument' },
      `{"method":"subscribe","result":{"channel":"instrument","snapshot":true,"warnings":["tick_size is deprecated, use price_increment"]},"success":true,${AT}}`,
    ],
  ])('%o is acknowledged as on the live venue', (params, expected) => {
    expect(answersTo('subscribe', params)[0]).toBe(expected);
  });

  test.each([
    [{ channel: 'book', symbol: ['XBT/USD'] }, 'Currency pair not supported XBT/USD', 'XBT/USD'],
    [{ channel: 'trade', symbol: ['UNKNOWN'] }, 'Currency pair not in ISO 4217-A3 format UNKNOWN', 'UNKNOWN'],
    [{ channel: 'book', symbol: ['BTC/USD'], depth: 11 }, 'Subscription depth not supported', undefined],
    [{ channel: 'book', symbol: ['BTC/USD'], depth: '10' }, 'Subscription depth not supported', undefined],
    [{ symbol: ['BTC/USD'] }, 'Subscription name invalid', undefined],
    [{ channel: 'status' }, 'Symbol(s) not found', undefined],
    [{ channel: 'book' }, 'Symbol(s) not found', undefined],
    [{ channel: 'book', symbol: [] }, 'Symbol(s) not found', undefined],
    [{ channel: 'book', symbol: 'BTC/USD' }, 'Symbol(s) not found', undefined],
    [
      { channel: 'ticker', symbol: ['BTC/USD'], event_trigger: 'x' },
      'EGeneral:Invalid arguments:event_trigger',
      undefined,
    ],
    [
      { channel: 'book', symbol: ['BTC/USD'], price: 1 },
      "Unsupported field: 'price' for the given msg type: subscribe",
      undefined,
    ],
    [{ channel: 'book', symbol: ['é"/\n'] }, 'Currency pair not supported é"/\n', 'é"/\n'],
  ])('%o is refused in Kraken’s words', (params, error, symbol) => {
    const about = symbol === undefined ? '' : `,"symbol":${JSON.stringify(symbol)}`;
    expect(answersTo('subscribe', params, 9)).toEqual([
      `{"error":${JSON.stringify(error)},"method":"subscribe","req_id":9,"success":false${about},${AT}}`,
    ]);
  });

  test('a good symbol is served beside a bad one', () => {
    const frames = answersTo('subscribe', { channel: 'book', symbol: ['NOPE/USD', 'BTC/USD'] }, 1);
    expect(frames).toHaveLength(3);
    expect(frames[0]).toContain('Currency pair not supported NOPE/USD');
    expect(frames[1]).toContain('"success":true');
  });

  test('ping is answered with pong, and what is no request with an error', () => {
    const { client, seconds } = open();
    const one = client();
    one.send('ping', undefined, 101);
    one.send('ping');
    one.send('place', {}, 5);
    seconds(0);
    for (const text of ['{', '[]', '"ping"', 'null', '{"method":5}', '{"method":"subscribe"}', '{"__proto__":{}}']) {
      one.socket.send(text);
    }
    seconds(0);
    expect(one.frames.slice(1)).toEqual([
      `{"method":"pong","req_id":101,${AT}}`,
      `{"method":"pong",${AT}}`,
      `{"error":"EGeneral:Unknown method","method":"place","req_id":5,"success":false,${AT}}`,
      ...Array.from({ length: 5 }, () => `{"error":"Malformed request","success":false,${AT}}`),
      `{"error":"Malformed request","method":"subscribe","success":false,${AT}}`,
      `{"error":"Malformed request","success":false,${AT}}`,
    ]);
  });

  test('a second subscription to the same is refused and leaves the first alone; another depth is another subscription', () => {
    const { client, seconds } = open();
    const one = client();
    for (const depth of [10, 10, 25]) one.send('subscribe', { channel: 'book', symbol: ['BTC/USD'], depth });
    seconds(5);
    expect(one.frames.filter((frame) => frame.includes('"error":"Already subscribed"'))).toHaveLength(1);
    const sizes = one.on('book').filter((message) => message.type === 'snapshot');
    expect(sizes.map((message) => message.data[0].bids.length)).toEqual([10, 25]);
    expect(one.on('book').length).toBeGreaterThan(100);
  });

  test('unsubscribing ends the stream, and repeats the parameter', () => {
    const { client, seconds } = open();
    const one = client();
    one.send('subscribe', { channel: 'book', symbol: ['BTC/USD'], depth: 25 });
    seconds(2);
    one.send('unsubscribe', { channel: 'book', symbol: ['BTC/USD'] }, 3);
    one.send('unsubscribe', { channel: 'book', symbol: ['BTC/USD'], depth: 25 }, 4);
    seconds(0);
    const [refused, done] = one.frames.slice(-2);
    expect(refused).toMatch(
      /^\{"error":"Subscription Not Found","method":"subscribe","req_id":3,"success":false,"symbol":"BTC\/USD","time_in":/,
    );
    expect(done).toMatch(
      /^\{"method":"unsubscribe","req_id":4,"result":\{"channel":"book","depth":25,"symbol":"BTC\/USD"\},"success":true,"time_in":/,
    );
    const before = one.frames.length;
    seconds(10);
    expect(one.frames.length).toBe(before);
  });
});

describe('channels', () => {
  test('instrument tells each pair and its assets with their digits', () => {
    const { client, seconds } = open({ markets: [DEMO_MARKET, ETH] });
    const one = client();
    one.send('subscribe', { channel: 'instrument' });
    seconds(0);
    expect(one.frames.at(-1)).toContain(
      '{"symbol":"BTC/USD","base":"BTC","quote":"USD","status":"online","qty_precision":8,"qty_increment":1E-8,"price_precision":1,"cost_precision":5,"marginable":true,"has_index":true,"cost_min":0.50,"margin_initial":0.10,"position_limit_long":350,"position_limit_short":250,"tick_size":0.1,"price_increment":0.1,"qty_min":0.00010000}',
    );
    const [message] = one.on('instrument');
    expect(message?.data.assets.map((asset: { id: string }) => asset.id)).toEqual(['BTC', 'USD', 'ETH']);
    expect(message?.data.pairs.map((pair: { symbol: string }) => pair.symbol)).toEqual(['BTC/USD', 'ETH/USD']);
  });

  test('trades come right before the book of the same instant, one message a sweep, ids contiguous', () => {
    const { client, seconds, exchange } = open();
    const one = client();
    one.send('subscribe', { channel: 'book', symbol: ['BTC/USD'], depth: 1000 });
    one.send('subscribe', { channel: 'trade', symbol: ['BTC/USD'] });
    seconds(60);
    const data = one.frames.filter((frame) => /^\{"channel":"(book|trade)"/.test(frame));
    let lastId: number | undefined;
    let sweeps = 0;
    for (const [index, frame] of data.entries()) {
      if (!frame.startsWith('{"channel":"trade"')) continue;
      const trades = JSON.parse(frame).data as {
        trade_id: number;
        timestamp: string;
        side: string;
        ord_type: string;
      }[];
      const next = JSON.parse(data[index + 1]!);
      expect(next.channel).toBe('book');
      expect(new Set([...trades.map((trade) => trade.timestamp), next.data[0].timestamp]).size).toBe(1);
      expect(new Set(trades.map((trade) => `${trade.side} ${trade.ord_type}`)).size).toBe(1);
      for (const { trade_id: id } of trades) {
        expect(id).toBe((lastId ?? id - 1) + 1);
        lastId = id;
      }
      if (trades.length > 1) sweeps += 1;
    }
    expect(sweeps).toBeGreaterThan(20);
    expect(exchange.truth('BTC/USD').recentTrades.at(-1)?.tradeId).toBe(lastId);
  });

  test('venue times never go back', () => {
    const { client, seconds } = open();
    const one = client();
    for (const channel of ['book', 'trade', 'ticker']) one.send('subscribe', { channel, symbol: ['BTC/USD'] });
    seconds(30);
    const times = one.frames.flatMap((frame) => /"timestamp":"([^"]+)"\}\]\}$/.exec(frame)?.[1] ?? []);
    expect(times).toEqual(times.toSorted());
    expect(times.length).toBeGreaterThan(500);
  });

  test('venue times never go back for who subscribes anew, on a clock that moves on while an answer is made', () => {
    const base = new VirtualScheduler(START);
    let looks = 0;
    const scheduler: Scheduler = {
      now: () => micros(base.now() + 1000 * (looks += 1)),
      after: (delay, task) => base.after(delay, task),
    };
    const exchange = new SimExchange({ markets: [DEMO_MARKET], seed: 1, scheduler });
    exchange.start();
    const one = connect(exchange.accept, base);
    for (let round = 0; round < 200; round += 1) {
      one.send(round % 2 === 0 ? 'subscribe' : 'unsubscribe', { channel: 'book', symbol: ['BTC/USD'] });
      base.advance(micros(SECOND / 20));
    }
    const times = one.frames.flatMap((frame) => /"timestamp":"([^"]+)"\}\]\}$/.exec(frame)?.[1] ?? []);
    expect(times).toEqual(times.toSorted());
    expect(one.on('book').filter(({ type }) => type === 'snapshot')).toHaveLength(100);
  });

  test('a trade snapshot, when asked for, holds the last 50 trades in order', () => {
    const { client, seconds } = open();
    const one = client();
    one.send('subscribe', { channel: 'trade', symbol: ['BTC/USD'], snapshot: true });
    seconds(0);
    const [message] = one.on('trade');
    expect(message?.type).toBe('snapshot');
    const ids = message?.data.map((trade: { trade_id: number }) => trade.trade_id) as number[];
    expect(ids).toHaveLength(50);
    expect(ids.map((id) => id - ids[0]!)).toEqual(ids.map((_id, index) => index));
  });

  test('the ticker follows trades, or the best prices when asked to', () => {
    const { client, seconds } = open();
    const [trades, bbo] = [client(), client()];
    trades.send('subscribe', { channel: 'ticker', symbol: ['BTC/USD'] });
    trades.send('subscribe', { channel: 'trade', symbol: ['BTC/USD'] });
    bbo.send('subscribe', { channel: 'ticker', symbol: ['BTC/USD'], event_trigger: 'bbo' });
    seconds(20);
    const updates = trades.on('ticker').filter((message) => message.type === 'update');
    expect(updates.length).toBe(trades.on('trade').length);
    expect(updates.at(-1)?.data[0].last).toBe(trades.on('trade').at(-1)?.data.at(-1).price);

    const quotes = bbo.on('ticker').map(({ data: [{ bid, ask }] }) => `${bid} ${ask}`);
    expect(quotes.length).toBeGreaterThan(50);
    // The first update may repeat the snapshot, when both fall into one instant.
    const repeated = quotes.filter((quote, index) => index > 1 && quote === quotes[index - 1]);
    expect(repeated).toEqual([]);
  });

  test('ticker figures are those of the trades since the start', () => {
    const { client, seconds } = open();
    const one = client();
    one.send('subscribe', { channel: 'ticker', symbol: ['BTC/USD'] });
    one.send('subscribe', { channel: 'trade', symbol: ['BTC/USD'] });
    seconds(30);
    const [before, ...rest] = one.on('ticker');
    const [start] = before!.data;
    const [end] = rest.at(-1)!.data;
    const printed = one.on('trade').flatMap((message) => message.data as { price: number; qty: number }[]);
    expect(end.volume - start.volume).toBeCloseTo(
      printed.reduce((sum, trade) => sum + trade.qty, 0),
      6,
    );
    expect(end.high).toBe(Math.max(start.high, ...printed.map((trade) => trade.price)));
    expect(end.low).toBe(Math.min(start.low, ...printed.map((trade) => trade.price)));
    const value = start.vwap * start.volume + printed.reduce((sum, trade) => sum + trade.price * trade.qty, 0);
    expect(Math.abs(end.vwap - value / end.volume)).toBeLessThan(0.2);
    expect(end.change_pct).toBeCloseTo((100 * end.change) / (end.last - end.change), 2);
  });

  test('heartbeats come once a second, and not before the first subscription', () => {
    const { client, seconds } = open();
    const one = client();
    seconds(5);
    expect(one.frames).toHaveLength(1);
    one.send('subscribe', { channel: 'instrument' });
    seconds(10);
    expect(one.frames.filter((frame) => frame === '{"channel":"heartbeat"}')).toHaveLength(10);
  });
});

describe('the exchange', () => {
  test('the same seed, time and requests give the same bytes, whoever else listens', () => {
    const run = (seed: number, crowd: number): string => {
      const { client, seconds, scheduler } = open({ seed, markets: [DEMO_MARKET, ETH] });
      const one = client();
      one.send('subscribe', { channel: 'book', symbol: ['BTC/USD', 'ETH/USD'] }, 1);
      one.send('subscribe', { channel: 'trade', symbol: ['BTC/USD'], snapshot: true }, 2);
      scheduler.advance(micros(1_234_567));
      for (let count = 0; count < crowd; count += 1)
        client().send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
      one.send('subscribe', { channel: 'ticker', symbol: ['BTC/USD'] }, 3);
      one.send('unsubscribe', { channel: 'book', symbol: ['ETH/USD'] }, 4);
      seconds(20);
      return one.frames.join('\n');
    };
    const first = run(1, 0);
    expect(first.length).toBeGreaterThan(100_000);
    expect(run(1, 0)).toBe(first);
    expect(run(1, 3)).toBe(first);
    expect(run(2, 0)).not.toBe(first);
  });

  test('nothing moves before start and after stop; stop says goodbye with 1001', () => {
    const scheduler = new VirtualScheduler(START);
    const exchange = new SimExchange({ markets: [DEMO_MARKET], seed: 1, scheduler });
    const client = connect(exchange.accept, scheduler);
    client.send('subscribe', { channel: 'book', symbol: ['BTC/USD'] });
    scheduler.advance(micros(5 * SECOND));
    expect(client.on('book')).toHaveLength(1);
    exchange.start();
    exchange.start();
    scheduler.advance(micros(5 * SECOND));
    expect(client.on('book').length).toBeGreaterThan(50);
    exchange.stop();
    const { venueTs, frames } = exchange.truth('BTC/USD');
    scheduler.advance(micros(5 * SECOND));
    expect(client.closed).toEqual([{ code: 1001, detail: 'Exchange stopped' }]);
    expect(exchange.clients).toBe(0);
    exchange.stop();
    exchange.start();
    expect(exchange.truth('BTC/USD')).toMatchObject({ venueTs, frames });
    scheduler.advance(micros(SECOND));
    expect(exchange.truth('BTC/USD').venueTs).toBeGreaterThan(venueTs + 5 * SECOND);
  });

  test('a timer that comes a little late catches up; one that slept for long does not make a burst', () => {
    const scheduler = new VirtualScheduler(START);
    let skew = 0;
    const late = {
      now: (): Micros => micros(scheduler.now() + skew),
      after: (delay: Micros, task: () => void) => scheduler.after(delay, task),
    };
    const exchange = new SimExchange({ markets: [DEMO_MARKET], seed: 1, scheduler: late });
    exchange.start();
    scheduler.advance(micros(SECOND));
    const count = (): number => Object.values(exchange.truth('BTC/USD').counts).reduce((sum, each) => sum + each, 0);
    const before = count();
    skew = 500_000;
    scheduler.advance(micros(100_000));
    expect(count() - before).toBeGreaterThan(20);
    const then = count();
    skew += 3600 * SECOND;
    scheduler.advance(micros(SECOND));
    expect(count() - then).toBeLessThan(1000);
    expect(late.now() - exchange.truth('BTC/USD').venueTs).toBeLessThan(SECOND);
  });

  test('a client that falls behind is closed with 1013 and hears no more', () => {
    const { exchange, seconds } = open({ limits: { maxBufferedBytes: 20_000 } });
    const sent: (string | Uint8Array)[] = [];
    const closed: unknown[] = [];
    const socket: ServerSocket = {
      send: (frame) => sent.push(frame),
      close: (...goodbye) => closed.push(goodbye),
      terminate: () => undefined,
      get bufferedBytes() {
        return sent.reduce((sum, frame) => sum + frame.length, 0);
      },
    };
    const handlers = exchange.accept(socket);
    handlers.onMessage(Buffer.from('{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"]}}'));
    seconds(30);
    expect(closed).toEqual([[1013, 'Slow consumer']]);
    expect(exchange.clients).toBe(0);
    const count = sent.length;
    seconds(5);
    handlers.onMessage(Buffer.from('{"method":"ping"}'));
    handlers.onClose();
    expect(sent.length).toBe(count);
  });

  test('a client that neither subscribes nor speaks for a minute is closed', () => {
    const { client, seconds } = open();
    const [idle, talking, listening] = [client(), client(), client()];
    listening.send('subscribe', { channel: 'instrument' });
    seconds(50);
    talking.send('ping');
    seconds(30);
    expect([idle.closed, talking.closed, listening.closed]).toEqual([[{ code: 1000, detail: 'Idle' }], [], []]);
  });

  test('an oversized request is not read', () => {
    const { client, seconds } = open();
    const one = client();
    seconds(0);
    one.socket.send(`{"method":"ping","x":"${'x'.repeat(200_000)}"}`);
    seconds(0);
    expect(one.closed).toEqual([{ code: 1009, detail: 'Message too big' }]);
  });

  test('the truth shows queues, totals and the reference that the market follows', () => {
    const { exchange, seconds } = open();
    seconds(30);
    const { orders, reference, instrument, counts } = exchange.truth('BTC/USD');
    const [bid, ask] = [orders.best('buy')!, orders.best('sell')!];
    expect(instrument.symbol).toBe('BTC/USD');
    expect(counts['sweeps']).toBeGreaterThan(20);
    expect(Math.abs((bid + ask) / 2 / reference! - 1)).toBeLessThan(0.006);
    const queue = orders.queue('buy', bid);
    expect(queue.reduce((sum, order) => sum + order.remaining, 0)).toBe(orders.total('buy', bid));
  });

  test.each([
    ['no market', { markets: [] }, 'KB_SIM_BAD_OPTION'],
    ['a market twice', { markets: [DEMO_MARKET, DEMO_MARKET] }, 'KB_SIM_BAD_OPTION'],
    [
      'a symbol that is not ASCII',
      { markets: [{ ...DEMO_MARKET, instrument: { symbol: 'é/USD', pricePrecision: 1, qtyPrecision: 8 } }] },
      'KB_SIM_BAD_OPTION',
    ],
    ['a start price off the grid', { markets: [{ ...DEMO_MARKET, startPrice: '60000.05' }] }, 'KB_MODEL_OFF_GRID'],
  ])('refuses %s', (_what, options, code) => {
    expect(() => open(options)).toThrow(expect.objectContaining({ code }));
  });

  test('asking for the truth of an unknown market is an error', () => {
    expect(() => open().exchange.truth('XBT/USD')).toThrow(expect.objectContaining({ code: 'KB_SIM_UNKNOWN_SYMBOL' }));
  });
});

describe('a market without a flow', () => {
  test('has an empty book in which nothing happens but what clients send', () => {
    const { exchange, seconds } = open({
      markets: [{ ...DEMO_MARKET, flow: 'none' }],
      accounts: [
        { name: 'alice', balances: { USD: '100000' } },
        { name: 'bob', balances: { BTC: '1' } },
      ],
    });
    seconds(3600);
    expect(exchange.topOfBook('BTC/USD')).toEqual({ bids: [], asks: [] });

    const common = { symbol: 'BTC/USD', kind: 'limit', limitPrice: { value: '60000', type: 'static' } } as const;
    exchange.desk.place('alice', { ...common, side: 'buy', qty: '0.5' }, exchange.now());
    exchange.desk.place('bob', { ...common, side: 'sell', qty: '0.2' }, exchange.now());
    exchange.flush();
    expect(exchange.topOfBook('BTC/USD')).toEqual({ bids: [{ price: '60000.0', qty: '0.30000000' }], asks: [] });
    expect(exchange.truth('BTC/USD').recentTrades.map(({ size }) => size)).toEqual([20_000_000]);
  });
});
