import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeededIds } from '../src/accounts/ids.ts';

const FORM = /^[OTL][A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}$/;

describe('SeededIds', () => {
  test("have Kraken's form, and are a function of the seed", () => {
    const some = (seed: number): string[] => {
      const ids = new SeededIds(seed);
      return (['O', 'T', 'L', 'O'] as const).map((prefix) => ids.next(prefix));
    };
    for (const id of some(1)) expect(id).toMatch(FORM);
    expect(some(1).map((id) => id[0])).toEqual(['O', 'T', 'L', 'O']);
    expect(some(1)).toEqual(some(1));
    expect(new Set([...some(1), ...some(2)].map((id) => id.slice(1))).size).toBe(8);
  });

  test('never repeat', () => {
    const ids = new SeededIds(3);
    const seen = new Set<string>();
    for (let i = 0; i < 50_000; i += 1) seen.add(ids.next('O')).add(ids.next('T'));
    for (const market of [0, 1, 2, 2 ** 24 - 1]) {
      for (let order = 0; order < 10_000; order += 1) seen.add(ids.orderIdText(market, order));
    }
    expect(seen.size).toBe(140_000);
  });

  test('an order of the market keeps its id, and has one of its own', () => {
    const [ids, again] = [new SeededIds(3), new SeededIds(3)];
    const market = fc.integer({ min: 0, max: 2 ** 24 - 1 });
    const order = fc.maxSafeNat();
    fc.assert(
      fc.property(market, order, market, order, (marketA, a, marketB, b) => {
        expect(ids.orderIdText(marketA, a)).toMatch(FORM);
        expect(again.orderIdText(marketA, a)).toBe(ids.orderIdText(marketA, a));
        expect(ids.orderIdText(marketA, a) === ids.orderIdText(marketB, b)).toBe(marketA === marketB && a === b);
      }),
    );
    // The ends of what a number of an order can be: nothing runs over into a neighbour.
    const ends = [0, 2 ** 40 - 1, 2 ** 40, 2 ** 53 - 1];
    const texts = [0, 1, 2 ** 24 - 1].flatMap((number) => ends.map((end) => ids.orderIdText(number, end)));
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('do not show their order: neighbours differ in most characters', () => {
    const ids = new SeededIds(3);
    let same = 0;
    let previous = ids.next('O');
    for (let i = 0; i < 1_000; i += 1) {
      const id = ids.next('O');
      for (let at = 1; at < id.length; at += 1) if (id[at] === previous[at] && id[at] !== '-') same += 1;
      previous = id;
    }
    // Sixteen characters, one in 32 equal by chance: 500.
    expect(same).toBeGreaterThan(400);
    expect(same).toBeLessThan(600);
  });
});
