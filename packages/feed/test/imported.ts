import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { micros, SECOND } from '@kb/model';
import type { BookEvent, BookView, Micros, Side, TradeEvent } from '@kb/model';
import { onTestFinished } from 'vitest';
import { FeedError, ReplayFeed } from '../src/index.ts';
import type { FeedCoreOptions } from '../src/index.ts';

/** The pair that all files here are of. */
export const symbol = 'BTC/USD';
export const HOUR: Micros = micros(3600 * SECOND);

/** A folder that goes away with the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'kb-import-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Writes a file, and says where its import goes. */
export function file(
  content: string | Uint8Array,
  name = 'in.csv',
): { path: string; out: string; all: () => string[] } {
  const at = folder();
  writeFileSync(join(at, name), content);
  return {
    path: join(at, name),
    out: join(at, 'out', 'it.ndjson.zst'),
    all: () => (existsSync(join(at, 'out')) ? readdirSync(join(at, 'out')) : []),
  };
}

/** What the import of a file refuses it with. */
export async function refusal(importing: Promise<unknown>): Promise<string> {
  try {
    await importing;
  } catch (error) {
    if (error instanceof FeedError) return `${error.code} ${error.message.replace(/^.*\/(?=\w+\.csv)/, '')}`;
    throw error;
  }
  return 'nothing';
}

export async function tradesOf(path: string): Promise<TradeEvent[]> {
  const trades: TradeEvent[] = [];
  const onEvent = (event: TradeEvent | { readonly type: string }): void => {
    if (event.type === 'trade') trades.push(event as TradeEvent);
  };
  await new ReplayFeed({ source: path, onEvent }).run();
  return trades;
}

/** The lines of a recording. */
export function recorded(path: string): string[] {
  return zstdDecompressSync(readFileSync(path)).toString().trimEnd().split('\n');
}

export interface SeenBook {
  readonly snapshot: boolean;
  readonly verified: boolean;
  readonly bids: readonly (readonly number[])[];
  readonly asks: readonly (readonly number[])[];
}

export async function booksOf(
  path: string,
  options: Pick<FeedCoreOptions, 'acceptUnchecked'> = {},
): Promise<SeenBook[]> {
  const books: SeenBook[] = [];
  const side = (book: BookView, name: Side): number[][] =>
    Array.from({ length: book.levels(name) }, (_, index) => [
      book.priceAt(name, index) ?? 0,
      book.sizeAt(name, index) ?? 0,
    ]);
  await new ReplayFeed({
    source: path,
    ...options,
    onEvent: (event) => {
      if (event.type !== 'book') return;
      const { book, snapshot, verified }: BookEvent = event;
      books.push({ snapshot, verified, bids: side(book, 'buy'), asks: side(book, 'sell') });
    },
  }).run();
  return books;
}
