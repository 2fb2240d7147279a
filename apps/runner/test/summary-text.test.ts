import { LATENCY_PROFILES } from '@kb/engine';
import type { RunSummary } from '@kb/engine';
import { micros } from '@kb/model';
import { expect, test } from 'vitest';
import { summaryText } from '../src/summary-text.ts';

const summary: RunSummary = {
  label: 'PAPER',
  symbols: ['BTC/USD'],
  strategies: [{ id: 'mm1', use: 'maker', symbol: 'BTC/USD' }],
  latency: { name: 'home', feed: 5_000, entry: 15_000, ack: 10_000 },
  fees: { maker: '0.0025', taker: '0.004' },
  feeTiers: {},
  reporting: 'USD',
  venueTime: { start: 1_000_000, end: 31_000_000 },
  events: 1204,
  orders: { placed: 12, amended: 30, cancelled: 2, open: 2, rejected: { 'post-only-would-take': 1 }, refused: {} },
  fills: { total: 3, maker: 3, taker: 0, buy: 2, sell: 1 },
  pessimisticFills: 2,
  optimisticFills: 4,
  ackSlack: { reports: 45, onTime: 1, p50: -9_000, p90: -8_000, p99: -2_000, max: -1_000 },
  queues: { 'BTC/USD': { centralRule: 'fingerprint', matchRate: 0.9912, uncertainShare: 0.002, hiddenVolume: 0 } },
  flags: [],
  position: { 'BTC/USD': 200_000 },
  equity: '20000.123456',
  pnl: {
    net: '-0.51',
    low: '-0.6',
    high: '0.12',
    trading: '0.45',
    fees: '0.96',
    inventory: '3.2',
    bracket: {
      net: { pessimistic: '-0.6', central: '-0.51', optimistic: '0.12' },
      trading: { pessimistic: '0.04', central: '0.45', optimistic: '1.4' },
      fees: { pessimistic: '0.64', central: '0.96', optimistic: '1.28' },
    },
  },
  impact: undefined,
  halted: undefined,
  strategyErrors: 0,
};
const frame = {
  mode: 'DEMO',
  grids: { 'BTC/USD': { pricePrecision: 1, qtyPrecision: 8 } },
  folder: 'runs/latest-demo',
} as const;

test('the summary labels its figures as simulated and gives P&L with both ends', () => {
  expect(summaryText(summary, frame)).toMatchInlineSnapshot(`
    "DEMO summary: every figure is simulated, nothing was sent to an exchange
      market     BTC/USD, 1 204 events over 30s of venue time
      strategy   maker "mm1" on BTC/USD
      latency    home: feed 5ms, order 15ms, answer 10ms
      fee tier   maker 0.25 %, taker 0.4 %
      orders     12 placed, 30 amended, 2 cancelled, 2 open, 1 rejected (post-only-would-take 1)
      fills      3 (3 maker, 0 taker; 2 bought, 1 sold); risk-averse 2, uniform 4 on the same orders
      position   +0.00200000 BTC
      fees       0.96 USD
      P&L        -0.51 USD [-0.60 … +0.12]  net of fees [every order at its worst … at its best, by queue model]
                 whole accounts: risk-averse -0.60, central -0.51, uniform +0.12
                 trading +0.45 before fees; starting balances +3.20 by being held
      fidelity   BTC/USD: queues by inferred orders (Q1), 99.1 % of cancels matched, places unknown 0.2 % of the time
                 100.0 % of answers known in time, 99 of 100 2ms early or more
      equity     20 000.12 USD
      run        runs/latest-demo
    "
  `);
});

test('a run whose market never became known says so', () => {
  const empty = { ...summary, venueTime: undefined, events: 0, equity: undefined, pnl: undefined };
  const text = summaryText(empty, { ...frame, folder: undefined });
  expect(text).toContain('never became known');
  expect(text).toContain('P&L        —');
  expect(text).not.toContain('undefined');
});

test('a latency that is faster than the feed is told, and what a profile of distributions is', () => {
  const latency = { name: 'eu-vps (assumed)', ...LATENCY_PROFILES['eu-vps'] };
  const ackSlack = { reports: 45, onTime: 0.911, p50: -9_000, p90: -100, p99: 30_000, max: 51_000 };
  const text = summaryText({ ...summary, latency, ackSlack, flags: ['latency-faster-than-feed'] }, frame);
  expect(text).toContain(
    '  latency    eu-vps (assumed): feed 8ms (p99 60ms), order 8ms (p99 60ms), answer 8ms (p99 60ms)\n',
  );
  expect(text).toContain(
    '             9 % of answers came later than that, by up to 51ms: on paper a result is known\n',
  );
});

test('how far fills can be trusted: by what places were known, own size, and answers that came late', () => {
  const pairs = { 'BTC/USD': { share: 0.013, orders: 0 } } as unknown as NonNullable<RunSummary['impact']>['pairs'];
  const impact = { pairs, charge: undefined, net: undefined } as NonNullable<RunSummary['impact']>;
  const queue = { centralRule: 'power-blend', matchRate: undefined, uncertainShare: 0.25, hiddenVolume: 0 } as const;
  const ackSlack = { reports: 45, onTime: 0.911, p50: -9_000, p90: -100, p99: 30_000, max: 51_000 };
  const text = summaryText({ ...summary, impact, queues: { 'BTC/USD': queue }, ackSlack }, frame);
  expect(text).toContain(
    '  fidelity   BTC/USD: queues by sizes of levels alone (Q3), places unknown 25.0 % of the time, own fills 1.3 % of what traded\n',
  );
  expect(text).toContain('             91.1 % of answers known in time, 99 of 100 at most 30ms late\n');
  const exact = { ...queue, centralRule: 'exact' } as const;
  expect(summaryText({ ...summary, queues: { X: exact } }, frame)).toContain('X: queues by single orders (Q0)');
  expect(summaryText({ ...summary, queues: {}, ackSlack: undefined }, frame)).not.toContain('fidelity');
});

test('a halt and strategy errors are not left out', () => {
  const text = summaryText({ ...summary, halted: 'kill switch', strategyErrors: 1 }, frame);
  expect(text).toContain('halted     kill switch');
  expect(text).toContain('1 strategy error');
});

test('fees by tier tell the rates that the volume has reached, and what could not be counted', () => {
  const fees = { startingVolume: '48000' };
  const tier = { maker: '0.0014', taker: '0.0024', volume: '50400.5', unpricedFills: 0 };
  const text = summaryText({ ...summary, fees, feeTiers: { 'BTC/USD': tier } }, frame);
  expect(text).toContain('  fee tier   BTC/USD maker 0.14 %, taker 0.24 % at 50 400.50 USD of 30 days\n');
  const lost = summaryText({ ...summary, fees, feeTiers: { 'BTC/USD': { ...tier, unpricedFills: 2 } } }, frame);
  expect(lost).toContain('of 30 days, 2 fills of no known value not counted\n');
  expect(summaryText({ ...summary, fees }, frame)).toContain('  fee tier   by tier from 48 000.00 USD of 30 days\n');
});

test('what the connection took is told beside what was assumed', () => {
  const leg = { p50: micros(9_000), p90: micros(20_000), p99: micros(61_000) };
  const measured = { pings: 24, feed: leg, entry: { ...leg, p50: micros(11_000) }, ack: leg };
  expect(summaryText(summary, { ...frame, measured })).toContain(
    '             measured on this connection: feed 9ms (p99 61ms), order 11ms (p99 61ms), answer 9ms (p99 61ms), by 24 pings\n',
  );
});
