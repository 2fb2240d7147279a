import { micros } from '@kb/model';
import { expect, onTestFinished, test, vi } from 'vitest';
import { systemScheduler } from '../src/system-scheduler.ts';

test('the system scheduler runs tasks of no delay in order, and none that was cancelled', async () => {
  const scheduler = systemScheduler();
  const ran: string[] = [];
  await new Promise<void>((resolve) => {
    scheduler.after(micros(0), () => ran.push('first'));
    const cancelNow = scheduler.after(micros(0), () => ran.push('cancelled'));
    const cancelLater = scheduler.after(micros(3_600_000_000), () => ran.push('an hour later'));
    scheduler.after(micros(0), () => ran.push('second'));
    scheduler.after(micros(1), resolve);
    cancelNow();
    cancelLater();
    cancelLater();
  });
  expect(ran).toEqual(['first', 'second']);
});

test('the system clock counts whole microseconds and never goes back', () => {
  const scheduler = systemScheduler();
  let last = scheduler.now();
  for (let count = 0; count < 1000; count += 1) {
    const now = scheduler.now();
    expect(Number.isSafeInteger(now)).toBe(true);
    expect(now).toBeGreaterThanOrEqual(last);
    last = now;
  }
});

test('a task thirty days ahead, longer than a timer can wait, runs then and not at once', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const day = 86_400_000;
  let ran = 0;
  const after30Days = (): (() => void) => systemScheduler().after(micros(30 * day * 1000), () => (ran += 1));
  after30Days();
  vi.advanceTimersByTime(30 * day - 1);
  expect(ran).toBe(0);
  vi.advanceTimersByTime(1);
  expect(ran).toBe(1);

  const cancel = after30Days();
  vi.advanceTimersByTime(26 * day);
  cancel();
  vi.advanceTimersByTime(30 * day);
  expect(ran).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});
