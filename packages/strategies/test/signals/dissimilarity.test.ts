import { KeyedRandom } from '@kb/model';
import { expect, test } from 'vitest';
import { StrategyError, dissimilarity, isOutOfDistribution, trainingCentres, trainingCloud } from '../../src/index.ts';

const CORNERS = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];

test('the corners of the unit square lie 0.853553 apart, each with itself among the pairs; (2, 2) is 1.656854 away', () => {
  const cloud = trainingCloud(CORNERS);
  expect(cloud.meanDistance.toFixed(6)).toBe('0.853553');
  expect(dissimilarity(cloud, [2, 2])?.toFixed(6)).toBe('1.656854');
  expect(dissimilarity(cloud, [1, 0])).toBe(0);
});

test('beyond the threshold, or with a number that is none, a model should abstain', () => {
  const cloud = trainingCloud(CORNERS);
  expect(isOutOfDistribution(cloud, [2, 2])).toBe(true);
  expect(isOutOfDistribution(cloud, [2, 2], 2)).toBe(false);
  expect(isOutOfDistribution(cloud, [2, 2], dissimilarity(cloud, [2, 2]))).toBe(false);
  expect(isOutOfDistribution(cloud, [0.5, 0.5])).toBe(false);
  expect(isOutOfDistribution(cloud, [Number.NaN, 0])).toBe(true);
});

test('the cloud is plain JSON and knows nothing of rows changed later', () => {
  const rows = CORNERS.map((row) => [...row]);
  const cloud = trainingCloud(rows);
  for (const row of rows) row[0] = 9;
  expect(JSON.parse(JSON.stringify(cloud))).toEqual(trainingCloud(CORNERS));
});

test('centres stand where the rows are', () => {
  const random = new KeyedRandom(1, 'clusters');
  const rows = Array.from({ length: 600 }, (_, row) => {
    const home = [0, 10, 20][row % 3] ?? 0;
    return [home + random.at(row) - 0.5, -home + random.at(row, 1) - 0.5];
  });
  const found = trainingCentres(rows, 3)
    .map((centre) => centre.map((value) => Math.round(value)))
    .toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
  expect(found.map(([x = 0, y = 0]) => [x + 0, y + 0])).toEqual([
    [0, 0],
    [10, -10],
    [20, -20],
  ]);
  expect(trainingCentres(CORNERS, 4)).toEqual(CORNERS);
  expect(trainingCentres(rows, 3)).toEqual(trainingCentres(rows, 3));
});

test('rows of different sizes, too few, too many or all alike are refused', () => {
  expect(() => trainingCloud([[1, 2], [1]])).toThrow(/one size/);
  expect(() => trainingCloud([[1]])).toThrow(/2 to 2000 rows, were 1/);
  expect(() => trainingCloud([[1], [Infinity]])).toThrow(/finite/);
  expect(() => trainingCloud([[1], [1]])).toThrow(/that differ/);
  expect(() => trainingCloud(Array.from({ length: 2_001 }, (_, row) => [row]))).toThrow(StrategyError);
  expect(() => trainingCentres(CORNERS, 0)).toThrow(/centres/);
  expect(() => dissimilarity(trainingCloud(CORNERS), [1])).toThrow(/expected 2 features, were 1/);
});
