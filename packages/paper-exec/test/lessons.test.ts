import { lots, micros, ticks } from '@kb/model';
import { bookChanges, L2Book } from '@kb/orderbook';
import { describe, expect, test } from 'vitest';
import { AgeHazard } from '../src/queue/age-hazard.ts';
import { ChannelStep } from '../src/queue/channel-step.ts';
import { MatchRate } from '../src/queue/match-rate.ts';
import { QueueContext } from '../src/queue/queue-context.ts';
import { QueueLevels } from '../src/queue/queue-levels.ts';
import { SettleQueue } from '../src/queue/settle-queue.ts';
import { PAIR, Scene } from './scene.ts';

/** What a symbol's book, cancels and prints teach, and how soon it is forgotten. */

const YOUNG = 500;
const OLD = 2_000_000;

describe('how readily orders are cancelled by their age', () => {
  test('is average before anything is learnt', () => {
    expect(new AgeHazard().of(YOUNG)).toBe(1);
  });

  test('is how often an age was taken over how often it would have been by chance', () => {
    const hazard = new AgeHazard();
    hazard.taken(YOUNG);
    for (const age of [YOUNG, OLD]) hazard.candidate(age, 2);
    expect(hazard.of(YOUNG)).toBeCloseTo(11 / 10.5, 10);
    expect(hazard.of(OLD)).toBeCloseTo(10 / 10.5, 10);
  });

  test('counts older cancels half after 8,192 more', () => {
    const hazard = new AgeHazard();
    for (let count = 0; count < 8_191; count += 1) hazard.taken(YOUNG);
    expect(hazard.of(YOUNG)).toBeCloseTo(820.1, 6);
    hazard.taken(YOUNG);
    expect(hazard.of(YOUNG)).toBeCloseTo(410.6, 6);
    for (let count = 0; count < 4_095; count += 1) hazard.taken(YOUNG);
    expect(hazard.of(YOUNG)).toBeCloseTo(820.1, 6);
    hazard.taken(YOUNG);
    expect(hazard.of(YOUNG)).toBeCloseTo(410.6, 6);
  });
});

describe('whether channels are in step', () => {
  const paired = (step: ChannelStep, count: number, sameTime: boolean): ChannelStep => {
    for (let pair = 0; pair < count; pair += 1) step.paired(sameTime);
    return step;
  };

  test('is not said before thirty pairs', () => {
    expect(paired(new ChannelStep(0.99), 29, true).inStep).toBe(false);
    expect(paired(new ChannelStep(0.99), 30, true).inStep).toBe(true);
  });

  test('is found out soon, however long they were', () => {
    const step = paired(new ChannelStep(0.99), 100_000, true);
    expect(paired(step, 5, false).inStep).toBe(true);
    expect(paired(step, 1, false).inStep).toBe(false);
  });
});

test('the match rate is that of the last five hundred cancels or so', () => {
  const rate = new MatchRate();
  expect(rate.value).toBeUndefined();
  for (let count = 0; count < 10_000; count += 1) rate.count(true);
  for (let count = 0; count < 500; count += 1) rate.count(false);
  expect(rate.value).toBeCloseTo(Math.exp(-1), 2);
});

test('levels that wait are asked when their time is over, each once, and not remembered then', () => {
  const queue = new SettleQueue();
  const asked: string[] = [];
  const level = (name: string): { settle(now: number): void } => ({ settle: (now) => asked.push(`${name} ${now}`) });
  const [a, b] = [level('a'), level('b')];
  queue.push(a, 10);
  queue.push(a, 10);
  queue.push(b, 10);
  queue.push(a, 12);
  queue.settle(10);
  expect(asked).toEqual([]);
  queue.settle(11);
  expect(asked).toEqual(['a 11', 'b 11']);
  expect(queue.due).toBe(12);
  queue.settle(20);
  expect(asked).toEqual(['a 11', 'b 11', 'a 20']);
  expect(queue.due).toBe(Number.POSITIVE_INFINITY);
  for (let due = 30; due < 5_000; due += 1) {
    queue.push(due % 2 === 0 ? a : b, due);
    queue.settle(due - 5);
  }
  expect(queue.due).toBe(4_994);
});

test('the central model takes up inferred orders above the rate at which it lets go of them', () => {
  const context = new QueueContext(['central'], micros(0));
  const { matchRate } = context.lessons;
  const until = (matched: boolean, done: (rate: number) => boolean): void => {
    while (!done(matchRate.value ?? 0)) matchRate.count(matched);
    context.judge();
  };
  for (let count = 0; count < 99; count += 1) matchRate.count(true);
  context.judge();
  expect(context.centralRule(false)).toBe('power-blend');
  matchRate.count(true);
  context.judge();
  expect(context.centralRule(false)).toBe('fingerprint');
  until(false, (rate) => rate < 0.907);
  expect(context.centralRule(false)).toBe('fingerprint');
  until(false, (rate) => rate < 0.9);
  expect(context.centralRule(false)).toBe('power-blend');
  until(true, (rate) => rate > 0.905);
  expect(context.centralRule(false)).toBe('power-blend');
  until(true, (rate) => rate >= 0.91);
  expect(context.centralRule(false)).toBe('fingerprint');
  expect(context.centralRule(true)).toBe('exact');
});

describe('prices whose orders are inferred', () => {
  test('are let go when they are too many, the farthest first, but where somebody waits', () => {
    const levels = new QueueLevels('buy', new QueueContext(['fingerprint'], micros(0)));
    const book = new L2Book('BTC/USD', PAIR, 10_000);
    const far = 5_000;
    levels.watch(ticks(far), book).pins = 1;
    for (let price = 10_000; price > 8_900; price -= 1) {
      const bids = [[(price / 10).toFixed(1), '1.0']] as const;
      levels.touch(1, [ticks(price)], book);
      book.apply(bookChanges({ snapshot: price === 10_000, bids, asks: [] }, PAIR));
      levels.update(book, micros(1));
    }
    const followed = [10_000, 9_600, 9_000, far].map((price) => levels.at(ticks(price)) !== undefined);
    expect(followed).toEqual([true, true, false, true]);
    expect(levels.at(ticks(10_000))?.size).toBe(lots(10));
  });

  test('start anew when they come back into view: what happened meanwhile is no cancel', () => {
    const scene = new Scene({ models: ['fingerprint'], follow: 'fingerprint' }, { depth: 2 });
    scene.book(
      1_000,
      [
        ['100.0', '5.0'],
        ['99.8', '5.0'],
      ],
      [['100.3', '5.0']],
    );
    scene.update(1_100, [['99.9', '3.0']]).update(1_200, [['100.1', '1.0']]); // 99.9 is out of view
    scene.update(1_300, [
      ['100.1', '0'],
      ['99.9', '1.0'],
    ]);
    scene.place('buy', '99.0', '1.0');
    scene
      .wait(1_400)
      .update(1_500, [['99.9', '1.5']])
      .wait(1_700);
    // The order at 100.1 left alone, and all that it held.
    expect(scene.venue.health().queues['BTC/USD']?.matchRate).toBe(1);
  });
});
