import { ModelError } from '@kb/model';
import { FeedError } from '../errors.ts';

/** A place in a file of rows, from 1. */
export interface CsvPlace {
  readonly path: string;
  readonly line: number;
}

/** @param column From 1, as editors count. */
export function importError(place: CsvPlace, column: number, problem: string, hint?: string): FeedError {
  const { path, line } = place;
  return new FeedError(
    'KB_FEED_BAD_IMPORT',
    `${path}:${line}:${column}: ${problem}`,
    hint === undefined ? {} : { hint },
  );
}

/** The same for what reading a number threw; anything else goes on. */
export function importErrorOf(error: unknown, place: CsvPlace, column: number, hint?: string): unknown {
  return error instanceof ModelError ? importError(place, column, error.message, hint) : error;
}
