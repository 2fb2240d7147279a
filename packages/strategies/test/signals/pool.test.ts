import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StrategyError, pooledSignal } from '../../src/index.ts';
import type { Signal, WeighedSignal } from '../../src/index.ts';

const NOW = 1_000_000;

const signal = (source: string, p: number, ageMs = 0, more: Partial<Signal> = {}): Signal => ({
  source,
  family: source,
  version: '1',
  symbol: 'BTC/USD',
  ts: NOW - ageMs,
  horizonMs: 60_000,
  validUntil: NOW + 60_000,
  p,
  ...more,
});
const weights = (pooled: ReturnType<typeof pooledSignal>): Record<string, number> =>
  Object.fromEntries((pooled?.contributions ?? []).map(({ source, weight }) => [source, weight]));

test('three fresh opinions pool to 0.555738, linearly to 0.555', () => {
  const pooled = pooledSignal(three(0, 0, 0), NOW);
  expect(pooled?.p.toFixed(6)).toBe('0.555738');
  expect(pooled?.linearP).toBeCloseTo(0.555, 12);
  expect(pooled?.agreement).toBeCloseTo(0.8, 12);
  expect(pooled?.contributions.map(({ source }) => source)).toEqual(['a', 'c', 'b']);
});

test('at ages of 2, 10 and 40 s and a constant of 30 s the old ones fade and the pool is 0.584422', () => {
  const pooled = pooledSignal(three(2_000, 10_000, 40_000), NOW);
  expect(pooled?.p.toFixed(6)).toBe('0.584422');
  const { a = 0, b = 0, c = 0 } = weights(pooled);
  expect([a, b, c].map((weight) => weight.toFixed(4))).toEqual(['0.6360', '0.2923', '0.0717']);
  expect(pooledSignal(three(2_000, 10_000, 40_000), NOW, { ageTauMs: 30_000 })).toEqual(pooled);
});

test('variants of one idea share half of the weight, and the others take what is cut off', () => {
  const variants = ['v1', 'v2', 'v3'].map((name) => ({ signal: signal(name, 0.9, 0, { family: 'one' }), weight: 0.3 }));
  const pooled = pooledSignal([...variants, { signal: signal('other', 0.2), weight: 0.1 }], NOW);
  const { v1 = 0, other = 0 } = weights(pooled);
  expect(v1).toBeCloseTo(0.5 / 3, 12);
  expect(other).toBeCloseTo(0.5, 12);
  expect(weights(pooledSignal(variants, NOW))['v1']).toBeCloseTo(1 / 3, 12); // nobody else to take it
});

test.each([
  ['has expired', { validUntil: NOW }],
  ['abstains', { abstain: true }],
  ['is of a later time', { ts: NOW + 1 }],
])('a signal that %s does not count', (_why, more) => {
  const kept = { signal: signal('a', 0.6), weight: 1 };
  const dropped = { signal: signal('b', 0.1, 0, more), weight: 1 };
  expect(pooledSignal([kept, dropped], NOW)).toEqual(pooledSignal([kept], NOW));
  expect(pooledSignal([dropped], NOW)).toBeUndefined();
});

test('certainty counts as 0.98', () => {
  expect(pooledSignal([{ signal: signal('a', 1), weight: 1 }], NOW)?.p).toBeCloseTo(0.98, 12);
});

test('signals of two symbols, a source twice and weights that are none are refused', () => {
  const mixed: WeighedSignal[] = [
    { signal: signal('a', 0.6), weight: 1 },
    { signal: signal('a', 0.6, 0, { symbol: 'ETH/USD' }), weight: -1 },
  ];
  expect(() => pooledSignal(mixed, NOW)).toThrow(StrategyError);
  expect(() => pooledSignal(mixed, NOW)).toThrow(/one symbol.*one signal of a.*weight of a/);
  expect(() => pooledSignal([], NOW, { ageTauMs: 0, familyCap: 2 })).toThrow(/ageTauMs.*familyCap/);
});

test('shares sum to one, no family of several has more than its cap, and the pool lies among what it pools', () => {
  const member = fc.record({
    family: fc.constantFrom('x', 'y', 'z', 'u'),
    p: fc.double({ min: 0.02, max: 0.98, noNaN: true }),
    weight: fc.double({ min: 0.001, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(member, { minLength: 1, maxLength: 12 }), (members) => {
      const given = members.map(({ family, p, weight }, index) => ({
        signal: signal(`s${index}`, p, 0, { family }),
        weight,
      }));
      const pooled = pooledSignal(given, NOW);
      const shares = weights(pooled);
      expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
      const families = Map.groupBy(given, (each) => each.signal.family);
      for (const of of families.values()) {
        const total = of.reduce((sum, each) => sum + (shares[each.signal.source] ?? 0), 0);
        const limit = of.length > 1 && families.size > 1 ? 0.5 : 1;
        expect(total).toBeLessThanOrEqual(limit + 1e-9);
      }
      const all = members.map(({ p }) => p);
      expect(pooled?.p).toBeGreaterThanOrEqual(Math.min(...all) - 1e-9);
      expect(pooled?.p).toBeLessThanOrEqual(Math.max(...all) + 1e-9);
    }),
  );
});

function three(...ages: [number, number, number]): WeighedSignal[] {
  return [
    { signal: signal('a', 0.62, ages[0]), weight: 0.5 },
    { signal: signal('b', 0.55, ages[1]), weight: 0.3 },
    { signal: signal('c', 0.4, ages[2]), weight: 0.2 },
  ];
}
