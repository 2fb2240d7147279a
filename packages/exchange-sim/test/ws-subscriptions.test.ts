import { micros, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { WsTokens } from '../src/access/ws-tokens.ts';
import { AT, START, WsWorld } from './ws-world.ts';

/** What a failed subscription is answered with. */
function failure(error: string, symbol?: string, reqId = 9): string {
  const about = symbol === undefined ? '' : `,"symbol":"${symbol}"`;
  return `{"error":"${error}","method":"subscribe","req_id":${reqId},"success":false${about},${AT}}`;
}

const BTC = { symbol: ['BTC/USD'] };

describe('acknowledgements', () => {
  test.each([
    [
      { channel: 'ohlc', ...BTC },
      `"result":{"channel":"ohlc","interval":1,"snapshot":true,"symbol":"BTC/USD","warnings":["timestamp is deprecated, use interval_begin"]}`,
    ],
    [{ channel: 'ohlc', ...BTC, interval: 21_600, snapshot: false }, `"interval":21600,"snapshot":false,"symbol"`],
    [
      { channel: 'ticker', ...BTC, event_trigger: 'bbo' },
      `"result":{"channel":"ticker","event_trigger":"bbo","snapshot":true,"symbol":"BTC/USD"}`,
    ],
    [{ channel: 'trade', ...BTC }, `"result":{"channel":"trade","snapshot":false,"symbol":"BTC/USD"}`],
    [
      { channel: 'book', ...BTC, depth: 1000 },
      `"result":{"channel":"book","depth":1000,"snapshot":true,"symbol":"BTC/USD"}`,
    ],
    [
      { channel: 'instrument', snapshot: false, include_tokenized_assets: true, execution_venue: 'international' },
      `"result":{"channel":"instrument","snapshot":false,"warnings":["tick_size is deprecated, use price_increment"]}`,
    ],
  ])('%o says what counts', (params, member) => {
    const world = new WsWorld();
    const [answer] = world.ask(world.client(), 'subscribe', params, 12_345_678);
    expect(answer).toContain(`{"method":"subscribe","req_id":12345678,"result":`);
    expect(answer).toContain(member);
    expect(answer?.endsWith(`},"success":true,${AT}}`)).toBe(true);
  });

  test('level3 needs a token and says its depth', () => {
    const world = new WsWorld();
    const client = world.client();
    world.stranger('buy', '50000.0', '1');
    const token = world.token();
    const [answer, snapshot] = world.ask(client, 'subscribe', { channel: 'level3', ...BTC, depth: 100, token }, 1);
    expect(answer).toBe(
      `{"method":"subscribe","req_id":1,"result":{"channel":"level3","depth":100,"snapshot":true,"symbol":"BTC/USD"},"success":true,${AT}}`,
    );
    expect(snapshot).toMatch(
      /^\{"channel":"level3","type":"snapshot","data":\[\{"symbol":"BTC\/USD","checksum":\d+,"bids":\[\{"order_id":"O/,
    );
  });
});

describe('refusals', () => {
  test.each([
    [{ channel: 'ohlc', ...BTC, interval: 2 }, 'Subscription ohlc interval not supported', undefined],
    [{ channel: 'ohlc', ...BTC, interval: '1' }, 'Subscription ohlc interval not supported', undefined],
    [{ channel: 'level3', ...BTC, depth: 25 }, 'Subscription depth not supported', undefined],
    [{ channel: 'level3', ...BTC }, 'EAPI:Invalid token', 'BTC/USD'],
    [{ channel: 'level3', ...BTC, token: 'x' }, 'EAPI:Invalid token', 'BTC/USD'],
    [{ channel: 'level3', symbol: ['XBT/USD'], token: 'x' }, 'Currency pair not supported XBT/USD', 'XBT/USD'],
    [{ channel: 'book', symbol: ['UNKNOWN'] }, 'Currency pair not in ISO 4217-A3 format UNKNOWN', 'UNKNOWN'],
    [{ channel: 'book', ...BTC, snapshot: 1 }, 'EGeneral:Invalid arguments:snapshot', undefined],
    [{ channel: 'status' }, 'Symbol(s) not found', undefined],
    [{ channel: 'spread', ...BTC }, 'Subscription name invalid', undefined],
    [{ channel: 'executions' }, 'EAPI:Invalid token', undefined],
    [{ channel: 'balances', token: 'nonsense' }, 'EAPI:Invalid token', undefined],
    [{ channel: 'executions', snap_trades: 'yes' }, 'EGeneral:Invalid arguments:snap_trades', undefined],
    [
      { channel: 'executions', leverage: 1 },
      "Unsupported field: 'leverage' for the given msg type: subscribe",
      undefined,
    ],
  ])('%o is refused in Kraken’s words', (params, error, symbol) => {
    const world = new WsWorld();
    expect(world.ask(world.client(), 'subscribe', params, 9)).toEqual([failure(error, symbol)]);
  });

  test('the same again is refused and leaves the first alone', () => {
    const world = new WsWorld();
    const client = world.client();
    const token = world.token();
    const topics = [
      { channel: 'ohlc', ...BTC },
      { channel: 'executions', token },
      { channel: 'balances', token },
      { channel: 'instrument' },
    ];
    for (const topic of topics) {
      world.ask(client, 'subscribe', topic);
      const [answer] = world.ask(client, 'subscribe', topic, 9);
      expect(answer).toBe(failure('Already subscribed', 'symbol' in topic ? 'BTC/USD' : undefined));
    }
    world.print('60000.0', '1');
    expect(client.on('ohlc').map(({ type }) => type)).toEqual(['snapshot', 'update']);
  });

  test('several intervals of one symbol are several subscriptions, unless the exchange is told to be as in 2024', () => {
    const world = new WsWorld();
    const client = world.client();
    for (const interval of [1, 5]) world.ask(client, 'subscribe', { channel: 'ohlc', ...BTC, interval });
    world.print('60000.0', '1');
    const updates = client.on('ohlc').filter(({ type }) => type === 'update');
    expect(updates.map(({ data }) => data[0].interval)).toEqual([1, 5]);

    const strict = new WsWorld({ gate: { oneOhlcInterval: true } });
    const other = strict.client();
    strict.ask(other, 'subscribe', { channel: 'ohlc', ...BTC });
    expect(strict.ask(other, 'subscribe', { channel: 'ohlc', ...BTC, interval: 5 }, 9)).toEqual([
      failure('Already subscribed to one ohlc interval on this symbol', 'BTC/USD'),
    ]);
  });

  test('a connection follows the orders of a symbol at one depth', () => {
    const world = new WsWorld();
    const client = world.client();
    const token = world.token();
    const topic = { channel: 'level3', ...BTC, token };
    world.ask(client, 'subscribe', { ...topic, depth: 10 });
    expect(world.ask(client, 'subscribe', { ...topic, depth: 100 }, 9)).toEqual([
      failure('Already subscribed', 'BTC/USD'),
    ]);
    expect(world.ask(client, 'unsubscribe', { ...topic, depth: 100 }, 9)).toEqual([
      failure('Subscription Not Found', 'BTC/USD'),
    ]);
    world.ask(client, 'unsubscribe', { ...topic, depth: 10 });
    const [answer] = world.ask(client, 'subscribe', { ...topic, depth: 100 });
    expect(answer).toContain('"success":true');
  });

  test('level3 subscriptions are counted by their depth, and the count falls with time', () => {
    const pairs = ['BTC/USD', 'ETH/USD', 'XRP/USD'];
    const world = new WsWorld({ pairs, rateLimits: true });
    const client = world.client();
    const token = world.token();
    const params = { channel: 'level3', symbol: pairs, depth: 1000, token };
    const answers = world.ask(client, 'subscribe', params, 9).filter((frame) => !frame.startsWith('{"channel"'));
    expect(answers.map((frame) => frame.includes('"success":true'))).toEqual([true, true, false]);
    expect(answers[2]).toBe(failure('EAPI:Rate limit exceeded', 'XRP/USD'));
    world.wait(0.5);
    const [again] = world.ask(client, 'subscribe', { ...params, symbol: ['XRP/USD'] });
    expect(again).toContain('"success":true');
  });

  test('without rate limits level3 subscriptions are not counted', () => {
    const pairs = ['BTC/USD', 'ETH/USD', 'XRP/USD'];
    const world = new WsWorld({ pairs, rateLimits: false });
    const params = { channel: 'level3', symbol: pairs, depth: 1000, token: world.token() };
    const answers = world
      .ask(world.client(), 'subscribe', params, 9)
      .filter((frame) => frame.startsWith('{"method"'))
      .map((frame) => frame.includes('"success":true'));
    expect(answers).toEqual([true, true, true]);
  });

  test('a connection has 200 symbols of level3 at most', () => {
    const pairs = Array.from({ length: 201 }, (_, i) => ({ symbol: `C${i}/USD`, pricePrecision: 1, qtyPrecision: 8 }));
    const world = new WsWorld({ pairs });
    const client = world.client();
    const token = world.token();
    const subscribed: boolean[] = [];
    for (const { symbol } of pairs) {
      const [answer] = world.ask(client, 'subscribe', { channel: 'level3', symbol: [symbol], token });
      subscribed.push(answer?.includes('"success":true') === true);
      world.wait(0.1);
    }
    expect(subscribed.indexOf(false)).toBe(200);
    expect(client.frames.at(-1)).toContain('"error":"Subscription limit exceeded"');
  });
});

describe('unsubscribing', () => {
  test('repeats the parameter, and ends exactly that stream', () => {
    const world = new WsWorld();
    const client = world.client();
    for (const interval of [1, 5]) world.ask(client, 'subscribe', { channel: 'ohlc', ...BTC, interval });
    expect(world.ask(client, 'unsubscribe', { channel: 'ohlc', ...BTC, interval: 15 }, 9)).toEqual([
      failure('Subscription Not Found', 'BTC/USD'),
    ]);
    expect(world.ask(client, 'unsubscribe', { channel: 'ohlc', ...BTC }, 987_654_321)).toEqual([
      `{"method":"unsubscribe","req_id":987654321,"result":{"channel":"ohlc","interval":1,"symbol":"BTC/USD"},"success":true,${AT}}`,
    ]);
    world.print('60000.0', '1');
    const updates = client.on('ohlc').filter(({ type }) => type === 'update');
    expect(updates.map(({ data }) => data[0].interval)).toEqual([5]);
  });

  test('a private channel is left without a token, once', () => {
    const world = new WsWorld();
    const client = world.client();
    const token = world.token();
    world.ask(client, 'subscribe', { channel: 'executions', token });
    expect(world.ask(client, 'unsubscribe', { channel: 'executions' }, 3)).toEqual([
      `{"method":"unsubscribe","req_id":3,"result":{"channel":"executions"},"success":true,${AT}}`,
    ]);
    expect(world.ask(client, 'unsubscribe', { channel: 'executions' }, 9)).toEqual([failure('Subscription Not Found')]);
    world.ask(client, 'add_order', {
      order_type: 'limit',
      side: 'buy',
      order_qty: 1,
      limit_price: 50_000,
      symbol: 'BTC/USD',
      token,
    });
    expect(client.on('executions').filter(({ type }) => type === 'update')).toEqual([]);
  });
});

describe('tokens', () => {
  test('one that is over, or revoked, is refused, and the socket stays open', () => {
    const world = new WsWorld({ tokens: new WsTokens(1, micros(10 * SECOND)) });
    const client = world.client();
    const token = world.token();
    world.wait(10);
    const [answer] = world.ask(client, 'subscribe', { channel: 'balances', token });
    expect(answer).toContain('"error":"ESession:Invalid session"');
    expect(client.closed).toEqual([]);
    const other = world.token();
    world.venue.tokens.revoke('alice');
    expect(world.ask(client, 'cancel_all', { token: other })[0]).toContain('"error":"ESession:Invalid session"');
  });

  test('a private subscription or one to level3 keeps its token alive, as long as it lasts', () => {
    for (const params of [{ channel: 'executions' }, { channel: 'level3', ...BTC }]) {
      const world = new WsWorld({ tokens: new WsTokens(1, micros(10 * SECOND)) });
      const client = world.client();
      const token = world.token();
      world.ask(client, 'subscribe', { ...params, token });
      world.wait(60);
      expect(world.ask(client, 'cancel_all', { token })[0]).toContain('"result":{"count":0}');
      world.ask(client, 'unsubscribe', params);
      expect(world.ask(client, 'cancel_all', { token })[0]).toContain('ESession:Invalid session');
    }
  });

  test('closing the socket lets go of the tokens', () => {
    const world = new WsWorld({ tokens: new WsTokens(1, micros(10 * SECOND)) });
    const client = world.client();
    const token = world.token();
    world.ask(client, 'subscribe', { channel: 'balances', token });
    world.ask(client, 'subscribe', { channel: 'level3', ...BTC, token });
    world.wait(20);
    expect(world.venue.tokens.accountOf(token, world.venue.now())).toMatchObject({ account: 'alice' });
    client.socket.close();
    world.wait(0);
    expect(world.gate.clients).toBe(0);
    expect(world.venue.tokens.accountOf(token, world.venue.now())).toBe('ESession:Invalid session');
  });

  test('a token allows what its key allows', () => {
    const world = new WsWorld();
    const client = world.client();
    const token = world.token('alice', ['query-open-trades', 'close-trades', 'create-ws-token']);
    const denied = '"error":"EGeneral:Permission denied"';
    expect(world.ask(client, 'subscribe', { channel: 'executions', token })[0]).toContain('"success":true');
    expect(world.ask(client, 'subscribe', { channel: 'balances', token })[0]).toContain(denied);
    expect(world.ask(client, 'cancel_all', { token })[0]).toContain('"success":true');
    const order = { order_type: 'market', side: 'buy', order_qty: 1, symbol: 'BTC/USD', token };
    expect(world.ask(client, 'add_order', order)[0]).toContain(denied);
  });
});

describe('what everybody is told', () => {
  test('a new status of the system goes to all connections, and greets new ones', () => {
    const world = new WsWorld();
    const [one, two] = [world.client(), world.client('v1')];
    world.setSystem('cancel_only');
    world.wait(0);
    expect(one.take()).toEqual([
      expect.stringMatching(
        /^\{"channel":"status","type":"update","data":\[\{"version":"2\.0\.10","system":"cancel_only","api_version":"v2","connection_id":\d{19}\}\]\}$/,
      ),
    ]);
    expect(two.take()).toEqual([
      expect.stringMatching(
        /^\{"connectionID":\d{19},"event":"systemStatus","status":"cancel_only","version":"1\.9\.1"\}$/,
      ),
    ]);
    const three = world.client();
    expect(three.frames[0]).toContain('"system":"cancel_only"');
    expect(three.frames[0]).not.toBe(one.frames[0]);
  });

  test('who follows the instruments hears of each listing that changes, and of that only', () => {
    const world = new WsWorld();
    const [one, two] = [world.client(), world.client()];
    world.ask(one, 'subscribe', { channel: 'instrument' });
    one.take();
    world.setPairStatus('post_only', 'ETH/BTC');
    world.wait(0);
    expect(one.take()).toEqual([
      '{"channel":"instrument","type":"update","data":{"assets":[],"pairs":[{"symbol":"ETH/BTC","base":"ETH","quote":"BTC",' +
        '"status":"post_only","qty_precision":8,"qty_increment":1E-8,"price_precision":5,"cost_precision":10,"marginable":true,' +
        '"has_index":true,"cost_min":0.00002,"margin_initial":0.20,"position_limit_long":1000,"position_limit_short":600,' +
        '"tick_size":0.00001,"price_increment":0.00001,"qty_min":0.00100000}]}}',
    ]);
    expect(two.take()).toEqual([]);
    world.ask(one, 'unsubscribe', { channel: 'instrument' });
    world.setPairStatus('online', 'ETH/BTC');
    expect(one.take()).toEqual([]);
  });

  test('the instrument snapshot has the fields and forms of the live one', () => {
    const world = new WsWorld({ pairs: ['SHIB/USD', 'BTC/USD'] });
    const [, snapshot] = world.ask(world.client(), 'subscribe', { channel: 'instrument' });
    expect(snapshot).toContain(
      '{"id":"USD","status":"enabled","precision":4,"precision_display":2,"borrowable":true,"collateral_value":1.00,"margin_rate":0.025000}',
    );
    expect(snapshot).toContain(
      '{"symbol":"SHIB/USD","base":"SHIB","quote":"USD","status":"online","qty_precision":5,"qty_increment":0.00001,"price_precision":8,"cost_precision":5,"marginable":false,"has_index":true,"cost_min":0.50,"tick_size":1E-8,"price_increment":1E-8,"qty_min":500000.00000}',
    );
  });

  test.each([
    ['0.00000025', 8, '2.5E-7'],
    ['0.000001', 6, '0.000001'],
    ['0.0000005', 7, '5E-7'],
    ['0.05', 2, '0.05'],
    ['5', 0, '5'],
  ])('a step of %s is written as the live venue writes it', (tickSize, pricePrecision, written) => {
    const world = new WsWorld({ pairs: [{ symbol: 'A/B', pricePrecision, qtyPrecision: 8, tickSize }] });
    const [, snapshot] = world.ask(world.client(), 'subscribe', { channel: 'instrument' });
    expect(snapshot).toContain(`"tick_size":${written},"price_increment":${written},`);
  });

  test('a private subscription alone keeps the connection and gets heartbeats', () => {
    const world = new WsWorld();
    const client = world.client();
    world.ask(client, 'subscribe', { channel: 'balances', token: world.token() });
    client.take();
    world.wait(90);
    expect(client.take()).toEqual(Array.from({ length: 90 }, () => '{"channel":"heartbeat"}'));
    expect(client.closed).toEqual([]);
  });
});

test('messages beyond the budget of a second are not read', () => {
  const world = new WsWorld({ gate: { limits: { maxMessagesPerSecond: 3 } } });
  const client = world.client();
  for (let id = 1; id <= 5; id += 1) client.send('ping', undefined, id);
  world.wait(0);
  const pong = (id: number): string => `{"method":"pong","req_id":${id},${AT}}`;
  expect(client.take()).toEqual([
    pong(1),
    pong(2),
    pong(3),
    ...Array.from({ length: 2 }, () => '{"Error":"Exceeded msg rate"}'),
  ]);
  world.wait(1);
  expect(world.ask(client, 'ping', undefined, 6)[0]).toContain('"req_id":6');
});

test('time_in is when a request came and time_out when its answer left', () => {
  const world = new WsWorld();
  const client = world.client();
  let looks = 0;
  const { now } = world.scheduler;
  world.scheduler.now = () => micros(now.call(world.scheduler) + (looks += 1));
  const [pong] = world.ask(client, 'ping');
  const [, timeIn = '', timeOut = ''] = /"time_in":"([^"]+)","time_out":"([^"]+)"/.exec(pong ?? '') ?? [];
  expect(timeIn < timeOut).toBe(true);
  expect(timeIn.startsWith(new Date(START / 1000).toISOString().slice(0, 19))).toBe(true);
});
