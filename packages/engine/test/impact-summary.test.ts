import { FeedCore } from '@kb/feed';
import type { PairImpact } from '@kb/paper-exec';
import { expect, test } from 'vitest';
import { impactSummary } from '../src/impact-summary.ts';
import { PaperSession } from '../src/index.ts';
import type { PaperSessionConfig, RunSummary } from '../src/index.ts';
import { Market } from './support/market.ts';
import { makerConfig, Outputs } from './support/outputs.ts';

function summaryOf(config: PaperSessionConfig): RunSummary {
  const { symbols, depth } = config;
  const core: FeedCore = new FeedCore({ symbols, depth, onEvent: (event) => session.onEvent(event) });
  const session = new PaperSession(config, core.market, new Outputs());
  for (const input of new Market({ seed: 4 }).inputs(2_000)) if (input.type === 'frame') core.handle(input);
  return session.finish();
}

function pairWith(charge: string | undefined, orders: number): PairImpact {
  return {
    share: 0.01,
    minutes: 1,
    suspectMinutes: 0,
    alarm: 0.1,
    orders,
    dailyVolatility: { value: 0.02, from: 'assumed' },
    dailyVolume: undefined,
    charge,
    chargeBps: undefined,
  };
}

test('a paper run tells what its size would have cost, and its P&L less that', () => {
  const { flags, impact, pnl } = summaryOf(makerConfig({ impact: { dailyVolume: { 'SOL/USD': '50000' } } }));
  const sol = impact?.pairs['SOL/USD'];
  expect(sol).toMatchObject({ alarm: 0.1, dailyVolume: { value: 50_000, from: 'given' } });
  expect(sol?.minutes).toBeGreaterThan(0);
  expect(Number(impact?.charge)).toBeGreaterThan(0);
  expect(Number(impact?.charge)).toBe(Number(sol?.charge));
  expect(Number(impact?.net)).toBeCloseTo(Number(pnl?.net) - Number(impact?.charge), 9);
  expect(flags.includes('large-share-of-volume')).toBe(Number(sol?.share) > 0.01);
});

test('the alarm is the one that was asked for', () => {
  const { flags, impact } = summaryOf(makerConfig({ impact: { alarm: '0.000001' } }));
  const sol = impact?.pairs['SOL/USD'];
  expect(sol?.suspectMinutes).toBe(sol?.minutes);
  expect(flags).toContain('impact-suspect');
});

test('a pair without fills needs no charge, one with fills does', () => {
  const charged = pairWith('0.1', 3);
  expect(impactSummary({ a: charged, b: pairWith(undefined, 0) }, '1')).toMatchObject({ charge: '0.1', net: '0.9' });
  expect(impactSummary({ a: charged, b: charged }, undefined)).toMatchObject({ charge: '0.2', net: undefined });
  const unknown = impactSummary({ a: pairWith(undefined, 1), b: charged }, '1');
  expect(unknown).toMatchObject({ charge: undefined, net: undefined });
});
