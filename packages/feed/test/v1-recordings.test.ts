import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KrakenV1Decoder, readRecording } from '@kb/kraken';
import { describe, expect, test } from 'vitest';
import { FeedCore } from '../src/index.ts';
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
