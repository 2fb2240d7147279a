/**
 * A day of the feed among faults, on twenty symbols of the local exchange, by hand:
 *
 *   node --expose-gc --conditions=@kb/source apps/runner/test/rehearsal/faulty-by-hand.ts --hours 24
 *
 * `--plan outages` cuts the network for one second each minute instead, `--plan flapping` drops every connection after a second.
 * Says how it goes every simulated hour. Exits with 1 when a wrong book was called good or one that was stale could be read, when a
 * candle that is called whole is not, or when there were more than a hundred connects in any ten minutes.
 */
import { parseArgs } from 'node:util';
import { micros, SECOND } from '@kb/model';
import { FAULTY, FaultyRehearsal, FLAPPING, OUTAGES } from './faulty-rehearsal.ts';
import type { FaultyReport } from './faulty-rehearsal.ts';

const PLANS = { faulty: FAULTY, flapping: FLAPPING, outages: OUTAGES };

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '1' },
    symbols: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    plan: { type: 'string', default: 'faulty' },
  },
});
const plan = Object.entries(PLANS).find(([name]) => name === values.plan);
if (plan === undefined) throw new Error(`--plan: expected ${Object.keys(PLANS).join(', ')}, was ${values.plan}`);

const rehearsal = new FaultyRehearsal({ seed: Number(values.seed), symbols: Number(values.symbols), faults: plan[1] });
const started = performance.now();
/** Heap after a collection, in MB, at the end of each hour. */
const heap: number[] = [];
for (let hour = 1; hour <= Number(values.hours); hour += 1) {
  rehearsal.advance(micros(3600 * SECOND));
  globalThis.gc?.();
  heap.push(process.memoryUsage().heapUsed / 2 ** 20);
  const { frames, books, resyncs, staleReads, candles } = rehearsal.report();
  process.stdout.write(
    `${hour} h: ${frames} frames, ${books.compared} books compared, ${books.divergent} divergent, ${books.unknown} unknown, ` +
      `${resyncs} resyncs, ${staleReads} stale reads, ${candles.wrong} wrong candles, heap ${heap.at(-1)?.toFixed(1)} MB, ` +
      `${((performance.now() - started) / 1000).toFixed(0)} s\n`,
  );
}
const report = rehearsal.report();
rehearsal.close();
process.stdout.write(`${JSON.stringify(report, undefined, 2)}\nheap: ${slope(heap.slice(2)).toFixed(2)} MB an hour\n`);
process.exitCode = isGood(report) ? 0 : 1;

function isGood({ books, trades, candles, staleReads, repeatedTrades, mostConnects }: FaultyReport): boolean {
  const wrong = books.divergent + books.unknown + trades.divergent + candles.wrong + staleReads + repeatedTrades;
  return wrong === 0 && mostConnects <= 100;
}

/** Of the straight line that fits best. */
function slope(points: readonly number[]): number {
  const middle = (points.length - 1) / 2;
  const mean = points.reduce((sum, point) => sum + point, 0) / points.length;
  const rise = points.reduce((sum, point, index) => sum + (index - middle) * (point - mean), 0);
  const run = points.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  return rise / run;
}
