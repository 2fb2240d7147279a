import type { Grid, Lots, Micros, Side, Ticks } from '@kb/model';
import { FeedError } from '../errors.ts';
import type { CsvRow } from './csv-rows.ts';
import { decimalsOf, readPrice, readSize, readTime, readWhole } from './csv-numbers.ts';
import { openTable } from './csv-table.ts';
import type { Columns, TableShape } from './csv-table.ts';
import type { TradeImportOptions, UnknownSide } from './import-options.ts';
import { gridOfFile } from './file-grid.ts';
import { OneSymbol } from './one-symbol.ts';

/** One trade of a file. */
export interface ImportedTrade {
  /** When it was received, where the file says; else when it traded. */
  readonly recvTs: Micros;
  readonly venueTs: Micros;
  /** The venue's, or counted from 1 where the file has none. */
  readonly tradeId: number;
  readonly price: Ticks;
  readonly size: Lots;
  readonly taker: Side;
}

type Name = 'symbol' | 'time' | 'received' | 'id' | 'side' | 'price' | 'size';

/** Kraken's download has no header: `unix seconds,price,volume`. Others name their columns. */
export const TRADE_SHAPE: TableShape<Name> = {
  names: {
    symbol: ['symbol', 'pair'],
    time: ['time_ms', 'timestamp', 'time'],
    received: ['local_timestamp'],
    id: ['id', 'trade_id'],
    side: ['side'],
    price: ['price'],
    size: ['amount', 'volume', 'qty', 'size'],
  },
  required: ['time', 'price', 'size'],
  order: ['time', 'price', 'size'],
};

/** What a file of trades is like, and its trades one by one. */
export interface TradeFile {
  readonly grid: Grid;
  /** Whether the file tells who took. */
  readonly hasSides: boolean;
  /** Whether it tells the venue's trade ids, whole and rising. */
  readonly hasIds: boolean;
  readonly trades: AsyncGenerator<ImportedTrade, void, undefined>;
}

/**
 * Opens a file of trades: Kraken's download, one with the columns `time_ms,side,price,amount`, or Tardis' `trades`. Rows stay
 * in their order. Times are seconds, or milliseconds in a column `time_ms`, or microseconds in Tardis' files.
 *
 * @throws FeedError `KB_FEED_BAD_IMPORT` with file, line and column; `KB_FEED_BAD_OPTIONS` when the file tells no sides and
 *   `unknownSide` does not say what to take.
 */
export async function openTrades(path: string, options: TradeImportOptions): Promise<TradeFile> {
  const grid = await gridOfFile(options, async () => {
    const { columns, rows } = await openTable(path, TRADE_SHAPE);
    const found = { pricePrecision: 0, qtyPrecision: 0 };
    for await (const row of rows) {
      found.pricePrecision = Math.max(found.pricePrecision, decimalsOf(row, columns.price, 'price'));
      found.qtyPrecision = Math.max(found.qtyPrecision, decimalsOf(row, columns.size, 'amount'));
    }
    return found;
  });
  const { hasIds, hasSides } = await probe(path);
  if (!hasSides && options.unknownSide === undefined) {
    throw new FeedError(
      'KB_FEED_BAD_OPTIONS',
      `unknownSide: ${path} does not tell who took, say buy, sell or tick-rule (a guess by price, wrong for every fourth or fifth trade)`,
    );
  }
  return { grid, hasSides, hasIds, trades: readTrades(path, grid, hasIds, options) };
}

/** Opens the file only when the first trade is asked for. */
async function* readTrades(
  path: string,
  grid: Grid,
  hasIds: boolean,
  { unknownSide, roundSizes = false }: TradeImportOptions,
): AsyncGenerator<ImportedTrade, void, undefined> {
  const { columns, header, rows } = await openTable(path, TRADE_SHAPE);
  const decimals = columns.received >= 0 ? 6 : header?.includes('time_ms') === true ? 3 : 0;
  const sides = new Sides(columns, unknownSide);
  const symbol = new OneSymbol(columns.symbol);
  let count = 0;
  for await (const row of rows) {
    symbol.check(row);
    count += 1;
    const venueTs = readTime(row, columns.time, 'the time', decimals);
    const price = readPrice(row, columns.price, 'price', grid);
    const size = readSize(row, columns.size, 'amount', grid, roundSizes);
    if (size === 0) throw row.error(columns.size, 'expected an amount above zero');
    yield {
      recvTs: columns.received < 0 ? venueTs : readTime(row, columns.received, 'local_timestamp', 6),
      venueTs,
      tradeId: hasIds ? readWhole(row, columns.id, 'id') : count,
      price,
      size,
      taker: sides.of(row, price),
    };
  }
}

/** Who took, as the row says or as the option tells. */
class Sides {
  readonly #column: number;
  readonly #unknown: UnknownSide | undefined;
  #price: Ticks | undefined = undefined;
  #guess: Side = 'buy';

  constructor({ side }: Columns<Name>, unknown: UnknownSide | undefined) {
    this.#column = side;
    this.#unknown = unknown;
  }

  of(row: CsvRow, price: Ticks): Side {
    if (this.#price !== undefined && price !== this.#price) this.#guess = price > this.#price ? 'buy' : 'sell';
    this.#price = price;
    const told = this.#column < 0 ? 'unknown' : row.cell(this.#column, 'side');
    if (told === 'buy' || told === 'b') return 'buy';
    if (told === 'sell' || told === 's') return 'sell';
    if (told !== 'unknown') {
      throw row.error(this.#column, `expected side to be buy, sell or unknown, was ${JSON.stringify(told)}`);
    }
    if (this.#unknown === undefined) {
      throw row.error(this.#column, 'the side is unknown', 'Say what to take: buy, sell or tick-rule.');
    }
    return this.#unknown === 'tick-rule' ? this.#guess : this.#unknown;
  }
}

/** Ids are taken only when the first row shows that they are numbers: older files of Kraken have none. */
async function probe(path: string): Promise<{ readonly hasIds: boolean; readonly hasSides: boolean }> {
  const { columns, rows } = await openTable(path, TRADE_SHAPE);
  const { value: first } = await rows.next();
  await rows.return();
  const id = first?.cells[columns.id] ?? '';
  return {
    hasIds: /^\d{1,16}$/.test(id) && Number.isSafeInteger(Number(id)),
    hasSides: columns.side >= 0,
  };
}
