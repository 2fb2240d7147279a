import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigCountToDecimal, countToDecimal, decimalToCount } from '../src/index.ts';
import { codeOf } from './harness.ts';

const MOST = Number.MAX_SAFE_INTEGER;
const count = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -1000, max: 1000 }));
const precision = fc.integer({ min: 0, max: 10 });

describe('for any count and precisions 0 to 10', () => {
  test('count to text to count is the identity', () => {
    fc.assert(
      fc.property(count, precision, (steps, decimals) => {
        expect(decimalToCount(countToDecimal(steps, decimals), decimals)).toBe(steps === 0 ? 0 : steps);
      }),
      { seed: 20_261_106, numRuns: 2000 },
    );
  });

  test('text to count to text is the identity for text with all its decimals', () => {
    const text = fc
      .tuple(fc.boolean(), fc.nat({ max: 90_000 }), fc.array(fc.nat({ max: 9 }), { maxLength: 10 }))
      .map(([isNegative, whole, digits]) => {
        const unsigned = digits.length === 0 ? String(whole) : `${whole}.${digits.join('')}`;
        const isZero = !/[1-9]/.test(unsigned);
        return { text: isNegative && !isZero ? `-${unsigned}` : unsigned, decimals: digits.length };
      });
    fc.assert(
      fc.property(text, ({ text: given, decimals }) => {
        expect(countToDecimal(decimalToCount(given, decimals), decimals)).toBe(given);
      }),
      { seed: 20_261_107, numRuns: 2000 },
    );
  });

  test('leading zeros, trailing zeros and exponents change nothing', () => {
    fc.assert(
      fc.property(count, precision, fc.nat({ max: 5 }), (steps, decimals, zeros) => {
        const value = steps === 0 ? 0 : steps;
        const text = countToDecimal(steps, decimals);
        const padding = '0'.repeat(zeros);
        expect(decimalToCount(text.includes('.') ? text + padding : text, decimals)).toBe(value);
        expect(
          decimalToCount(
            text.replace(/^-?/, (sign) => sign + padding),
            decimals,
          ),
        ).toBe(value);
        expect(decimalToCount(`${value}${padding}e-${decimals + zeros}`, decimals)).toBe(value);
        expect(decimalToCount(`${value}.${padding}0E-${decimals}`, decimals)).toBe(value);
      }),
      { seed: 20_261_108, numRuns: 1000 },
    );
  });

  test('counts in numbers and in bigints are written alike', () => {
    fc.assert(
      fc.property(count, precision, (steps, decimals) => {
        expect(countToDecimal(steps, decimals)).toBe(bigCountToDecimal(BigInt(steps), decimals));
      }),
      { seed: 20_261_109, numRuns: 1000 },
    );
  });
});

describe('examples', () => {
  test.each([
    ['45285.2', 1, 452_852],
    ['0.00100000', 8, 100_000],
    ['0.1', 8, 10_000_000],
    ['-0.0', 8, 0],
    ['1.50', 1, 15],
    ['1E-8', 8, 1],
    ['5e3', 0, 5000],
    ['12.5e-1', 2, 125],
    ['1e0', 0, 1],
    ['100e-2', 0, 1],
    ['0e999', 0, 0],
    ['0.000000000000000000000000000000', 0, 0],
    ['1.000000000000000000000000000000', 0, 1],
    ['9007199254740991', 0, MOST],
    ['90071992547.40991', 5, MOST], // a meme coin's size at the edge
    ['-90071992547.40991', 5, -MOST],
    ['0.0000009007199254740991', 22, MOST],
    ['+7', 0, 7],
  ])('%s at %i decimals is %i', (text, decimals, expected) => {
    expect(decimalToCount(text, decimals)).toBe(expected);
    expect(Object.is(decimalToCount(text, decimals), -0)).toBe(false);
  });

  test.each([
    [452_852, 1, '45285.2'],
    [100_000, 8, '0.00100000'],
    [-5, 3, '-0.005'],
    [0, 2, '0.00'],
    [-0, 2, '0.00'],
    [7, 0, '7'],
    [MOST, 5, '90071992547.40991'],
    [1, 15, '0.000000000000001'],
  ])('%i at %i decimals is written %s', (steps, decimals, expected) => {
    expect(countToDecimal(steps, decimals)).toBe(expected);
  });

  test('a product beyond 2^53 is written exactly', () => {
    expect(bigCountToDecimal(-81129638414606663681390495662081n, 10)).toBe('-8112963841460666368139.0495662081');
    expect(bigCountToDecimal(5n, 0)).toBe('5');
  });
});

describe('refused, never bent', () => {
  test.each([
    ['0.15', 1, 'KB_MODEL_OFF_GRID'],
    ['1e-9', 8, 'KB_MODEL_OFF_GRID'],
    ['0.000000000000000000001', 0, 'KB_MODEL_OFF_GRID'],
    ['9007199254740993', 0, 'KB_MODEL_OUT_OF_RANGE'],
    ['9007199254740992', 0, 'KB_MODEL_OUT_OF_RANGE'],
    ['-9007199254740992', 0, 'KB_MODEL_OUT_OF_RANGE'],
    ['90071992547409.92', 2, 'KB_MODEL_OUT_OF_RANGE'],
    ['1e16', 0, 'KB_MODEL_OUT_OF_RANGE'],
    ['1e999', 0, 'KB_MODEL_OUT_OF_RANGE'],
    [`1${'0'.repeat(399)}`, 0, 'KB_MODEL_OUT_OF_RANGE'],
    ['', 0, 'KB_MODEL_NOT_A_DECIMAL'],
    [' 1', 0, 'KB_MODEL_NOT_A_DECIMAL'],
    ['1\n', 0, 'KB_MODEL_NOT_A_DECIMAL'],
    ['1,5', 1, 'KB_MODEL_NOT_A_DECIMAL'],
    ['.5', 1, 'KB_MODEL_NOT_A_DECIMAL'],
    ['5.', 1, 'KB_MODEL_NOT_A_DECIMAL'],
    ['1.2.3', 1, 'KB_MODEL_NOT_A_DECIMAL'],
    ['--1', 0, 'KB_MODEL_NOT_A_DECIMAL'],
    ['0x10', 0, 'KB_MODEL_NOT_A_DECIMAL'],
    ['1_000', 0, 'KB_MODEL_NOT_A_DECIMAL'],
    ['NaN', 0, 'KB_MODEL_NOT_A_DECIMAL'],
    ['Infinity', 0, 'KB_MODEL_NOT_A_DECIMAL'],
    ['1e', 0, 'KB_MODEL_NOT_A_DECIMAL'],
    ['1e1.5', 0, 'KB_MODEL_NOT_A_DECIMAL'],
    ['１', 0, 'KB_MODEL_NOT_A_DECIMAL'],
    ['9'.repeat(401), 0, 'KB_MODEL_NOT_A_DECIMAL'],
  ])('%s at %i decimals: %s', (text, decimals, code) => {
    expect(codeOf(() => decimalToCount(text, decimals))).toBe(code);
  });

  test('any text either is read exactly or refused with a code', () => {
    const piece = fc.constantFrom('0', '1', '9', '99999999', '.', '-', '+', 'e', 'E', ' ', 'x');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), precision, (pieces, decimals) => {
        const text = pieces.join('');
        const code = codeOf(() => decimalToCount(text, decimals));
        expect(code).toMatch(/^(nothing thrown|KB_MODEL_(NOT_A_DECIMAL|OFF_GRID|OUT_OF_RANGE))$/);
        if (code !== 'nothing thrown') return;
        // What was read is what the text says, to the precision of a double.
        const off = Math.abs(decimalToCount(text, decimals) / 10 ** decimals - Number(text));
        fc.pre(Number.isFinite(off));
        expect(off).toBeLessThanOrEqual(Math.abs(Number(text)) * 1e-12);
      }),
      { seed: 20_261_110, numRuns: 5000 },
    );
  });

  test('a message is short, however long the text', () => {
    expect(() => decimalToCount('x'.repeat(1_000_000), 0)).toThrow(/^.{1,200}$/);
    expect(() => decimalToCount('9'.repeat(400), 0)).toThrow(/^.{1,200}$/);
  });
});
