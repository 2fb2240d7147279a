/**
 * A day of the feed on twenty symbols of the local exchange, by hand:
 *
 *   node --conditions=@kb/source apps/runner/test/rehearsal/by-hand.ts --hours 24
 *
 * and some minutes of it over real sockets and in real time:
 *
 *   node --conditions=@kb/source apps/runner/test/rehearsal/by-hand.ts --real --minutes 5
 *
 * Says how it goes every simulated hour, every real minute. Exits with 1 when a divergence went unnoticed, or when something could
 * not be compared.
 */
import { parseArgs } from 'node:util';
import { systemScheduler } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import { rehearseOverSockets, VirtualRehearsal } from './feed-rehearsal.ts';
import type { RehearsalOptions, RehearsalReport } from './feed-rehearsal.ts';

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '5' },
    symbols: { type: 'string', default: '20' },
    depth: { type: 'string', default: '25' },
    seed: { type: 'string', default: '1' },
    real: { type: 'boolean', default: false },
  },
});
const options: RehearsalOptions = {
  seed: Number(values.seed),
  symbols: Number(values.symbols),
  depth: Number(values.depth),
};
const started = performance.now();
printRow(['time', 'frames', 'books', 'trades', 'divergent', 'unknown', 'resyncs', 'reconnects', 'heap MB', 'wall s']);
const report = values.real ? await inRealTime(Number(values.minutes)) : inVirtualTime(Number(values.hours));
const { books, trades, missedTrades, notLive, received, sent, divergences } = report;
process.stdout.write(
  `${books.compared} books and ${trades.compared} trades compared in ${report.seconds.toFixed(0)} s of ${options.symbols} symbols, ` +
    `${report.framesPerSecond.toFixed(1)} frames a second and symbol; ${received} of ${sent.frames} frames received\n` +
    `undetected divergences: ${books.divergent + trades.divergent}, missed trades: ${missedTrades}, ` +
    `not live: ${notLive.length === 0 ? 'none' : notLive.join(', ')}\n`,
);
for (const divergence of divergences) process.stdout.write(`  ${divergence}\n`);
const isGood =
  books.divergent + trades.divergent + books.unknown + trades.unknown + missedTrades + notLive.length === 0;
process.exitCode = isGood ? 0 : 1;

function inVirtualTime(hours: number): RehearsalReport {
  const rehearsal = new VirtualRehearsal(options);
  for (let left = hours; left > 0; left -= 1) {
    rehearsal.advance(micros(Math.round(Math.min(left, 1) * 3600 * SECOND)));
    if (left > 1) printProgress(rehearsal.report());
  }
  rehearsal.compareAll();
  const last = rehearsal.report();
  printProgress(last);
  rehearsal.close();
  return last;
}

function inRealTime(minutes: number): Promise<RehearsalReport> {
  const scheduler = systemScheduler();
  const pass = (step: Micros): Promise<void> =>
    new Promise((resolve) => {
      scheduler.after(step, resolve);
    });
  const step = micros(Math.round(Math.min(minutes, 1) * 60 * SECOND));
  return rehearseOverSockets(options, scheduler, micros(minutes * 60 * SECOND), step, pass, printProgress);
}

function printProgress({ seconds, received, books, trades, resyncs, reconnects }: RehearsalReport): void {
  const time = seconds >= 3600 ? `${(seconds / 3600).toFixed(1)} h` : `${seconds.toFixed(0)} s`;
  const heap = (process.memoryUsage().heapUsed / 2 ** 20).toFixed(0);
  const wall = ((performance.now() - started) / 1000).toFixed(0);
  const divergent = books.divergent + trades.divergent;
  const unknown = books.unknown + trades.unknown;
  const counts = [received, books.compared, trades.compared, divergent, unknown, resyncs, reconnects].map(String);
  printRow([time, ...counts, heap, wall]);
}

function printRow(cells: readonly string[]): void {
  process.stdout.write(`${cells.map((cell) => cell.padStart(10)).join(' ')}\n`);
}
