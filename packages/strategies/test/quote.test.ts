import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { halfSpread, losesToFees, requoteDistance, skewedQuote, worstCase } from '../src/index.ts';
import { ceilToStep, floorToStep } from '../src/quote.ts';

const PARAMS = {
  baseSpreadBps: 15,
  inventorySkewFactor: 0.5,
  maxPositionUsd: 500,
  orderSizeUsd: 100,
  feeFloor: false,
  minEdgeBps: 1,
};
const FAIR = 30_000;

describe('the worked examples', () => {
  test.each([
    [-1, 29_988.75, 30_033.75, 1, 0],
    [-0.5, 29_983.125, 30_028.125, 1, 0.5],
    [0, 29_977.5, 30_022.5, 1, 1],
    [0.5, 29_971.875, 30_016.875, 0.5, 1],
    [1, 29_966.25, 30_011.25, 0, 1],
  ])('at inventory %f of the cap: %f / %f, sizes × %f and × %f', (share, bid, ask, bidFactor, askFactor) => {
    const quote = skewedQuote(PARAMS, FAIR, (share * 500) / FAIR, 0);
    expect(quote.inventoryShare).toBeCloseTo(share, 12);
    expect(quote.bid).toBeCloseTo(bid, 9);
    expect(quote.ask).toBeCloseTo(ask, 9);
    expect(quote.bidQty * FAIR).toBeCloseTo(100 * bidFactor, 9);
    expect(quote.askQty * FAIR).toBeCloseTo(100 * askFactor, 9);
  });

  test('round to 29 971.8 and 30 016.9 at +250 USD', () => {
    const quote = skewedQuote(PARAMS, FAIR, 250 / FAIR, 0);
    expect(floorToStep(quote.bid * 10, 1)).toBe(299_718);
    expect(ceilToStep(quote.ask * 10, 1)).toBe(300_169);
    expect([quote.bidQty * FAIR, quote.askQty * FAIR]).toEqual([50, 100]);
  });

  test('with the fee floor: 25.563 bp a side at 0.25 %, 33.05 bp in all at 0.16 %, 15 bp unchanged at nothing', () => {
    const floored = { ...PARAMS, feeFloor: true };
    expect((halfSpread(floored, 0.0025) * 1e4).toFixed(3)).toBe('25.563');
    expect((halfSpread(floored, 0.0025) * 2e4).toFixed(2)).toBe('51.13');
    expect((halfSpread(floored, 0.0016) * 2e4).toFixed(2)).toBe('33.05');
    expect((halfSpread(floored, 0) * 2e4).toFixed(2)).toBe('15.00');
    const quote = skewedQuote(floored, FAIR, 0, 0.0025);
    expect(quote.bid.toFixed(2)).toBe('29923.31');
    expect(quote.ask.toFixed(2)).toBe('30076.69');
  });

  test('a price is worth a message from 15.0 away', () => {
    expect(requoteDistance(5, FAIR)).toBe(15);
  });

  test('worst case of 0.01 held, 0.004 + 0.006 bid and 0.02 offered is 600 long and 300 short', () => {
    const worst = worstCase(0.01, 0.004 + 0.006, 0.02, FAIR);
    expect(worst.long).toBeCloseTo(600, 9);
    expect(worst.short).toBeCloseTo(-300, 9);
  });
});

describe('properties', () => {
  const params = fc.record({
    baseSpreadBps: fc.double({ min: 0, max: 200, noNaN: true }),
    inventorySkewFactor: fc.double({ min: 0, max: 1, noNaN: true }),
    maxPositionUsd: fc.double({ min: 1, max: 1e6, noNaN: true }),
    orderSizeUsd: fc.double({ min: 1, max: 1e5, noNaN: true }),
    feeFloor: fc.boolean(),
    minEdgeBps: fc.double({ min: 0, max: 50, noNaN: true }),
  });
  const fair = fc.double({ min: 1e-4, max: 1e6, noNaN: true });
  const inventory = fc.double({ min: -1e5, max: 1e5, noNaN: true });
  const fee = fc.double({ min: -0.001, max: 0.005, noNaN: true });

  test('neither quote crosses the fair value, and no size is negative or above the order size', () => {
    fc.assert(
      fc.property(params, fair, inventory, fee, (given, price, held, rate) => {
        const quote = skewedQuote(given, price, held, rate);
        const tolerance = price * 1e-12;
        expect(quote.bid).toBeLessThanOrEqual(price + tolerance);
        expect(quote.ask).toBeGreaterThanOrEqual(price - tolerance);
        for (const qty of [quote.bidQty, quote.askQty]) {
          expect(qty).toBeGreaterThanOrEqual(0);
          expect(qty * price).toBeLessThanOrEqual(given.orderSizeUsd * (1 + 1e-12));
        }
      }),
    );
  });

  test('with the fee floor no spread loses to fees', () => {
    fc.assert(
      fc.property(params, fee, (given, rate) => {
        expect(losesToFees({ ...given, feeFloor: true }, rate)).toBe(false);
      }),
    );
  });

  test('a rounded bid is never above the raw one, a rounded ask never below, and both are on the grid', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e9, noNaN: true }), fc.integer({ min: 1, max: 50 }), (value, step) => {
        const down = floorToStep(value, step);
        const up = ceilToStep(value, step);
        expect(down).toBeLessThanOrEqual(value * (1 + 1e-11));
        expect(up).toBeGreaterThanOrEqual(value * (1 - 1e-11));
        expect([down % step, up % step]).toEqual([0, 0]);
      }),
    );
  });

  test('a whole number of any size stays what it is', () => {
    for (const count of [1, 299_775, 5_000_000_000_001, Number.MAX_SAFE_INTEGER]) {
      expect([floorToStep(count, 1), ceilToStep(count, 1)]).toEqual([count, count]);
    }
  });

  test('the last bits of a double do not cost a tick', () => {
    expect(floorToStep(299_774.999_999_999_94, 1)).toBe(299_775);
    expect(ceilToStep(300_225.000_000_000_06, 1)).toBe(300_225);
    expect(floorToStep(299_774.999, 1)).toBe(299_774);
  });
});
