import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as api from '../src/index.ts';

test('the public names are these', () => {
  expect(Object.keys(api).toSorted()).toEqual([
    'FORMAT_VERSION',
    'JOURNAL_ERROR_CODES',
    'JournalError',
    'JournalWriter',
    'RunFolder',
    'readJournal',
    'readManifest',
    'verifyJournal',
  ]);
});

test('the error codes of the README are the ones in the code', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const codes = [...readme.matchAll(/^\| `(KB_[A-Z_]+)` +\|/gm)].map((match) => match[1] ?? '');
  expect(codes.toSorted((a, b) => a.localeCompare(b))).toEqual(
    api.JOURNAL_ERROR_CODES.toSorted((a, b) => a.localeCompare(b)),
  );
});
