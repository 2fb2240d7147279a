import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { FeedError } from '../errors.ts';
import { importError } from './import-error.ts';
import type { CsvPlace } from './import-error.ts';

/** Longer lines are no rows of prices. */
const LONGEST_LINE = 1024 * 1024;

/** One row of a CSV file, cut at its commas. A cell may stand in quotes; its text is what stands between them. */
export class CsvRow implements CsvPlace {
  readonly path: string;
  readonly line: number;
  readonly cells: readonly string[];
  readonly #cut: readonly string[];

  constructor(path: string, line: number, text: string) {
    this.path = path;
    this.line = line;
    const isQuoted = text.includes('"');
    this.#cut = isQuoted ? [...text.matchAll(QUOTED_CELLS)].map(([, cell = '']) => cell) : text.split(',');
    this.cells = isQuoted ? this.#cut.map(unquoted) : this.#cut;
  }

  /** The text of a cell. @throws FeedError `KB_FEED_BAD_IMPORT` when the row is too short. */
  cell(index: number, name: string): string {
    const text = this.cells[index];
    if (text === undefined) {
      throw importError(
        this,
        this.columnOf(this.cells.length) - 1,
        `expected "${name}" as column ${index + 1}, the row ends`,
      );
    }
    return text;
  }

  /** Where a cell begins in its line, from 1. */
  columnOf(index: number): number {
    return this.#cut.slice(0, index).reduce((at, { length }) => at + length + 1, 1);
  }

  /** An error about one of the row's cells. */
  error(index: number, problem: string, hint?: string): FeedError {
    return importError(this, this.columnOf(index), problem, hint);
  }
}

/** Each cell with the comma before it: in quotes, within which a quote is doubled and a comma is none, or up to the next comma. */
const QUOTED_CELLS = /(?:^|,)((?:"(?:[^"]|"")*")?[^,]*)/g;

function unquoted(cell: string): string {
  return /^"(?:[^"]|"")*"$/.test(cell) ? cell.slice(1, -1).replaceAll('""', '"') : cell;
}

/**
 * Reads a CSV file row by row, holding one piece of it: plain, gzip or zstd, told by its first bytes. Blank lines, CRLF and
 * a byte order mark are tolerated; a cell in quotes must end in its line.
 *
 * @throws FeedError `KB_FEED_BAD_IMPORT` for a file that is not there, cannot be read, ends too early or is no text of rows.
 */
export async function* readCsvRows(path: string): AsyncGenerator<CsvRow, void, undefined> {
  const chunks = chunksOf(path);
  try {
    yield* rowsOf(path, chunks);
  } finally {
    await chunks.return(); // who stops reading early must not leave the file open
  }
}

async function* rowsOf(
  path: string,
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<CsvRow, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 0;
  let rest = '';
  for (;;) {
    let ended: boolean;
    let text: string;
    try {
      const next = await chunks.next();
      ended = next.done === true;
      text = rest + (next.done === true ? decoder.decode() : decoder.decode(next.value, { stream: true }));
    } catch (error) {
      throw unreadable(path, line + 1, error);
    }
    const lines = text.split('\n');
    rest = ended ? '' : (lines.pop() ?? '');
    for (const each of lines) {
      line += 1;
      const row = each.trimEnd();
      if (row !== '') yield new CsvRow(path, line, row);
    }
    if (ended) return;
    if (rest.length > LONGEST_LINE) {
      throw importError({ path, line: line + 1 }, 1, `a line of more than ${LONGEST_LINE} characters`);
    }
  }
}

/** The bytes of a file, decompressed. */
async function* chunksOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const magic = await firstBytes(path);
  const source = createReadStream(path);
  try {
    const isGzip = magic.readUInt16BE(0) === 0x1f8b;
    if (!isGzip && magic.readUInt32BE(0) !== 0x28b5_2ffd) {
      yield* source as AsyncIterable<Uint8Array>;
      return;
    }
    const codec = isGzip ? createGunzip() : createZstdDecompress();
    source.on('error', (error) => codec.destroy(error));
    yield* source.pipe(codec) as AsyncIterable<Uint8Array>;
  } finally {
    source.destroy();
  }
}

/** Four bytes; zeros where the file is shorter. */
async function firstBytes(path: string): Promise<Buffer> {
  const magic = Buffer.alloc(4);
  const handle = await open(path, 'r');
  try {
    await handle.read(magic, 0, magic.length, 0);
  } finally {
    await handle.close();
  }
  return magic;
}

function unreadable(path: string, line: number, cause: unknown): FeedError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new FeedError('KB_FEED_BAD_IMPORT', `${path}:${line}:1: cannot be read: ${text}`, {
    cause,
    hint: 'Expected a readable CSV file: plain, or compressed with gzip or zstd.',
  });
}
