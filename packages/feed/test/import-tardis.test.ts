import { describe, expect, test } from 'vitest';
import { importTardis, ReplayFeed, verifyRecording } from '../src/index.ts';
import { booksOf, file, recorded, refusal, symbol, tradesOf } from './imported.ts';

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
