import { micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FillIntensity, StrategyError, fitIntensity } from '../../src/index.ts';
import { throughJson, walk } from './walk.ts';

const second = (n: number) => micros(Math.round(n * 1_000_000));
const TICKS = [1, 2, 3, 4, 5, 6];
const REACHED = [180, 121, 83, 52, 37, 24];
/** So long a half-life that nothing is forgotten, to the digits compared. */
const FOREVER = 1e15;

/** 600 steps in which buys and sells each reach the distances of the worked example. */
function exampleRun(): FillIntensity {
  const estimate = new FillIntensity({ tick: 1, refitMs: 1000, halfLifeMs: FOREVER });
  estimate.update(second(0.5), 1000);
  for (let step = 1; step <= 600; step += 1) {
    const reach = REACHED.filter((count) => step <= count).length;
    if (reach > 0) {
      estimate.trade(second(step + 0.2), 'buy', 1000 + reach);
      estimate.trade(second(step + 0.3), 'buy', 1000 + reach / 2);
      estimate.trade(second(step + 0.4), 'sell', 1000 - reach);
    }
    estimate.advance(second(step + 0.9));
  }
  estimate.advance(second(601));
  return estimate;
}

describe('the worked example, as a stream', () => {
  test('A 0.450004, κ 0.401732 a side', () => {
    const { fit, isPoor } = exampleRun();
    expect(fit?.intensity).toBeCloseTo(0.450004, 6);
    expect(fit?.decay).toBeCloseTo(0.401732, 6);
    expect(fit?.rSquared).toBeCloseTo(fitIntensity(TICKS, REACHED, 600)?.rSquared ?? 0, 9);
    expect(isPoor).toBe(false);
  });
});

test('distances are from the fair value that the step began with, not from the one at the trade', () => {
  const estimate = new FillIntensity({ tick: 1, refitMs: 1000, halfLifeMs: FOREVER });
  estimate.update(second(0.5), 1000);
  for (let step = 1; step <= 60; step += 1) {
    estimate.update(second(step + 0.1), 1005);
    estimate.trade(second(step + 0.2), 'buy', step % 2 === 0 ? 1003 : 1001);
    estimate.update(second(step + 0.3), 1000);
  }
  estimate.advance(second(61));
  // 1 tick is reached in all steps, 3 in half of them.
  const fit = fitIntensity([1, 2, 3], [60, 30, 30], 120);
  expect(estimate.fit?.intensity).toBeCloseTo(fit?.intensity ?? 0, 9);
  expect(estimate.fit?.decay).toBeCloseTo(fit?.decay ?? 0, 9);
});

test('older steps count less: after a half-life, half', () => {
  const estimate = exampleRun();
  const slow = new FillIntensity({ tick: 1, refitMs: 1000, halfLifeMs: 600_000 });
  slow.restore(estimate.snapshot());
  for (let at = 602; at <= 1201; at += 1) slow.advance(second(at));
  // Half of 600 s, and 600 s in which the weight falls to a half: T is (300 + 300 / ln 2) s a side.
  const expected = fitIntensity(
    TICKS,
    REACHED.map((count) => count / 2),
    300 + 300 / Math.LN2,
  );
  expect(slow.fit?.decay).toBeCloseTo(expected?.decay ?? 0, 6);
  expect((slow.fit?.intensity ?? 0) / (expected?.intensity ?? 1)).toBeCloseTo(1, 2);
});

test('a fit without slope is refused, and the last good one stays', () => {
  const estimate = new FillIntensity({ tick: 1, refitMs: 1000, halfLifeMs: FOREVER });
  const levels = Array.from({ length: 20 }, (_, index) => 400 + index);
  estimate.restore({ ...Object(exampleRun().snapshot()), reached: levels });
  const { fit } = exampleRun();
  estimate.advance(second(602));
  expect(estimate.isPoor).toBe(true);
  expect(estimate.fit).toEqual(fit);
});

test('a fit that explains less than half is refused', () => {
  const estimate = new FillIntensity({ tick: 1, refitMs: 1000, halfLifeMs: FOREVER });
  const levels = [100, 900, 90, 800, 80, 700, 70, 600, 60, 500, 50, 400, 40, 300, 30, 200, 20, 100, 10, 80];
  estimate.restore({ ...Object(exampleRun().snapshot()), reached: levels });
  estimate.advance(second(602));
  expect(estimate.isPoor).toBe(true);
  const fit = fitIntensity([1, 2, 3, 4], [100, 900, 90, 800], 10);
  expect(fit?.rSquared).toBeLessThan(0.5);
});

test('a distance of three ticks is three, whatever doubles make of it, and two and a half are two', () => {
  const estimate = new FillIntensity({ tick: 0.1, levels: 4 });
  estimate.update(second(0.5), 100);
  estimate.trade(second(1.1), 'buy', 100.3);
  estimate.trade(second(1.2), 'sell', 99.75);
  estimate.advance(second(2));
  expect(100.3 - 100).toBeLessThan(0.3);
  expect(estimate.snapshot()).toMatchObject({ reached: [2, 2, 1, 0], records: 2, seconds: 2 });
});

test('nothing is fitted before fifty records', () => {
  const estimate = new FillIntensity({ tick: 1, refitMs: 1000 });
  estimate.update(second(0.5), 1000);
  const seen: boolean[] = [];
  for (let step = 1; step <= 60; step += 1) {
    estimate.trade(second(step + 0.2), 'buy', 1000 + (step % 3) + 1);
    estimate.advance(second(step + 0.9));
    seen.push(estimate.fit !== undefined);
  }
  expect(seen.indexOf(true)).toBeGreaterThanOrEqual(50);
  expect(seen.lastIndexOf(false)).toBeLessThan(56);
});

test('steps across a silence or a lost book do not count', () => {
  const quiet = exampleRun();
  const before = throughJson(quiet.snapshot());
  quiet.advance(second(700));
  quiet.trade(second(700.5), 'buy', 1006);
  quiet.advance(second(701.5));
  expect(throughJson(quiet.snapshot())).toMatchObject({
    seconds: Object(before).seconds,
    reached: Object(before).reached,
  });

  const lost = exampleRun();
  const counted = Object(lost.snapshot()).seconds;
  lost.lost();
  lost.trade(second(601.5), 'buy', 1006);
  lost.update(second(601.6), 1000);
  lost.advance(second(602));
  expect(lost.snapshot()).toMatchObject({ seconds: counted });
  lost.advance(second(603));
  expect(Object(lost.snapshot()).seconds).toBeCloseTo(counted + 2, 6);
});

test('a run that is saved at any event and goes on gives the same fits, and the future changes no past one', () => {
  const options = { tick: 0.01, refitMs: 2000, halfLifeMs: 100_000 };
  const events = walk(500);
  const play = (estimate: FillIntensity, index: number): unknown => {
    const event = events[index];
    if (event === undefined) return undefined;
    if (index % 3 === 0) estimate.update(event.at, event.price);
    else estimate.trade(event.at, event.draw < 0.5 ? 'buy' : 'sell', event.price);
    return [estimate.fit, estimate.isPoor];
  };
  const whole = new FillIntensity(options);
  const seen = events.map((_, index) => play(whole, index));
  let saved = new FillIntensity(options);
  for (const index of events.keys()) {
    const state = throughJson(saved.snapshot());
    saved = new FillIntensity(options);
    saved.restore(state);
    expect(play(saved, index)).toEqual(seen[index]);
  }
  expect(whole.fit).toBeDefined();
});

test('faults are refused: options, values, snapshots', () => {
  expect(() => new FillIntensity({ tick: -1, levels: 2.5 })).toThrow(
    'expected tick to be a number > 0, was -1; expected levels to be a whole number from 1, was 2.5',
  );
  const estimate = exampleRun();
  const before = estimate.snapshot();
  expect(() => estimate.trade(second(601), 'buy', Number.POSITIVE_INFINITY)).toThrow(RangeError);
  expect(() => estimate.restore({ ...Object(before), reached: [1, 2] })).toThrow(StrategyError);
  expect(() => estimate.restore({ ...Object(before), seconds: 0 })).toThrow('expected seconds > 0');
  expect(estimate.snapshot()).toEqual(before);
});
