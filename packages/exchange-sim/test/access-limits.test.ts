import { micros } from '@kb/model';
import type { Micros } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConnectionLimit, OrderCounter, restCost, RestCounter, tradingCost } from '../src/access/rate-counters.ts';
import type { TradingCall } from '../src/access/rate-counters.ts';

const at = (seconds: number): Micros => micros(Math.round(seconds * 1e6));
const seconds = (age: number): number => age * 1e6;

describe('RestCounter', () => {
  test('most calls cost 1, histories 2, trading calls nothing here', () => {
    const costs = (...methods: string[]): number[] => methods.map(restCost);
    expect(costs('Balance', 'OpenOrders', 'QueryOrders', 'GetWebSocketsToken', 'TradeVolume')).toEqual([1, 1, 1, 1, 1]);
    expect(costs('Ledgers', 'QueryLedgers', 'TradesHistory', 'ClosedOrders')).toEqual([2, 2, 2, 2]);
    expect(costs('AddOrder', 'AddOrderBatch', 'AmendOrder', 'EditOrder')).toEqual([0, 0, 0, 0]);
    expect(costs('CancelOrder', 'CancelOrderBatch', 'CancelAll', 'CancelAllOrdersAfter')).toEqual([0, 0, 0, 0]);
  });

  test.each([
    ['starter', 15, 0.33],
    ['intermediate', 20, 0.5],
    ['pro', 20, 1],
  ] as const)('%s: at most %i, falling by %d a second', (tier, most, decay) => {
    const counter = new RestCounter(tier);
    for (let call = 0; call < most; call += 1) expect(counter.charge('Balance', at(0))).toBeUndefined();
    expect(counter.value(at(0))).toBe(most);
    expect(counter.charge('Balance', at(0))).toBe('EAPI:Rate limit exceeded');
    expect(counter.charge('AddOrder', at(0))).toBeUndefined();
    expect(counter.value(at(3))).toBeCloseTo(most - 3 * decay, 10);
    const freeAt = 1 / decay;
    expect(counter.charge('Balance', at(3))).toBe(3 >= freeAt ? undefined : 'EAPI:Rate limit exceeded');
    expect(counter.value(at(3600))).toBe(0);
  });

  test('a refused call costs nothing, so that waiting helps', () => {
    const counter = new RestCounter('intermediate');
    for (let call = 0; call < 10; call += 1) counter.charge('Ledgers', at(0));
    for (let call = 0; call < 50; call += 1)
      expect(counter.charge('Balance', at(1.9))).toBe('EAPI:Rate limit exceeded');
    expect(counter.charge('Balance', at(2))).toBeUndefined();
  });
});

describe('OrderCounter', () => {
  test('thresholds and numbers of open orders go by tier', () => {
    const limits = (['starter', 'intermediate', 'pro'] as const).map((tier) => {
      const { most, mostOpenOrders } = new OrderCounter(tier);
      return [most, mostOpenOrders];
    });
    expect(limits).toEqual([
      [60, 60],
      [125, 80],
      [180, 225],
    ]);
  });

  test.each([
    ['amend', [4, 3, 2, 1, 1, 1, 1]],
    ['edit', [7, 6, 5, 3, 2, 1, 1]],
    ['cancel', [8, 6, 5, 4, 2, 1, 0]],
    ['batch-cancel', [8, 6, 5, 4, 2, 1, 0]],
  ] as const)('%s costs by age: under 5, 10, 15, 45, 90 and 300 s, and older', (call, costs) => {
    const inside = [4.999999, 9.999999, 14.999999, 44.999999, 89.999999, 299.999999, 1e6];
    const edge = [0, 5, 10, 15, 45, 90, 300];
    for (const ages of [inside, edge]) {
      expect(ages.map((age) => tradingCost(call, [seconds(age)], 1))).toEqual([...costs]);
    }
  });

  test('an add costs 1, a batch half a point an order, a batch cancel each order by its age', () => {
    expect(tradingCost('add', [], 1)).toBe(1);
    expect(tradingCost('batch-add', [], 3)).toBe(1.5);
    expect(tradingCost('batch-cancel', [seconds(1), seconds(20), seconds(400)], 3)).toBe(12);
    expect(tradingCost('cancel-all', [], 0)).toBe(1);
    expect(tradingCost('amend', [], 1)).toBe(1);
  });

  test('the worked example of the documentation adds up to 8', () => {
    const amended = tradingCost('add', [], 1) + tradingCost('amend', [seconds(7)], 1);
    expect(amended + tradingCost('cancel', [seconds(36)], 1)).toBe(8);
  });

  test('is kept per pair and falls with time', () => {
    const counter = new OrderCounter('intermediate');
    for (let i = 0; i < 125; i += 1) expect(counter.charge('BTC/USD', 'add', [], 1, at(0))).toBeUndefined();
    expect(counter.charge('BTC/USD', 'add', [], 1, at(0))).toBe('EOrder:Rate limit exceeded');
    expect(counter.charge('ETH/USD', 'add', [], 1, at(0))).toBeUndefined();
    expect([counter.value('BTC/USD', at(10)), counter.value('ETH/USD', at(10)), counter.value('X/Y', at(10))]).toEqual([
      101.6, 0, 0,
    ]);
    expect(counter.charge('BTC/USD', 'cancel', [0], 1, at(10))).toBeUndefined();
    expect(counter.value('BTC/USD', at(10))).toBe(109.6);
  });

  test('a full counter refuses cancels one by one, but never a batch cancel or cancel_all', () => {
    const counter = new OrderCounter('starter');
    counter.charge('BTC/USD', 'batch-add', [], 120, at(0));
    expect(counter.charge('BTC/USD', 'cancel', [seconds(1)], 1, at(0))).toBe('EOrder:Rate limit exceeded');
    expect(counter.charge('BTC/USD', 'cancel', [seconds(500)], 1, at(0))).toBeUndefined();
    expect(counter.charge('BTC/USD', 'batch-cancel', Array(50).fill(0), 50, at(0))).toBeUndefined();
    expect(counter.charge('BTC/USD', 'cancel-all', [], 0, at(0))).toBeUndefined();
    expect(counter.value('BTC/USD', at(0))).toBe(461);
    expect(counter.charge('BTC/USD', 'add', [], 1, at(401))).toBe('EOrder:Rate limit exceeded');
    expect(counter.charge('BTC/USD', 'add', [], 1, at(402))).toBeUndefined();
  });

  test('takes back what ages cost, and leaves the fixed part', () => {
    const counter = new OrderCounter('starter');
    counter.charge('BTC/USD', 'edit', [seconds(1)], 1, at(0));
    counter.refundAges('BTC/USD', 'edit', [seconds(1)], at(0));
    expect(counter.value('BTC/USD', at(0))).toBe(1);
    counter.refundAges('ETH/USD', 'edit', [seconds(1)], at(0));
    expect(counter.value('ETH/USD', at(0))).toBe(0);
  });

  test('counts nothing when it is off', () => {
    const orders = new OrderCounter('starter', false);
    expect([orders.enabled, new OrderCounter('starter').enabled]).toEqual([false, true]);
    orders.refundAges('BTC/USD', 'edit', [seconds(1)], at(0));
    const rest = new RestCounter('starter', false);
    for (let i = 0; i < 1_000; i += 1) {
      expect(orders.charge('BTC/USD', 'cancel', [0], 1, at(0))).toBeUndefined();
      expect(rest.charge('Ledgers', at(0))).toBeUndefined();
    }
    expect([orders.value('BTC/USD', at(0)), rest.value(at(0))]).toEqual([0, 0]);
  });

  test('equals a slow model that counts the whole history anew', () => {
    const call = fc.constantFrom<TradingCall[]>(
      'add',
      'amend',
      'edit',
      'cancel',
      'batch-add',
      'batch-cancel',
      'cancel-all',
    );
    const command = fc.record({
      call,
      wait: fc.integer({ min: 0, max: 4_000_000 }),
      ages: fc.array(fc.nat(400_000_000), { minLength: 1, maxLength: 4 }),
    });
    const tier = fc.constantFrom('starter' as const, 'intermediate' as const, 'pro' as const);
    fc.assert(
      fc.property(tier, fc.array(command, { size: 'max', maxLength: 120 }), (account, commands) => {
        const counter = new OrderCounter(account);
        const history: { readonly at: number; readonly cost: bigint }[] = [];
        let now = 0;
        for (const { call: made, wait, ages } of commands) {
          now += wait;
          const orders = made.startsWith('batch') ? ages : ages.slice(0, 1);
          const touched = made === 'add' || made === 'batch-add' || made === 'cancel-all' ? [] : orders;
          const cost = slowCost(made, touched, orders.length);
          const fits = slowValue(account, history, now) + cost <= BigInt(counter.most) * UNIT;
          const free = made === 'batch-cancel' || made === 'cancel-all';
          if (fits || free) history.push({ at: now, cost });
          const answer = counter.charge('BTC/USD', made, touched, orders.length, micros(now));
          expect(answer).toBe(fits || free ? undefined : 'EOrder:Rate limit exceeded');
          expect(counter.value('BTC/USD', micros(now))).toBe(Number(slowValue(account, history, now)) / Number(UNIT));
        }
      }),
    );
  });
});

/** A count of one, so fine that decay is whole. */
const UNIT = 100_000_000n;

function slowValue(
  tier: 'starter' | 'intermediate' | 'pro',
  history: readonly { readonly at: number; readonly cost: bigint }[],
  now: number,
): bigint {
  const perMicro = { starter: 100n, intermediate: 234n, pro: 375n }[tier];
  let [value, last] = [0n, 0];
  for (const event of [...history, { at: now, cost: 0n }]) {
    const left = value - BigInt(event.at - last) * perMicro;
    value = (left > 0n ? left : 0n) + event.cost;
    last = event.at;
  }
  return value;
}

/** The table of the documentation, read row by row. */
function slowCost(call: TradingCall, ages: readonly number[], count: number): bigint {
  const byAge = (costs: readonly number[]): bigint =>
    ages.reduce((sum, age) => {
      if (age < 5e6) return sum + BigInt(costs[0]!);
      if (age < 10e6) return sum + BigInt(costs[1]!);
      if (age < 15e6) return sum + BigInt(costs[2]!);
      if (age < 45e6) return sum + BigInt(costs[3]!);
      if (age < 90e6) return sum + BigInt(costs[4]!);
      return age < 300e6 ? sum + BigInt(costs[5]!) : sum;
    }, 0n) * UNIT;
  if (call === 'batch-add') return (BigInt(count) * UNIT) / 2n;
  if (call === 'amend') return UNIT + byAge([3, 2, 1, 0, 0, 0]);
  if (call === 'edit') return UNIT + byAge([6, 5, 4, 2, 1, 0]);
  if (call === 'cancel' || call === 'batch-cancel') return byAge([8, 6, 5, 4, 2, 1]);
  return UNIT;
}

describe('ConnectionLimit', () => {
  test('bans an address for ten minutes at its 151st attempt in ten minutes', () => {
    const limit = new ConnectionLimit();
    for (let attempt = 0; attempt < 150; attempt += 1) expect(limit.admit('1.2.3.4', at(attempt * 3))).toBe(true);
    expect(limit.retryAfter('1.2.3.4', at(500))).toBe(0);
    expect(limit.admit('1.2.3.4', at(500))).toBe(false);
    expect(limit.admit('5.6.7.8', at(500))).toBe(true);
    expect([limit.retryAfter('1.2.3.4', at(500)), limit.retryAfter('1.2.3.4', at(1_099.5))]).toEqual([600, 1]);
    expect(limit.admit('1.2.3.4', at(1_099.9))).toBe(false);
    expect(limit.admit('1.2.3.4', at(1_100))).toBe(true);
    expect(limit.retryAfter('1.2.3.4', at(1_100))).toBe(0);
  });

  test('attempts stop counting after ten minutes', () => {
    const limit = new ConnectionLimit(2);
    expect([0, 300, 599.9].map((time) => limit.admit('a', at(time)))).toEqual([true, true, false]);
    const other = new ConnectionLimit(2);
    expect([0, 300, 600, 899, 1_300].map((time) => other.admit('a', at(time)))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  test('remembers a thousand addresses, and nobody when it is off', () => {
    const limit = new ConnectionLimit(1);
    limit.admit('first', at(0));
    expect(limit.admit('first', at(0))).toBe(false);
    for (let i = 0; i < 1_000; i += 1) limit.admit(`10.0.0.${i}`, at(1));
    expect(limit.admit('first', at(2))).toBe(true);
    expect(limit.admit('10.0.0.999', at(2))).toBe(false);

    const off = new ConnectionLimit(1, false);
    expect([off.admit('a', at(0)), off.admit('a', at(0))]).toEqual([true, true]);
  });
});
