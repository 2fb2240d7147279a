import { micros } from '@kb/model';
import { expect, test } from 'vitest';
import { GAP, StepClock } from '../../src/estimates/step-clock.ts';

const ms = (n: number) => micros(n * 1000);

test('steps end at multiples of their length, and an event at the border belongs to the new one', () => {
  const clock = new StepClock(100);
  expect([250, 299, 300, 300, 399, 401, 750].map((at) => clock.advance(ms(at)))).toEqual([0, 0, 1, 0, 0, 1, 3]);
});

test('five steps of silence are bridged, more are a gap', () => {
  const clock = new StepClock(100);
  clock.advance(ms(50));
  expect(clock.advance(ms(550))).toBe(5);
  expect(clock.advance(micros(1_050_001))).toBe(GAP);
  expect(clock.advance(ms(1100))).toBe(1);
});

test('an instant earlier than before counts as the latest', () => {
  const clock = new StepClock(100);
  clock.advance(ms(450));
  expect(clock.advance(ms(120))).toBe(0);
  expect(clock.at).toBe(450_000);
  expect(clock.advance(ms(500))).toBe(1);
});
