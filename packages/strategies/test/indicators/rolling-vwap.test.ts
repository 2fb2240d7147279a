import { micros } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RollingVwap } from '../../src/indicators/rolling-vwap.ts';
import { RunningDeviation } from '../../src/indicators/running-deviation.ts';

const trade = fc.record({
  at: fc.integer({ min: 0, max: 1000 }).map((time) => micros(time)),
  price: fc.integer({ min: 1, max: 200_000 }).map((steps) => steps / 100),
  volume: fc.nat({ max: 50 }).map((steps) => steps / 10),
});
const trades = fc.array(trade, { maxLength: 80 }).map((all) => all.toSorted((a, b) => a.at - b.at));
const windows = fc.integer({ min: 1, max: 400 }).map((time) => micros(time));

test('a rolling VWAP and its deviation are those of the trades of the window alone', () => {
  fc.assert(
    fc.property(trades, windows, (all, window) => {
      const vwap = new RollingVwap({ window });
      for (const one of all) vwap.update(one);
      const now = all.at(-1)?.at ?? 0;
      const counted = all.filter(({ at }) => at > now - window);
      const volume = counted.reduce((sum, one) => sum + one.volume, 0);
      const mean = counted.reduce((sum, one) => sum + one.price * one.volume, 0) / volume;
      const squares = counted.reduce((sum, one) => sum + one.volume * (one.price - mean) ** 2, 0);
      expect(vwap.isReady).toBe(volume > 0);
      expect(vwap.volume).toBeCloseTo(volume, 9);
      expect(vwap.value ?? 0).toBeCloseTo(volume > 0 ? mean : 0, 8);
      expect(vwap.deviation ?? 0).toBeCloseTo(volume > 0 ? Math.sqrt(squares / volume) : 0, 5);
    }),
  );
});

test('time alone empties the window, and an input as old as the window does not count', () => {
  const vwap = new RollingVwap({ window: micros(100) });
  vwap.update({ at: micros(0), price: 10, volume: 1 });
  vwap.update({ at: micros(50), price: 20, volume: 1 });
  vwap.advance(micros(99));
  expect(vwap.value).toBe(15);
  vwap.advance(micros(100));
  expect(vwap.value).toBe(20);
  vwap.advance(micros(150));
  expect([vwap.value, vwap.deviation, vwap.volume, vwap.isReady, vwap.zScore(1)]).toEqual([
    undefined,
    undefined,
    0,
    false,
    undefined,
  ]);
});

test('a late input counts as if it came now', () => {
  const vwap = new RollingVwap({ window: micros(100) });
  vwap.update({ at: micros(500), price: 10, volume: 1 });
  vwap.update({ at: micros(0), price: 20, volume: 1 });
  vwap.advance(micros(599));
  expect(vwap.value).toBe(15);
});

test('too many inputs push the oldest out, and are counted', () => {
  const vwap = new RollingVwap({ window: micros(100), maxInputs: 2 });
  for (const price of [10, 20, 40]) vwap.update({ at: micros(1), price, volume: 1 });
  expect([vwap.value, vwap.dropped]).toEqual([30, 1]);
});

test('a giant trade leaves no trace once it is gone', () => {
  const vwap = new RollingVwap({ window: micros(10) });
  vwap.update({ at: micros(0), price: 1e9, volume: 1e15 });
  vwap.update({ at: micros(5), price: 100, volume: 0.1 });
  vwap.update({ at: micros(6), price: 101, volume: 0.1 });
  vwap.advance(micros(10));
  expect(vwap.value).toBeCloseTo(100.5, 12);
  expect(vwap.deviation).toBeCloseTo(0.5, 12);
  expect(vwap.zScore(101)).toBeCloseTo(1, 12);
});

test('a giant volume leaves no trace either, nor does a giant price', () => {
  for (const giant of [
    { price: 100.5, volume: 1e15 },
    { price: 1e9, volume: 0.1 },
  ]) {
    const vwap = new RollingVwap({ window: micros(10) });
    vwap.update({ at: micros(0), ...giant });
    vwap.update({ at: micros(5), price: 100, volume: 0.1 });
    vwap.update({ at: micros(6), price: 101, volume: 0.1 });
    vwap.advance(micros(10));
    expect(vwap.volume).toBeCloseTo(0.2, 14);
    expect(vwap.value).toBeCloseTo(100.5, 12);
    expect(vwap.deviation).toBeCloseTo(0.5, 12);
  }
});

test('a hundred thousand trades wear nothing away', () => {
  const vwap = new RollingVwap({ window: micros(20) });
  const prices: number[] = [];
  let state = 1;
  for (let time = 0; time < 100_010; time += 1) {
    state = (state * 48_271) % 2_147_483_647;
    prices.push(state / 100);
    vwap.update({ at: micros(time), price: state / 100, volume: 1 });
  }
  const mean = prices.slice(-20).reduce((sum, price) => sum + price, 0) / 20;
  expect(Math.abs((vwap.value ?? 0) - mean) / mean).toBeLessThan(1e-14);
});

test('a mean that rounding puts past a price makes no negative squares', () => {
  const vwap = new RollingVwap({ window: micros(10) });
  vwap.update({ at: micros(0), price: 8382.22, volume: 1e-20 });
  vwap.update({ at: micros(0), price: 1312.07, volume: 59.3 });
  expect(vwap.deviation).toBeCloseTo(0, 6);
});

test('restored from JSON in mid run, it goes on identically', () => {
  fc.assert(
    fc.property(trades, trades, windows, fc.integer({ min: 1, max: 10 }), (before, after, window, maxInputs) => {
      const whole = new RollingVwap({ window, maxInputs });
      for (const one of before) whole.update(one);
      const restored = new RollingVwap({ window, maxInputs });
      for (const one of after) restored.update(one);
      restored.restore(JSON.parse(JSON.stringify(whole.snapshot())));
      for (const one of after) expect(restored.update(one)).toBe(whole.update(one));
      expect(restored.snapshot()).toEqual(whole.snapshot());
    }),
  );
});

test('a snapshot that it did not make is refused, and changes nothing', () => {
  const vwap = new RollingVwap({ window: micros(10) });
  vwap.update({ at: micros(0), price: 1, volume: 1 });
  const before = vwap.snapshot();
  const other = new RollingVwap({ window: micros(11) }).snapshot();
  for (const state of [undefined, {}, other, { ...Object(before), prices: [] }, { ...Object(before), moments: 1 }]) {
    expect(() => vwap.restore(state)).toThrow('expected');
  }
  expect(vwap.snapshot()).toEqual(before);
});

test('inputs and options out of range are refused', () => {
  expect(() => new RollingVwap({ window: micros(0) })).toThrow('window to be a whole number from 1');
  expect(() => new RollingVwap({ window: micros(1), maxInputs: 0 })).toThrow('maxInputs to be a whole number from 1');
  const vwap = new RollingVwap({ window: micros(1) });
  expect(() => vwap.update({ at: micros(0), price: Number.NaN, volume: 1 })).toThrow(RangeError);
  expect(() => vwap.update({ at: micros(0), price: 1, volume: -1 })).toThrow(RangeError);
});

test('a running deviation is that of all inputs, by either divisor', () => {
  const running = new RunningDeviation();
  expect([running.mean, running.value, running.isReady]).toEqual([undefined, undefined, false]);
  running.update(2);
  expect([running.mean, running.value, running.sampleDeviation]).toEqual([2, 0, undefined]);
  for (const input of [4, 4, 4, 5, 5, 7, 9]) running.update(input);
  expect([running.count, running.mean, running.value]).toEqual([8, 5, 2]);
  expect(running.sampleDeviation).toBeCloseTo(Math.sqrt(32 / 7), 14);
});

test('a running deviation keeps its digits far from zero, and goes on from JSON', () => {
  const running = new RunningDeviation();
  for (let count = 0; count < 10_000; count += 1) running.update(1e9 + (count % 2));
  expect(running.value).toBeCloseTo(0.5, 9);
  const restored = new RunningDeviation();
  restored.restore(JSON.parse(JSON.stringify(running.snapshot())));
  expect(restored.update(7)).toBe(running.update(7));
  expect(() => restored.restore({ version: 1 })).toThrow('expected');
});
