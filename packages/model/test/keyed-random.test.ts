import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyedRandom, keyedRandom } from '../src/index.ts';

const DRAWS = 65_536;

/**
 * How far the draws are from an even spread over equal cells, in standard deviations of χ², either way: too even is as wrong
 * as too lumpy.
 */
function unevenness(cells: number, cellOf: (index: number) => number): number {
  const counts = new Float64Array(cells);
  for (let i = 0; i < DRAWS; i += 1) {
    const cell = cellOf(i);
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  const expected = DRAWS / cells;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  return Math.abs(chiSquare - (cells - 1)) / Math.sqrt(2 * (cells - 1));
}

test('the numbers are these: a change of the function changes every recorded run', () => {
  const random = new KeyedRandom(42, 'latency');
  expect([random.at(0), random.at(1), random.at(1, 1), random.at(2 ** 40), random.named('order-7')]).toEqual(GOLDEN);
  expect(new KeyedRandom(2 ** 40 + 42, 'latency').at(0)).toBe(GOLDEN_HIGH_SEED);
  expect(new KeyedRandom(0, '').at(0)).toBe(GOLDEN_EMPTY);
});

test('a number depends on nothing but seed, purpose, id and draw', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.string(), fc.maxSafeInteger(), fc.nat(), (seed, purpose, id, draw) => {
      const first = new KeyedRandom(seed, purpose);
      const value = first.at(id, draw);
      first.at(id + 1, draw);
      first.named('other');
      expect(first.at(id, draw)).toBe(value);
      expect(keyedRandom(seed, purpose, id, draw)).toBe(value);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(1);
    }),
    { seed: 20_261_114, numRuns: 1000 },
  );
});

test('names work like numbers', () => {
  const random = new KeyedRandom(1, 'p');
  expect(keyedRandom(1, 'p', 'order-1', 3)).toBe(random.named('order-1', 3));
  expect(new Set(['a', 'b', 'ab', 'ba', 'aa', ''].map((name) => random.named(name))).size).toBe(6);
});

describe('the numbers are uniform', () => {
  const random = new KeyedRandom(7, 'uniform');
  test('over ids', () => {
    expect(unevenness(256, (i) => Math.floor(random.at(i) * 256))).toBeLessThan(5);
  });
  test('over draws about one id', () => {
    expect(unevenness(256, (i) => Math.floor(random.at(5, i) * 256))).toBeLessThan(5);
  });
  test('over seeds', () => {
    expect(unevenness(256, (i) => Math.floor(keyedRandom(i, 'uniform', 5) * 256))).toBeLessThan(5);
  });
  test('over ids beyond 2^32', () => {
    expect(unevenness(256, (i) => Math.floor(random.at(i * 2 ** 32) * 256))).toBeLessThan(5);
  });
  test('over names', () => {
    expect(unevenness(256, (i) => Math.floor(random.named(`order-${i}`) * 256))).toBeLessThan(5);
  });
  test('in their low bits too', () => {
    expect(unevenness(256, (i) => Math.floor(random.at(i) * 2 ** 53) % 256)).toBeLessThan(5);
    expect(unevenness(256, (i) => Math.floor(random.at(i) * 2 ** 32) % 256)).toBeLessThan(5);
  });
  test('in mean and variance', () => {
    const values = Array.from({ length: DRAWS }, (_, i) => random.at(i));
    const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DRAWS;
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * DRAWS));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.002);
  });
});

describe('and independent', () => {
  const one = new KeyedRandom(7, 'size');
  test.each<[string, (i: number) => number]>([
    ['of the next id', (i) => one.at(i + 1)],
    ['of the next draw', (i) => one.at(i, 1)],
    ['of another purpose', (i) => new KeyedRandom(7, 'side').at(i)],
    ['of a purpose that differs in one letter', (i) => new KeyedRandom(7, 'sizf').at(i)],
    ['of the next seed', (i) => new KeyedRandom(8, 'size').at(i)],
    ['of a seed that differs in its high bits', (i) => new KeyedRandom(7 + 2 ** 40, 'size').at(i)],
  ])('%s', (_what, other) => {
    expect(unevenness(256, (i) => Math.floor(one.at(i) * 16) * 16 + Math.floor(other(i) * 16))).toBeLessThan(5);
  });

  test('no two of 65,536 ids share a number', () => {
    expect(new Set(Array.from({ length: DRAWS }, (_, i) => one.at(i))).size).toBe(DRAWS);
  });
});

const GOLDEN: readonly number[] = [
  0.4411973782000862, 0.9720812004877956, 0.3752648523413151, 0.8798308414522235, 0.4365280444419889,
];
const GOLDEN_HIGH_SEED = 0.8416237952783966;
const GOLDEN_EMPTY = 0.5748709345491436;
