import { micros } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RiskEngine } from '../src/index.ts';
import type { RiskLimits } from '../src/index.ts';
import { amend, context, open, place, WIDE } from './harness.ts';

const TWO_A_SECOND: RiskLimits = {
  ...WIDE,
  ordersPerSecond: 2,
  ordersPerMinute: 30,
  reservedPerSecond: 0,
  reservedPerMinute: 0,
};

/** Asks for an order at each time (ms); a position to reduce makes it a reducing one. */
function answers(risk: RiskEngine, times: readonly number[], reducing = false): string[] {
  return times.map((ms) => {
    const now = micros(ms * 1000);
    const decision = risk.check(place('sell', 0.01), context({ now, bookTs: now, position: reducing ? 1_000_000 : 0 }));
    return decision.ok ? 'ok' : decision.code === 'RATE_LIMIT' ? 'deny' : decision.code;
  });
}

test('the vector of the reference (8.5): an order exactly a second old has left the window', () => {
  const times = [0, 100, 200, 999, 1000, 1100, 1101];
  expect(answers(new RiskEngine(TWO_A_SECOND), times)).toEqual(['ok', 'ok', 'deny', 'deny', 'ok', 'ok', 'deny']);
});

test('a minute has its own limit', () => {
  const times = Array.from({ length: 31 }, (_, index) => index * 1900); // 31 orders in 57 s
  const said = answers(new RiskEngine(TWO_A_SECOND), times);
  expect(said.filter((answer) => answer === 'ok')).toHaveLength(30);
  expect(said.at(-1)).toBe('deny');
  const risk = new RiskEngine(TWO_A_SECOND);
  answers(risk, times);
  expect(answers(risk, [59_999, 60_000])).toEqual(['deny', 'ok']);
});

test('by default one a second and six a minute are kept for what reduces', () => {
  const risk = new RiskEngine({ ...WIDE, ordersPerSecond: 2, ordersPerMinute: 30 });
  expect(answers(risk, [0, 1])).toEqual(['ok', 'deny']);
  expect(answers(risk, [2, 3], true)).toEqual(['ok', 'deny']);
  expect(answers(risk, [1000])).toEqual(['ok']);

  const busy = new RiskEngine({ ...WIDE, ordersPerSecond: 2, ordersPerMinute: 30 });
  const quoter = answers(
    busy,
    Array.from({ length: 50 }, (_, index) => index * 1000),
  );
  expect(quoter.filter((answer) => answer === 'ok')).toHaveLength(24);
  const stops = answers(busy, [50_000, 51_000, 52_000, 53_000, 54_000, 55_000, 56_000], true);
  expect(stops).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'deny']);
});

test('an unused reserve is not lost to reducing orders that came first', () => {
  const risk = new RiskEngine({ ...WIDE, ordersPerSecond: 2, ordersPerMinute: 30 });
  expect(answers(risk, [0], true)).toEqual(['ok']);
  expect(answers(risk, [1])).toEqual(['ok']);
  expect(answers(risk, [2], true)).toEqual(['deny']);
});

describe('what counts', () => {
  const tight: RiskLimits = { ...WIDE, ordersPerSecond: 1, ordersPerMinute: 30 };

  test('amends count when they add size, not when they move or shrink', () => {
    const risk = new RiskEngine(tight);
    const facts = context({ openOrders: [open('a', 'buy', 0.02)] });
    for (let i = 0; i < 10; i += 1) {
      expect(risk.check(amend('a', { price: 299_000 + i }), facts).ok).toBe(true);
      expect(risk.check(amend('a', { coins: 0.01 }), facts).ok).toBe(true);
    }
    expect(risk.check(amend('a', { coins: 0.021 }), facts).ok).toBe(true);
    expect(risk.check(amend('a', { coins: 0.021 }), facts)).toMatchObject({
      code: 'RATE_LIMIT',
      limit: '1',
      wouldBe: '2',
    });
    expect(risk.check(place('buy', 0.01), facts)).toMatchObject({ code: 'RATE_LIMIT' });
  });

  test('refused orders and cancels do not', () => {
    const risk = new RiskEngine(tight);
    const cancel = { ...amend('a', {}), type: 'cancel' } as const;
    for (let i = 0; i < 10; i += 1) {
      expect(risk.check(place('buy', 0.000_001), context()).ok).toBe(false);
      expect(risk.check(cancel, context()).ok).toBe(true);
    }
    expect(answers(risk, [1000])).toEqual(['ok']);
    expect(risk.check(cancel, context()).ok).toBe(true);
  });
});

test('a time that runs back counts as the latest one', () => {
  const risk = new RiskEngine(TWO_A_SECOND);
  expect(answers(risk, [5000, 4000, 4001, 5999, 6000])).toEqual(['ok', 'ok', 'deny', 'deny', 'ok']);
});

test('for any times, a reserve or none: the same answers as counting a plain list', () => {
  const orders = fc.array(fc.tuple(fc.nat({ max: 1500 }), fc.boolean()), { maxLength: 120 });
  const limits = fc.record({
    ordersPerSecond: fc.integer({ min: 1, max: 4 }),
    ordersPerMinute: fc.integer({ min: 1, max: 12 }),
    reserve: fc.boolean(),
  });
  fc.assert(
    fc.property(orders, limits, (list, { ordersPerSecond, ordersPerMinute, reserve }) => {
      const kept = reserve ? {} : { reservedPerSecond: 0, reservedPerMinute: 0 };
      const risk = new RiskEngine({ ...WIDE, ordersPerSecond, ordersPerMinute, ...kept });
      const { reservedPerSecond, reservedPerMinute } = risk.limits;
      const sent: { at: number; reducing: boolean }[] = [];
      let now = 0;
      for (const [gap, reducing] of list) {
        now += gap;
        const allowed = [
          [1000, ordersPerSecond, reservedPerSecond] as const,
          [60_000, ordersPerMinute, reservedPerMinute] as const,
        ].every(([length, limit, reserved]) => {
          const inside = sent.filter(({ at }) => at > now - length);
          const ordinary = inside.filter((order) => !order.reducing).length;
          return inside.length < limit && (reducing || ordinary < limit - reserved);
        });
        expect(answers(risk, [now], reducing)).toEqual([allowed ? 'ok' : 'deny']);
        if (allowed) sent.push({ at: now, reducing });
      }
    }),
    { seed: 20_261_102, numRuns: 100 },
  );
});
