import type { Grid, Micros } from '@kb/model';
import { FeedError } from '../errors.ts';
import type { CsvRow } from './csv-rows.ts';
import { decimalsOf, readPrice, readSize, readTime } from './csv-numbers.ts';
import { openTable } from './csv-table.ts';
import type { TableShape } from './csv-table.ts';
import { gridOfFile } from './file-grid.ts';
import type { ImportOptions } from './import-options.ts';
import { OneSymbol } from './one-symbol.ts';
import type { ImportedLevel } from './venue-frames.ts';

/** Levels a side that a book can hold here: as deep as Kraken sends one. */
const DEEPEST = 1000;
/** Changes of a side in one message: beyond it the rows are not of one message. */
const MOST_CHANGES = 100_000;

/** One message of a book. */
export interface ImportedBook {
  readonly recvTs: Micros;
  readonly venueTs: Micros;
  readonly snapshot: boolean;
  /** A size of zero removes the level. */
  readonly bids: readonly ImportedLevel[];
  readonly asks: readonly ImportedLevel[];
}

export interface BookFile {
  readonly grid: Grid;
  /** Levels a side that the book is kept to. */
  readonly depth: number;
  readonly books: AsyncGenerator<ImportedBook, void, undefined>;
  /** What was left out so far. */
  readonly leftOut: Readonly<LeftOut>;
}

/** What of a file is not in its import. */
export interface LeftOut {
  /** Rows before the first snapshot. */
  rows: number;
  /** Levels of snapshots beyond the 1,000 best of a side. */
  levels: number;
}

type UpdateName = 'symbol' | 'time' | 'received' | 'snapshot' | 'side' | 'price' | 'size';

/** Source: Tardis' documentation of its downloadable CSV files, `incremental_book_L2`. */
export const UPDATES_SHAPE: TableShape<UpdateName> = {
  names: {
    symbol: ['symbol'],
    time: ['timestamp'],
    received: ['local_timestamp'],
    snapshot: ['is_snapshot'],
    side: ['side'],
    price: ['price'],
    size: ['amount'],
  },
  required: ['time', 'received', 'snapshot', 'side', 'price', 'size'],
  order: undefined,
};

/** Source: the same, `book_snapshot_25` and its like; the levels' columns follow these. */
export const SNAPSHOTS_SHAPE: TableShape<'symbol' | 'time' | 'received'> = {
  names: { symbol: ['symbol'], time: ['timestamp'], received: ['local_timestamp'] },
  required: ['time', 'received'],
  order: undefined,
};

/**
 * Opens a file of `incremental_book_L2`. Rows of one message share their `local_timestamp`; rows of a snapshot that follow
 * each other are one, whatever their times. Rows before the first snapshot are passed over, as Tardis says.
 *
 * Of a snapshot the 1,000 best levels a side are taken. What lies behind them is not known from there on: when the best ones
 * go, the book ends earlier than the venue's did, until the next snapshot.
 *
 * @throws FeedError `KB_FEED_BAD_IMPORT`.
 */
export async function openBookUpdates(path: string, options: ImportOptions): Promise<BookFile> {
  const grid = await gridOfFile(options, async () => {
    const { columns, rows } = await openTable(path, UPDATES_SHAPE);
    return mostDecimals(rows, () => [[columns.price, columns.size]]);
  });
  const leftOut = { rows: 0, levels: 0 };
  return { grid, depth: DEEPEST, books: readUpdates(path, grid, options.roundSizes ?? false, leftOut), leftOut };
}

/** Opens a file of `book_snapshot_25` or another depth: each row is a whole book of so many levels. @throws FeedError `KB_FEED_BAD_IMPORT`. */
export async function openBookSnapshots(path: string, options: ImportOptions): Promise<BookFile> {
  const { header = [], rows } = await openTable(path, SNAPSHOTS_SHAPE);
  await rows.return();
  const levels = { bids: levelColumns(header, 'bids'), asks: levelColumns(header, 'asks') };
  const depth = Math.max(levels.bids.length, levels.asks.length);
  if (depth === 0 || depth > DEEPEST) {
    throw new FeedError(
      'KB_FEED_BAD_IMPORT',
      `${path}:1:1: expected columns asks[0].price, asks[0].amount, bids[0].price, … of 1 to ${DEEPEST} levels, were ${depth}`,
    );
  }
  const grid = await gridOfFile(options, async () => {
    const table = await openTable(path, SNAPSHOTS_SHAPE);
    return mostDecimals(table.rows, (row) => [...levels.bids, ...levels.asks].filter(([price]) => has(row, price)));
  });
  const books = readSnapshots(path, grid, levels, options.roundSizes ?? false);
  return { grid, depth, books, leftOut: { rows: 0, levels: 0 } };
}

async function* readUpdates(
  path: string,
  grid: Grid,
  round: boolean,
  leftOut: LeftOut,
): AsyncGenerator<ImportedBook, void, undefined> {
  const { columns, rows } = await openTable(path, UPDATES_SHAPE);
  const symbol = new OneSymbol(columns.symbol);
  let hasBook = false;
  let open: (ImportedBook & { readonly bids: ImportedLevel[]; readonly asks: ImportedLevel[] }) | undefined;
  for await (const row of rows) {
    symbol.check(row);
    const snapshot = flagOf(row, columns.snapshot);
    hasBook ||= snapshot;
    if (!hasBook) {
      leftOut.rows += 1;
      continue;
    }
    const recvTs = readTime(row, columns.received, 'local_timestamp', 6);
    const isSame = open !== undefined && open.snapshot === snapshot && (snapshot || open.recvTs === recvTs);
    if (open === undefined || !isSame) {
      if (open !== undefined) yield cut(open, leftOut);
      open = { recvTs, venueTs: readTime(row, columns.time, 'timestamp', 6), snapshot, bids: [], asks: [] };
    }
    const levels = open[sideOf(row, columns.side)];
    const size = readSize(row, columns.size, 'amount', grid, round);
    if (snapshot && size === 0) continue; // an empty level in a snapshot is no level
    levels.push({ price: readPrice(row, columns.price, 'price', grid), size });
    if (levels.length > MOST_CHANGES) throw row.error(0, `more than ${MOST_CHANGES} changes in one message`);
  }
  if (open !== undefined) yield cut(open, leftOut);
}

/** A snapshot without the levels behind its 1,000 best ones a side. */
function cut(book: ImportedBook, leftOut: LeftOut): ImportedBook {
  const { snapshot, bids, asks } = book;
  if (!snapshot || (bids.length <= DEEPEST && asks.length <= DEEPEST)) return book;
  const best = { bids: bestOf(bids, (a, b) => b.price - a.price), asks: bestOf(asks, (a, b) => a.price - b.price) };
  leftOut.levels += bids.length - best.bids.length + asks.length - best.asks.length;
  return { ...book, ...best };
}

function bestOf(
  levels: readonly ImportedLevel[],
  byBest: (a: ImportedLevel, b: ImportedLevel) => number,
): readonly ImportedLevel[] {
  // A price that is told twice is one level, of the later size.
  const byPrice = new Map(levels.map((level) => [level.price, level]));
  return [...byPrice.values()].toSorted(byBest).slice(0, DEEPEST);
}

type LevelColumns = readonly (readonly [price: number, size: number])[];

async function* readSnapshots(
  path: string,
  grid: Grid,
  levels: { readonly bids: LevelColumns; readonly asks: LevelColumns },
  round: boolean,
): AsyncGenerator<ImportedBook, void, undefined> {
  const { columns, rows } = await openTable(path, SNAPSHOTS_SHAPE);
  const symbol = new OneSymbol(columns.symbol);
  for await (const row of rows) {
    symbol.check(row);
    const side = (list: LevelColumns, name: string): ImportedLevel[] =>
      list
        .filter(([price]) => has(row, price))
        .map(([price, size], index) => ({
          price: readPrice(row, price, `${name}[${index}].price`, grid),
          size: readSize(row, size, `${name}[${index}].amount`, grid, round),
        }))
        .filter(({ size }) => size > 0);
    yield {
      recvTs: readTime(row, columns.received, 'local_timestamp', 6),
      venueTs: readTime(row, columns.time, 'timestamp', 6),
      snapshot: true,
      bids: side(levels.bids, 'bids'),
      asks: side(levels.asks, 'asks'),
    };
  }
}

/** Where the levels of a side stand, the best first. */
function levelColumns(header: readonly string[], side: 'bids' | 'asks'): LevelColumns {
  const found: [number, number][] = [];
  for (;;) {
    const price = header.indexOf(`${side}[${found.length}].price`);
    const size = header.indexOf(`${side}[${found.length}].amount`);
    if (price < 0 || size < 0) return found;
    found.push([price, size]);
  }
}

/** A book with fewer levels than the file has columns leaves the rest empty. */
function has(row: CsvRow, column: number): boolean {
  return (row.cells[column] ?? '') !== '';
}

async function mostDecimals(rows: AsyncIterable<CsvRow>, cellsOf: (row: CsvRow) => LevelColumns): Promise<Grid> {
  let [pricePrecision, qtyPrecision] = [0, 0];
  for await (const row of rows) {
    for (const [price, size] of cellsOf(row)) {
      pricePrecision = Math.max(pricePrecision, decimalsOf(row, price, 'price'));
      qtyPrecision = Math.max(qtyPrecision, decimalsOf(row, size, 'amount'));
    }
  }
  return { pricePrecision, qtyPrecision };
}

function flagOf(row: CsvRow, column: number): boolean {
  const text = row.cell(column, 'is_snapshot');
  if (text === 'true' || text === 'false') return text === 'true';
  throw row.error(column, `expected is_snapshot to be true or false, was ${JSON.stringify(text)}`);
}

function sideOf(row: CsvRow, column: number): 'bids' | 'asks' {
  const text = row.cell(column, 'side');
  if (text === 'bid') return 'bids';
  if (text === 'ask') return 'asks';
  throw row.error(column, `expected side to be bid or ask, was ${JSON.stringify(text)}`);
}
