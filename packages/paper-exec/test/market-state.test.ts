import { lots, micros, ticks } from '@kb/model';
import type { Level3View, Lots } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { Consumption } from '../src/matching/consumption.ts';
import { MakerConsumption } from '../src/matching/maker-consumption.ts';
import { SlotQueue } from '../src/matching/market-buffer.ts';
import { QueueContext } from '../src/queue/queue-context.ts';

/** What the matcher keeps of the market is bounded, and keeps its order while it grows. */

describe('a queue of slots', () => {
  test('grows in order, wherever its head stands', () => {
    const queue = new SlotQueue(() => ({ value: 0 }));
    let next = 0;
    const push = (count: number): void => {
      for (let index = 0; index < count; index += 1) queue.push().value = next++;
    };
    const taken: (number | undefined)[] = [];
    const take = (count: number): void => {
      for (let index = 0; index < count; index += 1) {
        taken.push(queue.peek()?.value);
        queue.shift();
      }
    };
    push(10);
    take(7);
    push(50);
    take(20);
    push(100);
    take(133);
    expect(taken).toEqual(Array.from({ length: 160 }, (_, index) => index));
    expect(queue.length).toBe(0);
    expect(queue.peek()).toBeUndefined();
  });
});

describe('what own orders took', () => {
  const SIZE = lots(5);

  test('of levels is forgotten of the oldest of too many', () => {
    const taken = new Consumption('sell', new QueueContext(['risk-averse'], micros(0)));
    for (let price = 1; price <= 4_097; price += 1) taken.take(ticks(price), SIZE, 0, SIZE);
    expect(taken.available(ticks(1), SIZE, 0)).toBe(SIZE);
    expect(taken.available(ticks(2), SIZE, 0)).toBe(0);
    expect(taken.available(ticks(4_097), SIZE, 0)).toBe(0);
  });

  test('of makers is forgotten of the oldest of too many', () => {
    const taken = new MakerConsumption('sell', 1);
    const book = (id: number): Level3View =>
      ({ ordersAt: () => [{ orderId: String(id), size: SIZE }] }) as unknown as Level3View;
    for (let id = 1; id <= 4_097; id += 1) taken.take(book(id), ticks(1), 0, SIZE);
    const left = (id: number): Lots => taken.available(book(id), ticks(1), SIZE, 0);
    expect([left(1), left(2), left(4_097)]).toEqual([5, 0, 0]);
  });
});
