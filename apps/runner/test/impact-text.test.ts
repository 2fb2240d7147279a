import type { PairImpact, RunSummary } from '@kb/engine';
import { expect, test } from 'vitest';
import { impactLines } from '../src/impact-text.ts';

const btc: PairImpact = {
  share: 0.00842,
  minutes: 7,
  suspectMinutes: 2,
  alarm: 0.1,
  orders: 3,
  dailyVolatility: { value: 0.02, from: 'assumed' },
  dailyVolume: { value: 1_543.21, from: 'estimated' },
  charge: '0.04219',
  chargeBps: 1.2345,
};

function linesOf(
  pairs: Record<string, PairImpact>,
  more: Partial<RunSummary> = {},
  charge?: string,
): readonly string[] {
  const net = charge === undefined ? undefined : '-0.57';
  const summary = { flags: [], reporting: 'USD', impact: { pairs, charge, net }, ...more };
  return impactLines(summary as unknown as RunSummary); // the rest of it is told elsewhere
}

test('says what own size costs, how large it was, and by what kind of day', () => {
  expect(linesOf({ 'BTC/USD': btc }, {}, '0.04219')).toEqual([
    '0.0422 USD would have been lost by moving the market: P&L after it -0.57 USD',
    'BTC/USD: fills were 0.84 % of what traded; 2 of 7 minutes with fills were suspect, above 10 %',
    'BTC/USD: 1.23 bps of own turnover, by a day of 1 543 BTC (estimated) and 2 % of volatility (assumed)',
  ]);
});

test('warns of a result that is worth nothing without the charge', () => {
  const lines = linesOf({ 'BTC/USD': btc }, { flags: ['large-share-of-volume'] }, '1');
  expect(lines.at(-1)).toBe('more than 1 % of what traded: without that charge the P&L is not realistic');
});

test('says why there is no charge, and nothing at all where nothing was filled', () => {
  const unknown = { ...btc, share: undefined, dailyVolume: undefined, charge: undefined, chargeBps: undefined };
  expect(linesOf({ 'BTC/USD': unknown })).toEqual([
    'not charged: too little was seen of the market to tell what a day of it is like',
    'BTC/USD: nobody told what traded, so own size is compared with nothing',
  ]);
  expect(linesOf({ 'BTC/USD': { ...btc, orders: 0 } }, {}, '0')).toEqual([]);
  expect(linesOf({}, { impact: undefined })).toEqual([]);
});
