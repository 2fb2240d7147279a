import { describe, expect, test } from 'vitest';
import type { TestClient } from './client.ts';
import { WsWorld } from './ws-world.ts';

function open(pairs = ['BTC/USD', 'ETH/BTC']): {
  world: WsWorld;
  client: TestClient;
  say: (request: object) => string[];
} {
  const world = new WsWorld({ pairs });
  const client = world.client('v1');
  return { world, client, say: (request) => world.say(client, JSON.stringify(request)) };
}

test('the first frame is the status of the system, with a connection id beyond 2^53', () => {
  const { client } = open();
  expect(client.frames).toEqual([
    expect.stringMatching(/^\{"connectionID":\d{19},"event":"systemStatus","status":"online","version":"1\.9\.1"\}$/),
  ]);
});

describe('subscribing', () => {
  test('each pair has an answer of its own, before the first snapshot', () => {
    const { say } = open();
    const frames = say({
      event: 'subscribe',
      reqid: 1,
      pair: ['XBT/USD', 'ETH/XBT'],
      subscription: { name: 'book', depth: 25 },
    });
    expect(frames.map((frame) => frame.replace(/\d{3}/, 'N'))).toEqual([
      '{"channelID":N,"channelName":"book-25","event":"subscriptionStatus","pair":"XBT/USD","reqid":1,"status":"subscribed","subscription":{"depth":25,"name":"book"}}',
      '{"channelID":N,"channelName":"book-25","event":"subscriptionStatus","pair":"ETH/XBT","reqid":1,"status":"subscribed","subscription":{"depth":25,"name":"book"}}',
      '[N,{"as":[],"bs":[]},"book-25","XBT/USD"]',
      '[N,{"as":[],"bs":[]},"book-25","ETH/XBT"]',
    ]);
    const ids = frames.map((frame) => /\d{3}/.exec(frame)?.[0]);
    expect(ids[0]).toBe(ids[2]);
    expect(ids[1]).toBe(ids[3]);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test.each([
    [{ name: 'ticker' }, 'ticker', '{"name":"ticker"}'],
    [{ name: 'trade' }, 'trade', '{"name":"trade"}'],
    [{ name: 'spread' }, 'spread', '{"name":"spread"}'],
    [{ name: 'book' }, 'book-10', '{"depth":10,"name":"book"}'],
    [{ name: 'ohlc' }, 'ohlc-1', '{"interval":1,"name":"ohlc"}'],
    [{ name: 'ohlc', interval: 5 }, 'ohlc-5', '{"interval":5,"name":"ohlc"}'],
  ])('%o is channel %s', (subscription, channelName, echo) => {
    const { say } = open();
    expect(say({ event: 'subscribe', pair: ['XBT/USD'], subscription })[0]).toMatch(
      new RegExp(
        `^\\{"channelID":\\d+,"channelName":"${channelName}","event":"subscriptionStatus","pair":"XBT/USD","status":"subscribed","subscription":${echo}\\}$`,
      ),
    );
  });

  test.each([
    [{ pair: ['foobar'] }, 'Currency pair not in ISO 4217-A3 format foobar', '"pair":"foobar",'],
    [{ pair: ['BTC/USD'] }, 'Currency pair not supported BTC/USD', '"pair":"BTC/USD",'],
    [{ pair: 'XBT/USD' }, 'Pair field must be an array', ''],
    [{ pair: [] }, 'Pair(s) not found', ''],
    [{ pair: [1] }, 'Pair(s) not found', ''],
    [{}, 'Pair(s) not found', ''],
  ])('pairs %o are refused in Kraken’s words', (params, error, about) => {
    const { say } = open();
    expect(say({ event: 'subscribe', reqid: 5, subscription: { name: 'ticker' }, ...params })).toEqual([
      `{"errorMessage":"${error}","event":"subscriptionStatus",${about}"reqid":5,"status":"error","subscription":{"name":"ticker"}}`,
    ]);
  });

  test.each([
    [{ name: 'book', depth: 11 }, 'Subscription depth not supported', '{"depth":11,"name":"book"}'],
    [{ name: 'book', depth: 'x' }, 'Subscription book depth must be an integer', '{"name":"book"}'],
    [{ name: 'ohlc', interval: 2 }, 'Subscription ohlc interval not supported', '{"interval":2,"name":"ohlc"}'],
    [
      { name: 'ohlc', interval: 1.5 },
      'Subscription ohlc interval must be an integer',
      '{"interval":1.5,"name":"ohlc"}',
    ],
    [{ name: 'depth' }, 'Subscription name invalid', '{"name":"depth"}'],
    [{ name: 'ticker', x: 1 }, 'Subscription object unsupported field', '{"name":"ticker"}'],
    [
      { name: 'ownTrades', token: 't' },
      'EGeneral:Permission denied: private channels and trading are on WebSocket v2 and REST only',
      '{"name":"ownTrades"}',
    ],
  ])('the subscription %o is refused in Kraken’s words', (subscription, error, echo) => {
    const { say } = open();
    expect(say({ event: 'subscribe', pair: ['XBT/USD'], subscription })).toEqual([
      `{"errorMessage":"${error}","event":"subscriptionStatus","pair":"XBT/USD","status":"error","subscription":${echo}}`,
    ]);
  });

  test('a subscription that is no object, one that has no pairs, and the same again', () => {
    const { say } = open();
    expect(say({ event: 'subscribe', pair: ['XBT/USD'], subscription: 'ticker' })).toEqual([
      '{"errorMessage":"Subscription field must be an object","event":"subscriptionStatus","pair":"XBT/USD","status":"error"}',
    ]);
    expect(say({ event: 'subscribe', subscription: { name: 'openOrders', token: 't' } })[0]).toContain(
      '"event":"subscriptionStatus","status":"error","subscription":{"name":"openOrders"}',
    );
    const ticker = { event: 'subscribe', pair: ['XBT/USD'], subscription: { name: 'ticker' } };
    say(ticker);
    expect(say(ticker)).toEqual([
      '{"errorMessage":"Already subscribed","event":"subscriptionStatus","pair":"XBT/USD","status":"error","subscription":{"name":"ticker"}}',
    ]);
  });
});

describe('unsubscribing', () => {
  test('by pair and name', () => {
    const { world, client, say } = open();
    say({ event: 'subscribe', pair: ['XBT/USD'], subscription: { name: 'trade' } });
    const leave = { event: 'unsubscribe', reqid: 2, pair: ['XBT/USD'], subscription: { name: 'trade' } };
    expect(say(leave)[0]).toMatch(
      /^\{"channelID":\d+,"channelName":"trade","event":"subscriptionStatus","pair":"XBT\/USD","reqid":2,"status":"unsubscribed","subscription":\{"name":"trade"\}\}$/,
    );
    expect(say(leave)).toEqual([
      '{"errorMessage":"Subscription Not Found","event":"subscriptionStatus","pair":"XBT/USD","reqid":2,"status":"error","subscription":{"name":"trade"}}',
    ]);
    client.take();
    world.print('26000.0', '1');
    expect(client.take()).toEqual([]);
  });

  test('by channel id', () => {
    const { world, client, say } = open();
    const [answer = ''] = say({ event: 'subscribe', pair: ['XBT/USD'], subscription: { name: 'spread' } });
    const channelID = Number(/"channelID":(\d+)/.exec(answer)?.[1]);
    expect(say({ event: 'unsubscribe', channelID })).toEqual([answer.replace('"subscribed"', '"unsubscribed"')]);
    expect(say({ event: 'unsubscribe', channelID, reqid: 4 })).toEqual([
      '{"errorMessage":"Subscription Not Found","event":"subscriptionStatus","reqid":4,"status":"error"}',
    ]);
    world.stranger('buy', '25000.0', '1');
    world.stranger('sell', '26000.0', '1');
    expect(client.take()).toEqual([]);
  });
});

test('the streams come as in Kraken’s examples', () => {
  const { world, client, say } = open();
  world.stranger('buy', '25000.0', '1');
  world.print('26000.0', '0.1');
  for (const name of ['ticker', 'trade', 'spread', 'book', 'ohlc']) {
    say({ event: 'subscribe', pair: ['XBT/USD'], subscription: { name } });
  }
  world.print('26000.0', '0.5');
  const update = (end: string): string | undefined => client.frames.filter((frame) => frame.endsWith(end)).at(-1);
  expect(update('"trade","XBT/USD"]')).toMatch(
    /^\[\d+,\[\["26000\.00000","0\.50000000","1700000000\.000000","b","m",""\]\],"trade","XBT\/USD"\]$/,
  );
  expect(client.frames.filter((frame) => frame.endsWith('"trade","XBT/USD"]'))).toHaveLength(1);
  expect(update('"book-10","XBT/USD"]')).toMatch(
    /^\[\d+,\{"a":\[\["26000\.00000","0\.00000000","1700000000\.000004"\]\],"c":"\d+"\},"book-10","XBT\/USD"\]$/,
  );
  expect(update('"ticker","XBT/USD"]')).toMatch(
    /^\[\d+,\{"a":\[.*"o":\["26000\.00000","26000\.00000"\]\},"ticker","XBT\/USD"\]$/,
  );
  expect(update('"spread","XBT/USD"]')).toMatch(
    /^\[\d+,\["25000\.00000","26000\.00000","1700000000\.000000","1\.00000000","0\.50000000"\],"spread","XBT\/USD"\]$/,
  );
  expect(update('"ohlc-1","XBT/USD"]')).toMatch(
    /^\[\d+,\["1700000000\.000000","1700000040\.000000","26000\.00000","26000\.00000","26000\.00000","26000\.00000","26000\.00000","0\.60000000",2\],"ohlc-1","XBT\/USD"\]$/,
  );
});

test('ping, unknown events and what is no request', () => {
  const { world, client, say } = open();
  expect(say({ event: 'ping', reqid: 42 })).toEqual(['{"event":"pong","reqid":42}']);
  expect(say({ event: 'ping' })).toEqual(['{"event":"pong"}']);
  expect(say({ event: 'hello', reqid: 1 })).toEqual([
    '{"errorMessage":"Event(s) not found","event":"error","reqid":1}',
  ]);
  for (const text of ['{', '[]', '{"event":5}', '{"method":"ping"}']) {
    expect(world.say(client, text)).toEqual(['{"errorMessage":"Malformed request","event":"error"}']);
  }
});

test.each(['addOrder', 'amendOrder', 'editOrder', 'cancelOrder', 'cancelAll', 'cancelAllOrdersAfter'])(
  '%s is refused and told where to go',
  (event) => {
    const { say } = open();
    expect(say({ event, reqid: 3, token: 't' })).toEqual([
      `{"errorMessage":"EGeneral:Permission denied: private channels and trading are on WebSocket v2 and REST only","event":"${event}Status","reqid":3,"status":"error"}`,
    ]);
  },
);

test('heartbeats come once a second after the first subscription; who does nothing is closed', () => {
  const { world, client, say } = open();
  const idle = world.client('v1');
  world.wait(5);
  expect(client.take()).toEqual([]);
  say({ event: 'subscribe', pair: ['XBT/USD'], subscription: { name: 'trade' } });
  world.wait(60);
  expect(client.take()).toEqual(Array.from({ length: 60 }, () => '{"event":"heartbeat"}'));
  expect(idle.closed).toEqual([{ code: 1000, detail: 'Idle' }]);
});

test('v1 and v2 see the same market, and one connection’s end is nobody else’s', () => {
  const { world, client, say } = open();
  const other = world.client('v1');
  const v2 = world.client();
  const subscribe = { event: 'subscribe', pair: ['XBT/USD'], subscription: { name: 'trade' } };
  say(subscribe);
  world.say(other, JSON.stringify(subscribe));
  world.ask(v2, 'subscribe', { channel: 'trade', symbol: ['BTC/USD'] });
  expect(world.gate.clients).toBe(3);
  other.socket.close();
  world.wait(0);
  expect(world.gate.clients).toBe(2);
  client.take();
  world.print('26000.0', '0.5');
  expect(client.take()).toHaveLength(1);
  expect(v2.on('trade')[0]?.data).toEqual([expect.objectContaining({ price: 26_000, qty: 0.5 })]);
  world.gate.endAll(1001, 'Exchange stopped');
  world.wait(0);
  const { frames } = world.market().publisher;
  world.print('26000.0', '0.5');
  expect(world.market().publisher.frames).toBe(frames);
  expect([client.closed, v2.closed]).toEqual([
    [{ code: 1001, detail: 'Exchange stopped' }],
    [{ code: 1001, detail: 'Exchange stopped' }],
  ]);
  expect(world.gate.clients).toBe(0);
});
