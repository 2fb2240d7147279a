import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SECOND } from '@kb/model';
import type { Candle } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { importKrakenTrades, openOhlcvt, ReplayFeed } from '../src/index.ts';
import { folder, HOUR, symbol } from './imported.ts';

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
