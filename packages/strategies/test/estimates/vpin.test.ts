import type { Side } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StrategyError, Vpin, bulkBuyShare, vpinBucket } from '../../src/index.ts';
import { throughJson, walk } from './walk.ts';

const TRADES: readonly (readonly [Side, number])[] = [
  ['buy', 6],
  ['sell', 2],
  ['buy', 5],
  ['sell', 9],
  ['buy', 1],
  ['sell', 4],
  ['buy', 3],
];

test('the worked example: buckets (8,2), (3,7), (4,6), VPIN 0.4, signed 0', () => {
  const vpin = new Vpin({ bucketVolume: 10, buckets: 3 });
  for (const [side, volume] of TRADES) {
    expect(vpin.value).toBeUndefined();
    vpin.trade(side, volume);
  }
  expect(vpin.snapshot()).toMatchObject({ imbalances: [6, -4, -2], filled: 0 });
  expect(vpin.value).toBeCloseTo(0.4, 12);
  expect(vpin.signed).toBe(0);
});

test('only the last buckets count, and the one that fills does not', () => {
  const vpin = new Vpin({ bucketVolume: 10, buckets: 3 });
  for (const [side, volume] of TRADES) vpin.trade(side, volume);
  vpin.trade('buy', 9);
  expect(vpin.value).toBeCloseTo(0.4, 12);
  vpin.trade('buy', 1);
  expect(vpin.value).toBeCloseTo(16 / 30, 12);
  expect(vpin.signed).toBeCloseTo(4 / 30, 12);
});

test('a print of many buckets fills them all, however many', () => {
  const vpin = new Vpin({ bucketVolume: 10, buckets: 3 });
  vpin.trade('sell', 4);
  vpin.trade('buy', 28);
  expect(vpin.snapshot()).toMatchObject({ imbalances: [2, 10, 10], filled: 2, bought: 2 });
  vpin.trade('sell', 1e15);
  expect([vpin.value, vpin.signed]).toEqual([1, -1]);
});

test('a new bucket volume holds from the next bucket on', () => {
  const vpin = new Vpin({ bucketVolume: 10, buckets: 2 });
  vpin.trade('buy', 5);
  vpin.resize(30);
  vpin.trade('sell', 5);
  vpin.trade('sell', 30);
  expect(vpin.snapshot()).toMatchObject({ volumes: [10, 30], imbalances: [0, -30] });
  expect(vpin.value).toBeCloseTo(0.75, 12);
});

test('bulk classification: Φ(0.8) is 0.788145, and a bar of that share is one of both sides', () => {
  expect(bulkBuyShare(0.8, 1)).toBeCloseTo(0.788145, 6);
  expect(bulkBuyShare(-1.6, 2)).toBeCloseTo(1 - 0.788145, 6);
  const vpin = new Vpin({ bucketVolume: 10, buckets: 1 });
  vpin.add(10, 0.75);
  expect(vpin.signed).toBeCloseTo(0.5, 12);
});

test('a bucket is a fiftieth of the mean daily volume', () => {
  expect(vpinBucket(1000)).toBe(20);
});

test('however trades are cut, the measure is the same', () => {
  const trades = fc.array(fc.tuple(fc.constantFrom<Side>('buy', 'sell'), fc.integer({ min: 1, max: 40 })), {
    minLength: 30,
  });
  fc.assert(
    fc.property(trades, (all) => {
      const whole = new Vpin({ bucketVolume: 16, buckets: 4 });
      const cut = new Vpin({ bucketVolume: 16, buckets: 4 });
      for (const [side, volume] of all) {
        whole.trade(side, volume);
        for (let unit = 0; unit < volume; unit += 1) cut.trade(side, 1);
      }
      expect(cut.snapshot()).toEqual(whole.snapshot());
      expect(cut.value).toBe(whole.value);
      expect(whole.value).toBeGreaterThanOrEqual(Math.abs(whole.signed ?? 0));
    }),
  );
});

test('a run that is saved at any trade and goes on gives the same values, and the future changes no past one', () => {
  const events = walk(400);
  const play = (vpin: Vpin, index: number): unknown => {
    const { draw = 0, price = 0 } = events[index] ?? {};
    vpin.trade(price > 100 ? 'buy' : 'sell', draw * 3);
    return [vpin.value, vpin.signed];
  };
  const whole = new Vpin({ bucketVolume: 5, buckets: 10 });
  const seen = events.map((_, index) => play(whole, index));
  let saved = new Vpin({ bucketVolume: 5, buckets: 10 });
  for (const index of events.keys()) {
    const state = throughJson(saved.snapshot());
    saved = new Vpin({ bucketVolume: 5, buckets: 10 });
    saved.restore(state);
    expect(play(saved, index)).toEqual(seen[index]);
  }
  expect(whole.value).toBeDefined();
});

test('faults are refused: options, volumes, snapshots', () => {
  expect(() => new Vpin({ bucketVolume: 0, buckets: 1.5 })).toThrow(
    'expected bucketVolume to be a number > 0, was 0; expected buckets to be a whole number from 1, was 1.5',
  );
  const vpin = new Vpin({ bucketVolume: 10, buckets: 3 });
  expect(() => vpin.trade('buy', -1)).toThrow(RangeError);
  expect(() => vpin.trade('buy', Number.NaN)).toThrow(RangeError);
  expect(() => vpin.add(1, 1.1)).toThrow(RangeError);
  expect(() => vpin.resize(0)).toThrow(StrategyError);
  const other = new Vpin({ bucketVolume: 10, buckets: 4 }).snapshot();
  expect(() => vpin.restore(other)).toThrow('expected buckets to be 3, was 4');
  expect(() => vpin.restore({ ...Object(vpin.snapshot()), size: 0 })).toThrow('size > filled');
});
