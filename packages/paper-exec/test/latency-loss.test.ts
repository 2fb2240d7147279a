import { KeyedRandom, micros } from '@kb/model';
import type { ExecutionReport } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { CommandPath } from '../src/latency/command-path.ts';
import { ZERO, cancel, opened, place, LOSS } from './latency-scene.ts';
import { ms } from './scene.ts';
import type { Scene } from './scene.ts';

describe('loss', () => {
  const lossy = (loss: Partial<typeof LOSS>): Scene =>
    opened({ ...ZERO, loss: { ...LOSS, undelivered: 0, unanswered: 0, ...loss } });

  test('an order that never arrives is unknown after the timeout, and rejected by reconciliation', () => {
    const scene = lossy({ undelivered: 1 });
    scene.place('buy', '100.2', '1.0');
    scene.wait(1_049);
    expect(scene.answers()).toEqual([]);
    scene.wait(1_050);
    expect(scene.answers()).toEqual(['unknown o1']);
    scene.wait(1_200).print(1_250, '99.0', '9.0').wait(1_400);
    expect(scene.answers()).toEqual(['unknown o1', 'rejected o1 not-received']);
    expect(scene.fills()).toEqual([]);
    expect(scene.venue.balances()).toEqual({ BTC: '1000', USD: '1000000' });
  });

  test('an order whose answer gets lost is carried out, and nothing is heard of it until reconciliation', () => {
    const scene = lossy({ unanswered: 1 });
    scene.place('buy', '100.2', '1.0');
    scene.wait(1_100);
    expect(scene.answers()).toEqual(['unknown o1']);
    expect(scene.fills()).toEqual([]);
    expect(scene.venue.balances()['BTC']).toBe('1001');
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['unknown o1', 'accepted o1']);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.2 F2']);
  });

  test('afterwards the order is heard of as any other', () => {
    const scene = lossy({ unanswered: 1 });
    scene.place('buy', '100.0', '2.0');
    scene.wait(1_100).print(1_150, '100.0', '6.0').wait(1_190);
    expect(scene.fills()).toEqual([]);
    scene.wait(1_201);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
    scene.print(1_300, '100.0', '1.0').wait(1_351);
    expect(scene.fills()).toHaveLength(2);
    expect(scene.reports.map(({ type }) => type)).toEqual(['unknown', 'accepted', 'fill', 'fill']);
  });

  test('and its reports take their time again', () => {
    const scene = opened({ ...ZERO, ack: 100_000, loss: { ...LOSS, undelivered: 0, unanswered: 1 } });
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_250).print(1_300, '100.0', '6.0').wait(1_399);
    expect(scene.reports.map(({ type }) => type)).toEqual(['unknown', 'accepted']);
    scene.wait(1_400);
    expect(scene.fills()).toHaveLength(1);
    expect(scene.venue.health().ackSlack.reports).toBe(2);
  });

  test('one silence does not end another', () => {
    const scene = lossy({ unanswered: 1 });
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_010);
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_199);
    expect(scene.answers()).toEqual(['unknown o1', 'unknown o2']);
    scene.wait(1_209);
    expect(scene.answers().slice(2)).toEqual(['accepted o1']);
    scene.wait(1_210);
    expect(scene.answers().slice(3)).toEqual(['accepted o2']);
  });

  test('what never arrives holds up nobody', () => {
    const entry = { add: 100_000, cancel: 10_000 };
    const path = new CommandPath({ feed: 0, entry, ack: 0, loss: { ...LOSS, undelivered: 0.5, unanswered: 0 } });
    const [connection, at] = ['ws', ms(1_000)] as const;
    for (let n = 0; ; n += 1) {
      expect(n).toBeLessThan(100);
      const sentAt = micros(at + n * 1_000_000);
      const lost = path.send({ connection, key: `a${n}`, kind: 'add', places: true }, sentAt, 'quiet');
      if (lost.fate !== 'undelivered') continue;
      const other = path.send({ connection, key: `b${n}`, kind: 'cancel', places: false }, sentAt, 'quiet');
      expect(other.arrivesAt - sentAt).toBe(10_000);
      return;
    }
  });

  test('a cancel that never arrives leaves the order working', () => {
    // Only commands after the first get lost: the share is drawn by order and attempt.
    const random = new KeyedRandom(0, 'latency loss');
    const id = Array.from({ length: 500 }, (_, n) => `id${n}`).find(
      (name) => random.named(name, 0) > 0.5 && random.named(name, 1) < 0.5,
    )!;
    const scene = lossy({ undelivered: 0.5 });
    scene.venue.submit(place(id), ms(1_000));
    scene.wait(1_100);
    scene.venue.submit(cancel(id), ms(1_100));
    scene.wait(1_400);
    expect(scene.answers()).toEqual([`accepted ${id}`, `unknown ${id}`, `cancel-rejected ${id} not-received`]);
    scene.print(1_500, '100.0', '9.0').wait(1_600);
    expect(scene.fills()).toHaveLength(1);
  });

  test('in the share asked for', () => {
    const scene = lossy({ undelivered: 0.2, unanswered: 0.1 });
    for (let n = 0; n < 2_000; n += 1) scene.place('buy', '90.0', '0.1');
    scene.wait(2_000);
    const count = (type: ExecutionReport['type']): number =>
      scene.reports.filter((report) => report.type === type).length;
    expect(count('rejected') / 2_000).toBeCloseTo(0.2, 1);
    expect(count('unknown') / 2_000).toBeCloseTo(0.3, 1);
    expect(count('accepted')).toBe(2_000 - count('rejected'));
  });
});

describe('fills before their answer', () => {
  const told = (fillBeforeAnswer: number, orders = 1): string[][] => {
    const scene = opened({ ...ZERO, ack: 5_000, fillBeforeAnswer });
    return Array.from({ length: orders }, (_, n) => {
      const id = `id${n}`;
      const at = 1_100 + 100 * n;
      scene.update(at - 1, [], [['100.2', '0']]).update(at, [], [['100.2', '5.0']]); // what we took is there again
      scene.venue.submit(place(id, { price: 1_002 as never }), ms(at));
      scene.wait(at + 90);
      return scene.reports.filter(({ clientOrderId }) => clientOrderId === id).map(({ type }) => type);
    });
  };

  test.each([
    [0, ['accepted', 'fill']],
    [1, ['fill', 'accepted']],
  ])('in a share of %d', (share, types) => {
    expect(told(share)).toEqual([types]);
  });

  test('in a third of cases', () => {
    const first = told(1 / 3, 600).filter(([type]) => type === 'fill').length;
    expect(first / 600).toBeGreaterThan(0.28);
    expect(first / 600).toBeLessThan(0.39);
  });

  test('a fill that happened when the answer had been here comes after it', () => {
    const scene = opened({ ...ZERO, ack: 5_000, fillBeforeAnswer: 1 });
    scene.place('buy', '100.0', '1.0');
    scene.print(1_006, '100.0', '6.0').wait(1_200); // both are known only now
    expect(scene.reports.map(({ type }) => type)).toEqual(['accepted', 'fill']);
  });

  test('one that happened on its way overtakes it', () => {
    const scene = opened({ ...ZERO, ack: 5_000, fillBeforeAnswer: 1 });
    scene.place('buy', '100.0', '1.0');
    scene.print(1_004, '100.0', '5.5').print(1_004.5, '100.0', '0.5').wait(1_200);
    expect(scene.reports.map(({ type, seq }) => [seq, type])).toEqual([
      [1, 'fill'],
      [2, 'accepted'],
      [3, 'fill'],
    ]);
  });
});
