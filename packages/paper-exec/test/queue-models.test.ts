import { describe, expect, test } from 'vitest';
import { QUEUE_MODELS } from '../src/index.ts';
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
