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

/** Clocks that a test sets: a machine that has been up for a day. */
class Clocks {
  wallMs = 1_767_225_600_000;
  monotonicMs = 5000;
  uptimeS: number | undefined = 86_400;
  readonly wall = (): number => this.wallMs;
  readonly monotonic = (): number => this.monotonicMs;
  readonly uptime = (): number | undefined => (this.uptimeS === undefined ? undefined : Math.floor(this.uptimeS));

  run(ms: number): void {
    this.wallMs += ms;
    this.monotonicMs += ms;
    if (this.uptimeS !== undefined) this.uptimeS += ms / 1000;
  }

  suspend(seconds: number): void {
    this.wallMs += seconds * 1000;
    if (this.uptimeS !== undefined) this.uptimeS += seconds;
  }
}

test('the system clock moves on by the length of a suspend, within a second after it', () => {
  const clocks = new Clocks();
  const scheduler = systemScheduler(clocks);
  expect(scheduler.now()).toBe(clocks.wallMs * 1000);
  for (let nights = 0; nights < 30; nights += 1) {
    clocks.run(400);
    scheduler.now();
    clocks.suspend(7200);
    clocks.run(1000);
    // The uptime is in whole seconds; what that is off does not add up.
    expect(Math.abs(scheduler.now() / 1000 - clocks.wallMs)).toBeLessThanOrEqual(1000);
  }
});

test('a wall clock that is set, and an uptime in whole seconds, do not move the system clock', () => {
  const clocks = new Clocks();
  const scheduler = systemScheduler(clocks);
  const start = scheduler.now();
  clocks.wallMs -= 3_600_000;
  for (let passed = 0; passed < 100; passed += 1) {
    clocks.run(777);
    expect(scheduler.now()).toBe(start + (passed + 1) * 777_000);
  }
  // Nor does an uptime that goes back, as in a container that was moved.
  clocks.uptimeS = 10;
  clocks.run(5000);
  expect(scheduler.now()).toBe(start + 77_700_000 + 5_000_000);
});

test('where no clock counts suspend, the system clock counts none', () => {
  const clocks = new Clocks();
  clocks.uptimeS = undefined;
  const scheduler = systemScheduler(clocks);
  const start = scheduler.now();
  clocks.suspend(7200);
  clocks.run(2000);
  expect(scheduler.now()).toBe(start + 2_000_000);
});
