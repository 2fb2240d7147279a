import { micros, ticks } from '@kb/model';
import type { Candle } from '@kb/model';
import { expect, test } from 'vitest';
import { Atr } from '../../src/indicators/atr.ts';
import { Ema } from '../../src/indicators/ema.ts';
import { MeanVolume } from '../../src/indicators/mean-volume.ts';
import { RollingDeviation } from '../../src/indicators/rolling-deviation.ts';
import { RollingRange } from '../../src/indicators/rolling-range.ts';
import { Rsi } from '../../src/indicators/rsi.ts';
import { SessionVwap, typicalPrice } from '../../src/indicators/session-vwap.ts';
import { Sma } from '../../src/indicators/sma.ts';

const HOUR = 3_600_000_000;
const at = (hours: number): ReturnType<typeof micros> => micros(hours * HOUR);

test('crossings compare with the value before the last input', () => {
  const ema = new Ema(2);
  expect([ema.update(1), ema.previous]).toEqual([undefined, undefined]);
  expect([ema.update(3), ema.previous]).toEqual([2, undefined]);
  expect([ema.update(5), ema.previous]).toEqual([4, 2]);
  const rsi = new Rsi(1);
  for (const close of [1, 2, 1]) rsi.update(close);
  expect([rsi.value, rsi.previous]).toEqual([0, 100]);
});

test('a z-score is undefined while there is nothing to measure by', () => {
  const deviation = new RollingDeviation(3);
  deviation.update(7);
  deviation.update(7);
  expect([deviation.zScore(8), deviation.mean, deviation.value]).toEqual([undefined, undefined, undefined]);
  deviation.update(7);
  expect([deviation.zScore(8), deviation.mean, deviation.value]).toEqual([undefined, 7, 0]);
});

test('what an outlier took from the digits comes back when it leaves', () => {
  const deviation = new RollingDeviation(3);
  const mean = new Sma(3);
  for (const price of [1e15, 100.1, 100.2, 100.3]) {
    deviation.update(price);
    mean.update(price);
  }
  expect(deviation.mean).toBeCloseTo(100.2, 12);
  expect(deviation.value).toBeCloseTo(Math.sqrt(0.02 / 3), 12);
  expect(mean.value).toBeCloseTo(100.2, 12);
});

test('bars without volume take up time in a range, but not their prices', () => {
  const range = new RollingRange(2);
  range.update({ high: 12, low: 8, volume: 1 });
  range.update({ high: 20, low: 1, volume: 0 });
  expect([range.high, range.low]).toEqual([12, 8]);
  range.update({ high: 10, low: 9, volume: 1n });
  expect([range.high, range.low]).toEqual([10, 9]);
  range.update({ high: 10, low: 10, volume: 0n });
  range.update({ high: 10, low: 10, volume: 0n });
  expect([range.isReady, range.high, range.low]).toEqual([false, undefined, undefined]);
});

test('bars without volume are passed over in a mean volume', () => {
  const mean = new MeanVolume(2);
  for (const volume of [4, 0, 8n, 0n, 0]) mean.update({ volume });
  expect(mean.value).toBe(6);
});

test('a candle is a bar for every indicator of bars', () => {
  const candle: Candle = {
    interval: micros(60_000_000),
    start: micros(0),
    open: ticks(1000),
    high: ticks(1010),
    low: ticks(990),
    close: ticks(1000),
    volume: 5n,
    turnover: 5000n,
    trades: 2,
    closed: true,
    revision: 0,
    partial: false,
  };
  expect([new Atr(1), new RollingRange(1), new MeanVolume(1)].map((one) => one.update(candle))).toEqual([20, 20, 5]);
  expect(typicalPrice(candle)).toBe(1000);
});

test('a session begins at midnight UTC, or where it is told to', () => {
  const day = new SessionVwap();
  const fromNine = new SessionVwap({ offset: at(9) });
  for (const [hours, price] of [
    [23, 100],
    [24, 200],
    [32, 300],
    [33, 400],
  ] as const) {
    day.update({ at: at(hours), price, volume: 1 });
    fromNine.update({ at: at(hours), price, volume: 1 });
  }
  expect([day.value, day.anchor, day.volume]).toEqual([300, at(24), 3]);
  expect([fromNine.value, fromNine.anchor, fromNine.volume]).toEqual([400, at(33), 1]);
});

test('what belongs to an earlier session is left out, what is late within it counts', () => {
  const vwap = new SessionVwap();
  vwap.update({ at: at(25), price: 100, volume: 1 });
  vwap.update({ at: at(23), price: 900, volume: 1 });
  expect(vwap.value).toBe(100);
  vwap.update({ at: at(24), price: 200, volume: 1 });
  expect(vwap.value).toBe(150);
});

test('a session without volume has no average', () => {
  const vwap = new SessionVwap();
  vwap.update({ at: at(1), price: 100, volume: 0 });
  expect([vwap.isReady, vwap.value, vwap.deviation, vwap.zScore(100)]).toEqual([
    false,
    undefined,
    undefined,
    undefined,
  ]);
  expect(typicalPrice({ high: 12, low: 9, close: 9 })).toBe(10);
});

test.each([Number.NaN, Infinity, -Infinity, 1e51])('%d is refused, and nothing of it is taken', (bad) => {
  const indicators = [new Sma(1), new Ema(1), new Rsi(1), new RollingDeviation(2)];
  for (const indicator of indicators) {
    indicator.update(1);
    const before = indicator.snapshot();
    expect(() => indicator.update(bad)).toThrow(RangeError);
    expect(indicator.snapshot()).toEqual(before);
  }
  expect(() => new Atr(1).update({ high: 2, low: 1, close: bad })).toThrow(RangeError);
  expect(() => new RollingRange(1).update({ high: bad, low: 1, volume: 1 })).toThrow(RangeError);
  expect(() => new SessionVwap().update({ at: at(0), price: 1, volume: bad })).toThrow(RangeError);
});

test('a bar whose low is above its high, a negative volume and a length of no bars are refused', () => {
  expect(() => new Atr(1).update({ high: 1, low: 2, close: 1 })).toThrow('low to be at most its high');
  expect(() => new RollingRange(1).update({ high: 1, low: 2, volume: 1 })).toThrow('low to be at most its high');
  expect(() => new MeanVolume(1).update({ volume: -1 })).toThrow('volume from 0');
  const makers = [Sma, Ema, Rsi, Atr, RollingDeviation, RollingRange, MeanVolume];
  for (const Maker of makers) {
    for (const length of [0, -1, 1.5, Number.NaN]) expect(() => new Maker(length)).toThrow(RangeError);
  }
  expect(() => new SessionVwap({ period: micros(0) })).toThrow(RangeError);
});
