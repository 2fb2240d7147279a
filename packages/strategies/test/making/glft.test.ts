import { describe, expect, test } from 'vitest';
import { glftQuote, glftTerms } from '../../src/index.ts';

const TICKS_EXAMPLE = { riskAversion: 0.05, intensity: 0.5, decay: 0.3, volatility: 1.2, fee: 0 };

describe('the worked examples', () => {
  test('c1 3.083014, c2 0.700226, half 3.503149, skew 0.840271', () => {
    const terms = glftTerms(TICKS_EXAMPLE);
    expect(terms.c1).toBeCloseTo(3.083014, 6);
    expect(terms.c2).toBeCloseTo(0.700226, 6);
    expect(terms.half).toBeCloseTo(3.503149, 6);
    expect(terms.skew).toBeCloseTo(0.840271, 6);
  });

  test.each([
    [3, 6.023962, 0.982336],
    [-2, 1.822607, 5.183691],
  ])('with %d lots the bid is %d ticks away and the ask %d', (inventory, bidDistance, askDistance) => {
    const quote = glftQuote(glftTerms(TICKS_EXAMPLE), 1000, inventory, 10, 999, 1001);
    expect(1000 - (quote.bid ?? 0)).toBeCloseTo(bidDistance, 6);
    expect((quote.ask ?? 0) - 1000).toBeCloseTo(askDistance, 6);
  });

  test('a fee of two ticks: half 5.650137, skew 1.134247', () => {
    const terms = glftTerms({ ...TICKS_EXAMPLE, fee: 2 });
    expect(terms.half).toBeCloseTo(5.650137, 6);
    expect(terms.skew).toBeCloseTo(1.134247, 6);
  });
});

test.each([1e-8, 1e-12])('at a risk aversion of %d, c2 is √(γe/(2Aκ)) and c1 is 1/κ', (riskAversion) => {
  const terms = glftTerms({ ...TICKS_EXAMPLE, riskAversion });
  expect(terms.c2 / Math.sqrt((riskAversion * Math.E) / (2 * 0.5 * 0.3))).toBeCloseTo(1, 7);
  expect(terms.c1).toBeCloseTo(1 / 0.3, 6);
});

test('without risk aversion there is no skew, and nothing that is no number', () => {
  expect(glftTerms({ ...TICKS_EXAMPLE, riskAversion: 0 })).toEqual({ c1: 1 / 0.3, c2: 0, half: 1 / 0.3, skew: 0 });
});

test('a side is off from the cap on, the other stays', () => {
  const terms = glftTerms(TICKS_EXAMPLE);
  expect(glftQuote(terms, 1000, 3, 3, 999, 1001).bid).toBeUndefined();
  expect(glftQuote(terms, 1000, 3, 3, 999, 1001).ask).toBeGreaterThan(1000);
  expect(glftQuote(terms, 1000, -4, 3, 999, 1001).ask).toBeUndefined();
  expect(glftQuote(terms, 1000, 2.9, 3, 999, 1001).bid).toBeLessThan(1000);
});

test('a distance below zero joins the best price of its side', () => {
  const terms = glftTerms(TICKS_EXAMPLE);
  expect(glftQuote(terms, 1000, 5, 10, 999, 1001)).toEqual({ bid: 1000 - (terms.half + terms.skew * 5), ask: 1001 });
  expect(glftQuote(terms, 1000, -5, 10, 999, 1001).bid).toBe(999);
});
