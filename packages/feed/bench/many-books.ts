/** `many-books.ts SYMBOLS UPDATES`: the process that `memory.bench.ts` measures: prints its resident sizes in bytes, ten on the way and one at the end. */
import { micros } from '@kb/model';
import { FeedCore } from '../src/core/feed-core.ts';
import { bookFrames } from './frame-stream.ts';

const [symbols = 50, updates = 20_000] = process.argv.slice(2).map(Number);
const frames = bookFrames(1, 1000, updates);
const TRADE =
  '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":63500.0,"qty":0.00185211,"ord_type":"limit","trade_id":1,"timestamp":"2026-08-02T03:35:51.000000Z"}]}';

let events = 0;
const core = new FeedCore({ onEvent: () => (events += 1) });
// A symbol is no part of a checksum: one stream serves them all.
const names = Array.from({ length: symbols }, (_, index) => `S${String(index).padStart(2, '0')}/USD`);
const sizes: number[] = [];
let recvTs = 1_785_641_750_000_000;
for (const [index, frame] of frames.entries()) {
  const trade = Buffer.from(TRADE.replace('"trade_id":1', `"trade_id":${index + 1}`));
  for (const name of names) {
    recvTs += 1;
    core.handle({ type: 'frame', recvTs: micros(recvTs), frame: renamed(frame, name) });
    if (index > 0 && index % 4 === 0)
      core.handle({ type: 'frame', recvTs: micros(recvTs), frame: renamed(trade, name) });
  }
  if (index % Math.ceil(updates / 10) === 0) sizes.push(process.memoryUsage.rss());
}
for (const name of names) {
  const { checksumOk } = core.statsOf(name);
  if (checksumOk !== frames.length) throw new Error(`${name}: ${checksumOk} of ${frames.length} frames verified`);
}
if (events < symbols * frames.length) throw new Error(`Only ${events} events`);
sizes.push(process.memoryUsage.rss());
process.stdout.write(JSON.stringify(sizes));

/** A copy for another symbol, as a socket would hand over a buffer of its own. */
function renamed(frame: Buffer, name: string): Buffer {
  const copy = Buffer.from(frame);
  copy.write(name, copy.indexOf('BTC/USD'), 'ascii');
  return copy;
}
