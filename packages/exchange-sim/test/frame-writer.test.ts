import { countToDecimal, micros, microsToIso } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameWriter } from '../src/wire/frame-writer.ts';

const writer = new FrameWriter();
const text = (): string => Buffer.from(writer.take()).toString('latin1');

test('writes any count at any precision with all of its decimals', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 15 }), (count, precision) => {
      writer.decimal(count, precision);
      expect(text()).toBe(countToDecimal(count, precision));
    }),
    { seed: 1, numRuns: 2000 },
  );
});

test.each([
  [0, 8, '0.00000000'],
  [0, 0, '0'],
  [5100, 8, '0.00005100'],
  [634_990, 1, '63499.0'],
  [9_999_999, 7, '0.9999999'],
  [10_000_000, 7, '1.0000000'],
  [Number.MAX_SAFE_INTEGER, 10, '900719.9254740991'],
  [-17, 2, '-0.17'],
])('writes %i at %i decimals as %s', (count, precision, expected) => {
  writer.decimal(count, precision);
  expect(text()).toBe(expected);
});

test('writes times with six decimals, also across seconds', () => {
  for (const at of [0, 999_999, 1_000_000, 1_785_641_751_213_474, 1_785_641_751_000_001, -1]) {
    writer.time(micros(at));
    expect(text()).toBe(microsToIso(micros(at)));
  }
});

test('grows with what is written, and hands out bytes that stay', () => {
  const first = writer.ascii('x'.repeat(10_000)).decimal(1, 0).take();
  const second = writer.ascii('y').take();
  expect([first.length, second.length, first[0]]).toEqual([10_001, 1, 120]);
});

test('writes nanoseconds of times that have none', () => {
  writer.timeNs(micros(1_785_641_751_000_001)).ascii('.');
  expect(text()).toBe('2026-08-02T03:35:51.000001000Z.');
});

test.each([
  [634_990, 1, 5, '63499.00000'],
  [5100, 8, 8, '0.00005100'],
  [17, 9, 5, '0.000000017'],
  [17, 0, 8, '17.00000000'],
  [0, 5, 5, '0.00000'],
])('pads %i at %i decimals to %i as %s', (count, precision, decimals, expected) => {
  writer.padded(count, precision, decimals);
  expect(text()).toBe(expected);
});
