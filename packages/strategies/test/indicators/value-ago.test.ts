import { micros } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ValueAgo } from '../../src/indicators/value-ago.ts';

const input = fc.record({
  at: fc.integer({ min: 0, max: 500 }).map((time) => micros(time)),
  value: fc.integer({ min: 1, max: 1000 }),
});
const inputs = fc.array(input, { maxLength: 60 });
const ages = fc.integer({ min: 1, max: 300 }).map((time) => micros(time));

test('the momentum of the worked example is over time, however many ticks came between', () => {
  const ago = new ValueAgo({ age: micros(600) });
  ago.update({ at: micros(0), value: 30_000 });
  for (let time = 1; time < 600; time += 7) ago.update({ at: micros(time), value: 30_500 });
  expect(ago.update({ at: micros(600), value: 30_180 })).toBe(30_000);
  expect((30_180 / (ago.value ?? 0) - 1).toFixed(3)).toBe('0.006');
});

test('it is the last input in order that is old enough', () => {
  fc.assert(
    fc.property(inputs, ages, fc.nat({ max: 300 }), (all, age, later) => {
      const ago = new ValueAgo({ age });
      const told: (typeof all)[number][] = [];
      for (const one of all) {
        if (told.every(({ at }) => at <= one.at)) told.push(one);
        ago.update(one);
      }
      const now = (told.at(-1)?.at ?? 0) + later;
      ago.advance(micros(now));
      expect(ago.value).toBe(told.findLast(({ at }) => at <= now - age)?.value);
    }),
  );
});

test('what was lost because too much came is unknown, not replaced by something younger', () => {
  const ago = new ValueAgo({ age: micros(10), maxInputs: 2 });
  for (const at of [0, 6, 7]) ago.update({ at: micros(at), value: at });
  ago.advance(micros(15));
  expect([ago.value, ago.isReady]).toEqual([undefined, false]);
  ago.advance(micros(16));
  expect([ago.value, ago.isReady]).toEqual([6, true]);
});

test('restored from JSON in mid run, it goes on identically', () => {
  fc.assert(
    fc.property(inputs, inputs, ages, fc.integer({ min: 1, max: 10 }), (before, after, age, maxInputs) => {
      const whole = new ValueAgo({ age, maxInputs });
      for (const one of before) whole.update(one);
      const restored = new ValueAgo({ age, maxInputs });
      for (const one of after) restored.update(one);
      restored.restore(JSON.parse(JSON.stringify(whole.snapshot())));
      for (const one of after) expect(restored.update(one)).toBe(whole.update(one));
      expect(restored.snapshot()).toEqual(whole.snapshot());
    }),
  );
});

test('a snapshot that it did not make is refused, and so is what is no number', () => {
  const ago = new ValueAgo({ age: micros(10) });
  ago.update({ at: micros(0), value: 1 });
  const before = ago.snapshot();
  const other = new ValueAgo({ age: micros(11) }).snapshot();
  for (const state of [undefined, {}, other, { ...Object(before), values: [] }, { ...Object(before), now: 0.5 }]) {
    expect(() => ago.restore(state)).toThrow('expected');
  }
  expect(() => ago.update({ at: micros(1), value: Number.NaN })).toThrow(RangeError);
  expect(ago.snapshot()).toEqual(before);
  expect(() => new ValueAgo({ age: micros(0) })).toThrow('age to be a whole number from 1');
});
