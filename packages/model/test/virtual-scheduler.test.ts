import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { micros, VirtualScheduler } from '../src/index.ts';

test('time stands until it is moved', () => {
  const scheduler = new VirtualScheduler(micros(100));
  expect(scheduler.now()).toBe(100);
  scheduler.advance(micros(50));
  expect(scheduler.now()).toBe(150);
  expect(scheduler.nextDue()).toBeUndefined();
  expect(scheduler.step()).toBe(false);
});

test('tasks run when due, in order, ties as they were asked for, each at its own time', () => {
  const scheduler = new VirtualScheduler();
  const seen: string[] = [];
  for (const [name, delay] of [
    ['c', 30],
    ['a', 10],
    ['b', 20],
    ['b2', 20],
    ['late', 31],
  ] as const) {
    scheduler.after(micros(delay), () => seen.push(`${name}@${scheduler.now()}`));
  }
  scheduler.advance(micros(30));
  expect(seen).toEqual(['a@10', 'b@20', 'b2@20', 'c@30']);
  expect([scheduler.now(), scheduler.nextDue()]).toEqual([30, 31]);
});

test('a step moves time to the next task', () => {
  const scheduler = new VirtualScheduler();
  let runs = 0;
  scheduler.after(micros(5), () => (runs += 1));
  scheduler.after(micros(9), () => (runs += 1));
  expect([scheduler.step(), scheduler.now(), runs]).toEqual([true, 5, 1]);
  expect([scheduler.step(), scheduler.now(), runs]).toEqual([true, 9, 2]);
  expect([scheduler.step(), scheduler.now()]).toEqual([false, 9]);
});

test('a delay below zero is none', () => {
  const scheduler = new VirtualScheduler(micros(10));
  scheduler.after(micros(-5), () => undefined);
  expect(scheduler.nextDue()).toBe(10);
});

describe('cancelling', () => {
  test('stops a task, before and within its turn', () => {
    const scheduler = new VirtualScheduler();
    const seen: string[] = [];
    const cancelA = scheduler.after(micros(1), () => seen.push('a'));
    const cancelC = scheduler.after(micros(2), () => seen.push('c'));
    scheduler.after(micros(2), () => seen.push('d'));
    scheduler.after(micros(1), () => {
      seen.push('b');
      cancelC();
    });
    cancelA();
    cancelA();
    scheduler.advance(micros(5));
    expect(seen).toEqual(['b', 'd']);
  });

  test('after it ran, or by itself, changes nothing', () => {
    const scheduler = new VirtualScheduler();
    let runs = 0;
    const cancel = scheduler.after(micros(1), () => {
      runs += 1;
      cancel();
    });
    scheduler.after(micros(2), () => (runs += 1));
    scheduler.advance(micros(1));
    cancel();
    expect(scheduler.nextDue()).toBe(2);
    scheduler.advance(micros(1));
    expect(runs).toBe(2);
  });

  test('leaves nothing to be due when all are cancelled', () => {
    const scheduler = new VirtualScheduler();
    const cancels = Array.from({ length: 1000 }, (_, i) => scheduler.after(micros(i), () => undefined));
    for (const cancel of cancels) cancel();
    expect([scheduler.nextDue(), scheduler.step()]).toEqual([undefined, false]);
  });

  test('a deadline renewed a hundred thousand times keeps one task alive', () => {
    const scheduler = new VirtualScheduler();
    let fired = 0;
    let cancel = scheduler.after(micros(1_000_000), () => (fired += 1));
    for (let i = 0; i < 100_000; i += 1) {
      cancel();
      scheduler.advance(micros(1));
      cancel = scheduler.after(micros(1_000_000), () => (fired += 1));
    }
    expect(scheduler.nextDue()).toBe(1_100_000);
    scheduler.advance(micros(2_000_000));
    expect(fired).toBe(1);
  });
});

describe('inside a task', () => {
  test('what it asks for runs in the same turn when due in it', () => {
    const scheduler = new VirtualScheduler();
    const seen: number[] = [];
    const tick = (): void => {
      seen.push(scheduler.now());
      scheduler.after(micros(10), tick);
    };
    scheduler.after(micros(10), tick);
    scheduler.advance(micros(35));
    expect([seen, scheduler.now(), scheduler.nextDue()]).toEqual([[10, 20, 30], 35, 40]);
  });

  test('a delay of nothing runs after the others that are due now', () => {
    const scheduler = new VirtualScheduler();
    const seen: string[] = [];
    scheduler.after(micros(1), () => scheduler.after(micros(0), () => seen.push('asked inside')));
    scheduler.after(micros(1), () => seen.push('asked before'));
    scheduler.advance(micros(1));
    expect(seen).toEqual(['asked before', 'asked inside']);
  });

  test('moving time runs what is due and never turns time back', () => {
    const scheduler = new VirtualScheduler();
    const seen: string[] = [];
    scheduler.after(micros(5), () => {
      scheduler.advance(micros(20));
      seen.push(`outer@${scheduler.now()}`);
    });
    scheduler.after(micros(7), () => seen.push(`inner@${scheduler.now()}`));
    scheduler.advance(micros(10));
    expect([seen, scheduler.now()]).toEqual([['inner@7', 'outer@25'], 25]);
  });

  test('an error leaves through advance, with time at the task and the rest still to run', () => {
    const scheduler = new VirtualScheduler();
    let runs = 0;
    scheduler.after(micros(5), () => {
      throw new Error('broken task');
    });
    scheduler.after(micros(6), () => (runs += 1));
    expect(() => scheduler.advance(micros(10))).toThrow('broken task');
    expect([scheduler.now(), runs]).toEqual([5, 0]);
    scheduler.advance(micros(5));
    expect([scheduler.now(), runs]).toEqual([10, 1]);
  });
});

test('for any tasks and cancellations: the same runs as a sorted list', () => {
  const task = fc.record({ delay: fc.nat({ max: 50 }), cancels: fc.option(fc.nat({ max: 300 })) });
  fc.assert(
    fc.property(
      fc.array(task, { maxLength: 300 }),
      fc.array(fc.nat({ max: 20 }), { maxLength: 10 }),
      (tasks, moves) => {
        const scheduler = new VirtualScheduler();
        const ran: string[] = [];
        const cancels: (() => void)[] = [];
        const expected: { due: number; index: number }[] = [];
        const cancelled = new Set<number>();
        for (const [index, { delay, cancels: target }] of tasks.entries()) {
          cancels.push(scheduler.after(micros(delay), () => ran.push(`${index}@${scheduler.now()}`)));
          expected.push({ due: delay, index });
          if (target === null || cancels[target] === undefined) continue;
          cancels[target]();
          cancelled.add(target);
        }
        for (const move of [0, ...moves]) scheduler.advance(micros(move));
        const end = moves.reduce((sum, move) => sum + move, 0);
        const should = expected
          .filter(({ due, index }) => due <= end && !cancelled.has(index))
          .toSorted((a, b) => a.due - b.due || a.index - b.index)
          .map(({ due, index }) => `${index}@${due}`);
        expect(ran).toEqual(should);
      },
    ),
    { seed: 20_261_115, numRuns: 300 },
  );
});
