import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isoToMicros, micros, microsToIso } from '../src/index.ts';
import { codeOf } from './harness.ts';

test.each([
  ['2026-08-02T03:35:51.660084Z', 1_785_641_751_660_084],
  ['1970-01-01T00:00:00Z', 0],
  ['1970-01-01T00:00:00.000001Z', 1],
  ['1969-12-31T23:59:59.999999Z', -1],
  ['2026-08-02T03:35:51.6Z', 1_785_641_751_600_000],
  ['2026-08-02T03:35:51.660084999Z', 1_785_641_751_660_084], // cut, not rounded
  ['2024-02-29T12:00:00Z', 1_709_208_000_000_000],
])('%s is %i microseconds', (text, time) => {
  expect(isoToMicros(text)).toBe(time);
});

test('times are written with six decimals', () => {
  expect(microsToIso(micros(1_785_641_751_600_000))).toBe('2026-08-02T03:35:51.600000Z');
  expect(microsToIso(micros(-1))).toBe('1969-12-31T23:59:59.999999Z');
});

test('time to text to time is the identity', () => {
  fc.assert(
    fc.property(fc.integer({ min: -9e15, max: 9e15 }), (time) => {
      expect(isoToMicros(microsToIso(micros(time)))).toBe(time);
    }),
    { seed: 20_261_113, numRuns: 1000 },
  );
});

describe('refused', () => {
  test.each([
    '',
    'now',
    '2026-08-02',
    '2026-08-02T03:35:51',
    '2026-08-02T03:35:51+00:00',
    '2026-08-02 03:35:51Z',
    '2026-08-02T03:35:51.Z',
    '2026-08-02T03:35:51.1234567890Z',
    '2026-13-02T03:35:51Z',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T23:60:00Z',
    '2026-08-02T03:35:51Z\n',
  ])('%j', (text) => {
    expect(codeOf(() => isoToMicros(text))).toBe('KB_MODEL_BAD_TIMESTAMP');
  });
});
