import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderRow } from '../src/queue/order-row.ts';

type Order = [number: number, size: number, time: number, isLump: boolean];

/** One thing done to a row, and to the same as plain as can be. @param at Where, as a share of the length. */
interface Step {
  readonly kind: 'push' | 'putFirst' | 'insert' | 'remove' | 'dropFirst' | 'resize' | 'makeLump' | 'clear';
  readonly at: number;
  readonly size: number;
  readonly isLump: boolean;
}

/** Numbers are left out between two pushes, so that something can be put in there. */
const STRIDE = 1_000;

class Both {
  readonly row = new OrderRow();
  plain: Order[] = [];
  #next = 0;

  do({ kind, at, size, isLump }: Step): void {
    const { plain, row } = this;
    const index = Math.floor(at * plain.length);
    const here = plain[index];
    if (kind === 'push') {
      this.#next += STRIDE;
      row.push(this.#next, size, this.#next, isLump);
      plain.push([this.#next, size, this.#next, isLump]);
    } else if (kind === 'clear') {
      row.clear();
      plain.length = 0;
    } else if (here === undefined) return;
    else if (kind === 'putFirst' || kind === 'insert') {
      const before = kind === 'insert' ? index : 0;
      const number = (plain[before]?.[0] ?? 0) - 1;
      row.insert(before, number, size, 7, isLump);
      plain.splice(before, 0, [number, size, 7, isLump]);
    } else if (kind === 'remove') {
      row.remove(index);
      plain.splice(index, 1);
    } else if (kind === 'dropFirst') {
      row.dropFirst();
      plain.shift();
    } else if (kind === 'resize') {
      row.resize(index, size);
      here[1] += size;
    } else {
      row.makeLump(index);
      here[3] = true;
    }
  }

  /** Of both, everything that can be asked. */
  seen(mark: number, size: number): [unknown, unknown] {
    const { plain, row } = this;
    const { length } = plain;
    const found = (from: number, end: number): number =>
      plain.findIndex((order, at) => at >= from && at < end && order[1] === size);
    const isLump = plain.findIndex((order) => order[3]);
    return [
      {
        orders: plain.map((_, at) => [row.number(at), row.size(at), row.time(at), row.isLump(at)]),
        sums: [row.length, row.total, row.hasLump, row.firstLump(), row.endOf(mark)],
        found: [row.find(size, 0, length), row.find(size, 1, length - 1)],
      },
      {
        orders: plain,
        sums: [
          length,
          plain.reduce((sum, order) => sum + order[1], 0),
          isLump >= 0,
          isLump,
          plain.filter((order) => order[0] < mark).length,
        ],
        found: [found(0, length), found(1, length - 1)],
      },
    ];
  }
}

describe('OrderRow', () => {
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.oneof(
      { weight: 6, arbitrary: fc.constant('push' as const) },
      { weight: 4, arbitrary: fc.constant('dropFirst' as const) },
      { weight: 4, arbitrary: fc.constantFrom('putFirst', 'insert', 'remove', 'resize', 'makeLump') },
      { weight: 1, arbitrary: fc.constantFrom('push', 'clear') },
    ),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    size: fc.integer({ min: 1, max: 4 }),
    isLump: fc.boolean(),
  });

  it('is a plain list of orders, whatever is done to it', () => {
    const property = fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const both = new Both();
      for (const [count, each] of steps.entries()) {
        both.do(each);
        const [seen, expected] = both.seen(count * 300, each.size);
        expect(seen).toEqual(expected);
      }
    });
    fc.assert(property);
  });

  it('goes on when many more have come and gone than it keeps room for', () => {
    const both = new Both();
    const come = { kind: 'push', at: 0, size: 3, isLump: false } as const;
    for (let count = 0; count < 500; count += 1) {
      both.do({ ...come, isLump: count % 7 === 0 });
      if (count > 5) both.do({ ...come, kind: 'dropFirst' });
      const [seen, expected] = both.seen(count * STRIDE, 3);
      expect(seen).toEqual(expected);
    }
  });
});
