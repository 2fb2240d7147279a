import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { breakEvenMove, netWin } from '../src/index.ts';

const bps = (fraction: number): string => (fraction * 1e4).toFixed(2);

describe('the move that pays for a round trip', () => {
  test.each([
    [0.4, 0.4, '80.32'],
    [0.25, 0.4, '65.26'],
    [0.25, 0.25, '50.13'],
    [0.26, 0.26, '52.14'],
    [0.16, 0.26, '42.11'],
    [0.16, 0.16, '32.05'],
    [0.1, 0.1, '20.02'],
    [0, 0.1, '10.01'],
  ])('with %f %% in and %f %% out is %s bp', (feeIn, feeOut, expected) => {
    expect(bps(breakEvenMove(feeIn / 100, feeOut / 100))).toBe(expected);
  });

  test('leaves exactly nothing', () => {
    const rate = fc.double({ min: -0.001, max: 0.01, noNaN: true });
    fc.assert(
      fc.property(rate, rate, (feeIn, feeOut) => {
        expect(netWin(breakEvenMove(feeIn, feeOut), feeIn, feeOut)).toBeCloseTo(0, 12);
      }),
    );
  });

  test('is negative when both legs earn a rebate', () => {
    expect(breakEvenMove(-0.0001, -0.0001)).toBeLessThan(0);
  });
});

describe('what is left of a target', () => {
  test.each([
    [0.003, 0.4, 0.4, '-49.92'],
    [0.003, 0.25, 0.25, '-20.02'],
    [0.003, 0.1, 0.1, '9.96'],
    [0.004, 0.16, 0.16, '7.92'],
    [0.004, 0, 0.1, '29.96'],
  ])('of %f at %f and %f %% is %s bp', (target, feeIn, feeOut, expected) => {
    expect(bps(netWin(target, feeIn / 100, feeOut / 100))).toBe(expected);
  });

  test('of one 15 bp round trip at 0.25 % maker is a loss of about 35 bp', () => {
    // From 29,977.5 to 30,022.5, as the market maker's worked example quotes them.
    expect(bps(netWin(30_022.5 / 29_977.5 - 1, 0.0025, 0.0025))).toBe('-34.94');
  });
});
