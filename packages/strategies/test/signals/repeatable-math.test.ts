import { expect, test } from 'vitest';
import { exp, log, logit, normalCdf, sigmoid } from '../../src/signals/repeatable-math.ts';

test('exponential and logarithm agree with those of the engine to thirteen digits', () => {
  for (let x = -699; x <= 699; x += 0.37) {
    expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(2e-13);
    expect(Math.abs(log(Math.exp(x)) - x)).toBeLessThan(1e-12);
  }
  expect(exp(0)).toBe(1);
  expect(exp(-1000)).toBe(0);
  expect(exp(1000)).toBe(exp(700));
});

test('a sigmoid undoes a logit', () => {
  for (const p of [0.02, 0.3, 0.5, 0.9, 0.98]) expect(sigmoid(logit(p))).toBeCloseTo(p, 14);
  expect(sigmoid(-800)).toBe(0);
  expect(sigmoid(800)).toBe(1);
});

test.each([
  [-3, 0.0013498980316301],
  [-1.96, 0.0249978951482204],
  [0, 0.5],
  [0.5, 0.6914624612740131],
  [1, 0.8413447460685429],
])('the normal distribution function at %d is %d', (x, share) => {
  expect(Math.abs(normalCdf(x) - share)).toBeLessThan(1e-12);
  expect(Math.abs(normalCdf(-x) - (1 - share))).toBeLessThan(1e-12);
});

test('the normal distribution function has no step where its two forms meet', () => {
  for (const x of [-2.5, 2.5]) {
    const slope = (normalCdf(x + 1e-6) - normalCdf(x - 1e-6)) / 2e-6;
    expect(slope).toBeCloseTo(Math.exp(-3.125) / Math.sqrt(2 * Math.PI), 7);
  }
});
