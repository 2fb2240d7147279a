import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KrakenDecoder, KrakenV1Decoder, readRecording } from '@kb/kraken';
import type { RecordedDirection, RecordedFrame } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { MarketEvent } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FeedCore, ReplayFeed } from '../src/index.ts';
import { EventLog } from './event-log.ts';

const folder = fileURLToPath(new URL('../../../../shared/data/kraken-v1/', import.meta.url));
const absent = !existsSync(folder);
const why = absent ? ' (skipped: no recordings beside the repository)' : '';

async function played(name: string): Promise<{ core: FeedCore; log: EventLog }> {
  const log = new EventLog();
  const core = new FeedCore({ decoder: new KrakenV1Decoder(), acceptUnchecked: true, onEvent: log.push });
  for await (const { dir, recvTs, raw } of readRecording(`${folder}${name}`)) {
    if (dir === 'rx') core.handle({ type: 'frame', recvTs, frame: raw });
  }
  return { core, log };
}

/** Two snapshots of v1 with a trade between them, as a recorder of that protocol kept them. */
const V1_LINES: readonly RecordedFrame[] = [
  line('open', 'wss://ws.kraken.com', 1),
  line('rx', '{"connectionID":1,"event":"systemStatus","status":"online","version":"1.9.0"}', 2),
  line('rx', snapshotAt(5541), 3),
  line('rx', '[337,[["5541.20000","0.15850568","1534614057.321597","s","l",""]],"trade","XBT/USD"]', 4),
  line('close', 'gone', 5),
  line('open', 'wss://ws.kraken.com', 6),
  line('rx', snapshotAt(5542), 7),
];

function line(dir: RecordedDirection, raw: string, second: number): RecordedFrame {
  const recvTs = micros(second * SECOND);
  return { dir, raw: Buffer.from(raw), recvTs, tsNs: `${recvTs}000` };
}

function snapshotAt(price: number): string {
  const [bid, ask] = [price, price + 1].map((each) => `["${each}.00000","2.50700000","1534614248.123678"]`);
  return `[336,{"as":[${ask}],"bs":[${bid}]},"book-10","XBT/USD"]`;
}

describe('a replay', () => {
  test('reads WebSocket v1 without being told, and its snapshots as not verified', async () => {
    const log = new EventLog();
    const replay = new ReplayFeed({ source: V1_LINES, onEvent: log.push });
    await replay.run();
    expect([replay.malformed, replay.unknown]).toEqual([0, 0]);
    expect(log.events.filter(({ type }) => type === 'book')).toMatchObject([
      { symbol: 'BTC/USD', snapshot: true, verified: false },
      { symbol: 'BTC/USD', snapshot: true, verified: false },
    ]);
    expect(log.count('trade')).toBe(1);
  });

  test('refuses what has no checksum when it is told to, and reads v2 where it is told that', async () => {
    const log = new EventLog();
    await new ReplayFeed({ source: V1_LINES, acceptUnchecked: false, onEvent: log.push }).run();
    expect([log.count('book'), log.count('trade')]).toEqual([0, 1]);
    const told = new ReplayFeed({ source: V1_LINES, decoder: new KrakenDecoder() });
    await told.run();
    expect(told.market.symbols).toEqual([]);
  });

  test('keeps the precisions that it was told, whatever the recording speaks', async () => {
    const precisions: number[] = [];
    const onEvent = (event: MarketEvent): void => {
      if (event.type === 'book') precisions.push(event.book.pricePrecision);
    };
    const grids = { 'BTC/USD': { pricePrecision: 6, qtyPrecision: 9 } };
    await new ReplayFeed({ source: V1_LINES, grids, onEvent }).run();
    expect(precisions).toEqual([6, 6]);
  });

  test('hands on what came before the damage, which may be before the first frame', async () => {
    const log = new EventLog();
    async function* damaged(): AsyncGenerator<RecordedFrame> {
      yield* V1_LINES.slice(0, 1);
      await Promise.resolve();
      throw new Error('damaged');
    }
    await expect(new ReplayFeed({ source: damaged(), onEvent: log.push }).run()).rejects.toThrowError('damaged');
    expect(log.events).toMatchObject([{ type: 'feed', cause: 'connected' }]);
  });
});

describe.skipIf(absent)(`recordings of WebSocket v1${why}`, () => {
  test('every checksum of ten pairs at depth 1000 holds, and no book is ever crossed', async () => {
    const { core } = await played('book1000_10pairs_2021-04-17.ndjson.gz');
    const stats = core.market.symbols.map((symbol) => core.statsOf(symbol));
    const sum = (of: (each: (typeof stats)[number]) => number): number =>
      stats.reduce((all, each) => all + of(each), 0);
    expect(core.market.symbols).toContain('ADA/BTC');
    expect([stats.length, sum((each) => each.checksumOk), sum((each) => each.unchecked)]).toEqual([10, 4269, 10]);
    expect([sum((each) => each.checksumFailed), sum((each) => each.crossed), core.malformed]).toEqual([0, 0, 0]);
    expect(core.market.book('ADA/BTC')?.depth).toBe(1000);
  });

  test('every checksum of XBT/USD at depth 10 holds', async () => {
    const { core, log } = await played('book_d10_XBT-USD_2023-08-30.json.gz');
    expect(core.statsOf('BTC/USD')).toMatchObject({ checksumOk: 979, checksumFailed: 0, crossed: 0, unchecked: 1 });
    const books = log.events.filter((event) => event.type === 'book');
    expect(books.filter(({ verified }) => !verified).map(({ snapshot }) => snapshot)).toEqual([true]);
  });

  test('trades and tickers of the same seconds can be read', async () => {
    const trades = await played('trade_10pairs_2021-04-17.ndjson.gz');
    const tickers = await played('ticker_10pairs_2021-04-17.ndjson.gz');
    expect([trades.core.malformed, tickers.core.malformed]).toEqual([0, 0]);
    expect(trades.log.count('trade')).toBeGreaterThanOrEqual(8);
    expect(tickers.log.count('ticker')).toBe(18);
    const [ticker] = tickers.log.events.filter((event) => event.type === 'ticker');
    expect(Number(ticker?.low)).toBeLessThanOrEqual(Number(ticker?.high));
  });
});
