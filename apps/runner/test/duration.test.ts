import { micros } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CliError } from '../src/cli-error.ts';
import { formatDuration, parseDuration } from '../src/duration.ts';

test.each([
  ['250us', 250],
  ['30ms', 30_000],
  ['0.5ms', 500],
  ['1.5s', 1_500_000],
  ['15s', 15_000_000],
  ['1m', 60_000_000],
  ['2min', 120_000_000],
  ['2h', 7_200_000_000],
  ['1d', 86_400_000_000],
])('reads %s as %d microseconds', (text, expected) => {
  expect(parseDuration(text, 'd')).toBe(expected);
});

test('a bare number is taken in the unit of the flag', () => {
  expect(parseDuration('30', 'ms')).toBe(30_000);
  expect(parseDuration('30', 's')).toBe(30_000_000);
  expect(parseDuration('100', 'm')).toBe(6_000_000_000);
});

test.each(['', 's', '-1s', '1e3s', '1w', '1,5s', '0.0001ms', '99999999999999999s', '1m30s', 'constructor'])(
  'refuses %j',
  (text) => {
    expect(() => parseDuration(text, 's')).toThrow(CliError);
    expect(() => parseDuration(text, 's')).toThrow(expect.objectContaining({ code: 'KB_CLI_USAGE' }));
  },
);

test('whole milliseconds, seconds and minutes are read exactly', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (count) => {
      expect(parseDuration(`${count}ms`, 's')).toBe(count * 1_000);
      expect(parseDuration(`${count}`, 's')).toBe(count * 1_000_000);
      expect(parseDuration(`${count % 1_000_000}m`, 's')).toBe((count % 1_000_000) * 60_000_000);
    }),
  );
});

test.each([
  [250, '250us'],
  [30_000, '30ms'],
  [1_500, '1.5ms'],
  [1_500_000, '1.5s'],
  [9_999_999, '9.9s'],
  [45_900_000, '45s'],
  [90_000_000, '1m30s'],
  [7_500_000_000, '2h05m'],
])('writes %d microseconds as %s', (duration, expected) => {
  expect(formatDuration(micros(duration))).toBe(expected);
});
