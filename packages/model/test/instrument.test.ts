import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INSTRUMENT_STATUSES, instrument, lotsToQty, priceToTicks, qtyToLots, ticksToPrice } from '../src/index.ts';
import type { InstrumentSpec } from '../src/index.ts';
import { codeOf } from './harness.ts';

const SPEC: InstrumentSpec = { symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8 };

test('an instrument comes from decimal text', () => {
  const spec = { ...SPEC, tickSize: '0.5', lotSize: '0.00000010', minQty: '0.00005', minCost: '0.5' };
  expect(instrument({ ...spec, costPrecision: 4, status: 'post_only' })).toEqual({
    symbol: 'BTC/USD',
    base: 'BTC',
    quote: 'USD',
    status: 'post_only',
    pricePrecision: 1,
    qtyPrecision: 8,
    tickSize: 5,
    lotSize: 10,
    minQty: 5000,
    minCost: '0.5',
    costPrecision: 4,
  });
});

test('what is left out is one step of the precision, online, without a smallest cost', () => {
  expect(instrument(SPEC)).toMatchObject({
    tickSize: 1,
    lotSize: 1,
    minQty: 1,
    minCost: '0',
    costPrecision: 5,
    status: 'online',
  });
});

test('every status of Kraken is known', () => {
  expect(INSTRUMENT_STATUSES).toHaveLength(8);
});

describe('a specification that makes no sense is refused', () => {
  test.each<[string, Partial<InstrumentSpec>, string]>([
    ['a symbol without a quote', { symbol: 'BTCUSD' }, 'KB_MODEL_BAD_INSTRUMENT'],
    ['an empty side', { symbol: '/USD' }, 'KB_MODEL_BAD_INSTRUMENT'],
    ['a symbol in three parts', { symbol: 'BTC/USD/X' }, 'KB_MODEL_BAD_INSTRUMENT'],
    ['a fractional precision', { pricePrecision: 1.5 }, 'KB_MODEL_BAD_INSTRUMENT'],
    ['a negative precision', { qtyPrecision: -1 }, 'KB_MODEL_BAD_INSTRUMENT'],
    ['too high a precision', { qtyPrecision: 16 }, 'KB_MODEL_BAD_INSTRUMENT'],
    ['a cost precision that is no number', { costPrecision: Number.NaN }, 'KB_MODEL_BAD_INSTRUMENT'],
    ['a tick size of zero', { tickSize: '0.0' }, 'KB_MODEL_BAD_INSTRUMENT'],
    ['a negative lot size', { lotSize: '-1' }, 'KB_MODEL_BAD_INSTRUMENT'],
    ['a negative smallest quantity', { minQty: '-1' }, 'KB_MODEL_BAD_INSTRUMENT'],
    ['a smallest cost in words', { minCost: 'much' }, 'KB_MODEL_BAD_INSTRUMENT'],
    ['a negative smallest cost', { minCost: '-0.5' }, 'KB_MODEL_BAD_INSTRUMENT'],
    ['a tick size finer than the precision', { tickSize: '0.05' }, 'KB_MODEL_OFF_GRID'],
    ['a smallest quantity in words', { minQty: 'some' }, 'KB_MODEL_NOT_A_DECIMAL'],
  ])('%s', (_what, change, code) => {
    expect(codeOf(() => instrument({ ...SPEC, ...change }))).toBe(code);
  });
});

test('text to ticks or lots to text is the identity at precisions 0 to 10', () => {
  const precision = fc.integer({ min: 0, max: 10 });
  fc.assert(
    fc.property(precision, precision, fc.maxSafeInteger(), (pricePrecision, qtyPrecision, count) => {
      const grid = { pricePrecision, qtyPrecision };
      const price = ticksToPrice(grid, priceToTicks(grid, ticksToPrice(grid, count as never)));
      expect(price).toBe(ticksToPrice(grid, count as never));
      expect(priceToTicks(grid, price)).toBe(count === 0 ? 0 : count);
      const qty = lotsToQty(grid, count as never);
      expect(qtyToLots(grid, qty)).toBe(count === 0 ? 0 : count);
      expect(qty.split('.')[1]?.length ?? 0).toBe(qtyPrecision);
    }),
    { seed: 20_261_112, numRuns: 1000 },
  );
});
