import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  avellanedaStoikov,
  boundedQuote,
  breakEvenMove,
  riskAversionFor,
  sessionHorizon,
  shadedShare,
} from '../../src/index.ts';
import { logRatio } from '../../src/making/log-ratio.ts';

const BOOK_EXAMPLE = { fair: 100, inventory: 0, riskAversion: 0.1, variance: 4, horizon: 1, decay: 1.5, makerFee: 0 };
const DAY_EXAMPLE = { fair: 30_000, inventory: 0, variance: 4, horizon: 300, decay: 0.08, makerFee: 0 };

describe('the worked examples', () => {
  test.each([
    [0, 1, 100, 1.69077, 99.154615, 100.845385],
    [3, 1, 98.8, 1.69077, 97.954615, 99.645385],
    [3, 0.5, 99.4, 1.49077, 98.654615, 100.145385],
    [-2, 0.25, 100.2, 1.39077, 99.504615, 100.895385],
  ])('%d lots, %d s left: %d, %d wide, %d / %d', (inventory, horizon, reservation, width, bid, ask) => {
    const quote = avellanedaStoikov({ ...BOOK_EXAMPLE, inventory, horizon });
    expect(quote.reservation).toBeCloseTo(reservation, 9);
    expect(quote.width).toBeCloseTo(width, 6);
    expect(quote.bid).toBeCloseTo(bid, 6);
    expect(quote.ask).toBeCloseTo(ask, 6);
  });

  test('half of 1/κ at a cap of ten lots is a risk aversion of 0.000520833', () => {
    const riskAversion = riskAversionFor(10, 4, 300, 0.08);
    expect(riskAversion).toBeCloseTo(0.000520833, 9);
    expect(riskAversionFor(10, 4, 300, 0.08, 12.5)).toBeCloseTo(2 * riskAversion, 12);
  });

  test.each([
    [0, 30_000, 29_987.228, 30_012.772],
    [10, 29_993.75, 29_980.978, 30_006.522],
  ])('a 24/7 market at %d lots: %d, %d / %d, 25.5440 or 8.51 bp wide', (inventory, reservation, bid, ask) => {
    const quote = avellanedaStoikov({ ...DAY_EXAMPLE, inventory, riskAversion: riskAversionFor(10, 4, 300, 0.08) });
    expect(quote.reservation).toBeCloseTo(reservation, 8);
    expect(quote.width).toBeCloseTo(25.544, 4);
    expect((quote.width / 30_000) * 1e4).toBeCloseTo(8.51, 2);
    expect(quote.bid).toBeCloseTo(bid, 3);
    expect(quote.ask).toBeCloseTo(ask, 3);
  });

  test('a maker fee of 0.25 % moves each side out by 75.0: 175.544 or 58.5 bp wide', () => {
    const riskAversion = riskAversionFor(10, 4, 300, 0.08);
    const free = avellanedaStoikov({ ...DAY_EXAMPLE, riskAversion });
    const paid = avellanedaStoikov({ ...DAY_EXAMPLE, riskAversion, makerFee: 0.0025 });
    expect(free.bid - paid.bid).toBeCloseTo(75, 8);
    expect(paid.ask - free.ask).toBeCloseTo(75, 8);
    expect(paid.width).toBeCloseTo(175.544, 3);
    expect((paid.width / 30_000) * 1e4).toBeCloseTo(58.5, 1);
  });
});

test('without risk aversion the half width is 1/κ, and it is approached without a step', () => {
  expect(avellanedaStoikov({ ...BOOK_EXAMPLE, riskAversion: 0 }).width).toBe(2 / 1.5);
  expect(avellanedaStoikov({ ...BOOK_EXAMPLE, riskAversion: 1e-12 }).width).toBeCloseTo(2 / 1.5, 10);
});

test('ln(1 + x) / x agrees with the engine to fourteen digits', () => {
  expect(logRatio(0)).toBe(1);
  for (let x = 1e-14; x < 1e6; x *= 1.7) expect(Math.abs(logRatio(x) / (Math.log1p(x) / x) - 1)).toBeLessThan(1e-14);
});

test('the width is held between its bounds, and never under what two maker fees cost', () => {
  const quote = avellanedaStoikov({ ...DAY_EXAMPLE, inventory: 4, riskAversion: 0.0005 });
  const at = (makerFee: number, least: number, most: number) => boundedQuote(quote, 30_000, makerFee, least, most);

  expect(at(0, 0, 200)).toEqual(quote);
  expect(at(0, 20, 200).width).toBeCloseTo(60, 9);
  expect(at(0, 0, 5).width).toBeCloseTo(15, 9);
  expect(at(0.0025, 0, 30).width).toBeCloseTo(breakEvenMove(0.0025, 0.0025) * 30_000, 9);
  expect(at(0, 20, 200).reservation).toBe(quote.reservation);
});

test('the reservation price stays between the sides, and leans against the inventory', () => {
  const numbers = fc.record({
    inventory: fc.integer({ min: -50, max: 50 }),
    riskAversion: fc.double({ min: 0, max: 2, noNaN: true }),
    variance: fc.double({ min: 0, max: 50, noNaN: true }),
    horizon: fc.double({ min: 1, max: 3600, noNaN: true }),
    decay: fc.double({ min: 0.01, max: 10, noNaN: true }),
    makerFee: fc.double({ min: 0, max: 0.004, noNaN: true }),
  });
  fc.assert(
    fc.property(numbers, (state) => {
      const { reservation, bid, ask } = avellanedaStoikov({ fair: 30_000, ...state });
      expect(bid).toBeLessThan(reservation);
      expect(ask).toBeGreaterThan(reservation);
      expect((reservation - 30_000) * state.inventory).toBeLessThanOrEqual(0);
    }),
  );
});

test('a session never has less than a second left', () => {
  expect([sessionHorizon(90), sessionHorizon(0.2), sessionHorizon(-5)]).toEqual([90, 1, 1]);
});

test('shading takes e^(−η|q|/qMax) of the size, and nothing at η 0', () => {
  expect(shadedShare(5, 10, 0)).toBe(1);
  expect(shadedShare(-5, 10, 2)).toBeCloseTo(Math.exp(-1), 14);
  expect(shadedShare(5, 10, 2)).toBeCloseTo(Math.exp(-1), 14);
});
