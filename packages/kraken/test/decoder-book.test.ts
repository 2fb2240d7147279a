import fc from 'fast-check';
import { KeyedRandom } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { KrakenDecoder } from '../src/decoder.ts';
import type { BookMessage, KrakenMessage } from '../src/messages.ts';
import { BTC, bytes, otherwise, randomBook, venueBook } from './support/frames.ts';
import { plainBook, slowBook } from './support/slow-model.ts';
import type { PlainBook } from './support/slow-model.ts';

function decoder(symbol = 'BTC/USD', grid = BTC): KrakenDecoder {
  const made = new KrakenDecoder();
  made.setGrid(symbol, grid);
  return made;
}

function book(message: KrakenMessage): BookMessage {
  if (message.type !== 'book') throw new Error(`expected a book, was ${JSON.stringify(message)}`);
  return message;
}

const UPDATE =
  '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":63381.0,"qty":0.00000000},{"price":63376.4,"qty":0.00005100}],"asks":[],"checksum":3726153463,"timestamp":"2026-08-02T03:35:51.660084Z"}]}';

describe('a book frame', () => {
  test('becomes ticks and lots in the order sent', () => {
    expect(plainBook(book(decoder().decode(bytes(UPDATE))))).toEqual({
      symbol: 'BTC/USD',
      snapshot: false,
      bids: [
        [633_810, 0],
        [633_764, 5100],
      ],
      asks: [],
      checksum: 3_726_153_463,
      venueTs: Date.UTC(2026, 7, 2, 3, 35, 51) * 1000 + 660_084,
    });
  });

  test('is reused by the next frame', () => {
    const made = decoder();
    const first = made.decode(bytes(UPDATE));
    expect(made.decode(bytes(UPDATE.replace('63376.4', '63376.5')))).toBe(first);
    expect(book(first).bidPrices[1]).toBe(633_765);
  });

  test('of a Buffer that is a window into a larger one reads that window only', () => {
    const large = Buffer.from(`xx${UPDATE}yy`);
    expect(decoder().decode(large.subarray(2, 2 + UPDATE.length)).type).toBe('book');
  });

  test('may carry no checksum, and no time in a snapshot as before 2026', () => {
    const text = venueBook({
      symbol: 'BTC/USD',
      snapshot: true,
      bids: [[1, 2]],
      asks: [[3, 4]],
      checksum: 5,
      venueTs: undefined,
    });
    expect(text).toContain('"checksum":5}]}');
    expect(book(decoder().decode(bytes(text)))).toMatchObject({ checksum: 5, venueTs: undefined });
    const bare = text.replace(',"checksum":5', '');
    expect(book(decoder().decode(bytes(bare)))).toMatchObject({ checksum: undefined, venueTs: undefined });
  });

  test('reads a symbol written with an escaped slash as the same symbol', () => {
    const made = decoder();
    const plain = book(made.decode(bytes(UPDATE))).symbol;
    expect(book(made.decode(bytes(UPDATE.replace('BTC/USD', 'BTC\\/USD')))).symbol).toBe(plain);
  });

  test('tolerates unknown fields of any shape', () => {
    const odd = UPDATE.replace('"asks":[]', '"asks":[],"new":{"a":[1,{"b":"]}"}],"é":null}').replace(
      '"qty":0.00005100}',
      '"qty":0.00005100,"orders":[3]}',
    );
    expect(plainBook(book(decoder().decode(bytes(odd))))).toEqual(slowBook(bytes(UPDATE), BTC));
  });

  test.each([
    ['0.00000001', 1],
    ['1E-8', 1],
    ['1e-8', 1],
    ['0.000000010', 1],
    ['90071992.54740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740991e-8', Number.MAX_SAFE_INTEGER],
    ['12', 1_200_000_000],
    ['0', 0],
    ['0.0', 0],
    ['0E+5', 0],
  ])('reads the quantity %s exactly', (text, lots) => {
    expect(book(decoder().decode(bytes(UPDATE.replace('0.00005100', text)))).bidSizes[1]).toBe(lots);
  });

  test.each([0, 1, 5, 8, 9, 10, 15])('reads prices of %i decimals exactly', (precision) => {
    const grid = { pricePrecision: precision, qtyPrecision: 15 - precision };
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (price, size) => {
        const content: PlainBook = {
          symbol: 'A/B',
          snapshot: false,
          bids: [[Math.max(1, price), size]],
          asks: [],
          checksum: 1,
          venueTs: 1_700_000_000_000_000,
        };
        expect(plainBook(book(decoder('A/B', grid).decode(bytes(venueBook(content, grid)))))).toEqual(content);
      }),
      { numRuns: 200 },
    );
  });

  test('of more levels than any before is read whole', () => {
    const side = Array.from({ length: 5000 }, (_, index): [number, number] => [index + 1, index]);
    const content = {
      symbol: 'BTC/USD',
      snapshot: true,
      bids: side,
      asks: side,
      checksum: 7,
      venueTs: 1_700_000_000_000_000,
    };
    expect(plainBook(book(decoder().decode(bytes(venueBook(content)))))).toEqual(content);
  });
});

describe('the same content', () => {
  test('gives the same message in any order, spacing and number form', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new KeyedRandom(seed, 'otherwise');
        let draws = 0;
        const draw = (): number => random.at((draws += 1));
        const content = randomBook(draw, 'BTC/USD');
        const made = decoder();
        expect(plainBook(book(made.decode(bytes(venueBook(content)))))).toEqual(content);
        const text = otherwise(content, BTC, draw);
        expect(plainBook(book(made.decode(bytes(text))))).toEqual(content);
        expect(slowBook(bytes(text), BTC)).toEqual(content);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

describe('precision', () => {
  const snapshot = (bids: string, asks = ''): Uint8Array =>
    bytes(
      `{"channel":"book","type":"snapshot","data":[{"symbol":"X/Y","bids":[${bids}],"asks":[${asks}],"checksum":1}]}`,
    );

  test('is locked from the first snapshot of an unknown symbol: the most decimals seen', () => {
    const made = new KrakenDecoder();
    const first = made.decode(snapshot('{"price":1.5,"qty":4.0},{"price":1.25,"qty":3}', '{"price":2,"qty":1E-8}'));
    expect(made.gridOf('X/Y')).toEqual({ pricePrecision: 2, qtyPrecision: 8 });
    expect(plainBook(book(first)).bids).toEqual([
      [150, 400_000_000],
      [125, 300_000_000],
    ]);
    expect(made.decode(snapshot('{"price":1.125,"qty":1}'))).toMatchObject({
      type: 'malformed',
      code: 'KB_KRAKEN_OFF_GRID',
      symbol: 'X/Y',
    });
  });

  test('is not locked by a snapshot that is refused', () => {
    const made = new KrakenDecoder();
    expect(made.decode(snapshot('{"price":1.5,"qty":4.0},{"price":-1,"qty":3}')).type).toBe('malformed');
    expect(made.gridOf('X/Y')).toBeUndefined();
  });

  test('cannot be learnt from an empty snapshot, an update or one that shows more than 15 decimals', () => {
    const made = new KrakenDecoder();
    expect(made.decode(snapshot(''))).toMatchObject({ code: 'KB_KRAKEN_UNKNOWN_PRECISION', symbol: 'X/Y' });
    expect(made.decode(bytes(UPDATE))).toMatchObject({ code: 'KB_KRAKEN_UNKNOWN_PRECISION', symbol: 'BTC/USD' });
    expect(made.decode(snapshot('{"price":1E-16,"qty":1}'))).toMatchObject({ code: 'KB_KRAKEN_OUT_OF_RANGE' });
  });

  test('of a known symbol takes an empty snapshot', () => {
    const made = decoder('X/Y');
    expect(book(made.decode(snapshot('')))).toMatchObject({ snapshot: true, bidCount: 0, askCount: 0 });
  });

  test('set later replaces the one before', () => {
    const made = decoder();
    made.setGrid('BTC/USD', { pricePrecision: 2, qtyPrecision: 8 });
    expect(book(made.decode(bytes(UPDATE))).bidPrices[0]).toBe(6_338_100);
    expect(made.gridOf('BTC/USD')).toEqual({ pricePrecision: 2, qtyPrecision: 8 });
  });

  test.each([-1, 0.5, 16, Number.NaN])('of %d decimals is refused', (precision) => {
    expect(() => new KrakenDecoder().setGrid('X/Y', { pricePrecision: precision, qtyPrecision: 1 })).toThrow(
      expect.objectContaining({ code: 'KB_MODEL_BAD_INSTRUMENT' }),
    );
  });

  test('is kept apart for many symbols, however they look', () => {
    const made = new KrakenDecoder();
    const symbols = Array.from({ length: 3000 }, (_, index) => `S${index}/U`).concat([
      'a"b',
      'a\\b',
      'é/€',
      'B',
      'BT',
      'BTC',
    ]);
    symbols.forEach((symbol, index) => made.setGrid(symbol, { pricePrecision: index % 7, qtyPrecision: index % 9 }));
    symbols.forEach((symbol, index) => {
      const grid = { pricePrecision: index % 7, qtyPrecision: index % 9 };
      const content = {
        symbol,
        snapshot: false,
        bids: [[123_456_789, 987_654_321]] as const,
        asks: [],
        checksum: 1,
        venueTs: 1e15,
      };
      const text = venueBook({ ...content, symbol: JSON.stringify(symbol).slice(1, -1) }, grid);
      expect(plainBook(book(made.decode(bytes(text))))).toEqual(content);
    });
  });

  test('of a symbol that holds a quote cannot be confused with the fields of another', () => {
    const made = decoder('A/B');
    made.setGrid('A/B","bids":[],"asks', BTC);
    const text =
      '{"channel":"book","type":"update","data":[{"symbol":"A/B","bids":[],"asks":[],"checksum":1,"timestamp":"2026-08-02T03:35:51.660084Z"}]}';
    expect(book(made.decode(bytes(text))).symbol).toBe('A/B');
  });

  test('of more symbols than any venue has is refused for the rest', () => {
    const made = new KrakenDecoder();
    for (let index = 0; index < 16_384; index += 1) made.setGrid(`S${index}`, BTC);
    expect(made.decode(snapshot('{"price":1.5,"qty":4.0}'))).toMatchObject({ code: 'KB_KRAKEN_UNKNOWN_PRECISION' });
    expect(() => made.setGrid('X/Y', BTC)).toThrow(expect.objectContaining({ code: 'KB_MODEL_BAD_INSTRUMENT' }));
    made.setGrid('S0', { pricePrecision: 3, qtyPrecision: 3 });
    expect(made.gridOf('S0')).toEqual({ pricePrecision: 3, qtyPrecision: 3 });
  });
});
