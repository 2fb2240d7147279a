import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { micros, MILLISECOND, priceToTicks, qtyToLots, SECOND, ticksToPrice } from '@kb/model';
import type { Candle, CandleEvent, Grid, Micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { readBar } from '../src/backfill/read-past.ts';
import { FeedCore } from '../src/core/feed-core.ts';
import type { BackfillCandle } from '../src/core/feed-input.ts';
import { CandleSeries } from '../src/market/candle-series.ts';
import type { CandleTrade } from '../src/market/bar.ts';

const DATA = new URL('../../../../shared/data/', import.meta.url);
const TRADES = path('kraken-trades/BTCUSD_trades_2019-07-01T00h.csv.gz');
const HOURS = path('kraken-candles/XBTUSD_60m_2013-10_2023-01.csv.gz');
const MINUTES = path('kraken-candles/BTCUSD_1m_2023-03-01_2023-03-21.csv.gz');
const OHLC = path('kraken-rest/OHLC_XBTUSDT_1m_2025-11-10.json.gz');

const SYMBOL = 'BTC/USD';
const GRID: Grid = { pricePrecision: 1, qtyPrecision: 8 };
const MINUTE = micros(60 * SECOND);
const HOUR = micros(3600 * SECOND);

function path(name: string): string {
  return fileURLToPath(new URL(name, DATA));
}

function text(file: string): string {
  return gunzipSync(readFileSync(file)).toString();
}

function rows(file: string): string[][] {
  return text(file)
    .trim()
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(','));
}

/** The trades of the file, which carry no ids: their order stands for them. */
function realTrades(): (CandleTrade & { readonly line: string })[] {
  return rows(TRADES).map(([time = '', side = '', price = '', amount = ''], index) => {
    const venueTs = micros(Number(time) * MILLISECOND);
    const timestamp = new Date(Number(time)).toISOString();
    const rest = `"ord_type":"limit","trade_id":${index + 1},"timestamp":"${timestamp}"`;
    const line = `{"symbol":"${SYMBOL}","side":"${side}","price":${price},"qty":${amount},${rest}}`;
    return { tradeId: index + 1, venueTs, price: priceToTicks(GRID, price), size: qtyToLots(GRID, amount), line };
  });
}

function priceText({ open, high, low, close }: Candle): string {
  return [open, high, low, close].map((each) => Number(ticksToPrice(GRID, each))).join(' ');
}

describe.skipIf(!existsSync(TRADES) || !existsSync(HOURS))('an hour of real trades', () => {
  test('makes the official bar of that hour, but for one trade that the venue does not count', () => {
    const events: CandleEvent[] = [];
    const core = new FeedCore({
      symbols: [SYMBOL],
      grids: { [SYMBOL]: GRID },
      candles: [MINUTE, HOUR],
      onEvent: (event) => event.type === 'candle' && events.push(event),
    });
    const trades = realTrades();
    for (const { line, venueTs } of trades) {
      const frame = Buffer.from(`{"channel":"trade","type":"update","data":[${line}]}`);
      core.handle({ type: 'frame', recvTs: venueTs, frame });
    }
    const start = micros(1_561_939_200 * SECOND);
    const over = micros(start + HOUR + SECOND);
    // The next sign of the venue: its answer to a ping.
    const pong = `{"method":"pong","time_in":"2019-07-01T01:00:01Z","time_out":"2019-07-01T01:00:01.000000Z"}`;
    core.handle({ type: 'frame', recvTs: over, frame: Buffer.from(pong) });
    core.handle({ type: 'tick', recvTs: over });

    const hour = events.find(({ interval }) => interval === HOUR);
    const official = rows(HOURS).find(([time]) => time === '1561939200') ?? [];
    expect(official.slice(1, 5).map(Number).join(' ')).toBe('10749.4 11041.8 10600 11014.3');
    expect(hour).toMatchObject({ start, closed: true, revision: 0 });
    expect(priceText(hour!)).toBe('10749.4 11041.8 10600 11014.3');
    // The bar counts 2,671 trades and 903.656 BTC; the file has one trade more.
    expect(Number(official[6])).toBe(2671);
    expect(Number(official[5])).toBeCloseTo(903.656, 3);
    expect(hour?.trades).toBe(2672);
    expect(Number(hour?.volume) / 1e8).toBeCloseTo(903.702, 3);
    // Nothing is known of the seconds before the first trade.
    expect(hour?.partial).toBe(true);

    const minutes = events.filter(({ interval }) => interval === MINUTE);
    expect(minutes.map(({ start: at }) => at)).toEqual(
      Array.from({ length: 60 }, (_, index) => start + index * MINUTE),
    );
    expect(minutes.map(({ partial }) => partial)).toEqual([true, ...Array.from({ length: 59 }, () => false)]);
    expect(minutes.reduce((sum, { trades: count }) => sum + count, 0)).toBe(2672);
    expect(minutes.reduce((sum, { volume }) => sum + volume, 0n)).toBe(hour?.volume);
    expect(minutes.reduce((sum, { turnover }) => sum + turnover, 0n)).toBe(hour?.turnover);
  });
});

describe.skipIf(!existsSync(OHLC))('a real answer of the venue’s OHLC', () => {
  const grid: Grid = { pricePrecision: 1, qtyPrecision: 8 };
  const read = (): BackfillCandle[] => {
    type Row = [number, string, string, string, string, string, string, number];
    const { result } = JSON.parse(text(OHLC)) as { result: { XBTUSDT: Row[] } };
    return result.XBTUSDT.map(([time, open, high, low, close, vwap, volume, trades]) => {
      const start = micros(time * SECOND);
      const bar = readBar({ start, open, high, low, close, vwap, volume, trades, closed: true }, grid);
      if (bar === undefined) throw new Error(`The bar of ${time} was not read`);
      return bar;
    });
  };

  test('is read whole, and its minutes without trades are flat at the close before, as ours', () => {
    const bars = read();
    expect(bars).toHaveLength(721);
    const empty = bars.filter(({ trades }) => trades === 0);
    expect(empty).toHaveLength(216);
    for (const [index, { start, open, high, low, close, volume, turnover, trades }] of bars.entries()) {
      const before = bars[index - 1];
      if (before === undefined) continue;
      expect(start).toBe(before.start + MINUTE);
      if (trades > 0) continue;
      expect([open, high, low, close]).toEqual(Array.from({ length: 4 }, () => before.close));
      expect([volume, turnover]).toEqual(['0', '0']);
    }
  });

  test('stands in front of the candles made of trades', () => {
    const bars = read();
    const symbol = 'BTC/USDT';
    const events: CandleEvent[] = [];
    const core = new FeedCore({
      symbols: [symbol],
      grids: { [symbol]: grid },
      candles: [MINUTE],
      keepCandles: 1000,
      onEvent: (event) => event.type === 'candle' && events.push(event),
    });
    const recvTs = micros((bars.at(-1)?.start ?? 0) + MINUTE + SECOND);
    core.handle({ type: 'candles', recvTs, symbol, interval: MINUTE, candles: bars });
    expect(events).toHaveLength(721);
    const kept = [...core.market.candles(symbol, MINUTE)];
    expect(
      kept.map(({ start, close, volume, trades, partial }) => [start, close, String(volume), trades, partial]),
    ).toEqual(bars.map(({ start, close, volume, trades }) => [start, close, volume, trades, false]));
    expect(core.historyOf(symbol).candles).toMatchObject([{ closed: 721, partial: 0, backfilled: 721 }]);
  });
});

describe.skipIf(!existsSync(MINUTES))('real minutes', () => {
  test('make the same hours as minutes summed up by hand, where the venue left minutes out', () => {
    const minutes = rows(MINUTES).slice(0, 6000);
    const told = new Map<Micros, Candle>();
    const series = new CandleSeries({
      interval: HOUR,
      keep: 200,
      isWhole: () => true,
      onCandle: (candle) => told.set(candle.start, { ...fields(candle) }),
    });
    const byHour = Map.groupBy(minutes, ([time]) => Math.floor(Number(time) / 3600) * 3600);
    let id = 0;
    for (const [time, , open = '', high = '', low = '', close = '', volume = ''] of minutes) {
      // A minute as four trades of its own: at its open, its ends and its close, which share its volume.
      const lots = qtyToLots(GRID, Number(volume).toFixed(8));
      for (const [index, price] of [open, high, low, close].entries()) {
        const venueTs = micros(Number(time) * SECOND + index * 10 * SECOND);
        series.take({ venueTs, tradeId: (id += 1), price: priceToTicks(GRID, price), size: lots });
      }
    }
    series.advance(micros(Number(minutes.at(-1)?.[0]) * SECOND + HOUR));
    expect([...told.keys()]).toEqual([...byHour.keys()].map((time) => time * SECOND));
    for (const [time, own] of byHour) {
      const candle = told.get(micros(time * SECOND))!;
      const column = (index: number): number[] => own.map((row) => Number(row[index]));
      expect(priceText(candle)).toBe(
        [own[0]?.[2], Math.max(...column(3)), Math.min(...column(4)), own.at(-1)?.[5]].map(Number).join(' '),
      );
      const lots = own.reduce((sum, row) => sum + BigInt(qtyToLots(GRID, Number(row[6]).toFixed(8))), 0n);
      expect(candle.volume).toBe(4n * lots);
      expect(candle.trades).toBe(4 * own.length);
    }
  });
});

/** A copy of a live candle. */
function fields({
  interval,
  start,
  open,
  high,
  low,
  close,
  volume,
  turnover,
  trades,
  closed,
  revision,
  partial,
}: Candle): Candle {
  return { interval, start, open, high, low, close, volume, turnover, trades, closed, revision, partial };
}
