import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { countToDecimal, lots, micros, SECOND, ticks } from '@kb/model';
import type { BookEvent, BookView, Candle, Side, TradeEvent } from '@kb/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  candlesInputs,
  FeedCore,
  FeedError,
  importKrakenOhlcvt,
  importKrakenTrades,
  importTardis,
  openOhlcvt,
  openTrades,
  ReplayFeed,
  verifyRecording,
} from '../src/index.ts';
import type { FeedCoreOptions, ImportSummary } from '../src/index.ts';

const symbol = 'BTC/USD';
const HOUR = micros(3600 * SECOND);

/** A folder that goes away with the test. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'kb-import-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Writes a file, and says where its import goes. */
function file(content: string | Uint8Array, name = 'in.csv'): { path: string; out: string; all: () => string[] } {
  const at = folder();
  writeFileSync(join(at, name), content);
  return {
    path: join(at, name),
    out: join(at, 'out', 'it.ndjson.zst'),
    all: () => (existsSync(join(at, 'out')) ? readdirSync(join(at, 'out')) : []),
  };
}

/** What the import of a file refuses it with. */
async function refusal(importing: Promise<unknown>): Promise<string> {
  try {
    await importing;
  } catch (error) {
    if (error instanceof FeedError) return `${error.code} ${error.message.replace(/^.*\/(?=\w+\.csv)/, '')}`;
    throw error;
  }
  return 'nothing';
}

async function tradesOf(path: string): Promise<TradeEvent[]> {
  const trades: TradeEvent[] = [];
  const onEvent = (event: TradeEvent | { readonly type: string }): void => {
    if (event.type === 'trade') trades.push(event as TradeEvent);
  };
  await new ReplayFeed({ source: path, onEvent }).run();
  return trades;
}

/** The lines of a recording. */
function recorded(path: string): string[] {
  return zstdDecompressSync(readFileSync(path)).toString().trimEnd().split('\n');
}

interface SeenBook {
  readonly snapshot: boolean;
  readonly verified: boolean;
  readonly bids: readonly (readonly number[])[];
  readonly asks: readonly (readonly number[])[];
}

async function booksOf(path: string, options: Pick<FeedCoreOptions, 'acceptUnchecked'> = {}): Promise<SeenBook[]> {
  const books: SeenBook[] = [];
  const side = (book: BookView, name: Side): number[][] =>
    Array.from({ length: book.levels(name) }, (_, index) => [
      book.priceAt(name, index) ?? 0,
      book.sizeAt(name, index) ?? 0,
    ]);
  await new ReplayFeed({
    source: path,
    ...options,
    onEvent: (event) => {
      if (event.type !== 'book') return;
      const { book, snapshot, verified }: BookEvent = event;
      books.push({ snapshot, verified, bids: side(book, 'buy'), asks: side(book, 'sell') });
    },
  }).run();
  return books;
}

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

describe('files of Tardis', () => {
  const UPDATES =
    'exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n' +
    'kraken,XBT/USD,90,95,false,bid,99.0,1\n' + // before any snapshot: passed over
    'kraken,XBT/USD,100,110,true,ask,101.0,1.5\n' +
    'kraken,XBT/USD,100,110,true,ask,102.0,2\n' +
    'kraken,XBT/USD,100,110,true,bid,100.5,3\n' +
    'kraken,XBT/USD,200,210,false,ask,101.0,0\n' +
    'kraken,XBT/USD,200,210,false,bid,100.6,0.25\n' +
    'kraken,XBT/USD,300,310,false,bid,100.5,4\n' +
    'kraken,XBT/USD,400,410,true,bid,90.0,1\n' +
    'kraken,XBT/USD,400,410,true,ask,91.0,1\n';

  test('incremental_book_L2 gives one book message for each message of the venue', async () => {
    const { path, out } = file(UPDATES);
    const summary = await importTardis(path, out, { symbol });
    expect(summary).toMatchObject({ items: 4, from: 110, to: 410, grid: { pricePrecision: 1, qtyPrecision: 2 } });
    expect(summary).toMatchObject({ rowsLeftOut: 1, levelsLeftOut: 0 });
    expect(summary.notes).toContain('rows left out before the first snapshot: 1');
    const not = { verified: false };
    expect(await booksOf(out)).toEqual([
      {
        ...not,
        snapshot: true,
        bids: [[1005, 300]],
        asks: [
          [1010, 150],
          [1020, 200],
        ],
      },
      {
        ...not,
        snapshot: false,
        bids: [
          [1006, 25],
          [1005, 300],
        ],
        asks: [[1020, 200]],
      },
      {
        ...not,
        snapshot: false,
        bids: [
          [1006, 25],
          [1005, 400],
        ],
        asks: [[1020, 200]],
      },
      { ...not, snapshot: true, bids: [[900, 100]], asks: [[910, 100]] },
    ]);
  });

  test('a replay takes their books without checksums, unless it is told to refuse them', async () => {
    const { path, out } = file(UPDATES);
    await importTardis(path, out, { symbol });
    expect(await booksOf(out)).toHaveLength(4);
    expect(await booksOf(out, { acceptUnchecked: false })).toEqual([]);
    const replay = new ReplayFeed({ source: out });
    await replay.run();
    expect(replay.importedFrom).toMatch(/^tardis incremental_book_L2 in\.csv/);
  });

  test('verifying an imported book proves nothing, and says so', async () => {
    const { path, out } = file(UPDATES);
    await importTardis(path, out, { symbol });
    const { importedFrom, symbols, firstFault } = await verifyRecording(out);
    expect(importedFrom).toMatch(/^tardis incremental_book_L2 in\.csv; .*books without checksums/);
    expect(symbols[symbol]).toMatchObject({
      unchecked: 4,
      checksumOk: 0,
      checksumFailed: 0,
      passPercent: undefined,
      coveragePercent: 0,
    });
    expect(symbols[symbol]?.gaps.map(({ cause }) => cause)).toEqual(['unchecked']);
    expect(firstFault).toBeUndefined();
  });

  test('book_snapshot_N gives a whole book a row, as deep as the file is', async () => {
    const { path, out } = file(
      'exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,bids[0].price,bids[0].amount,asks[1].price,asks[1].amount,bids[1].price,bids[1].amount\n' +
        'kraken,XBT/USD,100,110,101,1,100,2,102,3,99,4\n' +
        'kraken,XBT/USD,200,210,101,1,100,2,103.5,3,,\n',
    );
    expect(await importTardis(path, out, { symbol })).toMatchObject({ items: 2, grid: { pricePrecision: 1 } });
    expect(await booksOf(out)).toMatchObject([
      {
        snapshot: true,
        bids: [
          [1000, 2],
          [990, 4],
        ],
        asks: [
          [1010, 1],
          [1020, 3],
        ],
      },
      {
        snapshot: true,
        bids: [[1000, 2]],
        asks: [
          [1010, 1],
          [1035, 3],
        ],
      },
    ]);
  });

  test('a snapshot of more levels than a book can hold is cut to the best ones, which is told', async () => {
    const rows = ['exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount'];
    // The worst levels first, and one price twice: the later size holds.
    for (let level = 1500; level > 0; level -= 1) rows.push(`kraken,XBT/USD,100,110,true,bid,${5000 - level},1`);
    for (let level = 1200; level > 0; level -= 1) rows.push(`kraken,XBT/USD,100,110,true,ask,${5000 + level},1`);
    rows.push('kraken,XBT/USD,100,110,true,ask,5001,7', 'kraken,XBT/USD,200,210,false,bid,4999,2');
    const { path, out } = file(`${rows.join('\n')}\n`);
    const summary = await importTardis(path, out, { symbol });
    expect(summary).toMatchObject({ items: 2, levelsLeftOut: 701, rowsLeftOut: 0 });
    expect(summary.notes).toContain('levels left out of snapshots beyond the 1000 best of a side: 701');
    const [book] = await booksOf(out);
    expect([book?.bids.length, book?.asks.length]).toEqual([1000, 1000]);
    expect([book?.bids[0], book?.bids.at(-1)]).toEqual([
      [4999, 1],
      [4000, 1],
    ]);
    expect([book?.asks[0], book?.asks.at(-1)]).toEqual([
      [5001, 7],
      [6000, 1],
    ]);
  });

  test('a level without any amount is none', async () => {
    const updates = file(UPDATES.replace('bid,100.5,3', 'bid,100.5,3\nkraken,XBT/USD,100,110,true,bid,98.0,0'));
    const snapshots = file(
      'exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,bids[0].price,bids[0].amount\n' +
        'kraken,XBT/USD,100,110,101,0,100,2\n',
    );
    for (const { path, out } of [updates, snapshots]) {
      await importTardis(path, out, { symbol });
      const first = recorded(out).find((line) => line.includes('"type\\":\\"snapshot\\",\\"data\\":[{'));
      expect(first).toContain('bids');
      expect(first).not.toMatch(/qty\\":0(?:\.0+)?\}/);
    }
  });

  test('trades keep the venue’s ids, and the time at which they were received', async () => {
    const { path, out } = file(
      'exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n' +
        'kraken,XBT/USD,100,110,7001,buy,5,1\nkraken,XBT/USD,200,215,7003,unknown,4,1\n',
    );
    await importTardis(path, out, { symbol, unknownSide: 'tick-rule' });
    expect(await tradesOf(out)).toMatchObject([
      { tradeId: 7001, venueTs: 100, recvTs: 110, taker: 'buy' },
      { tradeId: 7003, venueTs: 200, recvTs: 215, taker: 'sell' },
    ]);
    expect((await verifyRecording(out)).symbols[symbol]?.trades).toMatchObject({ trades: 2, gaps: 1, missing: 1 });
  });

  test.each([
    ['updates', `${UPDATES}kraken,ETH/USD,500,510,false,bid,90.0,2\n`, 'in.csv:11:8'],
    [
      'trades',
      'exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n' +
        'kraken,XBT/USD,100,110,1,buy,5,1\nkraken,ETH/USD,100,110,1,buy,5,1\n',
      'in.csv:3:8',
    ],
    [
      'snapshots',
      'exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,bids[0].price,bids[0].amount\n' +
        'kraken,XBT/USD,100,110,101,1,100,2\nkraken,ETH/USD,100,110,11,1,10,2\n',
      'in.csv:3:8',
    ],
  ])('of more than one pair are refused, not mixed: %s', async (_what, content, place) => {
    const { path, out } = file(content);
    expect(await refusal(importTardis(path, out, { symbol }))).toContain(
      `${place}: expected rows of XBT/USD only, was ETH/USD`,
    );
  });

  test('trades without ids are numbered', async () => {
    const { path, out } = file(
      'exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n' +
        'kraken,XBT/USD,100,110,,buy,5,1\nkraken,XBT/USD,200,215,,sell,4,1\n',
    );
    const { notes } = await importTardis(path, out, { symbol });
    expect(notes).toContain('trade ids count the rows');
    expect((await tradesOf(out)).map(({ tradeId }) => tradeId)).toEqual([1, 2]);
  });

  test.each([
    ['time,price\n', 'in.csv:1:1: expected the columns of Tardis'],
    [UPDATES.replace('true,ask', 'maybe,ask'), 'in.csv:3:24: expected is_snapshot to be true or false, was "maybe"'],
    [UPDATES.replace('true,ask', 'true,offer'), 'in.csv:3:29: expected side to be bid or ask, was "offer"'],
    [UPDATES.split('\n').slice(0, 2).join('\n'), 'in.csv: holds nothing to import'],
  ])('that are not as expected are refused: %#', async (content, expected) => {
    const { path, out } = file(content);
    const found = await refusal(importTardis(path, out, { symbol, grid: { pricePrecision: 1, qtyPrecision: 8 } }));
    expect(found.replace(/^(\S+) .*\/(?=in\.csv)/, '$1 ')).toContain(`KB_FEED_BAD_IMPORT ${expected}`);
  });
});

describe('bars of Kraken', () => {
  const BARS = '0,10.0,12.0,9.5,11.0,1.5,3\n3600,11.0,11.0,11.0,11.0,0.5,1\n10800,11,13,11,12.5,2,4\n';

  test('are read with the interval that the file shows, holes and all', async () => {
    const { path } = file(BARS);
    const { grid, interval, candles } = await openOhlcvt(path, { symbol });
    expect([grid, interval]).toEqual([{ pricePrecision: 1, qtyPrecision: 1 }, HOUR]);
    const found: Candle[] = [];
    for await (const candle of candles) found.push(candle);
    expect(found).toMatchObject([
      { start: 0, open: 100, high: 120, low: 95, close: 110, volume: 15n, trades: 3, closed: true, partial: false },
      { start: HOUR, open: 110, close: 110, volume: 5n, turnover: 550n, trades: 1 },
      { start: 3 * HOUR, open: 110, high: 130, low: 110, close: 125, volume: 20n, trades: 4 },
    ]);
  });

  test('fill the candles of a core, as the venue’s own', async () => {
    const { path } = file(BARS);
    const core = new FeedCore({ symbols: [symbol], candles: [HOUR] });
    for await (const input of candlesInputs(symbol, (await openOhlcvt(path, { symbol })).candles)) core.handle(input);
    const bars = [...core.market.candles(symbol, HOUR)];
    expect(bars.map(({ close, trades }) => [close, trades])).toEqual([
      [110, 3],
      [110, 1],
      [110, 0],
      [125, 4],
    ]);
  });

  test('are written as inputs, a line each', async () => {
    const { path, out } = file(BARS);
    const summary: ImportSummary = await importKrakenOhlcvt(path, out, { symbol });
    expect(summary).toMatchObject({ items: 3, from: 0, to: 3 * HOUR });
    expect(recorded(out).map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { type: 'candles', symbol, interval: HOUR, recvTs: 4 * HOUR, candles: [{ volume: '15' }, {}, {}] },
    ]);
  });

  test('whose volume went through floating point are rounded when asked to, and refused when not', async () => {
    const { path } = file('60,1,1,1,1,0.26833389999999996,2\n120,1,1,1,1,0.000000015,1\n180,1,1,1,1,0.000000025,1\n');
    const grid = { pricePrecision: 1, qtyPrecision: 8 };
    const volumes: bigint[] = [];
    for await (const { volume } of (await openOhlcvt(path, { symbol, grid, roundSizes: true })).candles)
      volumes.push(volume);
    expect(volumes).toEqual([26_833_390n, 2n, 2n]);
    const { candles } = await openOhlcvt(path, { symbol, grid });
    expect(await refusal(candles.next())).toContain('in.csv:1:12: Expected at most 8 decimals');
    expect(await refusal(openOhlcvt(path, { symbol, roundSizes: true }))).toContain('KB_FEED_BAD_OPTIONS');
  });

  test.each([
    ['0,10,9,8,9,1,1\n60,1,1,1,1,1,1\n', 'in.csv:1:6: the high is below another price of its bar'],
    ['0,10,12,11,12,1,1\n60,1,1,1,1,1,1\n', 'in.csv:1:9: the low is above another price of its bar'],
    ['60,1,1,1,1,1,1\n0,1,1,1,1,1,1\n', 'in.csv:2:1: expected a later bar than the one before'],
    ['0,1,1,1,1,1,1\n60,1,1,1,1,1,1\n150,1,1,1,1,1,1\n', 'in.csv:3:1: expected a whole multiple of 60 s'],
    ['time,open,high,low,close,volume,trades\n', 'in.csv: holds nothing to import'],
    ['0,1,1,1,1,1,1\n60,1,1,1,1,1,1.5\n', 'in.csv:2:14: expected trades to be a whole number, was "1.5"'],
  ])('that contradict themselves are refused: %j', async (content, expected) => {
    const { path, out } = file(content);
    const found = await refusal(importKrakenOhlcvt(path, out, { symbol, interval: micros(60 * SECOND) }));
    expect(found).toContain(`KB_FEED_BAD_IMPORT ${expected}`);
  });
});

const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const absent = !existsSync(data);
const why = absent ? ' (skipped: no recordings beside the repository)' : '';

describe.skipIf(absent)(`real files${why}`, () => {
  test('the trades of an hour make the official bar of that hour, but for the one trade that the file has more', async () => {
    const out = join(folder(), 'trades.ndjson.zst');
    const path = `${data}kraken-trades/BTCUSD_trades_2019-07-01T00h.csv.gz`;
    expect(await importKrakenTrades(path, out, { symbol })).toMatchObject({ items: 2672, outOfOrder: 0 });
    const replay = new ReplayFeed({ source: out, candles: [HOUR] });
    await replay.run();
    const bar = replay.market.formingCandle(symbol, HOUR);
    expect(bar).toMatchObject({ open: 107_494, high: 110_418, low: 106_000, close: 110_143, trades: 2672 });
    let official: Candle | undefined;
    const bars = await openOhlcvt(`${data}kraken-candles/XBTUSD_60m_2013-10_2023-01.csv.gz`, { symbol });
    for await (const candle of bars.candles) if (candle.start === bar?.start) official = candle;
    const scale = (price = 0): number => price * 10 ** (bars.grid.pricePrecision - 1);
    expect(official).toMatchObject({
      open: scale(bar?.open),
      high: scale(bar?.high),
      low: scale(bar?.low),
      close: scale(bar?.close),
      trades: 2671,
    });
  });

  test.each([
    ['XBTUSD_60m_2013-10_2023-01', 70_253, 3600],
    ['BTCUSD_1m_2023-03-01_2023-03-21', 30_180, 60],
    ['USDTUSD_1m_2023-03-01_2023-03-21', 29_959, 60],
  ])('all bars of %s are read', async (name, count, seconds) => {
    const options = { symbol, grid: { pricePrecision: 5, qtyPrecision: 8 }, roundSizes: true };
    const { interval, candles } = await openOhlcvt(`${data}kraken-candles/${name}.csv.gz`, options);
    let bars = 0;
    for await (const candle of candles) bars += candle.closed ? 1 : 0;
    expect([bars, interval]).toEqual([count, seconds * SECOND]);
  });
});
