import { expect, test } from 'vitest';
import { formatSize, parseSize } from '../src/data-size.ts';

test.each([
  ['4096', 4096],
  ['1B', 1],
  ['500MB', 500_000_000],
  ['1.5 GiB', 1_610_612_736],
  ['2kB', 2000],
  ['1TB', 1e12],
])('%s is %i bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', '0', '0.5', 'MB', '5XB', '5 mb', '-1MB', '1e9', '99999TB', '1GB2'])('%j is no size', (text) => {
  expect(() => parseSize(text)).toThrowError('expected a size such as 500MB or 2GiB');
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [4200, '4.2 kB'],
  [1_500_000_000, '1.5 GB'],
])('%i bytes are written %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
