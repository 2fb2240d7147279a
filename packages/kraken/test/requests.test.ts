import { expect, test } from 'vitest';
import { encodePing, encodeSubscribe, encodeUnsubscribe } from '../src/requests.ts';

test('a subscribe request is written as the venue documents it', () => {
  expect(
    encodeSubscribe({ channel: 'book', symbols: ['BTC/USD', 'ETH/USD'], depth: 25, snapshot: true, reqId: 7 }),
  ).toBe(
    '{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD","ETH/USD"],"depth":25,"snapshot":true},"req_id":7}',
  );
  expect(encodeSubscribe({ channel: 'ticker', symbols: ['BTC/USD'], reqId: 12_345_678 })).toBe(
    '{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/USD"]},"req_id":12345678}',
  );
});

test('a channel without symbols names none', () => {
  expect(encodeSubscribe({ channel: 'instrument', symbols: [], snapshot: true, reqId: 79 })).toBe(
    '{"method":"subscribe","params":{"channel":"instrument","snapshot":true},"req_id":79}',
  );
});

test('an unsubscribe request repeats the depth', () => {
  expect(encodeUnsubscribe({ channel: 'book', symbols: ['BTC/USD'], depth: 25, reqId: 8 })).toBe(
    '{"method":"unsubscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":25},"req_id":8}',
  );
});

test('a ping carries its id', () => {
  expect(encodePing(101)).toBe('{"method":"ping","req_id":101}');
});
