import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { BOOK_ERROR_CODES } from '../src/index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const example = readFileSync(new URL('../examples/verified-book.ts', import.meta.url), 'utf8');

test('the public names are these', async () => {
  expect(Object.keys(await import('../src/index.ts')).toSorted()).toEqual([
    'BOOK_ERROR_CODES',
    'BookError',
    'L2Book',
    'L3Book',
    'TreeBook',
    'bookChanges',
    'checksumOf',
    'costToFill',
    'depthWithinBps',
    'imbalance',
    'isCrossed',
    'level3Changes',
    'level3ChecksumOf',
    'level3SnapshotOf',
    'microprice',
    'mid',
    'snapshotOf',
    'spread',
  ]);
});

test('the README lists exactly the error codes', () => {
  expect(Array.from(readme.matchAll(/^\| `(KB_[A-Z_]+)`/gm), ([, code]) => code)).toEqual([...BOOK_ERROR_CODES]);
});

test('the README shows the example that runs', async () => {
  expect(readme).toContain(example.trim());
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await import('../examples/verified-book.ts');
    expect(log.mock.calls.map(([line]) => String(line))).toEqual([
      'verified: best 452835 / 452852, mid 452843.5 ticks',
      'verified: best 452835 / 452864, mid 452849.5 ticks',
      '0.5 BTC would cost 22643.200000000 USD before fees',
    ]);
  } finally {
    log.mockRestore();
  }
});
