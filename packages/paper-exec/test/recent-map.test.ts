import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentMap } from '../src/recent-map.ts';

describe('RecentMap', () => {
  it('remembers the value last set of each of the last keys, and nothing of those that twice as many came after', () => {
    const keys = fc.array(fc.integer({ min: 0, max: 12 }).map(String), { maxLength: 60, size: 'max' });
    const property = fc.property(keys, fc.integer({ min: 1, max: 5 }), (sets, least) => {
      const map = new RecentMap<number>(least);
      for (const [at, key] of sets.entries()) {
        map.set(key, at);
        const past = sets.slice(0, at + 1);
        const newestFirst = [...new Set(past.toReversed())];
        const right = newestFirst.filter((known, rank) => {
          const value = map.get(known);
          if (rank < least) return value === past.lastIndexOf(known);
          return value === undefined || (rank < 2 * least && value === past.lastIndexOf(known));
        });
        expect(right).toEqual(newestFirst);
      }
    });
    fc.assert(property);
  });

  it('knows nothing of a key that was never set', () => {
    expect(new RecentMap<number>(3).get('a')).toBeUndefined();
  });
});
