import { FeedError } from '../errors.ts';
import type { CsvRow } from './csv-rows.ts';
import { readCsvRows } from './csv-rows.ts';
import { importError } from './import-error.ts';

/** Where a file has its columns: by the names in its first row, or by position where it has no such row. */
export type Columns<Name extends string> = Readonly<Record<Name, number>>;

export interface CsvTable<Name extends string> {
  /** `-1` for a column that the file has not. */
  readonly columns: Columns<Name>;
  /** The names in the first row; `undefined` where it is data already. */
  readonly header: readonly string[] | undefined;
  readonly rows: AsyncGenerator<CsvRow, void, undefined>;
}

export interface TableShape<Name extends string> {
  /** Names that a header may give to each column, the best first. */
  readonly names: Readonly<Record<Name, readonly string[]>>;
  /** Columns without which the file means nothing. */
  readonly required: readonly Name[];
  /** The order of the columns without a header; `undefined` when there must be one. */
  readonly order: readonly Name[] | undefined;
}

/** Opens a CSV file and finds its columns. @throws FeedError `KB_FEED_BAD_IMPORT`. */
export async function openTable<Name extends string>(path: string, shape: TableShape<Name>): Promise<CsvTable<Name>> {
  const rows = readCsvRows(path);
  const { value: first, done } = await rows.next();
  if (done === true || first === undefined) {
    throw new FeedError('KB_FEED_BAD_IMPORT', `${path}:1:1: the file is empty`);
  }
  const header = /^[\d.+-]/.test(first.cells[0] ?? '') ? undefined : first.cells.map((cell) => cell.trim());
  try {
    return {
      columns: columnsOf(first, header, shape),
      header,
      rows: header === undefined ? startingWith(first, rows) : rows,
    };
  } catch (error) {
    await rows.return();
    throw error;
  }
}

function columnsOf<Name extends string>(
  first: CsvRow,
  header: readonly string[] | undefined,
  { names, required, order }: TableShape<Name>,
): Columns<Name> {
  const all = Object.keys(names) as Name[];
  if (header === undefined) {
    if (order === undefined) {
      throw importError(first, 1, `expected a first row that names the columns ${required.join(', ')}`);
    }
    return Object.fromEntries(all.map((name) => [name, order.indexOf(name)])) as Columns<Name>;
  }
  const columns = Object.fromEntries(
    all.map((name) => [name, names[name].map((text) => header.indexOf(text)).find((index) => index >= 0) ?? -1]),
  ) as Columns<Name>;
  const absent = required.filter((name) => columns[name] < 0);
  if (absent.length > 0) {
    const wanted = absent.map((name) => names[name].join(' or ')).join(', ');
    throw importError(first, 1, `the columns ${wanted} are missing among ${header.slice(0, 12).join(', ')}`);
  }
  return columns;
}

async function* startingWith(
  first: CsvRow,
  rows: AsyncGenerator<CsvRow, void, undefined>,
): AsyncGenerator<CsvRow, void, undefined> {
  yield first;
  yield* rows;
}
