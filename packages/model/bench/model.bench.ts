/**
 * Conversions between decimal text and counts, the keyed random and the virtual scheduler. Frames are decoded without
 * `decimalToCount` (it serves doors, snapshots and REST), but each order and fill passes here, a simulator draws several
 * numbers an event, and a scaled run waits on the scheduler alone.
 */
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { countToDecimal, decimalToCount, KeyedRandom, micros, VirtualScheduler } from '../src/index.ts';

const TEXTS = Array.from({ length: 1024 }, (_, i) => ((i * 7919 + 1) / 1e4).toFixed(8));
const COUNTS = TEXTS.map((text) => decimalToCount(text, 8));

export const run: BenchRun = (options) => {
  const random = new KeyedRandom(7, 'bench');
  const scheduler = new VirtualScheduler();
  for (let i = 0; i < 1000; i += 1) scheduler.after(micros(1e12 + i), () => undefined);
  let renew = scheduler.after(micros(1e9), () => undefined);
  const times = interleave(
    {
      read: () => TEXTS.reduce((sum, text) => sum + decimalToCount(text, 8), 0),
      float: () => TEXTS.reduce((sum, text) => sum + Math.round(Number(text) * 1e8), 0),
      write: () => COUNTS.reduce((sum, count) => sum + countToDecimal(count, 8).length, 0),
      toFixed: () => COUNTS.reduce((sum, count) => sum + (count / 1e8).toFixed(8).length, 0),
      keyed: () => COUNTS.reduce((sum, id) => sum + random.at(id), 0),
      math: () => COUNTS.reduce((sum) => sum + Math.random(), 0),
      renew: () => {
        for (let i = 0; i < COUNTS.length; i += 1) {
          renew();
          renew = scheduler.after(micros(1e9), () => undefined);
        }
        return scheduler.now();
      },
      task: () => {
        let ran = 0;
        for (let i = 0; i < COUNTS.length; i += 1) scheduler.after(micros(i % 64), () => (ran += 1));
        scheduler.advance(micros(64));
        return ran;
      },
    },
    TEXTS.length,
    options,
  );
  const row = (name: string, median: number, against?: string, theirs?: number): BenchRow => ({
    name,
    median,
    unit: 'ns',
    against,
    ratio: theirs === undefined ? undefined : median / theirs,
  });
  return [
    row('model: decimal text to a count', times.read, 'Math.round(Number(text) * 1e8)', times.float),
    row('model: a count to decimal text', times.write, 'toFixed of a double', times.toFixed),
    row('model: a keyed random number', times.keyed, 'Math.random', times.math),
    row('model: renew a deadline among 1,000 waiting tasks', times.renew),
    row('model: ask for a task and run it, 2,000 waiting', times.task),
  ];
};
