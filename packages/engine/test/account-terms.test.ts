import { FeedCore } from '@kb/feed';
import type { FillReport } from '@kb/model';
import { expect, test } from 'vitest';
import { PaperSession } from '../src/index.ts';
import type { PaperSessionConfig } from '../src/index.ts';
import { Market } from './support/market.ts';
import { makerConfig, Outputs } from './support/outputs.ts';

function run(config: PaperSessionConfig, steps = 2000): { session: PaperSession; output: Outputs } {
  const output = new Outputs();
  const { depth, symbols } = config;
  const core: FeedCore = new FeedCore({ symbols, depth, onEvent: (event) => session.onEvent(event) });
  const session = new PaperSession(config, core.market, output);
  for (const input of new Market({ seed: 7 }).inputs(steps)) if (input.type === 'frame') core.handle(input);
  return { session, output };
}

function fillsOf(output: Outputs): readonly FillReport[] {
  return output.records('report').flatMap(({ report }) => (report.type === 'fill' ? [report] : []));
}

test('fees by tier fall as the run trades, and the ledger books what the venue charged', () => {
  const schedule = [
    { from: '0', maker: '0.0004', taker: '0.001' },
    { from: '50000', maker: '0.0002', taker: '0.0005' },
  ];
  const { session, output } = run(makerConfig({ fees: { startingVolume: '49000', schedule } }));
  const fills = fillsOf(output);
  const tiers = fills.map(({ tierBps }) => tierBps);
  const fall = tiers.indexOf(2);
  expect(new Set(tiers.slice(0, fall))).toEqual(new Set([4]));
  expect(new Set(tiers.slice(fall))).toEqual(new Set([2]));

  const { feeTiers, fees, pnl } = session.finish();
  const charged = fills.reduce((sum, { fee }) => sum + Number(fee), 0);
  expect(Number(pnl?.fees)).toBeCloseTo(charged, 9);
  expect(fees).toEqual({ startingVolume: '49000', schedule });
  const { volume, ...rates } = feeTiers['SOL/USD']!;
  expect(rates).toEqual({ maker: '0.0002', taker: '0.0005', unpricedFills: 0 });
  const traded = fills.reduce((sum, { price, size }) => sum + (price / 100) * (size / 1e8), 0);
  expect(Number(volume)).toBeCloseTo(49_000 + traded, 4);
});

test('a strategy is told the rates of the tier that its fills have reached', () => {
  const dear = { from: '0', maker: '0.01', taker: '0.01' };
  const cheap = { from: '49500', maker: '0', taker: '0.0005' };
  const { output } = run(makerConfig({ fees: { startingVolume: '49000', schedule: [dear, cheap] } }));
  const said = output.records('explain').filter(({ side }) => side === undefined);
  expect(said.map(({ reason }) => reason)).toEqual(['FEE_GATE', 'FEES_COVERED']);
  const first = output.records('report').find(({ report }) => report.type === 'fill');
  expect(said[1]!.on).toBeGreaterThanOrEqual(first!.on);
});

test('with a tier in the limits the venue counts by it, and refuses what risk lets through: orders that reduce', () => {
  const config = makerConfig();
  expect(run(config).session.summary().orders).toMatchObject({ refused: {}, rejected: {} });
  const { session, output } = run({ ...config, limits: { ...config.limits, venueTier: 'starter' } });
  expect(session.summary().orders.refused['RATE_LIMIT']).toBeGreaterThan(0);
  const limited = output.records('report').flatMap(({ report }) => {
    return 'reason' in report && report.reason === 'rate-limit' ? [report] : [];
  });
  expect(limited.length).toBeGreaterThan(0);
  for (const report of limited) {
    expect(report).toMatchObject({ type: 'amend-rejected', text: expect.stringContaining('are more than 60') });
  }
});
