import { describe, expect, test } from 'vitest';
import { KrakenDecoder } from '../src/decoder.ts';
import type { DecodeErrorCode, KrakenMessage } from '../src/messages.ts';
import { BTC, bytes } from './support/frames.ts';

const PRICE = '63381.0';
const QTY = '0.00005100';
const TIME = '2026-08-02T03:35:51.660084Z';
const UPDATE = `{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":${PRICE},"qty":${QTY}}],"asks":[],"checksum":3726153463,"timestamp":"${TIME}"}]}`;

function decode(frame: Uint8Array | string): KrakenMessage {
  const decoder = new KrakenDecoder();
  decoder.setGrid('BTC/USD', BTC);
  return decoder.decode(typeof frame === 'string' ? bytes(frame) : frame);
}

/** What came instead, unless the frame was refused with that code and at that offset. */
function unlessRefused(frame: Uint8Array | string, code: DecodeErrorCode, offset?: number): KrakenMessage | undefined {
  const message = decode(frame);
  const refused = message.type === 'malformed' && message.code === code;
  return refused && (offset === undefined || message.offset === offset) ? undefined : message;
}

describe('a number in a book', () => {
  test.each([
    ['-1.0', 'KB_KRAKEN_BAD_NUMBER'],
    ['-0', 'KB_KRAKEN_BAD_NUMBER'],
    ['-0.00000000', 'KB_KRAKEN_BAD_NUMBER'],
    ['1e-0000000000000000000000001', 'KB_KRAKEN_BAD_NUMBER'],
    ['1E+400', 'KB_KRAKEN_OUT_OF_RANGE'],
    ['1E9999', 'KB_KRAKEN_BAD_NUMBER'],
    ['NaN', 'KB_KRAKEN_BAD_JSON'],
    ['Infinity', 'KB_KRAKEN_BAD_JSON'],
    ['+1', 'KB_KRAKEN_BAD_JSON'],
    ['01', 'KB_KRAKEN_BAD_JSON'],
    ['00.00005100', 'KB_KRAKEN_BAD_JSON'],
    ['1.', 'KB_KRAKEN_BAD_JSON'],
    ['.5', 'KB_KRAKEN_BAD_JSON'],
    ['1e', 'KB_KRAKEN_BAD_JSON'],
    ['0x10', 'KB_KRAKEN_BAD_JSON'],
    ['123456789012345678901234567890', 'KB_KRAKEN_OUT_OF_RANGE'],
    ['90071992.54740992', 'KB_KRAKEN_OUT_OF_RANGE'],
    ['0.000000001', 'KB_KRAKEN_OFF_GRID'],
    ['1E-9', 'KB_KRAKEN_OFF_GRID'],
    ['"0.00005100"', 'KB_KRAKEN_BAD_FIELD'],
    ['null', 'KB_KRAKEN_BAD_FIELD'],
    ['true', 'KB_KRAKEN_BAD_FIELD'],
    ['[1]', 'KB_KRAKEN_BAD_FIELD'],
  ] as const)('%s is refused as a quantity', (text, code) => {
    expect(unlessRefused(UPDATE.replace(QTY, text), code)).toBeUndefined();
  });

  test.each([
    ['0', 'KB_KRAKEN_BAD_NUMBER'],
    ['0.0', 'KB_KRAKEN_BAD_NUMBER'],
    ['-63381.0', 'KB_KRAKEN_BAD_NUMBER'],
    ['63381.05', 'KB_KRAKEN_OFF_GRID'],
    ['900719925474099.2', 'KB_KRAKEN_OUT_OF_RANGE'],
    ['"63381.0"', 'KB_KRAKEN_BAD_FIELD'],
  ] as const)('%s is refused as a price', (text, code) => {
    expect(unlessRefused(UPDATE.replace(PRICE, text), code, UPDATE.indexOf(PRICE))).toBeUndefined();
  });

  test.each([
    ['4294967296', 'KB_KRAKEN_OUT_OF_RANGE'],
    ['99999999999999999999', 'KB_KRAKEN_OUT_OF_RANGE'],
    ['-1', 'KB_KRAKEN_BAD_NUMBER'],
    ['1.5', 'KB_KRAKEN_OFF_GRID'],
    ['"1"', 'KB_KRAKEN_BAD_FIELD'],
  ] as const)('%s is refused as a checksum', (text, code) => {
    expect(unlessRefused(UPDATE.replace('3726153463', text), code)).toBeUndefined();
  });
});

describe('a time', () => {
  test.each([
    '2026-02-30T03:35:51.660084Z',
    '2026-13-01T03:35:51.660084Z',
    '2026-00-01T03:35:51.660084Z',
    '2026-08-00T03:35:51.660084Z',
    '2026-08-02T24:00:00.000000Z',
    '2026-08-02T03:60:00.000000Z',
    '2026-08-02T03:35:60.000000Z',
    '2026-08-02T03:35:51.660084',
    '2026-08-02T03:35:51.660084+00:00',
    '2026-08-02 03:35:51.660084Z',
    '2026-08-02T03:35:51.Z',
    '2026-08-02T03:35:51.6600840001Z',
    '2026-08-02T03:35:51.66008xZ',
    '9999-08-02T03:35:51.660084Z',
    '2026-08-02T03:35:51.66008\u0130Z',
    '',
    'x',
  ])('%s is refused', (text) => {
    expect(unlessRefused(UPDATE.replace(TIME, text), 'KB_KRAKEN_BAD_FIELD', UPDATE.indexOf(TIME) - 1)).toBeUndefined();
  });

  test.each([
    ['2026-08-02T03:35:51Z', 0],
    ['2026-08-02T03:35:51.6Z', 600_000],
    ['2026-08-02T03:35:51.660084Z', 660_084],
    ['2026-08-02T03:35:51.660084999Z', 660_084],
    ['2026-08-02T03:35:51.000000001Z', 0],
  ])('%s is read, cut to microseconds', (text, micros) => {
    const venueTs = Date.UTC(2026, 7, 2, 3, 35, 51) * 1000 + micros;
    expect(decode(UPDATE.replace(TIME, text))).toMatchObject({ type: 'book', venueTs });
  });

  test('before 1970 and on 29 February is read', () => {
    expect(decode(UPDATE.replace(TIME, '1969-12-31T23:59:59.999999Z'))).toMatchObject({ venueTs: -1 });
    const leap = Date.UTC(2028, 1, 29, 1, 2, 3) * 1000;
    expect(decode(UPDATE.replace(TIME, '2028-02-29T01:02:03.000000Z'))).toMatchObject({ venueTs: leap });
  });
});

describe('the shape of a book', () => {
  test.each([
    ['no data', UPDATE.replace('"data"', '"date"')],
    ['data of another type', '{"channel":"book","type":"update","data":{}}'],
    ['no element', '{"channel":"book","type":"update","data":[]}'],
    ['two elements', '{"channel":"book","type":"update","data":[{},{}]}'],
    ['an element that is no object', '{"channel":"book","type":"update","data":[[]]}'],
    ['no symbol', UPDATE.replace('"symbol"', '"simbol"')],
    ['an empty symbol', UPDATE.replace('BTC/USD', '')],
    ['a symbol that is a number', UPDATE.replace('"BTC/USD"', '1')],
    ['no bids', UPDATE.replace('"bids"', '"bits"')],
    ['asks that are null', UPDATE.replace('"asks":[]', '"asks":null')],
    ['a level that is an array', UPDATE.replace('"asks":[]', '"asks":[[1,2]]')],
    ['a level without a price', UPDATE.replace('"asks":[]', '"asks":[{"qty":1}]')],
    ['another type', UPDATE.replace('"update"', '"delta"')],
    ['no type', UPDATE.replace('"type":"update",', '')],
    ['a key twice', UPDATE.replace('"asks":[]', '"asks":[],"bids":[]')],
    ['a key twice in a level', UPDATE.replace('"qty":0', '"qty":1,"qty":0')],
    ['a time that is a number', UPDATE.replace(`"${TIME}"`, '1')],
  ])('with %s is refused', (_what, text) => {
    expect(unlessRefused(text, 'KB_KRAKEN_BAD_FIELD')).toBeUndefined();
  });

  test('refused says the channel and the symbol as far as they had been read', () => {
    const at = (end: string): string => UPDATE.slice(0, UPDATE.indexOf(end) + end.length);
    expect(decode(at('"channel":"book",'))).toMatchObject({ channel: 'book', symbol: undefined });
    expect(decode(at('"bids":[{'))).toMatchObject({
      channel: 'book',
      symbol: 'BTC/USD',
      offset: at('"bids":[{').length,
    });
    expect(decode(at('"chan'))).toMatchObject({ channel: undefined, symbol: undefined });
  });

  test('refused leaves no levels behind in the reused message', () => {
    const decoder = new KrakenDecoder();
    decoder.setGrid('BTC/USD', BTC);
    const message = decoder.decode(bytes(UPDATE));
    expect(decoder.decode(bytes(UPDATE.replace('"asks":[]', '"asks":[{"price":1.0,"qty":-1}]'))).type).toBe(
      'malformed',
    );
    expect(message).toMatchObject({ bidCount: 0, askCount: 0 });
  });
});

describe('text that is no JSON', () => {
  test.each([
    ['', 0],
    [' ', 1],
    ['x', 0],
    ['\u0000', 0],
    ['\uFEFF{"channel":"heartbeat"}', 0],
    ['{"channel":"heartbeat"}x', 23],
    ['{"channel":"heartbeat"}{}', 23],
    ['{"channel":"heartbeat",}', 23],
    ['{"channel" "heartbeat"}', 11],
    ["{'channel':1}", 1],
    ['[1,]', 3],
    ['[1 2]', 3],
    ['{"a":tru}', 8],
    ['{"a":"\\x"}', 6],
    ['{"a":"\\u12"}', 6],
    ['{"a":"\n"}', 6],
    ['{"a":"', 6],
    ['{"a":-}', 6],
    ['{"a":1.}', 7],
    ['{"a":1e+}', 8],
    ['{"a":', 5],
    [`${UPDATE}\0\0\0\0\0\0\0\0`, UPDATE.length],
    [`${UPDATE}\0\0\0\0\0\0\0\0x`, UPDATE.length],
    [`${UPDATE} x`, UPDATE.length + 1],
  ])('%j is refused at byte %i', (text, offset) => {
    expect(unlessRefused(text, 'KB_KRAKEN_BAD_JSON', offset)).toBeUndefined();
  });

  test('cut anywhere is refused, and no cut is taken for the whole', () => {
    for (let end = 0; end < UPDATE.length; end += 1) {
      expect(decode(UPDATE.slice(0, end))).toMatchObject({
        type: 'malformed',
        code: 'KB_KRAKEN_BAD_JSON',
      });
    }
  });
});

describe('invalid UTF-8', () => {
  test.each([
    [[0xff], 'a byte of no character'],
    [[0x80], 'a continuation alone'],
    [[0xc0, 0xaf], 'an overlong slash'],
    [[0xe0, 0x80, 0xaf], 'a longer overlong slash'],
    [[0xed, 0xa0, 0x80], 'a surrogate'],
    [[0xf4, 0x90, 0x80, 0x80], 'a character beyond the last'],
    [[0xe2, 0x82], 'a cut character'],
    [[0xf0, 0x9f, 0x98], 'a cut longer character'],
    [[0xf8, 0x88, 0x80, 0x80, 0x80], 'a five-byte form'],
  ])('%j (%s) in a string is refused at its byte', (broken) => {
    const [head, tail] = ['{"channel":"x', '"}'];
    expect(
      unlessRefused(
        Buffer.concat([bytes(head), Uint8Array.from(broken), bytes(tail)]),
        'KB_KRAKEN_BAD_UTF8',
        head.length,
      ),
    ).toBeUndefined();
  });

  test('outside a string is no JSON', () => {
    expect(
      unlessRefused(Buffer.concat([bytes('{"a":'), Uint8Array.of(0xff), bytes('}')]), 'KB_KRAKEN_BAD_JSON', 5),
    ).toBeUndefined();
  });

  test('in the symbol of a book frame is refused', () => {
    const frame = bytes(UPDATE);
    frame[UPDATE.indexOf('BTC')] = 0xc3;
    expect(unlessRefused(frame, 'KB_KRAKEN_BAD_UTF8')).toBeUndefined();
  });

  test('does not hide valid characters', () => {
    expect(decode('{"channel":"é€😀\\u00e9"}')).toEqual({ type: 'unknown', channel: 'é€😀é' });
  });
});

describe('hostile frames', () => {
  test.each(['[', '{"a":', '[{"data":'])(
    'nested 10,000 levels deep with %s are refused, not a stack overflow',
    (open) => {
      expect(unlessRefused(open.repeat(10_000), 'KB_KRAKEN_TOO_DEEP')).toBeUndefined();
      expect(unlessRefused(`{"channel":"book","data":${open.repeat(10_000)}`, 'KB_KRAKEN_TOO_DEEP')).toBeUndefined();
    },
  );

  test('nested as deep as allowed are read', () => {
    expect(decode(`${'['.repeat(32)}${']'.repeat(32)}`).type).toBe('unknown');
    expect(unlessRefused(`${'['.repeat(33)}${']'.repeat(33)}`, 'KB_KRAKEN_TOO_DEEP', 32)).toBeUndefined();
  });

  test('with __proto__ and constructor keys change nothing and are ignored', () => {
    const text = UPDATE.replace(
      '{"symbol"',
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"symbol"',
    );
    expect(decode(text)).toMatchObject({ type: 'book', bidCount: 1 });
    expect(decode('{"__proto__":{"channel":"heartbeat"}}')).toEqual({ type: 'unknown', channel: undefined });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('of 1 MiB are decoded or refused', () => {
    const size = 1024 * 1024;
    expect(unlessRefused('['.repeat(size), 'KB_KRAKEN_TOO_DEEP')).toBeUndefined();
    expect(unlessRefused(`{"a":"${'x'.repeat(size)}`, 'KB_KRAKEN_BAD_JSON')).toBeUndefined();
    expect(unlessRefused(UPDATE.replace(QTY, '1'.repeat(size)), 'KB_KRAKEN_BAD_NUMBER')).toBeUndefined();
    expect(unlessRefused(UPDATE.replace(QTY, `0.${'0'.repeat(size)}1`), 'KB_KRAKEN_BAD_NUMBER')).toBeUndefined();
    expect(unlessRefused(UPDATE.replace('3726153463', '9'.repeat(size)), 'KB_KRAKEN_BAD_NUMBER')).toBeUndefined();
    expect(decode(`[${'0,'.repeat(size / 2)}0]`).type).toBe('unknown');
    expect(decode(`${UPDATE}${' '.repeat(size)}`).type).toBe('book');
    const levels = Array.from({ length: 30_000 }, () => `{"price":${PRICE},"qty":${QTY}}`).join(',');
    expect(decode(UPDATE.replace('"asks":[]', `"asks":[${levels}]`))).toMatchObject({ type: 'book', askCount: 30_000 });
  });
});
