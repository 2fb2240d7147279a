import { micros } from '@kb/model';
import type { CancelIntent, Micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { RiskEngine } from '../src/index.ts';
import { amend, context, open, place, WIDE } from './harness.ts';

const seconds = (count: number): Micros => micros(count * 1_000_000);
const at = (count: number): { now: Micros; bookTs: Micros } => ({ now: seconds(count), bookTs: seconds(count) });

function cancel(clientOrderId: string): CancelIntent {
  return { type: 'cancel', strategyId: 's', reason: 'test', confidence: 1, symbol: 'BTC/USD', clientOrderId };
}

describe("the venue's counter", () => {
  test('refuses what the venue would refuse, until it has decayed', () => {
    const risk = new RiskEngine({ ...WIDE, venueTier: 'starter' });
    for (let index = 0; index < 60; index += 1) {
      expect(risk.check(place('buy', 0.001), context(at(1))).ok).toBe(true);
    }
    expect(risk.check(place('buy', 0.001), context(at(1)))).toMatchObject({
      code: 'RATE_LIMIT',
      limit: '60',
      wouldBe: '61',
      text: "the venue's counter would be at 61, above 60",
    });
    expect(risk.check(place('buy', 0.001), context(at(2))).ok).toBe(true);
  });

  test('counts amends and cancels of young orders, which always pass', () => {
    const risk = new RiskEngine({ ...WIDE, venueTier: 'starter' });
    const order = open('a', 'buy', 0.001, { sentAt: seconds(1) });
    const openOrders = [order];
    for (let index = 0; index < 7; index += 1) risk.check(cancel('a'), context({ ...at(1), openOrders })); // 56
    expect(risk.failures(amend('a', { price: 299_000 }), context({ ...at(1), openOrders }))).toEqual([]); // 60
    risk.check(place('buy', 0.001), context(at(1)));
    expect(risk.failures(amend('a', { price: 299_000 }), context({ ...at(1), openOrders }))).toMatchObject([
      { code: 'RATE_LIMIT', wouldBe: '61' },
    ]);
    expect(risk.check(cancel('a'), context({ ...at(1), openOrders })).ok).toBe(true);
  });

  test('lets orders that reduce exposure try', () => {
    const risk = new RiskEngine({ ...WIDE, venueTier: 'starter' });
    for (let index = 0; index < 60; index += 1) risk.check(place('buy', 0.001), context(at(1)));
    expect(risk.check(place('sell', 0.001), context({ ...at(1), position: 1_000_000 })).ok).toBe(true);
  });

  test('is not looked at without a tier, and a tier must be one', () => {
    const risk = new RiskEngine(WIDE);
    for (let index = 0; index < 200; index += 1) {
      expect(risk.check(place('buy', 0.001), context(at(1))).ok).toBe(true);
    }
    expect(() => new RiskEngine({ ...WIDE, venueTier: 'expert' as 'pro' })).toThrow('venueTier');
  });
});
