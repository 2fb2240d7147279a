import { describe, expect, test } from 'vitest';
import { KrakenDecoder } from '../src/decoder.ts';
import type { DecodeErrorCode, KrakenMessage } from '../src/messages.ts';
import { encodeSubscribe, encodeUnsubscribe } from '../src/requests.ts';
import { micros } from '@kb/model';
import { BTC, bytes } from './support/frames.ts';

const TIME = '2026-07-07T23:00:05.562702123Z';
const SNAPSHOT =
  '{"channel":"level3","type":"snapshot","data":[{"symbol":"BTC/USD","checksum":1063832831,"bids":[' +
  `{"order_id":"OQCLML-BW3P3-BUCMWZ","limit_price":44939.4,"order_qty":0.88968699,"timestamp":"${TIME}"}],"asks":[` +
  `{"order_id":"OAAAAA-BW3P3-BUCMWA","limit_price":44939.5,"order_qty":4.52308393,"timestamp":"${TIME}"},` +
  `{"order_id":"OAAAAB-BW3P3-BUCMWB","limit_price":44939.5,"order_qty":0.00111261,"timestamp":"${TIME}"}]}]}`;
const UPDATE =
  '{"channel":"level3","type":"update","data":[{"symbol":"BTC/USD","timestamp":"2026-07-07T23:00:06.000001Z","checksum":7,"bids":[' +
  `{"event":"modify","order_id":"OQCLML-BW3P3-BUCMWZ","limit_price":44939.4,"order_qty":0.50000000,"timestamp":"${TIME}"},` +
  `{"event":"delete","order_id":"OQCLML-BW3P3-BUCMWZ","limit_price":44939.4,"order_qty":0.00000000,"timestamp":"${TIME}"}],` +
  `"asks":[{"event":"add","order_id":"OAAAAC-BW3P3-BUCMWC","limit_price":44940.0,"order_qty":1.00000000,"timestamp":"${TIME}"}]}]}`;
const CANDLES =
  '{"channel":"ohlc","type":"update","timestamp":"2026-07-07T23:00:05.562702123Z","data":[{"symbol":"BTC/USD","open":63501.6,' +
  '"high":63510.0,"low":63500.1,"close":63501.7,"trades":12,"volume":0.52308393,"vwap":63504.2,' +
  '"interval_begin":"2026-07-07T23:00:00.000000000Z","interval":5,"timestamp":"2026-07-07T23:05:00.000000Z"}]}';

function decode(frame: string, decoder = new KrakenDecoder()): KrakenMessage {
  return decoder.decode(bytes(frame));
}

function btcDecoder(): KrakenDecoder {
  const decoder = new KrakenDecoder();
  decoder.setGrid('BTC/USD', BTC);
  return decoder;
}

describe('single orders', () => {
  test('a snapshot adds each, in the order of the queues, with the time as sent', () => {
    expect(decode(SNAPSHOT)).toEqual({
      type: 'level3',
      symbol: 'BTC/USD',
      snapshot: true,
      checksum: 1_063_832_831,
      venueTs: undefined,
      bids: [{ event: 'add', orderId: 'OQCLML-BW3P3-BUCMWZ', price: 449_394, size: 88_968_699, timestamp: TIME }],
      asks: [
        { event: 'add', orderId: 'OAAAAA-BW3P3-BUCMWA', price: 449_395, size: 452_308_393, timestamp: TIME },
        { event: 'add', orderId: 'OAAAAB-BW3P3-BUCMWB', price: 449_395, size: 111_261, timestamp: TIME },
      ],
    });
  });

  test('an update adds, changes and removes them', () => {
    expect(decode(UPDATE, btcDecoder())).toEqual({
      type: 'level3',
      symbol: 'BTC/USD',
      snapshot: false,
      checksum: 7,
      venueTs: Date.UTC(2026, 6, 7, 23, 0, 6) * 1000 + 1,
      bids: [
        { event: 'modify', orderId: 'OQCLML-BW3P3-BUCMWZ', price: 449_394, size: 50_000_000, timestamp: TIME },
        { event: 'delete', orderId: 'OQCLML-BW3P3-BUCMWZ', price: 449_394, size: 0, timestamp: TIME },
      ],
      asks: [{ event: 'add', orderId: 'OAAAAC-BW3P3-BUCMWC', price: 449_400, size: 100_000_000, timestamp: TIME }],
    });
  });

  test('the decimals of a pair are those of its snapshot, unless they were known', () => {
    const decoder = new KrakenDecoder();
    expect(decode(UPDATE, decoder)).toMatchObject({ type: 'malformed', code: 'KB_KRAKEN_UNKNOWN_PRECISION' });
    decode(SNAPSHOT, decoder);
    expect(decoder.gridOf('BTC/USD')).toEqual(BTC);
    expect(decode(UPDATE, decoder).type).toBe('level3');
    const other = new KrakenDecoder();
    other.setGrid('BTC/USD', { pricePrecision: 2, qtyPrecision: 8 });
    expect(decode(SNAPSHOT, other)).toMatchObject({ bids: [{ price: 4_493_940 }] });
  });

  test('a refused snapshot tells no decimals', () => {
    const decoder = new KrakenDecoder();
    expect(decode(SNAPSHOT.replace('0.00111261', '-1'), decoder).type).toBe('malformed');
    expect(decoder.gridOf('BTC/USD')).toBeUndefined();
  });

  test.each<readonly [string, string, string, string, DecodeErrorCode, string]>([
    ['an event without a name here', UPDATE, '"modify"', '"amend"', 'KB_KRAKEN_BAD_FIELD', '"amend"'],
    ['an update without events', UPDATE, '"event":"add",', '', 'KB_KRAKEN_BAD_FIELD', '{"order_id":"OAAAAC'],
    ['a delete in a snapshot', SNAPSHOT, '{"order', '{"event":"delete","order', 'KB_KRAKEN_BAD_FIELD', '"delete"'],
    ['an empty order id', SNAPSHOT, '"OAAAAA-BW3P3-BUCMWA"', '""', 'KB_KRAKEN_BAD_FIELD', '""'],
    ['a price of zero', SNAPSHOT, '44939.4', '0.0', 'KB_KRAKEN_BAD_NUMBER', '0.0'],
    ['a size off the grid', UPDATE, '1.00000000', '1.000000001', 'KB_KRAKEN_OFF_GRID', '1.000000001'],
    ['a time in words', UPDATE, `"timestamp":"${TIME}"`, '"timestamp":"now"', 'KB_KRAKEN_BAD_FIELD', '"now"'],
    ['a checksum of 33 bits', UPDATE, '"checksum":7', '"checksum":4294967296', 'KB_KRAKEN_OUT_OF_RANGE', '4294967296'],
    ['no asks', UPDATE, '"asks"', '"masks"', 'KB_KRAKEN_BAD_FIELD', '{"symbol"'],
  ])('%s is refused', (_, frame, before, after, code, at) => {
    const broken = frame.replace(before, after);
    const message = decode(broken, btcDecoder());
    expect(message).toMatchObject({ type: 'malformed', code, channel: 'level3' });
    expect(broken.slice(message.type === 'malformed' ? message.offset : -1)).toMatch(new RegExp(`^${at}`));
  });
});

describe('candles', () => {
  const candle = {
    symbol: 'BTC/USD',
    interval: 300_000_000,
    start: Date.UTC(2026, 6, 7, 23) * 1000,
    open: 635_016,
    high: 635_100,
    low: 635_001,
    close: 635_017,
    vwap: '63504.2',
    volume: 52_308_393n,
    trades: 12,
    venueTs: Date.UTC(2026, 6, 7, 23, 0, 5) * 1000 + 562_702,
  };

  test('have the time of their frame', () => {
    expect(decode(CANDLES, btcDecoder())).toEqual({ type: 'ohlc', snapshot: false, candles: [candle] });
  });

  test('of a snapshot come oldest first, as sent', () => {
    const [, data = ''] = /"data":\[(.*)\]\}$/.exec(CANDLES) ?? [];
    const next = data.replace('T23:00:00', 'T23:05:00');
    const frame = `{"channel":"ohlc","type":"snapshot","data":[${data},${next}]}`;
    expect(decode(frame, btcDecoder())).toEqual({
      type: 'ohlc',
      snapshot: true,
      candles: [
        { ...candle, venueTs: undefined },
        { ...candle, start: candle.start + 300_000_000, venueTs: undefined },
      ],
    });
  });

  test('hold volumes beyond what lots can', () => {
    const frame = CANDLES.replace('0.52308393', '123456789012.12345678');
    expect(decode(frame, btcDecoder())).toMatchObject({ candles: [{ volume: 12_345_678_901_212_345_678n }] });
  });

  test.each<readonly [string, string, string, DecodeErrorCode]>([
    ['an interval of zero', '"interval":5', '"interval":0', 'KB_KRAKEN_BAD_FIELD'],
    ['an interval beyond 2^53 µs', '"interval":5', '"interval":9007199254740991', 'KB_KRAKEN_BAD_FIELD'],
    ['an open of zero', '63501.6', '0', 'KB_KRAKEN_BAD_NUMBER'],
    ['a close off the grid', '63501.7', '63501.77', 'KB_KRAKEN_OFF_GRID'],
    ['a vwap in words', '63504.2', '"x"', 'KB_KRAKEN_BAD_NUMBER'],
    ['a volume off the grid', '0.52308393', '0.523083931', 'KB_KRAKEN_OFF_GRID'],
    ['a negative count', '"trades":12', '"trades":-12', 'KB_KRAKEN_BAD_NUMBER'],
    ['no start', '"interval_begin"', '"begin"', 'KB_KRAKEN_BAD_FIELD'],
  ])('are refused for %s', (_, before, after, code) => {
    expect(decode(CANDLES.replace(before, after), btcDecoder())).toMatchObject({ type: 'malformed', code });
  });

  test('of a pair that nothing is known of are refused', () => {
    expect(decode(CANDLES)).toMatchObject({ type: 'malformed', code: 'KB_KRAKEN_UNKNOWN_PRECISION', channel: 'ohlc' });
  });
});

test('requests say the interval in minutes, and the token where a channel needs one', () => {
  const interval = micros(900_000_000);
  expect(encodeSubscribe({ channel: 'ohlc', symbols: ['BTC/USD'], interval, snapshot: true, reqId: 1 })).toBe(
    '{"method":"subscribe","params":{"channel":"ohlc","symbol":["BTC/USD"],"interval":15,"snapshot":true},"req_id":1}',
  );
  expect(encodeUnsubscribe({ channel: 'ohlc', symbols: ['BTC/USD'], interval, reqId: 2 })).toBe(
    '{"method":"unsubscribe","params":{"channel":"ohlc","symbol":["BTC/USD"],"interval":15},"req_id":2}',
  );
  expect(encodeSubscribe({ channel: 'level3', symbols: ['BTC/USD'], depth: 10, token: 'T', reqId: 3 })).toBe(
    '{"method":"subscribe","params":{"channel":"level3","symbol":["BTC/USD"],"depth":10,"token":"T"},"req_id":3}',
  );
  expect(encodeUnsubscribe({ channel: 'level3', symbols: ['BTC/USD'], depth: 10, token: 'T', reqId: 4 })).toBe(
    '{"method":"unsubscribe","params":{"channel":"level3","symbol":["BTC/USD"],"depth":10,"token":"T"},"req_id":4}',
  );
});
