/**
 * `many-books.ts FRAMES SYMBOLS [history]`: the process that `memory.bench.ts` measures. Plays a file of book frames, one a line, for so
 * many symbols, with a trade of each after every fourth, and prints its resident sizes in bytes, ten on the way and one at the end.
 */
import { readFileSync } from 'node:fs';
import { micros, microsToIso, SECOND, ticks } from '@kb/model';
import { FeedCore } from '../src/core/feed-core.ts';
import { instruments, renamed, symbolNames } from './frame-stream.ts';

const [path = '', symbols = '50', history] = process.argv.slice(2);
const hasCandles = history === 'history';
/** One, five, fifteen minutes and an hour. */
const INTERVALS = [1, 5, 15, 60].map((minutes) => micros(minutes * 60 * SECOND));
const KEPT = 500;
/** When the frames begin. */
const START = 1_785_641_751_000_000;
/** From one frame of a symbol to the next, as they are in the file on average. */
const PACE = 25_000;
const TRADE =
  '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":63500.0,"qty":0.00185211,"ord_type":"limit","trade_id":1,"timestamp":"2026-08-02T03:35:51.000000Z"}]}';

const recorded = readFileSync(path);
const ends = [...lineEnds(recorded)];
let events = 0;
// A symbol is no part of a checksum: one stream serves them all.
const names = symbolNames(Number(symbols));
const core = new FeedCore({ onEvent: () => (events += 1), candles: hasCandles ? INTERVALS : [], symbols: names });
const sizes: number[] = [];
core.handle({ type: 'frame', recvTs: micros(START), frame: Buffer.from(instruments(names)) });
if (hasCandles) names.forEach(fillCandles);
for (const [index, end] of ends.entries()) {
  const recvTs = micros(START + index * PACE);
  const frame = recorded.subarray(index === 0 ? 0 : (ends[index - 1] ?? 0) + 1, end);
  const trade = index % 4 === 3 ? Buffer.from(tradeFrame((index + 1) / 4, recvTs)) : undefined;
  for (const name of names) {
    core.handle({ type: 'frame', recvTs, frame: renamed(frame, name) });
    if (trade !== undefined) core.handle({ type: 'frame', recvTs, frame: renamed(trade, name) });
  }
  if (index % Math.ceil(ends.length / 10) === 0) sizes.push(process.memoryUsage.rss());
}
for (const name of names) {
  const { checksumOk } = core.statsOf(name);
  if (checksumOk !== ends.length) throw new Error(`${name}: ${checksumOk} of ${ends.length} frames verified`);
}
for (const name of hasCandles ? names : []) {
  const { trades, prices, candles, openGaps } = core.historyOf(name);
  const lengths = [openGaps.length, trades, prices, ...candles.map(({ closed }) => closed)];
  if (ends.length >= 2000 && lengths.join() !== '1,100,100,500,500,500,500')
    throw new Error(`${name}: kept ${lengths.join()}`);
}
if (events < names.length * ends.length) throw new Error(`Only ${events} events`);
sizes.push(process.memoryUsage.rss());
process.stdout.write(JSON.stringify(sizes));

/** The past, as the venue tells it at the start: each ring of candles is full. */
function fillCandles(symbol: string): void {
  for (const interval of INTERVALS) {
    const end = Math.floor(START / interval) * interval;
    const candles = Array.from({ length: KEPT }, (_, index) => {
      const price = ticks(635_000 + (index % 90));
      const prices = { open: price, high: price, low: price, close: price };
      const start = micros(end - (KEPT - index) * interval);
      return { start, ...prices, volume: '123456789', turnover: '78395061015000', trades: 41 };
    });
    core.handle({ type: 'candles', recvTs: micros(START), symbol, interval, candles });
  }
}

function tradeFrame(id: number, at: number): string {
  const trade = TRADE.replace('"trade_id":1', `"trade_id":${id}`);
  return trade.replace(/"timestamp":"[^"]*"/, `"timestamp":"${microsToIso(micros(at))}"`);
}

function* lineEnds(bytes: Buffer): Generator<number> {
  for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', end + 1)) yield end;
}
