import { createWriteStream } from 'node:fs';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import { encodeRecordedFrame } from '@kb/kraken';
import { micros } from '@kb/model';
import type { Grid, Micros } from '@kb/model';
import { FeedError } from '../errors.ts';
import { importMarker } from './import-marker.ts';
import { openTrades, TRADE_SHAPE } from './imported-trades.ts';
import type { TradeFile } from './imported-trades.ts';
import type { TradeImportOptions } from './import-options.ts';
import { candlesInputs, openOhlcvt } from './kraken-ohlcvt.ts';
import type { CandleImportOptions } from './kraken-ohlcvt.ts';
import { openBookSnapshots, openBookUpdates } from './tardis-book.ts';
import type { BookFile } from './tardis-book.ts';
import { readCsvRows } from './csv-rows.ts';
import { bookFrame, depthFrame, instrumentFrame, tradeFrame } from './venue-frames.ts';

/** What an import wrote. */
export interface ImportSummary {
  readonly path: string;
  readonly grid: Grid;
  /** Trades, book messages or bars. */
  readonly items: number;
  /** Time of the first and of the last one; `undefined` when there was none. */
  readonly from: Micros | undefined;
  readonly to: Micros | undefined;
  /** Rows whose time lies before that of the row before. They keep their venue time; receiving never goes back. */
  readonly outOfOrder: number;
  /** Rows of books before the first snapshot, which mean nothing without one. */
  readonly rowsLeftOut: number;
  /** Levels of snapshots beyond the 1,000 best of a side. */
  readonly levelsLeftOut: number;
  /**
   * What the file did not tell and how it was filled in, in words, as a recording's `open` line says; and what was left out,
   * which is known only at the end.
   */
  readonly notes: readonly string[];
}

/**
 * Writes Kraken's downloadable trades (or a file `time_ms,side,price,amount`) as a recording: NDJSON with zstd, one v2 trade
 * frame a trade, received when it traded.
 *
 * The file is read in pieces; memory does not grow with it. `out` must not be there yet, and is complete once it is.
 * @throws FeedError `KB_FEED_BAD_IMPORT` with file, line and column; `KB_FEED_BAD_OPTIONS`; what the file system throws.
 */
export async function importKrakenTrades(
  path: string,
  out: string,
  options: TradeImportOptions,
): Promise<ImportSummary> {
  const file = await openTrades(path, options);
  return writeTrades('kraken-trades', path, out, options, file);
}

/**
 * Writes one of Tardis' downloadable CSV files (`trades`, `incremental_book_L2` or `book_snapshot_N`, told by its columns) as
 * a recording of v2 frames. Book frames carry no checksum, because the file holds none that the venue sent: a replay tells them
 * as not verified, a `FeedCore` refuses them unless `acceptUnchecked` is set.
 * @throws as `importKrakenTrades`.
 */
export async function importTardis(path: string, out: string, options: TradeImportOptions): Promise<ImportSummary> {
  const header = await firstRow(path);
  if (header.includes('is_snapshot')) {
    return writeBooks('tardis incremental_book_L2', path, out, options, await openBookUpdates(path, options));
  }
  if (header.includes('asks[0].price') || header.includes('bids[0].price')) {
    return writeBooks('tardis book_snapshot', path, out, options, await openBookSnapshots(path, options));
  }
  if (header.includes('local_timestamp') && TRADE_SHAPE.required.every((name) => isAmong(name, header))) {
    return writeTrades('tardis trades', path, out, options, await openTrades(path, options));
  }
  throw new FeedError(
    'KB_FEED_BAD_IMPORT',
    `${path}:1:1: expected the columns of Tardis' trades, incremental_book_L2 or book_snapshot_N, was ${header.slice(0, 12).join(',')}`,
  );
}

/**
 * Writes Kraken's downloadable OHLCVT bars as inputs for `FeedCore.handle`: NDJSON with zstd, one `candles` input a line.
 * @throws as `importKrakenTrades`.
 */
export async function importKrakenOhlcvt(
  path: string,
  out: string,
  options: CandleImportOptions,
): Promise<ImportSummary> {
  const { grid, interval, candles } = await openOhlcvt(path, options);
  const progress = new Progress();
  async function* lines(): AsyncGenerator<string> {
    for await (const input of candlesInputs(options.symbol, candles)) {
      for (const { start } of input.candles) progress.take(start);
      yield `${JSON.stringify(input)}\n`;
    }
    if (progress.items === 0) throw nothingIn(path);
  }
  await writeLines(out, lines());
  const notes = ['turnover from the mean of high, low and close', `bars of ${interval / 1_000_000} s`];
  return { path: out, grid, notes, ...progress.summary() };
}

async function writeTrades(
  kind: string,
  path: string,
  out: string,
  { symbol, grid: given, unknownSide }: TradeImportOptions,
  { grid, hasIds, hasSides, trades }: TradeFile,
): Promise<ImportSummary> {
  const notes = [
    ...precisionNotes(grid, given),
    ...(hasIds ? [] : ['trade ids count the rows']),
    ...(unknownSide === undefined || (hasSides && kind === 'kraken-trades') ? [] : [`unknown sides by ${unknownSide}`]),
    'order types unknown',
  ];
  const progress = new Progress();
  async function* lines(): AsyncGenerator<string> {
    for await (const trade of trades) {
      const recvTs = progress.take(trade.recvTs);
      if (progress.items === 1) yield opening(recvTs, kind, path, notes, [instrumentFrame(symbol, grid)]);
      yield encodeRecordedFrame(recvTs, 'rx', tradeFrame(symbol, grid, trade));
    }
    yield closing(progress, path);
  }
  await writeLines(out, lines());
  return { path: out, grid, notes, ...progress.summary() };
}

async function writeBooks(
  kind: string,
  path: string,
  out: string,
  { symbol, grid: given }: TradeImportOptions,
  { grid, depth, books, leftOut }: BookFile,
): Promise<ImportSummary> {
  const notes = [...precisionNotes(grid, given), 'books without checksums'];
  const progress = new Progress();
  async function* lines(): AsyncGenerator<string> {
    for await (const { recvTs: received, venueTs, snapshot, bids, asks } of books) {
      const recvTs = progress.take(received);
      if (progress.items === 1) {
        yield opening(recvTs, kind, path, notes, [instrumentFrame(symbol, grid), depthFrame(symbol, depth)]);
      }
      yield encodeRecordedFrame(recvTs, 'rx', bookFrame(symbol, grid, snapshot, bids, asks, venueTs));
    }
    yield closing(progress, path);
  }
  await writeLines(out, lines());
  const { rows, levels } = leftOut;
  if (rows > 0) notes.push(`rows left out before the first snapshot: ${rows}`);
  if (levels > 0) notes.push(`levels left out of snapshots beyond the 1000 best of a side: ${levels}`);
  return { path: out, grid, notes, ...progress.summary(), rowsLeftOut: rows, levelsLeftOut: levels };
}

/** Counts what goes through, and keeps time from going back. */
class Progress {
  items = 0;
  #from: Micros | undefined = undefined;
  #to: Micros | undefined = undefined;
  #before = 0;
  #outOfOrder = 0;

  /** @returns The time, or that of an earlier item when this one lies before it. */
  take(at: Micros): Micros {
    if (this.items > 0 && at < this.#before) this.#outOfOrder += 1;
    this.#before = at;
    this.#to = micros(Math.max(this.#to ?? at, at));
    this.#from ??= at;
    this.items += 1;
    return this.#to;
  }

  summary(): Omit<ImportSummary, 'grid' | 'notes' | 'path'> {
    const nothing = { rowsLeftOut: 0, levelsLeftOut: 0 };
    return { items: this.items, from: this.#from, to: this.#to, outOfOrder: this.#outOfOrder, ...nothing };
  }
}

function opening(at: Micros, kind: string, path: string, notes: readonly string[], frames: readonly string[]): string {
  const open = encodeRecordedFrame(at, 'open', importMarker(kind, basename(path), notes));
  return open + frames.map((frame) => encodeRecordedFrame(at, 'rx', frame)).join('');
}

/** @throws FeedError for a file without anything in it. */
function closing(progress: Progress, path: string): string {
  const { to } = progress.summary();
  if (to === undefined) throw nothingIn(path);
  return encodeRecordedFrame(to, 'close', 'end of the imported file');
}

/** An empty recording would be taken for a quiet market. */
function nothingIn(path: string): FeedError {
  return new FeedError('KB_FEED_BAD_IMPORT', `${path}: holds nothing to import`);
}

function precisionNotes({ pricePrecision, qtyPrecision }: Grid, given: Grid | undefined): string[] {
  const source = given === undefined ? 'as the file shows' : 'as given';
  return [`decimals ${pricePrecision} and ${qtyPrecision} ${source}, minimums unknown`];
}

async function firstRow(path: string): Promise<readonly string[]> {
  const rows = readCsvRows(path);
  const { value } = await rows.next();
  await rows.return();
  return value?.cells ?? [];
}

function isAmong(name: (typeof TRADE_SHAPE.required)[number], header: readonly string[]): boolean {
  return TRADE_SHAPE.names[name].some((text) => header.includes(text));
}

/** Lines are joined to pieces of about this size before they are compressed. */
const BATCH = 64 * 1024;

/** Writes to a file beside it first: what bears the name is complete. */
async function writeLines(out: string, lines: AsyncIterable<string>): Promise<void> {
  await mkdir(dirname(out), { recursive: true });
  const part = `${out}.part`;
  if (await exists(out)) {
    throw new FeedError('KB_FEED_BAD_OPTIONS', `out: ${out} is there already, nothing was written over it`);
  }
  try {
    await pipeline(Readable.from(inBatches(lines)), createZstdCompress(), createWriteStream(part, { flush: true }));
    await rename(part, out);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function* inBatches(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let batch: string[] = [];
  let length = 0;
  for await (const line of lines) {
    batch.push(line);
    length += line.length;
    if (length < BATCH) continue;
    yield Buffer.from(batch.join(''));
    batch = [];
    length = 0;
  }
  if (length > 0) yield Buffer.from(batch.join(''));
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false; // what else is wrong with it, writing finds out
  }
}
