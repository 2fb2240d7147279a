import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HedgeWeights, StrategyError, hedgeRate, hedgeRegretBound } from '../../src/index.ts';

const round = (...losses: (number | undefined)[]): Map<string, number> =>
  new Map(losses.flatMap((loss, index) => (loss === undefined ? [] : [[`s${index}`, loss] as const])));
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `s${index}`);
const digits = (hedge: HedgeWeights): string[] => hedge.weights.map((weight) => weight.toFixed(6));

test('weights follow the losses, to six digits, and a sleeper keeps its own', () => {
  const hedge = new HedgeWeights(names(3));
  hedge.update(round(0.1, 0.6, 0.4));
  expect(digits(hedge)).toEqual(['0.377948', '0.295821', '0.326231']);
  hedge.update(round(0.2, 0.5, 0.9));
  expect(digits(hedge)).toEqual(['0.436126', '0.295984', '0.267890']);
  hedge.update(round(0, 0.7, 0.5));
  expect(digits(hedge)).toEqual(['0.507529', '0.246203', '0.246268']);
  hedge.update(round(0.3, 0.8, undefined));
  expect(digits(hedge)).toEqual(['0.547055', '0.206676', '0.246268']);
  expect(hedge.weight('s1').toFixed(6)).toBe('0.206676');
  expect(hedge.weight('nobody')).toBe(0);
});

test('for three sources and a hundred rounds the rate is 0.296461 and the regret at most 7.4115', () => {
  expect(hedgeRate(3, 100).toFixed(6)).toBe('0.296461');
  expect(hedgeRegretBound(3, 100).toFixed(4)).toBe('7.4115');
});

const lossRounds = fc.array(
  fc.array(fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }), { minLength: 4, maxLength: 4 }),
  { maxLength: 60 },
);

test('weights sum to one and never fall below the floor, whoever sleeps', () => {
  fc.assert(
    fc.property(lossRounds, fc.double({ min: 0, max: 20, noNaN: true }), (rounds, learningRate) => {
      const hedge = new HedgeWeights(names(4), { learningRate });
      for (const losses of rounds) {
        const before = [...hedge.weights];
        hedge.update(round(...losses));
        expect(hedge.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
        expect(Math.min(...hedge.weights)).toBeGreaterThanOrEqual(0.02 / 4 - 1e-9);
        const asleep = (_: number, index: number): boolean => losses[index] === undefined;
        expect(hedge.weights.filter(asleep)).toEqual(losses.includes(undefined) ? before.filter(asleep) : []);
      }
    }),
  );
});

test('without sharing, what the weighted mean loses stays within the bound of the best source', () => {
  const rounds = fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }), {
    minLength: 100,
    maxLength: 100,
  });
  fc.assert(
    fc.property(rounds, (losses) => {
      const hedge = new HedgeWeights(names(3), { learningRate: hedgeRate(3, 100), share: 0 });
      const totals = [0, 0, 0];
      let own = 0;
      for (const each of losses) {
        for (const [index, loss] of each.entries()) {
          own += (hedge.weights[index] ?? 0) * loss;
          totals[index] = (totals[index] ?? 0) + loss;
        }
        hedge.update(round(...each));
      }
      expect(own - Math.min(...totals)).toBeLessThanOrEqual(hedgeRegretBound(3, 100) + 1e-9);
    }),
    { numRuns: 50 },
  );
});

test('restored in mid-run it goes on with the same weights', () => {
  fc.assert(
    fc.property(lossRounds, fc.nat(60), (rounds, at) => {
      const whole = new HedgeWeights(names(4));
      let resumed = new HedgeWeights(names(4));
      for (const [index, losses] of rounds.entries()) {
        if (index === at) {
          const state: unknown = JSON.parse(JSON.stringify(resumed.snapshot()));
          resumed = new HedgeWeights(names(4));
          resumed.restore(state);
        }
        whole.update(round(...losses));
        resumed.update(round(...losses));
      }
      expect(resumed.weights).toEqual(whole.weights);
    }),
  );
});

test.each([
  ['nothing', undefined],
  ['another list of sources', new HedgeWeights(['x', 'y']).snapshot()],
  ['the same in another order', new HedgeWeights(['s1', 's0']).snapshot()],
  ['weights that do not sum to one', { version: 1, sources: ['s0', 's1'], weights: [1, 1] }],
  ['weights of text', { version: 1, sources: ['s0', 's1'], weights: ['1', '0'] }],
])('a snapshot of %s is refused', (_what, state) => {
  expect(() => new HedgeWeights(names(2)).restore(state)).toThrow(StrategyError);
});

test('sources twice, rates below zero, unknown sources and losses above one are refused', () => {
  expect(() => new HedgeWeights(['a', 'a'])).toThrow(StrategyError);
  expect(() => new HedgeWeights(['a'], { learningRate: -1, share: 2 })).toThrow(/learningRate.*share/);
  expect(() => new HedgeWeights(['s0']).update(round(1.5, 0.1))).toThrow(/unknown source s1/);
});
