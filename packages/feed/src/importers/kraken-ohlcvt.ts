import { micros, SECOND } from '@kb/model';
import type { Candle, Grid, Micros } from '@kb/model';
import { FeedError } from '../errors.ts';
import type { CandlesInput } from '../core/feed-input.ts';
import { decimalsOf, readPrice, readSize, readTime, readWhole } from './csv-numbers.ts';
import { openTable } from './csv-table.ts';
import type { TableShape } from './csv-table.ts';
import { gridOfFile } from './file-grid.ts';
import type { ImportOptions } from './import-options.ts';

export interface CandleImportOptions extends ImportOptions {
  /** Length of a bar. Left out: the shortest time between two of the file's bars. */
  readonly interval?: Micros;
}

export interface CandleFile {
  readonly grid: Grid;
  readonly interval: Micros;
  /**
   * The file's bars, oldest first. Spans without trades are not in Kraken's files, and not here either. `turnover` is near, not
   * exact: the file tells no VWAP, so the mean of high, low and close stands in for it.
   */
  readonly candles: AsyncGenerator<Candle, void, undefined>;
}

/** Kraken's download has no header: `unix seconds,open,high,low,close,volume,trades`. */
const SHAPE: TableShape<'time' | 'open' | 'high' | 'low' | 'close' | 'volume' | 'trades'> = {
  names: {
    time: ['timestamp', 'time'],
    open: ['open'],
    high: ['high'],
    low: ['low'],
    close: ['close'],
    volume: ['volume'],
    trades: ['trades', 'count'],
  },
  required: ['time', 'open', 'high', 'low', 'close', 'volume', 'trades'],
  order: ['time', 'open', 'high', 'low', 'close', 'volume', 'trades'],
};
const PRICES = ['open', 'high', 'low', 'close'] as const;

/**
 * Opens a file of Kraken's downloadable OHLCVT data, with or without a header.
 * @throws FeedError `KB_FEED_BAD_IMPORT` with file, line and column, also while it is read; `KB_FEED_BAD_OPTIONS`.
 */
export async function openOhlcvt(path: string, options: CandleImportOptions): Promise<CandleFile> {
  const { roundSizes = false } = options;
  if (options.interval !== undefined && !(Number.isSafeInteger(options.interval) && options.interval > 0)) {
    throw new FeedError('KB_FEED_BAD_OPTIONS', `interval: expected a duration above zero, was ${options.interval}`);
  }
  let shortest = Number.MAX_SAFE_INTEGER;
  const survey = async (withDecimals: boolean): Promise<Grid> => {
    const { columns, rows } = await openTable(path, SHAPE);
    let [pricePrecision, qtyPrecision] = [0, 0];
    let before: number | undefined;
    for await (const row of rows) {
      const start = readTime(row, columns.time, 'the time', 0);
      if (before !== undefined && start > before) shortest = Math.min(shortest, start - before);
      before = start;
      if (!withDecimals) continue;
      for (const name of PRICES) pricePrecision = Math.max(pricePrecision, decimalsOf(row, columns[name], name));
      qtyPrecision = Math.max(qtyPrecision, decimalsOf(row, columns.volume, 'volume'));
    }
    return { pricePrecision, qtyPrecision };
  };
  const grid = await gridOfFile(options, () => survey(true));
  if (options.interval === undefined && options.grid !== undefined) await survey(false);
  const interval = options.interval ?? shortest;
  if (interval === Number.MAX_SAFE_INTEGER) {
    throw new FeedError('KB_FEED_BAD_OPTIONS', `interval: ${path} holds fewer than two bars, say how long they are`);
  }
  return { grid, interval: micros(interval), candles: readCandles(path, grid, micros(interval), roundSizes) };
}

async function* readCandles(
  path: string,
  grid: Grid,
  interval: Micros,
  round: boolean,
): AsyncGenerator<Candle, void, undefined> {
  const { columns, rows } = await openTable(path, SHAPE);
  let before: Micros | undefined;
  for await (const row of rows) {
    const start = readTime(row, columns.time, 'the time', 0);
    const [open, high, low, close] = [
      readPrice(row, columns.open, 'open', grid),
      readPrice(row, columns.high, 'high', grid),
      readPrice(row, columns.low, 'low', grid),
      readPrice(row, columns.close, 'close', grid),
    ];
    if (start % interval !== 0) {
      throw row.error(columns.time, `expected a whole multiple of ${interval / SECOND} s`);
    }
    if (before !== undefined && start <= before) {
      throw row.error(columns.time, 'expected a later bar than the one before');
    }
    if (high < Math.max(open, close, low)) throw row.error(columns.high, 'the high is below another price of its bar');
    if (low > Math.min(open, close)) throw row.error(columns.low, 'the low is above another price of its bar');
    before = start;
    const volume = BigInt(readSize(row, columns.volume, 'volume', grid, round));
    yield {
      interval,
      start,
      open,
      high,
      low,
      close,
      volume,
      turnover: (volume * BigInt(high + low + close)) / 3n,
      trades: readWhole(row, columns.trades, 'trades'),
      closed: true,
      revision: 0,
      partial: false,
    };
  }
}

/** Bars in one input. */
const BATCH = 500;

/** The bars as inputs for `FeedCore.handle`, each received when its last bar was over: 500 at a time. */
export async function* candlesInputs(
  symbol: string,
  candles: AsyncIterable<Candle>,
): AsyncGenerator<CandlesInput, void, undefined> {
  let batch: Candle[] = [];
  for await (const candle of candles) {
    batch.push(candle);
    if (batch.length < BATCH) continue;
    yield* inputOf(symbol, batch);
    batch = [];
  }
  yield* inputOf(symbol, batch);
}

function* inputOf(symbol: string, batch: readonly Candle[]): Generator<CandlesInput, void, undefined> {
  const last = batch.at(-1);
  if (last === undefined) return;
  const { interval } = last;
  yield {
    type: 'candles',
    recvTs: micros(last.start + interval),
    symbol,
    interval,
    candles: batch.map(({ start, open, high, low, close, volume, turnover, trades }) => ({
      start,
      open,
      high,
      low,
      close,
      volume: `${volume}`,
      turnover: `${turnover}`,
      trades,
    })),
  };
}
