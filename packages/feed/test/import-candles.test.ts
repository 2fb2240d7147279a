import { micros, SECOND } from '@kb/model';
import type { Candle } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { candlesInputs, FeedCore, importKrakenOhlcvt, openOhlcvt } from '../src/index.ts';
import type { ImportSummary } from '../src/index.ts';
import { file, HOUR, recorded, refusal, symbol } from './imported.ts';

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
