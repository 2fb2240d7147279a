import { KeyedRandom } from '@kb/model';
import { expect, test } from 'vitest';
import {
  LeastSquares,
  fittedScaler,
  heldAgainstBaselines,
  outOfSampleR2,
  standardised,
  walkForward,
} from '../../src/index.ts';

test('predictions of the right direction and the wrong scale are worse than no change: −1.022727', () => {
  expect(outOfSampleR2([1, -2, -1, 2, -1, 0], [2, -1, 3, 0.5, -2, 1])?.toFixed(6)).toBe('-1.022727');
  expect(outOfSampleR2([0, 0], [1, 1])).toBeUndefined();
  expect(() => outOfSampleR2([1], [])).toThrow(/each of 1 outcomes, were 0/);
});

test('a model may trade only when it beats no change, the last return and the linear model', () => {
  const outcomes = [1, -1, 2];
  const worse = [0.5, -0.5, 1];
  expect(heldAgainstBaselines({ outcomes, model: outcomes, lastReturn: [0, 0, 0], linear: worse })?.mayTrade).toBe(
    true,
  );
  expect(heldAgainstBaselines({ outcomes, model: worse, lastReturn: [0, 0, 0], linear: worse })?.mayTrade).toBe(false);
  expect(heldAgainstBaselines({ outcomes, model: worse, lastReturn: outcomes, linear: [0, 0, 0] })?.mayTrade).toBe(
    false,
  );
  expect(
    heldAgainstBaselines({ outcomes, model: [-1, 1, 0], lastReturn: [-9, 9, 0], linear: [9, 9, 9] })?.mayTrade,
  ).toBe(false);
});

/** Walk-forward R² of a linear model; outcomes follow the first feature as told, the second is noise. */
function walkForwardR2(slope: number): number {
  const random = new KeyedRandom(7, 'features');
  const rows = Array.from({ length: 3_000 }, (_, row) => [random.at(row) * 40, random.at(row, 1) - 100]);
  const outcomes = rows.map(([x = 0], row) => slope * (x - 20) + 20 * (random.at(row, 2) - 0.5));
  const tested: number[] = [];
  const predicted: number[] = [];
  for (const { train, test: places } of walkForward(
    rows.map((_, row) => row * 1_000),
    { horizonMs: 5_000 },
  )) {
    const scaler = fittedScaler(train.map((place) => rows[place] ?? []));
    const features = (place: number): readonly number[] => [1, ...standardised(scaler, rows[place] ?? [])];
    const model = new LeastSquares(3);
    for (const place of train) model.learn(features(place), outcomes[place] ?? 0);
    for (const place of places) {
      tested.push(outcomes[place] ?? 0);
      predicted.push(model.predict(features(place)) ?? 0);
    }
  }
  return outOfSampleR2(tested, predicted) ?? 0;
}

test('walked forward, a linear model earns its R² where there is a slope, and none on noise', () => {
  expect(walkForwardR2(0.5)).toBeGreaterThan(0.4);
  expect(walkForwardR2(0)).toBeLessThanOrEqual(0);
});
