import { describe, expect, test } from 'vitest';
import { RiskEngine, RiskError } from '../src/index.ts';
import type { RiskLimits } from '../src/index.ts';
import { codeOf, WIDE } from './harness.ts';

function problemsOf(limits: unknown): string[] {
  try {
    new RiskEngine(limits as RiskLimits);
  } catch (error) {
    if (!(error instanceof RiskError) || error.code !== 'KB_RISK_BAD_LIMITS') throw error;
    return error.problems.map(({ path }) => path);
  }
  return [];
}

test('defaults are those of the reference', () => {
  expect(new RiskEngine({ maxOrderNotional: { USD: '500' } }).limits).toEqual({
    maxOrderNotional: { USD: '500' },
    maxPositionNotional: {},
    maxPosition: {},
    ordersPerSecond: 2,
    ordersPerMinute: 30,
    reservedPerSecond: 1,
    reservedPerMinute: 6,
    maxBookAgeMs: 1000,
  });
});

test('a small budget keeps a smaller reserve', () => {
  const { limits } = new RiskEngine({ ...WIDE, ordersPerSecond: 1, ordersPerMinute: 3 });
  expect([limits.reservedPerSecond, limits.reservedPerMinute]).toEqual([0, 2]);
});

describe('every problem is named at once', () => {
  test('amounts', () => {
    const limits = {
      maxOrderNotional: { USD: 500, EUR: '-1', GBP: '0.00', JPY: '1e5', CHF: '1' },
      maxPositionNotional: ['500'],
      maxPosition: { 'BTC/USD': 'half' },
    };
    expect(problemsOf(limits)).toEqual([
      'maxOrderNotional.USD',
      'maxOrderNotional.EUR',
      'maxOrderNotional.GBP',
      'maxOrderNotional.JPY',
      'maxPositionNotional',
      'maxPosition.BTC/USD',
    ]);
  });

  test('counts', () => {
    const limits = { ...WIDE, ordersPerSecond: 0, ordersPerMinute: 1.5, reservedPerMinute: -1, maxBookAgeMs: Infinity };
    const names = ['ordersPerSecond', 'ordersPerMinute', 'reservedPerSecond', 'reservedPerMinute', 'maxBookAgeMs'];
    expect(problemsOf(limits)).toEqual(names);
  });

  test('a reserve must leave something', () => {
    expect(problemsOf({ ...WIDE, ordersPerSecond: 2, reservedPerSecond: 2 })).toEqual(['reservedPerSecond']);
  });

  test('a misspelt name, which would limit nothing', () => {
    expect(problemsOf({ ...WIDE, maxOrderNotinal: { USD: '5' } })).toEqual(['maxOrderNotinal']);
  });

  test('a limit that is missing', () => {
    expect(problemsOf({})).toEqual(['maxOrderNotional']);
  });

  test('limits that are none', () => {
    expect(codeOf(() => new RiskEngine(undefined as unknown as RiskLimits))).toBe('KB_RISK_BAD_LIMITS');
    expect(codeOf(() => new RiskEngine(null as unknown as RiskLimits))).toBe('KB_RISK_BAD_LIMITS');
  });
});

test('the message says what was expected and found', () => {
  const make = (): RiskEngine => new RiskEngine({ maxOrderNotional: { USD: '-5' }, ordersPerSecond: 2.5 });
  expect(make).toThrow('maxOrderNotional.USD: expected decimal text above zero, was "-5"; ordersPerSecond: expected');
});

test('limits are copied: changing the configuration later changes nothing', () => {
  const config = { maxOrderNotional: { USD: '500' } };
  const risk = new RiskEngine(config);
  config.maxOrderNotional.USD = '9000';
  expect(risk.limits.maxOrderNotional).toEqual({ USD: '500' });
});
