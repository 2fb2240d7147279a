import { micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { RiskEngine } from '../src/index.ts';
import type { PlainFacts, PlainOrder, RiskLimits } from '../src/index.ts';
import { BTC, codeOf, WIDE } from './harness.ts';

const LIMITS: RiskLimits = { ...WIDE, maxOrderNotional: { USD: '600' }, maxPosition: { 'BTC/USD': '0.06' } };
const FACTS: PlainFacts = {
  instrument: BTC,
  now: micros(1_000_000),
  position: '0.03',
  openOrders: [{ side: 'buy', price: '29900.0', qty: '0.02' }],
  mark: '30000.05',
  dataLive: true,
  bookTs: micros(1_000_000),
};

function ask(order: PlainOrder, change: Partial<PlainFacts> = {}): string {
  const decision = new RiskEngine(LIMITS).checkOrder(order, { ...FACTS, ...change });
  return decision.ok ? 'ok' : decision.code;
}

describe('orders in decimal text', () => {
  test.each<[string, PlainOrder, string]>([
    ['within all limits', { side: 'buy', price: '29950.0', qty: '0.01' }, 'ok'],
    ['past the position limit', { side: 'buy', price: '29950.0', qty: '0.01000001' }, 'POSITION_LIMIT'],
    ['past the order limit', { side: 'sell', price: '30000.0', qty: '0.05' }, 'ORDER_LIMIT'],
    ['reducing', { side: 'sell', price: '30000.0', qty: '0.03' }, 'ok'],
    ['at market', { side: 'sell', qty: '0.03' }, 'ok'],
    ['between ticks', { side: 'buy', price: '29950.05', qty: '0.01' }, 'PRECISION'],
    ['between lots', { side: 'buy', price: '29950.0', qty: '0.000000001' }, 'PRECISION'],
    ['as numbers, as ccxt has them', { side: 'buy', price: 29950.1, qty: 0.01 }, 'ok'],
    ['in numbers with an exponent', { side: 'buy', price: 3e4, qty: 1e-7 }, 'MIN_SIZE'],
  ])('%s', (_what, order, expected) => {
    expect(ask(order)).toBe(expected);
  });

  test('a mark between half ticks is rounded up', () => {
    const order = { side: 'buy', qty: '0.02' } as const;
    const flat = { position: '0', openOrders: [], mark: '30000.001' };
    expect(new RiskEngine(LIMITS).checkOrder(order, { ...FACTS, ...flat })).toMatchObject({ wouldBe: '600.001' });
  });

  test('a position finer than a lot counts as it is', () => {
    const limits = { ...WIDE, maxPosition: { 'BTC/USD': '0.04' } };
    const order = { side: 'buy', price: '30000.0', qty: '0.01' } as const;
    const say = (position: string): boolean =>
      new RiskEngine(limits).checkOrder(order, { ...FACTS, openOrders: [], position }).ok;
    expect([say('0.03'), say('0.0300000001'), say('0.0299999999')]).toEqual([true, false, true]);
    const capped = { ...WIDE, maxPosition: {}, maxPositionNotional: { USD: '1200.002' } };
    const sayCapped = (position: string): boolean =>
      new RiskEngine(capped).checkOrder(order, { ...FACTS, openOrders: [], position }).ok;
    expect([sayCapped('0.03'), sayCapped('0.0300000001')]).toEqual([true, false]);
  });

  test('no mark, no live data, no book: no new risk', () => {
    const order = { side: 'buy', price: '29950.0', qty: '0.01' } as const;
    expect(ask(order, { mark: undefined })).toBe('NO_PRICE');
    expect(ask(order, { dataLive: false })).toBe('STALE_BOOK');
    expect(ask(order, { bookTs: undefined })).toBe('STALE_BOOK');
  });

  test('an emergency flatten passes a halt', () => {
    const risk = new RiskEngine(LIMITS);
    risk.kill('operator');
    const order = { side: 'sell', qty: '0.03' } as const;
    expect(risk.checkOrder(order, FACTS).ok).toBe(false);
    expect(risk.checkOrder(order, { ...FACTS, emergency: true }).ok).toBe(true);
  });
});

describe('what cannot be read throws', () => {
  test.each<[string, PlainOrder, Partial<PlainFacts>]>([
    ['a price in words', { side: 'buy', price: 'low', qty: '1' }, {}],
    ['a quantity that is no number', { side: 'buy', price: '1', qty: Number.NaN }, {}],
    ['a quantity beyond 2^53', { side: 'buy', price: '1', qty: '99999999999' }, {}],
    ['a side that is none', { side: 'BUY' as 'buy', price: '1', qty: '1' }, {}],
    ['a position in words', { side: 'buy', price: '1', qty: '1' }, { position: 'long' }],
    ['a mark that is no number', { side: 'buy', price: '1', qty: '1' }, { mark: Infinity }],
    [
      'an open order off the grid',
      { side: 'buy', price: '1', qty: '1' },
      { openOrders: [{ side: 'buy', qty: '1e-9' }] },
    ],
  ])('%s', (_what, order, facts) => {
    expect(codeOf(() => ask(order, facts))).toBe('KB_RISK_BAD_ORDER');
  });
});
