import { lots, ticks } from '@kb/model';
import type { Side } from '@kb/model';
import { expect, test } from 'vitest';
import { keptSizes, roomFor } from '../src/orders/reduce-only.ts';

const order = (side: Side, price: number | undefined, remaining: number) => ({
  side,
  price: price === undefined ? undefined : ticks(price),
  remaining: lots(remaining),
});

test('a sell reduces what was bought, a buy what was sold', () => {
  expect([roomFor('sell', 5), roomFor('buy', -5), roomFor('sell', -5), roomFor('buy', 5), roomFor('buy', 0)]).toEqual([
    5, 5, 0, 0, 0,
  ]);
});

test.each([
  { side: 'sell', room: 10, prices: [101, 100, undefined, 100], kept: [0, 3, 4, 3] },
  { side: 'buy', room: 6, prices: [99, 101, 100], kept: [0, 3, 3] },
  { side: 'buy', room: 0, prices: [99, undefined], kept: [0, 0] },
] as const)('the least aggressive $side orders give way first, of equal ones the younger: $kept', (each) => {
  const sizes = [5, 3, 4, 7];
  const orders = each.prices.map((price, index) => order(each.side, price, each.side === 'buy' ? 3 : sizes[index]!));
  const kept = new Map(keptSizes(orders, each.room).map(({ order: of, keep }) => [of, keep]));
  expect(orders.map((of) => kept.get(of))).toEqual(each.kept);
});
