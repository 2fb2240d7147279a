import { describe, expect, test } from 'vitest';
import {
  byWeight,
  log2Weight,
  logWeight,
  power2Weight,
  power3Weight,
  powerWeight,
  QUEUE_MODELS,
} from '../src/index.ts';
import type { WeightFunction } from '../src/index.ts';
import { Scene } from './scene.ts';

describe('queue models, table of the execution reference section 1', () => {
  test.each([
    { model: 'uniform', before: 10, after: 8, ahead: 6, expected: 4.8 },
    { model: 'risk-averse', before: 10, after: 8, ahead: 6, expected: 6 },
    { model: 'uniform', before: 10, after: 7, ahead: 9.5, expected: 6.65 },
    { model: 'risk-averse', before: 10, after: 7, ahead: 9.5, expected: 7 },
    { model: 'uniform', before: 10, after: 8, ahead: 0, expected: 0 },
    { model: 'uniform', before: 10, after: 8, ahead: 10, expected: 8 },
    { model: 'uniform', before: 10, after: 0, ahead: 6, expected: 0 },
    { model: 'risk-averse', before: 10, after: 0, ahead: 6, expected: 0 },
    { model: 'uniform', before: 10, after: 8, ahead: Number.POSITIVE_INFINITY, expected: 8 },
    { model: 'risk-averse', before: 10, after: 8, ahead: Number.POSITIVE_INFINITY, expected: 8 },
  ] as const)('$model: level $before to $after without a print, $ahead ahead becomes $expected', (row) => {
    expect(QUEUE_MODELS[row.model](row.ahead, row.before, row.after)).toBeCloseTo(row.expected, 12);
  });

  /** Level 10 → 8 without trades, 6 ahead: as printed, and as many digits. */
  test.each([
    { name: 'power n=1', weight: powerWeight(1), share: '0.4', ahead: '4.8' },
    { name: 'power n=3', weight: powerWeight(3), share: '0.228571', ahead: '4.457143' },
    { name: 'log', weight: logWeight, share: '0.452681', ahead: '4.905362' },
    { name: 'log2', weight: log2Weight, share: '0.671188', ahead: '5.342375' },
    { name: 'power2 n=3', weight: power2Weight(3), share: '0.064', ahead: '4.128' },
    { name: 'power3 n=3', weight: power3Weight(3), share: '0.784', ahead: '5.568' },
  ])('$name: level 10 to 8, 6 ahead: weight $share, $ahead ahead', ({ weight, share, ahead }) => {
    expect(digits(weight(6, 4), share)).toBe(share);
    expect(digits(byWeight(weight)(6, 10, 8), ahead)).toBe(ahead);
    expect(digits(hftbacktestStep(weight, 6, 10, 8, 0), ahead)).toBe(ahead);
  });

  /** Overflow branch: level 10 → 7, 9.5 ahead. */
  test.each([
    { name: 'power n=1', weight: powerWeight(1), share: '0.05', ahead: '6.65' },
    { name: 'power3 n=3', weight: power3Weight(3), share: '0.142625', ahead: '6.927875' },
    { name: 'log2, clamped', weight: log2Weight, share: '0.169092', ahead: '7' },
  ])('$name: level 10 to 7, 9.5 ahead: $ahead ahead', ({ weight, share, ahead }) => {
    expect(digits(weight(9.5, 0.5), share)).toBe(share);
    expect(digits(byWeight(weight)(9.5, 10, 7), ahead)).toBe(ahead);
    expect(digits(hftbacktestStep(weight, 9.5, 10, 7, 0), ahead)).toBe(ahead);
  });

  test('power-blend is the mean of power and power3, both with n = 3', () => {
    expect(digits(QUEUE_MODELS['power-blend'](6, 10, 8), '5.012571')).toBe('5.012571'); // (4.457143 + 5.568) / 2
    expect(QUEUE_MODELS['power-blend'](Number.POSITIVE_INFINITY, 10, 8)).toBe(8);
    expect(QUEUE_MODELS['power-blend'](0, 10, 8)).toBe(0);
  });

  test('with a print in between both ways of counting agree, but for what stands behind', () => {
    // 10 → 7, of which 2 traded, 5 ahead: we know that 3 of 8 stood ahead, the reference step takes it for 3 of 10.
    expect(QUEUE_MODELS.uniform(3, 8, 7)).toBe(2.625);
    expect(hftbacktestStep(powerWeight(1), 3, 10, 7, 2)).toBeCloseTo(2.7, 12);
  });

  test.each([0, 1.5, Number.NaN, -1])('a power of %s is refused', (n) => {
    expect(() => powerWeight(n)).toThrow(RangeError);
  });

  test('the logarithm is right to the last places, and the same on every machine', () => {
    for (const behind of [1, 3, 17, 1e3, 123_456_789, 1e12, 2 ** 53]) {
      const expected = Math.log(1 + behind) / Math.log(2 + behind);
      expect(Math.abs(log2Weight(1, behind) - expected)).toBeLessThan(1e-15);
    }
    expect(logWeight(6, 4)).toBe(0.452_680_830_286_942_8);
  });

  test('the venue gives the overflow row too, 9.5 of 10 ahead', () => {
    const scene = new Scene().book(1_000, [['100.0', '9.5']], [['100.2', '5.0']]);
    scene.place('buy', '100.0', '2.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '10.0']])
      .update(1_300, [['100.0', '7.0']])
      .wait(1_500);
    expect(scene.ahead('o1').uniform).toBeCloseTo(6.65, 12);
    expect(scene.ahead('o1')['risk-averse']).toBe(7);
  });
});

/** A number with as many decimals as a text has. */
function digits(value: number, like: string): string {
  return value.toFixed(like.split('.')[1]?.length ?? 0);
}

/** The reference's own step at a depth update, `traded` being what printed at the price since the last one. */
function hftbacktestStep(weight: WeightFunction, ahead: number, before: number, after: number, traded: number): number {
  const cancelled = before - after - traded;
  if (cancelled < 0) return Math.min(ahead, after);
  const behind = before - ahead;
  const share = weight(ahead, behind);
  const w = Number.isFinite(share) ? share : 1;
  return Math.min(ahead - (1 - w) * cancelled + Math.min(behind - w * cancelled, 0), after);
}
