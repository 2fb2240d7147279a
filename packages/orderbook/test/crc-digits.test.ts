import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32 } from 'node:zlib';
import { bitsOf, crcOfBits, digitsOf, shiftBits, shiftBitsBy, shiftBitsFar } from '../src/crc-digits.ts';

const count = fc.oneof(
  fc.maxSafeNat(),
  fc.integer({ min: 0, max: 16 }).chain((zeros) => {
    const power = Math.min(10 ** zeros, Number.MAX_SAFE_INTEGER);
    return fc.integer({ min: Math.max(0, power - 2), max: Math.min(power + 2, Number.MAX_SAFE_INTEGER) });
  }),
);

test('the digits of a count are those of its text', () => {
  fc.assert(fc.property(count, (value) => digitsOf(value) === String(value).length));
});

test('the CRC32 of the standard check text is 0xCBF43926', () => {
  expect(crcOfBits(bitsOf(123_456_789), 9)).toBe(0xcbf43926);
});

test('bits and digits of a count give the CRC32 of its text', () => {
  fc.assert(fc.property(count, (value) => crcOfBits(bitsOf(value), digitsOf(value)) === crc32(String(value))));
});

test('bits of texts that follow each other combine, two levels at a time', () => {
  fc.assert(
    fc.property(count, fc.array(count, { maxLength: 4 }), (first, rest) => {
      const digits = rest.reduce((sum, value) => sum + digitsOf(value), 0);
      let bits = 0;
      for (const value of rest) bits = shiftBits(bits, digitsOf(value)) ^ bitsOf(value);
      const all = shiftBits(bitsOf(first), digits) ^ bits;
      expect(crcOfBits(all, digitsOf(first) + digits)).toBe(crc32([first, ...rest].join('')));
    }),
  );
});

test('bits shift past a whole side in one go', () => {
  fc.assert(
    fc.property(count, fc.integer({ min: 0, max: 320 }), (value, digits) => {
      const text = String(value) + '0'.repeat(digits);
      expect(crcOfBits(shiftBitsFar(bitsOf(value), digits), text.length)).toBe(crc32(text));
    }),
  );
});

test('a CRC32 moves on by any length of text, so that texts of any length combine', () => {
  const lengths = [0, 1, 63, 64, 65, 319, 320, 321, 383, 384, 385, 640, 704, 5000];
  fc.assert(
    fc.property(count, fc.constantFrom(...lengths), fc.integer({ min: 0, max: 2 }), (value, length, more) => {
      const rest = String(value)
        .repeat(1000)
        .slice(0, length + more);
      expect((shiftBitsBy(crc32(String(value)), rest.length) ^ crc32(rest)) >>> 0).toBe(crc32(String(value) + rest));
    }),
  );
});
