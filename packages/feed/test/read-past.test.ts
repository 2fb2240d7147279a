import { lots, ticks } from '@kb/model';
import { describe, expect, test } from 'vitest';
import type { PastBar, PastTrade } from '../src/backfill/past-market.ts';
import { readBar, readTrade } from '../src/backfill/read-past.ts';
import { row, START } from './backfill-stage.ts';

describe('what REST tells', () => {
  const grid = { pricePrecision: 1, qtyPrecision: 8 };
  const trade: PastTrade = { tradeId: 7, venueTs: START, price: '60000.10000', size: '0.5', side: 'sell' };

  test('is read in ticks and lots', () => {
    expect(readTrade(trade, grid)).toEqual({
      tradeId: 7,
      venueTs: START,
      price: ticks(600_001),
      size: lots(50_000_000),
      taker: 'sell',
    });
    expect(readBar({ ...row(0), vwap: '60000.06', volume: '200000000.00000001' }, grid)).toMatchObject({
      open: 600_000,
      // More lots than a double can count, and a vwap finer than a tick.
      volume: '20000000000000001',
      turnover: String((6_000_006n * 20_000_000_000_000_001n + 5n) / 10n),
    });
  });

  test.each<Partial<PastTrade>>([
    { price: '60000.15' },
    { size: '0.000000001' },
    { price: '0' },
    { size: '0.0' },
    { price: 'x' },
  ])('is refused where a trade has %o', (change) => {
    expect(readTrade({ ...trade, ...change }, grid)).toBeUndefined();
  });

  test.each<Partial<PastBar>>([
    { open: '60000.15' },
    { low: '60000.1' },
    { high: '59999.9' },
    { volume: '0.000000001' },
    { volume: '0' },
    { trades: 0 },
    { vwap: 'NaN' },
    { volume: '1e400' },
  ])('is refused where a bar has %o', (change) => {
    expect(readBar({ ...row(0), ...change }, grid)).toBeUndefined();
  });
});
