import { existsSync, readFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { countToDecimal, lots, micros, SECOND, ticks } from '@kb/model';
import type { Side } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { importKrakenTrades, openTrades } from '../src/index.ts';
import { file, refusal, symbol, tradesOf } from './imported.ts';

describe('trades of Kraken', () => {
  const OWN = '1381095255.4567,122.00000,0.10000000\n1381179030.1234567,123.61000,0.20000000\n1381201115,123.91000,1\n';

  test('without a header come out as they stand in the file, numbered, in the smallest precision that holds them', async () => {
    const { path, out } = file(OWN);
    const summary = await importKrakenTrades(path, out, { symbol, unknownSide: 'sell' });
    expect(summary).toMatchObject({ path: out, items: 3, outOfOrder: 0, grid: { pricePrecision: 2, qtyPrecision: 1 } });
    expect(await tradesOf(out)).toMatchObject([
      { symbol, tradeId: 1, venueTs: 1_381_095_255_456_700, price: 12_200, size: 1, taker: 'sell', historical: false },
      { symbol, tradeId: 2, venueTs: 1_381_179_030_123_456, price: 12_361, size: 2 },
      { symbol, tradeId: 3, venueTs: 1_381_201_115_000_000, price: 12_391, size: 10 },
    ]);
  });

  test('need an option for the side that the file does not tell', async () => {
    const { path, out } = file(OWN);
    const found = await refusal(importKrakenTrades(path, out, { symbol }));
    expect(found).toMatch(/^KB_FEED_BAD_OPTIONS .*does not tell who took, say buy, sell or tick-rule/);
    expect(existsSync(out)).toBe(false);
  });

  test('get their sides by the tick rule when asked to: up is bought, down is sold, level is as before', async () => {
    const prices = [10, 10, 11, 11, 9, 9, 12];
    const { path } = file(prices.map((price, index) => `${index},${price},1`).join('\n'));
    const sides: Side[] = [];
    for await (const { taker } of (await openTrades(path, { symbol, unknownSide: 'tick-rule' })).trades)
      sides.push(taker);
    expect(sides).toEqual(['buy', 'buy', 'buy', 'buy', 'sell', 'sell', 'buy']);
  });

  test('with a header keep their sides, and milliseconds are read as such', async () => {
    const { path, out } = file('time_ms,side,price,amount\r\n1561939203172,sell,10749.4,0.004\r\n\r\n');
    await importKrakenTrades(path, out, { symbol });
    expect(await tradesOf(out)).toMatchObject([
      { venueTs: 1_561_939_203_172_000, price: 107_494, size: 4, taker: 'sell' },
    ]);
  });

  test('are read from gzip and zstd as well', async () => {
    for (const compress of [gzipSync, zstdCompressSync]) {
      const { path, out } = file(compress(Buffer.from(OWN)), 'in.csv.packed');
      expect(await importKrakenTrades(path, out, { symbol, unknownSide: 'buy' })).toMatchObject({ items: 3 });
    }
  });

  test('may begin with a byte order mark and have cells in quotes, as spreadsheets write them', async () => {
    const note = '"one, ""two"""';
    const { path, out } = file(
      `\ufeff"time","side","price","amount","note"\r\n"100","sell","5.5","1",${note}\r\n101,buy,6,2,\r\n`,
    );
    expect(await importKrakenTrades(path, out, { symbol })).toMatchObject({ items: 2, grid: { pricePrecision: 1 } });
    expect(await tradesOf(out)).toMatchObject([
      { price: 55, size: 1, taker: 'sell' },
      { price: 60, size: 2, taker: 'buy' },
    ]);
    const wrong = file('100,"5",1\n200,"6",x\n');
    expect(await refusal(importKrakenTrades(wrong.path, wrong.out, { symbol, unknownSide: 'buy' }))).toContain(
      'in.csv:2:9: expected amount to be a number, was "x"',
    );
  });

  test('may have text of any script in a column that is not read', async () => {
    // Of an odd length a row, so that the pieces in which a file is read end within a letter.
    const { path, out } = file('100,5,1,é\n'.repeat(30_000));
    expect(await importKrakenTrades(path, out, { symbol, unknownSide: 'buy' })).toMatchObject({ items: 30_000 });
  });

  test('whose time goes back keep it, while the time of receiving stands still', async () => {
    const { path, out } = file('100,5,1\n99,6,1\n101,7,1\n');
    const summary = await importKrakenTrades(path, out, { symbol, unknownSide: 'buy' });
    expect(summary).toMatchObject({ outOfOrder: 1, from: 100 * SECOND, to: 101 * SECOND });
    const trades = await tradesOf(out);
    expect(trades.map(({ venueTs }) => venueTs / SECOND)).toEqual([100, 99, 101]);
    expect(trades.map(({ recvTs }) => recvTs / SECOND)).toEqual([100, 100, 101]);
  });

  test.each([
    ['100,5,1\n101,x,1\n', undefined, 'in.csv:2:5: expected price to be a number, was "x"'],
    ['100,5,1\n101,5\n', undefined, 'in.csv:2:6: expected "amount" as column 3, the row ends'],
    ['100,5,1\nx,5,1\n', undefined, 'in.csv:2:1: expected the time to be seconds since 1970, was "x"'],
    ['100,5,1\n101,0,1\n', undefined, 'in.csv:2:5: expected price to be above zero, was 0'],
    ['100,5,0\n', undefined, 'in.csv:1:7: expected an amount above zero'],
    ['100,5.25,1\n', { pricePrecision: 1, qtyPrecision: 8 }, 'in.csv:1:5: Expected at most 1 decimals, was 5.25'],
    ['', undefined, 'in.csv:1:1: the file is empty'],
    ['time,price\n1,2\n', undefined, 'in.csv:1:1: the columns amount or volume or qty or size are missing'],
    ['time,side,price,amount\n1,long,2,3\n', undefined, 'in.csv:2:3: expected side to be buy, sell or unknown'],
    ['100,5,0.12345678901234567\n', undefined, 'in.csv:1:7: 0.12345678901234567 needs 17 decimals, more than 15'],
  ])('that are not as expected are refused with file, line and column: %j', async (content, grid, expected) => {
    const { path, out, all } = file(content);
    const found = await refusal(
      importKrakenTrades(path, out, { symbol, unknownSide: 'buy', ...(grid === undefined ? {} : { grid }) }),
    );
    expect(found).toContain(`KB_FEED_BAD_IMPORT ${expected}`);
    // Nothing half-written is left behind.
    expect(all()).toEqual([]);
  });

  test.each([
    ['gz', gzipSync],
    ['zst', zstdCompressSync],
  ])('of a file that is not there, or is cut, are refused: %s', async (ending, compress) => {
    const whole = compress(Buffer.from(OWN.repeat(1000)));
    const { path, out } = file(whole.subarray(0, whole.length - 5), `in.csv.${ending}`);
    const found = await refusal(importKrakenTrades(path, out, { symbol, unknownSide: 'buy' }));
    expect(found).toMatch(/^KB_FEED_BAD_IMPORT in\.csv\.\w+:\d+:1: cannot be read: unexpected end of file/);
    expect(await refusal(importKrakenTrades(`${path}.no`, out, { symbol }))).toContain('KB_FEED_BAD_IMPORT');
  });

  test('never go over a file that is there', async () => {
    const { path, out } = file(OWN);
    await importKrakenTrades(path, out, { symbol, unknownSide: 'buy' });
    const before = readFileSync(out);
    expect(await refusal(importKrakenTrades(path, out, { symbol, unknownSide: 'sell' }))).toContain('is there already');
    expect(readFileSync(out).equals(before)).toBe(true);
  });

  test('come out of the recording exactly as they went in, whatever they are', async () => {
    const trade = fc.record({
      gap: fc.integer({ min: 0, max: 5_000_000 }),
      price: fc.integer({ min: 1, max: 10 ** 9 }),
      size: fc.integer({ min: 1, max: 10 ** 12 }),
      taker: fc.constantFrom<Side>('buy', 'sell'),
    });
    const precision = fc.integer({ min: 0, max: 10 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(trade, { minLength: 1, maxLength: 50 }),
        precision,
        precision,
        async (trades, pricePrecision, qtyPrecision) => {
          let at = 1_700_000_000_000_000;
          const expected = trades.map(({ gap, price, size, taker }, index) => {
            at += gap;
            return { tradeId: index + 1, venueTs: micros(at), price: ticks(price), size: lots(size), taker };
          });
          const rows = expected.map(({ venueTs, price, size, taker }) => {
            const time = countToDecimal(venueTs, 6);
            return `${time},${taker},${countToDecimal(price, pricePrecision)},${countToDecimal(size, qtyPrecision)}`;
          });
          const { path, out } = file(`time,side,price,volume\n${rows.join('\n')}\n`);
          await importKrakenTrades(path, out, { symbol, grid: { pricePrecision, qtyPrecision } });
          const found = (await tradesOf(out)).map(({ tradeId, venueTs, price, size, taker }) => ({
            tradeId,
            venueTs,
            price,
            size,
            taker,
          }));
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });
});
