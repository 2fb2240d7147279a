import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { DrippingWire } from '../src/faults/dripping-wire.ts';
import {
  crossing,
  hugeFrame,
  shiftFrame,
  shiftRest,
  withNaN,
  withPriceTwice,
  withUnknownField,
  withWrongChecksum,
} from '../src/faults/frame-edits.ts';
import { seeFrame } from '../src/faults/seen-frame.ts';
import type { SeenFrame } from '../src/faults/seen-frame.ts';

/** Frames as live captures and the documentation show them. */
const V2_BOOK =
  '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":63499.0,"qty":0.00005100}],"asks":[],"checksum":4294967295,"timestamp":"2026-07-07T23:00:03.501510Z"}]}';
const V2_OHLC =
  '{"channel":"ohlc","type":"update","timestamp":"2026-07-07T23:00:03.501510123Z","data":[{"symbol":"BTC/USD","interval_begin":"2026-07-07T23:00:00.000000000Z","interval":1,"timestamp":"2026-07-07T23:01:00.000000Z"}]}';
const V1_BOOK =
  '[336,{"b":[["27117.40000","0.00000000","1693415330.886651"],["27116.80000","0.14741986","1693415325.036931","r"]],"c":"3139033408"},"book-10","XBT/USD"]';

describe('edits of frames', () => {
  test('a wrong checksum is one too high, within 32 bits', () => {
    expect(withWrongChecksum(V2_BOOK)).toContain('"checksum":0,"timestamp"');
    expect(withWrongChecksum(V1_BOOK)).toContain('"c":"3139033409"}');
    expect(withWrongChecksum('{"channel":"trade"}')).toBeUndefined();
  });

  test('a price stands twice, with another size at first', () => {
    expect(withPriceTwice(V2_BOOK)).toContain(
      '"bids":[{"price":63499.0,"qty":0.00000000},{"price":63499.0,"qty":0.00005100}]',
    );
    expect(withPriceTwice(V1_BOOK)).toContain(
      '"b":[["27117.40000","0.00000001","1693415330.886651"],["27117.40000","0.00000000","1693415330.886651"],',
    );
    expect(withPriceTwice('{"channel":"book","data":[{"bids":[],"asks":[]}]}')).toBeUndefined();
  });

  test('timestamps move, with all their digits; the ends of candles and other numbers do not', () => {
    expect(shiftFrame(V2_BOOK, -4 * SECOND)).toBe(V2_BOOK.replace('23:00:03', '22:59:59'));
    expect(shiftFrame(V2_OHLC, 1_500_000)).toBe(V2_OHLC.replace('23:00:03.501510123Z', '23:00:05.001510123Z'));
    expect(shiftFrame(V1_BOOK, -1)).toBe(
      V1_BOOK.replace('330.886651', '330.886650').replace('325.036931', '325.036930'),
    );
    expect(shiftFrame(V1_BOOK, 200_000)).toContain('"1693415331.086651"');
    expect(
      shiftFrame('{"method":"pong","time_in":"2023-09-24T14:10:23Z","time_out":"2023-09-24T14:10:23.799Z"}', SECOND),
    ).toBe('{"method":"pong","time_in":"2023-09-24T14:10:24Z","time_out":"2023-09-24T14:10:24.799Z"}');
    expect(shiftRest('{"unixtime":1616336594,"rfc1123":"Sun, 21 Mar 21 14:23:14 +0000"}', 3600 * SECOND)).toBe(
      '{"unixtime":1616340194,"rfc1123":"Sun, 21 Mar 21 15:23:14 +0000"}',
    );
  });

  test('the crossing of a book needs levels of both sides, and the book that the frame leads to', () => {
    const level = { price: '63499.0', qty: '0.00005100' };
    expect(crossing(V2_BOOK, { bids: [level], asks: [] }, 'crossed')).toBeUndefined();
    expect(
      crossing(V2_BOOK, { bids: [level], asks: [{ price: '63500.0', qty: '1.00000000' }] }, 'crossed'),
    ).toBeUndefined();
  });

  test('a huge frame has the size that was asked for, and is JSON', () => {
    const frame = hugeFrame(5_000);
    expect([frame.length, Object.keys(JSON.parse(frame) as object)]).toEqual([5_000, ['channel', 'type', 'data']]);
  });

  test('what cannot be edited is left alone', () => {
    expect([withNaN('{"channel":"heartbeat"}'), withUnknownField('{"channel":"heartbeat"}')]).toEqual([
      undefined,
      undefined,
    ]);
    expect(withNaN(V1_BOOK)).toContain('[["27117.40000",NaN,');
  });
});

test.each<[string, Partial<SeenFrame>]>([
  [V2_BOOK, { protocol: 'v2', role: 'data', channel: 'book', symbol: 'BTC/USD', isSnapshot: false }],
  [V2_BOOK.replace('update', 'snapshot'), { role: 'data', isSnapshot: true }],
  [V1_BOOK, { protocol: 'v1', role: 'data', channel: 'book', symbol: 'BTC/USD', isSnapshot: false }],
  [
    '[336,{"as":[],"bs":[]},"book-10","XDG/XBT"]',
    { role: 'data', channel: 'book', symbol: 'DOGE/BTC', isSnapshot: true },
  ],
  ['[42,["1542057314.748456"],"ohlc-5","XBT/USD"]', { role: 'data', channel: 'ohlc', symbol: 'BTC/USD' }],
  ['[[{}],"ownTrades",{"sequence":2948}]', { protocol: 'v1', role: 'data', channel: 'ownTrades', symbol: '' }],
  ['{"channel":"heartbeat"}', { protocol: 'v2', role: 'heartbeat' }],
  ['{"event":"heartbeat"}', { protocol: 'v1', role: 'heartbeat' }],
  ['{"channel":"status","type":"update","data":[{"system":"online"}]}', { protocol: 'v2', role: 'status' }],
  [
    '{"connectionID":13688620010177543517,"event":"systemStatus","status":"online","version":"1.9.1"}',
    { protocol: 'v1', role: 'status' },
  ],
  [
    '{"method":"subscribe","req_id":1,"result":{"channel":"book","depth":10,"snapshot":true,"symbol":"BTC/USD"},"success":true}',
    { protocol: 'v2', role: 'ack', channel: 'book', symbol: 'BTC/USD' },
  ],
  ['{"error":"Already subscribed","method":"subscribe","success":false,"symbol":"BTC/USD"}', { role: 'other' }],
  ['{"method":"unsubscribe","result":{"channel":"book","symbol":"BTC/USD"},"success":true}', { role: 'other' }],
  ['{"error":"EOrder:Insufficient funds","method":"add_order","success":false}', { protocol: 'v2', role: 'reply' }],
  ['{"method":"batch_cancel","orders_cancelled":2,"success":true}', { role: 'reply' }],
  ['{"method":"pong"}', { role: 'other' }],
  [
    '{"channelID":336,"channelName":"book-10","event":"subscriptionStatus","pair":"XBT/USD","status":"subscribed","subscription":{"depth":10,"name":"book"}}',
    { protocol: 'v1', role: 'ack', channel: 'book', symbol: 'BTC/USD' },
  ],
  [
    '{"errorMessage":"…","event":"subscriptionStatus","pair":"foobar","status":"error"}',
    { protocol: 'v1', role: 'other' },
  ],
  ['{"event":"addOrderStatus","status":"ok","txid":"ONPNXH-KMKMU-F4MR5V"}', { protocol: 'v1', role: 'reply' }],
  ['no JSON at all', { role: 'other' }],
])('sees what a frame is: %s', (frame, seen) => {
  expect(seeFrame(frame)).toMatchObject(seen);
  expect(seeFrame(Buffer.from(frame))).toEqual(seeFrame(frame));
});

test('bytes drip at their rate, in order, from buffers that may be used again; the rest follows at the end', () => {
  const scheduler = new VirtualScheduler();
  let written = '';
  let divert: ((bytes: Uint8Array) => void) | undefined;
  const wire = new DrippingWire(
    {
      write: (bytes) => (written += Buffer.from(bytes).toString()),
      divert: (to) => (divert = to),
      pause: () => undefined,
      reset: () => undefined,
    },
    scheduler,
    4,
  );
  const reused = Buffer.from('abc');
  divert?.(reused);
  reused.fill('x');
  divert?.(Buffer.from('defghijkl'));
  expect([wire.bytes, written]).toEqual([12, '']);
  scheduler.advance(micros(SECOND));
  expect([wire.bytes, written]).toEqual([8, 'abcd']);
  scheduler.advance(micros(SECOND / 2));
  expect(written).toBe('abcdef');
  wire.flush();
  expect([wire.bytes, written, divert]).toEqual([0, 'abcdefghijkl', undefined]);
  scheduler.advance(micros(SECOND));
  expect(written).toBe('abcdefghijkl');
});
