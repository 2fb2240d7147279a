import { describe, expect, test } from 'vitest';
import { encodeV1Ping, encodeV1Subscribe, encodeV1Unsubscribe } from '../src/v1/v1-requests.ts';
import { decodeAll, STATUS, SUBSCRIBED } from './support/v1-frames.ts';

const NOTHING = { warnings: [], timeIn: undefined, timeOut: undefined };

describe('an answer', () => {
  test('names its channel and pair as v2 does', () => {
    const ack = {
      type: 'ack',
      method: 'subscribe',
      success: true,
      reqId: 7,
      channel: 'book',
      symbol: 'BTC/USD',
      depth: 10,
      interval: undefined,
      error: undefined,
      ...NOTHING,
    };
    expect(decodeAll([SUBSCRIBED])).toEqual(ack);
    expect(decodeAll([SUBSCRIBED.replace('"subscribed"', '"unsubscribed"')])).toEqual({
      ...ack,
      method: 'unsubscribe',
    });
  });

  test.each([
    ['book-25', '{"name":"book"}', { channel: 'book', depth: 25, interval: undefined }],
    ['ohlc-5', '{"name":"ohlc"}', { channel: 'ohlc', depth: undefined, interval: 300_000_000 }],
    ['ohlc-5', '{"name":"ohlc","interval":15}', { channel: 'ohlc', depth: undefined, interval: 900_000_000 }],
    ['book-25', 'null', { channel: 'book', depth: 25, interval: undefined }],
    ['ticker', 'null', { channel: 'ticker', depth: undefined, interval: undefined }],
    ['book-x', '{}', { channel: 'book', depth: undefined, interval: undefined }],
  ])('finds in the channel name %s what the subscription %s leaves out', (name, subscription, expected) => {
    const frame = SUBSCRIBED.replace('book-10', name).replace('{"depth":10,"name":"book"}', subscription);
    expect(decodeAll([frame])).toMatchObject({ type: 'ack', ...expected });
  });

  test('that refuses says why, with as much as the venue tells', () => {
    expect(
      decodeAll([
        '{"errorMessage":"Currency pair not supported XBT/FOO","event":"subscriptionStatus","pair":"XBT/FOO","reqid":3,"status":"error","subscription":{"name":"ticker"}}',
      ]),
    ).toEqual({
      type: 'ack',
      method: undefined,
      success: false,
      reqId: 3,
      channel: 'ticker',
      symbol: 'BTC/FOO',
      depth: undefined,
      interval: undefined,
      error: 'Currency pair not supported XBT/FOO',
      ...NOTHING,
    });
    expect(decodeAll(['{"errorMessage":"Malformed request","event":"error"}'])).toMatchObject({
      type: 'ack',
      success: false,
      reqId: undefined,
      channel: undefined,
      symbol: undefined,
      error: 'Malformed request',
    });
  });
});

test('the status of the system keeps the digits of its connection id', () => {
  const status = { type: 'status', system: 'online', version: '1.9.1', connectionId: '13688620010177543517' };
  expect(decodeAll([STATUS])).toEqual(status);
  expect(decodeAll([STATUS.replace('"online"', '"post_only"')])).toEqual({ ...status, system: 'post_only' });
  expect(decodeAll([STATUS.replace('"online"', '"dreaming"')])).toEqual({ type: 'unknown', channel: 'status' });
});

test('heartbeats, pongs and events without a name here', () => {
  expect(decodeAll(['{"event":"heartbeat"}'])).toEqual({ type: 'heartbeat' });
  expect(decodeAll(['{"event":"pong","reqid":42}'])).toEqual({
    type: 'pong',
    reqId: 42,
    timeIn: undefined,
    timeOut: undefined,
  });
  expect(decodeAll(['{"event":"addOrderStatus"}'])).toEqual({ type: 'unknown', channel: 'addOrderStatus' });
  expect(decodeAll(['{}'])).toEqual({ type: 'unknown', channel: undefined });
});

test('requests are written as the venue documents them, with the pairs as v1 calls them', () => {
  expect(encodeV1Subscribe({ name: 'ticker', symbols: ['BTC/USD', 'DOGE/EUR'], reqId: 1 })).toBe(
    '{"event":"subscribe","reqid":1,"pair":["XBT/USD","XDG/EUR"],"subscription":{"name":"ticker"}}',
  );
  expect(encodeV1Subscribe({ name: 'ohlc', symbols: ['ETH/BTC'], interval: 5, reqId: 2 })).toBe(
    '{"event":"subscribe","reqid":2,"pair":["ETH/XBT"],"subscription":{"name":"ohlc","interval":5}}',
  );
  expect(encodeV1Unsubscribe({ name: 'book', symbols: ['BTC/USD'], depth: 25, reqId: 3 })).toBe(
    '{"event":"unsubscribe","reqid":3,"pair":["XBT/USD"],"subscription":{"name":"book","depth":25}}',
  );
  expect(encodeV1Ping(4)).toBe('{"event":"ping","reqid":4}');
});
