import { lots, micros, ticks } from '@kb/model';
import type { BookChanges, Lots, QueueModelId, Ticks } from '@kb/model';
import { L2Book } from '@kb/orderbook';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, EDGES } from '../src/queue/age-hazard.ts';
import { QueueContext } from '../src/queue/queue-context.ts';
import { QueueLevels } from '../src/queue/queue-levels.ts';

const GRID = { pricePrecision: 1, qtyPrecision: 8 };
const PRICES = Array.from({ length: 9 }, (_, index) => ticks(100 + index));

type Change = readonly [price: Ticks, size: Lots];

/** The levels of one side of a shallow book, told sizes or left to look them up. */
class Followed {
  readonly book = new L2Book('A/B', GRID, 3);
  readonly levels: QueueLevels;

  constructor(models: readonly QueueModelId[]) {
    this.levels = new QueueLevels('buy', new QueueContext(models, micros(50)));
  }

  apply(changes: readonly Change[], time: number, tells: boolean): void {
    const bidPrices = changes.map(([price]) => price);
    const bidSizes = changes.map(([, size]) => size);
    const side = { bidCount: changes.length, bidPrices, bidSizes };
    const message: BookChanges = { snapshot: false, ...side, askCount: 0, askPrices: [], askSizes: [] };
    this.levels.touch(changes.length, bidPrices, this.book, tells ? bidSizes : undefined);
    this.book.apply(message);
    this.levels.update(this.book, micros(time));
  }

  seen(): unknown[] {
    return PRICES.map((price) => {
      const level = this.levels.at(price);
      return level && [price, level.visible, level.size, level.inferred?.mark, level.inferred?.aheadOf(Infinity)];
    });
  }
}

describe('QueueLevels', () => {
  const change = fc.tuple(fc.constantFrom(...PRICES), fc.integer({ min: 0, max: 4 }).map(lots));
  const messages = fc.array(fc.array(change, { minLength: 1, maxLength: 4, size: 'max' }), { maxLength: 40 });
  const models = fc.constantFrom<readonly QueueModelId[]>(['fingerprint'], ['risk-averse']);

  it('sees the same of a book whose sizes it is told as of one where it looks them up, however shallow', () => {
    const property = fc.property(models, messages, (ids, list) => {
      const told = new Followed(ids);
      const looking = new Followed(ids);
      for (const price of PRICES.filter((_, index) => index % 2 === 0)) {
        told.levels.watch(price, told.book);
        looking.levels.watch(price, looking.book);
      }
      for (const [index, changes] of list.entries()) {
        told.apply(changes, index * 10, true);
        looking.apply(changes, index * 10, false);
        expect(told.seen()).toEqual(looking.seen());
      }
    });
    fc.assert(property);
  });
});

describe('bucketOf', () => {
  it('is the first bucket whose upper end an age is below', () => {
    const near = fc.tuple(fc.constantFrom(...EDGES.slice(0, -1)), fc.integer({ min: -2, max: 2 }));
    const ages = fc.oneof(
      near.map(([edge, by]) => edge + by),
      fc.integer({ min: -10, max: 4e15 }),
      fc.double({ min: 0, max: 3e8, noNaN: true }),
    );
    fc.assert(
      fc.property(ages, (age) => {
        expect(bucketOf(age)).toBe(EDGES.findIndex((edge) => age < edge));
      }),
    );
  });
});
