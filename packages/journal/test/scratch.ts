import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { JournalError, JournalWriter } from '../src/index.ts';
import type { JournalEnd, JournalWriterOptions } from '../src/index.ts';

/** Makes empty directories that are gone when the tests of a file are done. */
export function scratch(): () => string {
  const root = mkdtempSync(join(tmpdir(), 'kb-journal-'));
  let count = 0;
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return () => {
    count += 1;
    const directory = join(root, `ünïcode ⚡ ${count}`);
    mkdirSync(directory);
    return directory;
  };
}

export interface Written {
  readonly directory: string;
  readonly end: JournalEnd;
}

/** Writes records as a closed journal. */
export async function written(
  directory: string,
  records: readonly object[],
  options: Partial<JournalWriterOptions> = {},
): Promise<Written> {
  const writer = new JournalWriter({ directory, chain: 'output', header: { seed: 7 }, ...options });
  for (const record of records) writer.append(record);
  return { directory, end: await writer.close() };
}

export function someRecords(count: number): { type: string; on: number; text: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    type: 'note',
    on: index,
    text: `Überraschung № ${index * 37}`,
  }));
}

/** Bytes of a directory's only (or named) file. */
export function bytesOf(directory: string, name: string = readdirSync(directory)[0] ?? ''): Buffer {
  return readFileSync(join(directory, name));
}

/** What a call returns, or the error of ours that it throws. */
export function outcomeOf<T>(action: () => T): T | JournalError {
  try {
    return action();
  } catch (error) {
    if (error instanceof JournalError) return error;
    throw error;
  }
}

/** What a call throws, which must be one of our errors. */
export function failureOf(action: () => unknown): JournalError {
  const outcome = outcomeOf(action);
  if (outcome instanceof JournalError) return outcome;
  throw new Error('expected a JournalError');
}
