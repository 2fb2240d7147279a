import { micros } from '@kb/model';
import { expect, test } from 'vitest';
import { Atr, trueRange } from '../../src/indicators/atr.ts';
import { Ema, emaWarmUp } from '../../src/indicators/ema.ts';
import type { Indicator } from '../../src/indicators/indicator.ts';
import { MeanVolume } from '../../src/indicators/mean-volume.ts';
import { RollingDeviation } from '../../src/indicators/rolling-deviation.ts';
import { RollingRange } from '../../src/indicators/rolling-range.ts';
import { Rsi } from '../../src/indicators/rsi.ts';
import { SessionVwap } from '../../src/indicators/session-vwap.ts';

/** The values after each input, without those before the first, to so many digits after the point. */
function valuesOf<Input>(indicator: Indicator<Input>, inputs: readonly Input[], digits = 6): (string | undefined)[] {
  return inputs
    .map((input) => indicator.update(input))
    .filter((value) => value !== undefined)
    .map((value) => value.toFixed(digits));
}

const BARS = [
  { high: 48.7, low: 47.79, close: 48.16 },
  { high: 48.72, low: 48.14, close: 48.61 },
  { high: 48.9, low: 48.39, close: 48.75 },
  { high: 48.87, low: 48.37, close: 48.63 },
  { high: 48.82, low: 48.24, close: 48.74 },
];

test('an EMA begins with the mean of its first values', () => {
  const values = valuesOf(new Ema(9), [10, 11, 12, 11, 13, 14, 13, 15, 16, 15, 17, 18]);
  expect(values).toEqual(['12.777778', '13.222222', '13.977778', '14.782222']);
});

test('an EMA of 9 is ready after 40 values, though it has one after 9', () => {
  const ema = new Ema(9);
  for (let count = 1; count <= 40; count += 1) {
    ema.update(count);
    expect([count, ema.value !== undefined, ema.isReady]).toEqual([count, count >= 9, count >= 40]);
  }
});

test.each([1, 2, 3, 9, 14, 20, 21, 50, 200])('the warm-up of an EMA of %i is what the formula says', (length) => {
  expect(emaWarmUp(length)).toBe(length + Math.ceil(Math.log(0.001) / Math.log(1 - 2 / (length + 1))));
});

test('true ranges reach to the close before, and an ATR begins with the mean of its first ones', () => {
  const ranges = BARS.map((bar, index) => trueRange(bar, BARS[index - 1]?.close).toFixed(2));
  expect(ranges).toEqual(['0.91', '0.58', '0.51', '0.50', '0.58']);
  expect(valuesOf(new Atr(3), BARS)).toEqual(['0.666667', '0.611111', '0.600741']);
});

test('a bar that leaps away from the close before has a true range longer than itself', () => {
  expect(trueRange({ high: 12, low: 11, close: 11 }, 9)).toBe(3);
  expect(trueRange({ high: 12, low: 11, close: 11 }, 15)).toBe(4);
});

test('an RSI begins with the mean of its first gains and losses', () => {
  const values = valuesOf(new Rsi(3), [100, 101, 100.5, 101.5, 102, 101, 101.2, 100.4]);
  expect(values).toEqual(['80.000000', '84.615385', '50.000000', '55.465587', '33.496333']);
});

test('an RSI without losses is 100, also when nothing moves', () => {
  expect(valuesOf(new Rsi(2), [1, 2, 3, 4], 0)).toEqual(['100', '100']);
  expect(valuesOf(new Rsi(2), [1, 1, 1, 1], 0)).toEqual(['100', '100']);
  expect(valuesOf(new Rsi(2), [4, 3, 2, 1], 0)).toEqual(['0', '0']);
});

const REVERTING = [
  100.0, 100.2, 99.9, 100.1, 100.3, 100.0, 99.8, 100.1, 100.2, 99.9, 100.0, 100.1, 100.3, 100.2, 99.9, 100.0, 99.8,
  100.1, 100.0, 99.4,
];

test('a price is judged by the values before it, and less when it is one of them', () => {
  const before = new RollingDeviation(19);
  for (const price of REVERTING.slice(0, -1)) before.update(price);
  expect(before.mean?.toFixed(6)).toBe('100.047368');
  expect(before.value?.toFixed(6)).toBe('0.146426');
  expect(before.zScore(99.4)?.toFixed(4)).toBe('-4.4211');

  const including = new RollingDeviation(20);
  for (const price of REVERTING) including.update(price);
  expect(including.mean?.toFixed(3)).toBe('100.015');
  expect(including.value?.toFixed(6)).toBe('0.200686');
  expect(including.zScore(99.4)?.toFixed(4)).toBe('-3.0645');
  expect(((99.4 - including.mean!) / including.sampleDeviation!).toFixed(4)).toBe('-2.9869');
});

test('a value within its own window lies at most √(n − 1) deviations out', () => {
  const deviation = new RollingDeviation(20);
  for (let count = 0; count < 19; count += 1) deviation.update(100);
  deviation.update(1000);
  expect(deviation.zScore(1000)?.toFixed(3)).toBe('4.359');
});

test('the VWAP of a session and the deviation around it are weighted by volume', () => {
  const vwap = new SessionVwap();
  for (const [price, volume] of [
    [100, 10],
    [100.5, 20],
    [101, 5],
    [100.2, 15],
  ] as const) {
    vwap.update({ at: micros(0), price, volume });
  }
  expect(vwap.value?.toFixed(2)).toBe('100.36');
  expect(vwap.deviation?.toFixed(6)).toBe('0.287054');
  expect(vwap.zScore(100.2)?.toFixed(6)).toBe('-0.557386');
  expect(vwap.volume).toBe(50);
});

test('a breakout bar is compared with the five before it, and its volume with the twenty before it', () => {
  const range = new RollingRange(5);
  const volume = new MeanVolume(20);
  for (let bar = 0; bar < 20; bar += 1) {
    range.update({ high: bar === 17 ? 100.5 : 100.4, low: bar === 1 ? 90 : 100, volume: 10 });
    volume.update({ volume: 10 });
  }
  expect([range.high, range.low, volume.value]).toEqual([100.5, 100, 10]);
});
