/** `many-books.ts SYMBOLS UPDATES [history]`: the process that `memory.bench.ts` measures: prints its resident sizes in bytes, ten on the way and one at the end. */
import { micros, microsToIso, SECOND, ticks } from '@kb/model';
import { FeedCore } from '../src/core/feed-core.ts';
import { bookFrames, renamed, symbolNames } from './frame-stream.ts';

const [symbols = 50, updates = 20_000] = process.argv.slice(2, 4).map(Number);
const hasCandles = process.argv[4] === 'history';
/** One, five, fifteen minutes and an hour. */
const INTERVALS = [1, 5, 15, 60].map((minutes) => micros(minutes * 60 * SECOND));
const KEPT = 500;
const frames = bookFrames(1, 1000, updates);
const TRADE =
  '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":63500.0,"qty":0.00185211,"ord_type":"limit","trade_id":1,"timestamp":"2026-08-02T03:35:51.000000Z"}]}';

let events = 0;
// A symbol is no part of a checksum: one stream serves them all.
const names = symbolNames(symbols);
const core = new FeedCore({ onEvent: () => (events += 1), candles: hasCandles ? INTERVALS : [], symbols: names });
const sizes: number[] = [];
let recvTs = 1_785_641_750_000_000;
if (hasCandles) names.forEach(fillCandles);
for (const [index, frame] of frames.entries()) {
  const trade = Buffer.from(tradeFrame(index, recvTs));
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
for (const name of hasCandles ? names : []) {
  const { trades, prices, candles } = core.historyOf(name);
  const lengths = [trades, prices, ...candles.map(({ closed }) => closed)];
  if (updates >= 2000 && lengths.join() !== '100,100,500,500,500,500')
    throw new Error(`${name}: kept ${lengths.join()}`);
}
if (events < symbols * frames.length) throw new Error(`Only ${events} events`);
sizes.push(process.memoryUsage.rss());
process.stdout.write(JSON.stringify(sizes));

/** The past, as the venue tells it at the start: each ring of candles is full. */
function fillCandles(symbol: string): void {
  for (const interval of INTERVALS) {
    const end = Math.floor(recvTs / interval) * interval;
    const candles = Array.from({ length: KEPT }, (_, index) => {
      const price = ticks(635_000 + (index % 90));
      const prices = { open: price, high: price, low: price, close: price };
      const start = micros(end - (KEPT - index) * interval);
      return { start, ...prices, volume: '123456789', turnover: '78395061015000', trades: 41 };
    });
    core.handle({ type: 'candles', recvTs: micros(recvTs), symbol, interval, candles });
  }
}

/** A trade; with candles, one at that time. */
function tradeFrame(index: number, at: number): string {
  const trade = TRADE.replace('"trade_id":1', `"trade_id":${index + 1}`);
  return hasCandles ? trade.replace(/"timestamp":"[^"]*"/, `"timestamp":"${microsToIso(micros(at))}"`) : trade;
}
