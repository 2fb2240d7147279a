import { lots, micros, ticks } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DepthSide } from '../src/publishing/depth-window.ts';
import { Ladder } from '../src/publishing/ladder.ts';

const moment = { at: micros(0) };
const change = fc.tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 0, max: 3 }));
const messages = fc.array(fc.array(change, { minLength: 1, maxLength: 12 }), { maxLength: 30 });

test.each(['buy', 'sell'] as const)(
  'a client that applies what is said and cuts to depth has the best levels after each message (%s)',
  (side) => {
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 6 }), (sequence, depth) => {
        const ladder = new Ladder(side);
        const window = new DepthSide(ladder, depth);
        const client = new Map<number, number>();
        for (const message of sequence) {
          for (const [price, size] of message) {
            window.note(ticks(price), lots(size), ladder.set(ticks(price), lots(size), moment), moment);
          }
          for (const [index, price] of window.prices.entries()) {
            const known = client.has(price);
            client.set(price, window.sizes[index]!);
            if (window.sizes[index] !== 0) continue;
            client.delete(price);
            if (!known) throw new Error(`${price} is removed, but the client never had it`);
          }
          const sign = side === 'sell' ? 1 : -1;
          const kept = [...client].toSorted(([a], [b]) => sign * (a - b)).slice(0, depth);
          client.clear();
          for (const [price, size] of kept) client.set(price, size);
          window.settle();
          const { prices, sizes } = window.snapshot();
          expect(kept).toEqual(prices.map((price, index) => [price, sizes[index]]));
        }
      }),
      { seed: 7, numRuns: 500 },
    );
  },
);

test('a level pushed out by depth is not said', () => {
  const ladder = new Ladder('sell');
  for (const price of [10, 11, 12]) ladder.set(ticks(price), lots(1), moment);
  const window = new DepthSide(ladder, 3);
  window.note(ticks(9), lots(5), ladder.set(ticks(9), lots(5), moment), moment);
  expect([window.prices, window.sizes]).toEqual([[9], [5]]);
});

test('no level enters the view while there are enough in it', () => {
  const ladder = new Ladder('sell');
  for (const price of [10, 11, 12]) ladder.set(ticks(price), lots(1), moment);
  const window = new DepthSide(ladder, 2);
  for (const [price, size] of [
    [9, 1],
    [10, 0],
  ] as const) {
    window.note(ticks(price), lots(size), ladder.set(ticks(price), lots(size), moment), moment);
  }
  expect(window.prices).toEqual([9, 10]);
});

test('the level that enters the view comes right after the removal', () => {
  const ladder = new Ladder('buy');
  for (const price of [10, 11, 12, 13]) ladder.set(ticks(price), lots(price), moment);
  const window = new DepthSide(ladder, 3);
  window.note(ticks(12), lots(0), ladder.set(ticks(12), lots(0), moment), moment);
  expect([window.prices, window.sizes]).toEqual([
    [12, 10],
    [0, 10],
  ]);
});

test('a level that enters the view keeps its own time, which what changes now has not', () => {
  const ladder = new Ladder('sell');
  const [before, now] = [{ at: micros(1) }, { at: micros(2) }];
  for (const price of [10, 11, 12]) ladder.set(ticks(price), lots(1), before);
  const window = new DepthSide(ladder, 2);
  window.note(ticks(10), lots(0), ladder.set(ticks(10), lots(0), now), now);
  expect([window.prices, window.moments]).toEqual([
    [10, 12],
    [now, before],
  ]);
});
