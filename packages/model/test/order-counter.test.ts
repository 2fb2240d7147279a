import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandPoints, micros, ORDER_RATE_TIERS, OrderCounter } from '../src/index.ts';
import type { CountedCommand, Micros } from '../src/index.ts';

const seconds = (count: number): Micros => micros(Math.round(count * 1_000_000));
const SYMBOL = 'BTC/USD';

describe('commandPoints', () => {
  test.each<[CountedCommand, readonly number[]]>([
    // Ages of 4.9, 5, 10, 15, 45, 90 and 300 seconds, from the venue's table.
    ['add', [1, 1, 1, 1, 1, 1, 1]],
    ['batch-add', [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]],
    ['amend', [4, 3, 2, 1, 1, 1, 1]],
    ['edit', [7, 6, 5, 3, 2, 1, 1]],
    ['cancel', [8, 6, 5, 4, 2, 1, 0]],
    ['cancel-all', [1, 1, 1, 1, 1, 1, 1]],
  ])('%s costs by the age of its order', (command, points) => {
    expect([4.9, 5, 10, 15, 45, 90, 300].map((age) => commandPoints(command, seconds(age)))).toEqual(points);
  });
});

describe('OrderCounter', () => {
  test("counts the venue's example: add, amend after 7 s, cancel 36 s later are 8 points without decay", () => {
    const points = ['add', 'amend', 'cancel'] as const;
    const ages = [seconds(0), seconds(7), seconds(36)];
    expect(points.reduce((sum, command, index) => sum + commandPoints(command, ages[index]!), 0)).toBe(8);
  });

  test('loses the points of its tier each second, and never goes below zero', () => {
    const counter = new OrderCounter(ORDER_RATE_TIERS.intermediate);
    counter.add(SYMBOL, 8, seconds(10));
    expect(counter.points(SYMBOL, seconds(11))).toBe(5.66);
    expect(counter.points(SYMBOL, seconds(13.5))).toBe(0); // 8.19 have gone
    expect(counter.points(SYMBOL, seconds(1e9))).toBe(0);
  });

  test('admits what reaches the maximum, not what goes over it, and counts each pair alone', () => {
    const counter = new OrderCounter(ORDER_RATE_TIERS.starter);
    for (let index = 0; index < 52; index += 1) counter.add(SYMBOL, 1, seconds(0));
    expect(counter.admits(SYMBOL, 8, seconds(0))).toBe(true);
    expect(counter.admits(SYMBOL, 8.5, seconds(0))).toBe(false);
    expect(counter.admits(SYMBOL, 8.5, seconds(0.5))).toBe(true);
    expect(counter.admits('ETH/USD', 60, seconds(0))).toBe(true);
  });

  test('an earlier time takes nothing away', () => {
    const counter = new OrderCounter(ORDER_RATE_TIERS.starter);
    counter.add(SYMBOL, 8, seconds(10));
    counter.add(SYMBOL, 2, seconds(4));
    expect(counter.points(SYMBOL, seconds(10))).toBe(10);
  });

  test('is exact: steps of any length take what one step of their sum takes', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 2_000_000 }), fc.constantFrom(0, 0.5, 1, 4, 8));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        const counter = new OrderCounter(ORDER_RATE_TIERS.intermediate);
        let now = 0;
        let units = 0n; // points × 10^8
        for (const [elapsed, points] of steps) {
          now += elapsed;
          units -= BigInt(elapsed) * 234n;
          if (units < 0n) units = 0n;
          units += BigInt(points * 1e8);
          counter.add(SYMBOL, points, micros(now));
          expect(counter.points(SYMBOL, micros(now))).toBe(Number(units) / 1e8);
        }
      }),
      { seed: 20_261_124 },
    );
  });
});
