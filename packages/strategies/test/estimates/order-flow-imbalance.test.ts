import { micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { OrderFlowImbalance, StrategyError, bookFlow } from '../../src/index.ts';
import { FakeBook } from '../harness.ts';
import { throughJson, walk } from './walk.ts';

const second = (n: number) => micros(Math.round(n * 1_000_000));
/** Lots of one unit of the book's base. */
const UNIT = 1e8;

/** Best bid, its size, best ask, its size. */
const STATES = [
  [100, 5, 100.2, 4],
  [100, 7, 100.2, 4],
  [100.1, 2, 100.2, 3],
  [100.1, 2, 100.3, 6],
  [100, 7, 100.3, 6],
  [100, 7, 100.2, 1],
] as const;

function bookOf(...ranks: readonly (readonly [number, number, number, number])[]): FakeBook {
  const book = new FakeBook();
  book.set(
    ranks.map(([price, size]) => [price.toFixed(1), size.toFixed(8)]),
    ranks.map(([, , price, size]) => [price.toFixed(1), size.toFixed(8)]),
  );
  return book;
}

describe('the worked example', () => {
  test('the changes add 2, 3, 3, −2, −1: cumulative 2, 5, 8, 6, 5', () => {
    const ranks = STATES.map(([bidPrice, bidSize, askPrice, askSize]) => ({ bidPrice, bidSize, askPrice, askSize }));
    const flows = ranks.slice(1).map((rank, index) => bookFlow(ranks[index]!, rank));
    expect(flows).toEqual([2, 3, 3, -2, -1]);
  });

  test('over a window of them all: 5, on an average depth of 4.5 a normalised 1.1111', () => {
    const imbalance = new OrderFlowImbalance({ windowMs: 5000 });
    for (const [index, state] of STATES.entries()) {
      expect(imbalance.flow).toBeUndefined();
      imbalance.update(second(index), bookOf(state));
    }
    expect(imbalance.flow).toBe(5 * UNIT);
    expect(imbalance.normalised).toBeCloseTo(1.1111, 4);
    expect(imbalance.changes).toBe(5);
  });
});

test('changes leave when they are as old as the window, and a book that stands still has no flow', () => {
  const imbalance = new OrderFlowImbalance({ windowMs: 5000 });
  for (const [index, state] of STATES.entries()) imbalance.update(second(index), bookOf(state));
  imbalance.advance(second(6));
  expect(imbalance.flow).toBe(3 * UNIT);
  imbalance.advance(second(60));
  expect([imbalance.flow, imbalance.normalised, imbalance.changes]).toEqual([0, 0, 0]);
});

test('a message that leaves the watched ranks alone is no change', () => {
  const imbalance = new OrderFlowImbalance({ windowMs: 5000 });
  imbalance.update(second(0), bookOf([100, 5, 100.2, 4], [99, 1, 101, 1]));
  imbalance.update(second(1), bookOf([100, 5, 100.2, 4], [99, 3, 101, 1]));
  expect(imbalance.changes).toBe(0);
});

test('further ranks count by halves, and one that a side lacks for nothing', () => {
  const imbalance = new OrderFlowImbalance({ windowMs: 1000, ranks: 3 });
  imbalance.update(second(0), bookOf([100, 5, 100.2, 4], [99, 2, 101, 2]));
  imbalance.update(second(0.5), bookOf([100, 7, 100.2, 4], [99, 2, 101, 1], [98, 9, 102, 9]));
  imbalance.advance(second(1));
  expect(imbalance.flow).toBe((2 + 0.5) * UNIT);
  expect(imbalance.normalised).toBeCloseTo(2.5 / (5.5 + 0.5 * 1.5 + 0.25 * 9), 12);
});

test('nothing is counted across a lost book: one told of, an empty or a crossed one', () => {
  const ways: ((imbalance: OrderFlowImbalance) => void)[] = [
    (imbalance) => imbalance.lost(),
    (imbalance) => imbalance.update(second(3), new FakeBook()),
    (imbalance) => imbalance.update(second(3), bookOf([100.3, 1, 100.2, 1])),
  ];
  for (const lose of ways) {
    const imbalance = new OrderFlowImbalance({ windowMs: 1000 });
    for (const [index, state] of STATES.slice(0, 3).entries()) imbalance.update(second(index), bookOf(state));
    expect(imbalance.flow).toBeDefined();
    lose(imbalance);
    expect(imbalance.flow).toBeUndefined();
    imbalance.update(second(4), bookOf([200, 90, 201, 1]));
    imbalance.advance(second(5));
    expect(imbalance.flow).toBe(0);
  }
});

test('more changes than are kept push the oldest out, which is counted', () => {
  const imbalance = new OrderFlowImbalance({ windowMs: 5000, maxChanges: 2 });
  for (const [index, state] of STATES.entries()) imbalance.update(second(index), bookOf(state));
  expect([imbalance.flow, imbalance.changes, imbalance.shed]).toEqual([-3 * UNIT, 2, 3]);
});

test('the sum stays that of the window over thousands of changes', () => {
  const imbalance = new OrderFlowImbalance({ windowMs: 4000, ranks: 2 });
  const seen: { at: number; flow: number; depth: number }[] = [];
  let before = { bidPrice: 0, bidSize: 0, askPrice: 0, askSize: 0 };
  for (const [index, { draw }] of walk(2500).entries()) {
    const state = [100 + Math.round(draw * 3), 1 + (Math.round(draw * 7919) % 7), 104, 1 + (index % 5)] as const;
    const at = second(index / 10);
    imbalance.update(at, bookOf(state));
    const after = { bidPrice: state[0], bidSize: state[1] * UNIT, askPrice: state[2], askSize: state[3] * UNIT };
    const depth = (after.bidSize + after.askSize) / 2;
    if (index > 0) seen.push({ at, flow: bookFlow(before, after), depth });
    before = after;
    if (index < 50) continue;
    const inWindow = seen.slice(-45).filter((change) => change.at > at - 4_000_000);
    const flow = inWindow.reduce((sum, change) => sum + change.flow, 0);
    const meanDepth = inWindow.reduce((sum, change) => sum + change.depth, 0) / inWindow.length;
    expect(imbalance.flow).toBe(flow);
    expect(imbalance.normalised).toBeCloseTo(flow / meanDepth, 12);
  }
});

test('a run that is saved at any event and goes on gives the same values, and the future changes no past one', () => {
  const options = { windowMs: 3000, ranks: 2, maxChanges: 6 };
  const events = walk(300);
  const play = (imbalance: OrderFlowImbalance, index: number): unknown => {
    const { at = second(0), price = 0, draw = 0 } = events[index] ?? {};
    const size = 1 + Math.round(draw * 9);
    imbalance.update(at, bookOf([price - 1, size, price + 1, 10 - draw], [price - 2, 3, price + 2, size]));
    return [imbalance.flow, imbalance.normalised, imbalance.changes, imbalance.shed];
  };
  const whole = new OrderFlowImbalance(options);
  const seen = events.map((_, index) => play(whole, index));
  let saved = new OrderFlowImbalance(options);
  for (const index of events.keys()) {
    const state = throughJson(saved.snapshot());
    saved = new OrderFlowImbalance(options);
    saved.restore(state);
    expect(play(saved, index)).toEqual(seen[index]);
  }
  expect(whole.shed).toBeGreaterThan(0);
});

test('faults are refused: options, snapshots', () => {
  expect(() => new OrderFlowImbalance({ windowMs: 0, ranks: 0 })).toThrow(
    'expected windowMs to be a number > 0, was 0; expected ranks to be a whole number from 1, was 0',
  );
  const imbalance = new OrderFlowImbalance();
  imbalance.update(second(0), bookOf(STATES[0]));
  const before = imbalance.snapshot();
  expect(() => imbalance.restore({ ...Object(before), flows: [1] })).toThrow(StrategyError);
  expect(() => imbalance.restore({ ...Object(before), ranks: [0, 0, 0, 0] })).toThrow('expected sizes > 0');
  expect(() => imbalance.restore(new OrderFlowImbalance({ windowMs: 1 }).snapshot())).toThrow(StrategyError);
  expect(imbalance.snapshot()).toEqual(before);
});
