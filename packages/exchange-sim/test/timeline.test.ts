import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { Micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { Timeline } from '../src/market/timeline.ts';
import type { TimedSource } from '../src/market/timeline.ts';

const START = micros(1_785_641_750_000_000);

/** A source that is due every `period`, and writes down when it ran. */
class Ticker implements TimedSource {
  readonly #name: string;
  readonly #period: number;
  readonly #log: string[];
  dueAt: number;

  constructor(name: string, period: number, log: string[]) {
    this.#name = name;
    this.#period = period;
    this.#log = log;
    this.dueAt = START + period;
  }

  run(at: Micros): void {
    this.#log.push(`${this.#name} ${at - START}`);
    this.dueAt += this.#period;
  }

  postpone(by: number): void {
    this.dueAt += by;
  }
}

function timelineOf(...periods: number[]): { scheduler: VirtualScheduler; timeline: Timeline; log: string[] } {
  const log: string[] = [];
  const scheduler = new VirtualScheduler(START);
  const timeline = new Timeline(scheduler, START, (at) => log.push(`| ${at - START}`));
  periods.forEach((period, index) => timeline.add(new Ticker('abc'[index] ?? '?', period, log)));
  return { scheduler, timeline, log };
}

describe('the timeline', () => {
  test('does what is due in order of time over all sources, one instant after the other', () => {
    const { scheduler, timeline, log } = timelineOf(20, 30);
    timeline.start();
    scheduler.advance(micros(65));
    expect(log).toEqual(['a 20', '| 20', 'b 30', '| 30', 'a 40', '| 40', 'a 60', 'b 60', '| 60']);
    expect(timeline.at).toBe(START + 60);
  });

  test('brings venue time to the present when asked, and never back', () => {
    const { scheduler, timeline } = timelineOf(1000);
    timeline.start();
    scheduler.advance(micros(400));
    timeline.catchUp();
    expect(timeline.at).toBe(START + 400);
  });

  test('stands still while stopped: nothing has happened meanwhile', () => {
    const { scheduler, timeline, log } = timelineOf(100);
    timeline.start();
    scheduler.advance(micros(150));
    timeline.stop();
    scheduler.advance(micros(1000));
    timeline.start();
    scheduler.advance(micros(200));
    expect(log.filter((line) => line.startsWith('a'))).toEqual(['a 100', 'a 1200', 'a 1300']);
  });

  test('a timer that is more than a second late loses the time instead of bursting', () => {
    const log: string[] = [];
    let now = START as number;
    let fire: () => void = () => undefined;
    const timeline = new Timeline(
      {
        now: () => micros(now),
        after: (_delay, task) => {
          fire = task;
          return () => undefined;
        },
      },
      START,
      () => undefined,
    );
    timeline.add(new Ticker('a', 100_000, log));
    timeline.start();
    now += 5 * SECOND;
    fire();
    expect(log).toEqual([`a ${5 * SECOND}`]);
    now += 200_000;
    fire();
    expect(log).toEqual([`a ${5 * SECOND}`, `a ${5 * SECOND + 100_000}`, `a ${5 * SECOND + 200_000}`]);
  });

  test('a command that makes something due sooner sets the timer anew', () => {
    const { scheduler, timeline, log } = timelineOf(1_000_000);
    const late = new Ticker('z', 500, log);
    late.dueAt = Infinity;
    timeline.add(late);
    timeline.start();
    scheduler.advance(micros(100));
    late.dueAt = START + 300;
    timeline.rearm();
    scheduler.advance(micros(300));
    expect(log).toEqual(['z 300', '| 300']);
  });
});
