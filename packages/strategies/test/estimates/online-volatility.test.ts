import { micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { OnlineVolatility, StrategyError, annualVolatility } from '../../src/index.ts';
import { throughJson, walk } from './walk.ts';

const second = (n: number) => micros(Math.round(n * 1_000_000));
const MIDS = [100, 100.02, 100.01, 100.05, 100.04, 100.04, 100];

/** A value in the middle of each second, and the end of the last. */
function fed(estimate: OnlineVolatility, mids: readonly number[]): OnlineVolatility {
  for (const [index, mid] of mids.entries()) estimate.update(second(index + 0.5), mid);
  estimate.advance(second(mids.length));
  return estimate;
}

describe('the worked example', () => {
  test('half-life 5 s: v 0.000561012, σ 0.0236857 or 2.36857 bp/√s, 133.0 % a year', () => {
    const variance = fed(new OnlineVolatility({ tick: 0.01, halfLifeMs: 5000 }), MIDS).variance ?? 0;
    const sigma = Math.sqrt(variance);
    expect(variance).toBeCloseTo(0.000561012, 9);
    expect(sigma).toBeCloseTo(0.0236857, 7);
    expect((sigma / 100) * 1e4).toBeCloseTo(2.36857, 5);
    expect(annualVolatility(sigma, 100) * 100).toBeCloseTo(133, 1);
  });

  test('half-life 60 s: v 0.000415898, σ 0.0203936', () => {
    const variance = fed(new OnlineVolatility({ tick: 0.01 }), MIDS).variance ?? 0;
    expect(variance).toBeCloseTo(0.000415898, 9);
    expect(Math.sqrt(variance)).toBeCloseTo(0.0203936, 7);
  });
});

test('only the last value of a step counts, and a quiet step is an increment of nothing', () => {
  const often = new OnlineVolatility({ tick: 0.01 });
  often.update(second(0.2), 90);
  often.update(second(0.9), 100);
  often.update(second(1.1), 500);
  often.update(second(1.9), 100.02);
  often.advance(second(4));
  expect(often.samples).toBe(3);

  const seldom = fed(new OnlineVolatility({ tick: 0.01 }), [100, 100.02, 100.02, 100.02]);
  expect(often.variance).toBe(seldom.variance);
});

test('it is ready after thirty samples and a half-life of them, whichever is more', () => {
  const flat = Array.from({ length: 62 }, (_, index) => 100 + (index % 2) / 100);
  const minute = new OnlineVolatility({ tick: 0.01 });
  fed(minute, flat.slice(0, 60));
  expect([minute.samples, minute.volatility]).toEqual([59, undefined]);
  minute.advance(second(61));
  expect(minute.volatility).toBe(Math.sqrt(minute.variance ?? 0));

  expect(fed(new OnlineVolatility({ tick: 0.01, halfLifeMs: 5000 }), flat.slice(0, 30)).isReady).toBe(false);
  expect(fed(new OnlineVolatility({ tick: 0.01, halfLifeMs: 5000 }), flat.slice(0, 31)).isReady).toBe(true);
});

test('σ does not fall below a tick a minute', () => {
  const still = fed(
    new OnlineVolatility({ tick: 0.01, halfLifeMs: 5000 }),
    Array.from({ length: 40 }, () => 100),
  );
  expect(still.variance).toBe(0);
  expect(still.volatility).toBe(0.01 / Math.sqrt(60));
});

test('an increment beyond ten σ counts as ten, and is counted', () => {
  const estimate = fed(new OnlineVolatility({ tick: 0.01 }), [100, 100.02]);
  estimate.update(second(2.5), 105);
  estimate.advance(second(3));
  const keep = 2 ** (-1 / 60);
  expect(estimate.variance).toBeCloseTo(keep * 0.0004 + (1 - keep) * 100 * 0.0004, 12);
  expect(estimate.capped).toBe(1);
});

test('after a still start, ten times the floor is the most that an increment counts', () => {
  const estimate = fed(new OnlineVolatility({ tick: 0.01 }), [100, 100, 105]);
  expect(estimate.variance).toBeCloseTo((1 - 2 ** (-1 / 60)) * 100 * (0.0001 / 60), 15);
  expect(estimate.capped).toBe(1);
});

test('no increment reaches across a silence of more than five steps, or across a lost book', () => {
  const silent = fed(new OnlineVolatility({ tick: 0.01 }), [100, 100.02]);
  silent.update(second(7.1), 150);
  silent.update(second(8.1), 150.02);
  silent.advance(second(9));
  expect(silent.samples).toBe(2);
  expect(silent.variance).toBeCloseTo(0.0004, 12);

  const lost = fed(new OnlineVolatility({ tick: 0.01 }), [100, 100.02]);
  lost.lost();
  lost.update(second(2.5), 150);
  lost.advance(second(3));
  expect(lost.samples).toBe(1);

  const alive = fed(new OnlineVolatility({ tick: 0.01 }), [100, 100.02]);
  for (let at = 3; at < 30; at += 1) alive.advance(second(at));
  expect(alive.samples).toBe(28);
});

test('a run that is saved at any event and goes on gives the same values, and the future changes no past one', () => {
  const events = walk(300);
  const whole = new OnlineVolatility({ tick: 0.01, halfLifeMs: 5000 });
  const seen = events.map(({ at, price }) => {
    whole.update(at, price);
    return [whole.variance, whole.volatility, whole.samples, whole.capped];
  });

  let saved = new OnlineVolatility({ tick: 0.01, halfLifeMs: 5000 });
  for (const [index, { at, price }] of events.entries()) {
    const state = throughJson(saved.snapshot());
    saved = new OnlineVolatility({ tick: 0.01, halfLifeMs: 5000 });
    saved.restore(state);
    saved.update(at, price);
    expect([saved.variance, saved.volatility, saved.samples, saved.capped]).toEqual(seen[index]);
  }
  expect(whole.isReady).toBe(true);
});

test('faults are refused: options, values, snapshots', () => {
  expect(() => new OnlineVolatility({ tick: 0, gridMs: -1 })).toThrow(
    'expected tick to be a number > 0, was 0; expected gridMs to be a number > 0, was -1',
  );
  const estimate = fed(new OnlineVolatility({ tick: 0.01 }), MIDS);
  const before = estimate.snapshot();
  expect(() => estimate.update(second(99), Number.NaN)).toThrow(RangeError);
  expect(() => estimate.restore({ version: 1, samples: 'many', capped: 0 })).toThrow(StrategyError);
  expect(estimate.snapshot()).toEqual(before);
});
