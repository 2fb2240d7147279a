import { KeyedRandom } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { normalQuantile, power } from '../src/flow/arithmetic.ts';
import { factsTable } from '../src/facts/facts.ts';
import { autocorrelation, excessKurtosis, hurst, slope, tailExponent } from '../src/facts/series.ts';
import { stylisedFacts } from '../src/index.ts';

const RANDOM = new KeyedRandom(11, 'series');
const LENGTH = 50_000;
const uniforms = Array.from({ length: LENGTH }, (_, index) => Math.min(Math.max(RANDOM.at(index), 1e-12), 1 - 1e-12));
const normals = uniforms.map((u) => normalQuantile(u));

function sums(steps: readonly number[]): number[] {
  let sum = 0;
  return steps.map((step) => (sum += step));
}

describe('statistics against series whose answers are known', () => {
  test('an AR(1) series of 0.6 remembers 0.6, 0.36 and 0.216; independent draws nothing', () => {
    let value = 0;
    const series = normals.map((shock) => (value = 0.6 * value + shock));
    for (const lag of [1, 2, 3]) expect(autocorrelation(series, lag)).toBeCloseTo(power(0.6, lag), 1);
    expect(Math.abs(autocorrelation(normals, 1))).toBeLessThan(0.02);
  });

  test('normal draws have no excess kurtosis, uniform ones −1.2', () => {
    expect(excessKurtosis(normals)).toBeCloseTo(0, 1);
    expect(excessKurtosis(uniforms)).toBeCloseTo(-1.2, 1);
  });

  test('a Pareto tail of 3 is found as 3', () => {
    const pareto = uniforms.map((u) => power(1 - u, -1 / 3));
    expect(Math.abs(tailExponent(pareto, 0.02) - 3)).toBeLessThan(0.3);
  });

  test('a random walk has the Hurst exponent 0.5, a straight line 1', () => {
    expect(Math.abs(hurst(sums(normals), [1, 4, 16, 64]) - 0.5)).toBeLessThan(0.03);
    expect(hurst(sums(Array.from({ length: 2000 }, () => 1)), [1, 4, 16, 64])).toBeCloseTo(1, 3);
  });

  test('a straight line has its slope', () => {
    expect(slope([1, 2, 3, 4], [3, 5, 7, 9])).toBeCloseTo(2, 12);
  });
});

describe('the checklist', () => {
  test('is computed from a market, has a row for each fact, and is the same for the same seed', async () => {
    const options = { pair: 'BTC/USD', flow: 'busy', seed: 1, seconds: 600 } as const;
    const facts = (await stylisedFacts(options)) ?? [];
    expect(facts.length).toBeGreaterThan(20);
    expect(facts.some(({ verdict }) => verdict === 'not applicable')).toBe(true);
    expect(facts.filter(({ verdict }) => verdict === 'pass').length).toBeGreaterThan(8);
    expect(factsTable(facts).split('\n')).toHaveLength(facts.length + 1);
    expect(await stylisedFacts(options)).toEqual(facts);
  });

  test('ends where it is told to', async () => {
    const shares: number[] = [];
    const onProgress = async (share: number): Promise<boolean> => shares.push(share) < 3;
    expect(await stylisedFacts({ pair: 'BTC/USD', flow: 'thin', seed: 1, seconds: 600, onProgress })).toBeUndefined();
    expect(shares).toEqual([0.01, 0.02, 0.03]);
  });

  test('S1 has no volatility clusters that last, as execution research says of it', async () => {
    const facts = (await stylisedFacts({ pair: 'BTC/USD', flow: 'pilot-a', seed: 1, seconds: 1800 })) ?? [];
    const clustering = facts.findIndex(({ name }) => name === 'Volatility clustering');
    expect(facts[clustering + 2]).toMatchObject({ statistic: '100 s', verdict: 'fail' });
  });
});
