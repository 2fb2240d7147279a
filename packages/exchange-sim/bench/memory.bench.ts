/**
 * Whether an exchange that runs for long grows: heap and buffers after a full collection, every simulated hour. Twenty markets that
 * trade every other second, ten clients that follow books, trades, tickers and candles of all markets, one of whom leaves every hour while another
 * comes.
 *
 * What is kept of the past is bounded but takes time to fill: 10,000 trades a market, 24 hours of minutes for the ticker, 720 candles
 * an interval (minutes are full after 12 hours, five minutes after 60). Hence two slopes: while all of that fills, and after a day.
 */
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { ServerHandlers } from '@kb/kraken';
import { median } from '../../../scripts/bench-kit.ts';
import type { BenchOptions, BenchRow } from '../../../scripts/bench-kit.ts';
import { FLOW_PRESETS, SimExchange } from '../src/index.ts';
import type { FlowParameters } from '../src/index.ts';

const MARKETS = 20;
const CLIENTS = 10;
const SYMBOLS: readonly string[] = Array.from(
  { length: MARKETS },
  (_, index) => `M${String(index).padStart(2, '0')}/USD`,
);

/** Some two events a second, half a trade among them: the trades kept are full after some hours, and a day is soon simulated. */
const QUIET: FlowParameters = {
  ...FLOW_PRESETS['pilot-c'],
  limitRate: 0.02,
  marketRate: 0.2,
  marketSize: { median: 0.01, sigma: 1 },
};

export function run(options: BenchOptions): BenchRow[] {
  const steps = options.smoke ? 8 : 30;
  const step = options.smoke ? 60 : 3600;
  const crowded = new CrowdedExchange();
  const sizes = [heldBytes()];
  for (let count = 0; count < steps; count += 1) {
    crowded.advance(step);
    sizes.push(heldBytes());
  }
  const filled = options.smoke ? 4 : 24;
  const hours = step / 3600;
  const time = (count: number): string => (options.smoke ? `${count} min` : `${count} h`);
  const row = (name: string, bytes: number, unit: string): BenchRow => ({
    name,
    median: bytes / 2 ** 20,
    unit,
    against: undefined,
    ratio: undefined,
  });
  return [
    row('heap and buffers at the start', sizes[0] ?? Number.NaN, 'MB'),
    row(`growth in the first ${time(filled)}`, slope(sizes.slice(0, filled + 1)) / hours, 'MB/h'),
    {
      ...row(`heap and buffers after ${time(steps)}`, sizes.at(-1) ?? Number.NaN, 'MB'),
      against: `that after ${time(filled)}`,
      ratio: (sizes.at(-1) ?? Number.NaN) / (sizes[filled] ?? Number.NaN),
    },
    row('growth from then on', slope(sizes.slice(filled)) / hours, 'MB/h'),
    { ...row('frames sent meanwhile', Number.NaN, 'frames'), median: crowded.sent },
  ];
}

/** Bytes that are still needed. */
function heldBytes(): number {
  if (globalThis.gc === undefined) throw new Error('Run with --expose-gc');
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Median of the slopes between all pairs of values (Theil and Sen): one odd value changes little. */
function slope(values: readonly number[]): number {
  const slopes: number[] = [];
  for (const [from, before] of values.entries()) {
    for (const [to, after] of values.entries()) if (to > from) slopes.push((after - before) / (to - from));
  }
  return median(slopes);
}

class CrowdedExchange {
  sent = 0;
  readonly #scheduler = new VirtualScheduler(micros(0));
  readonly #exchange: SimExchange;
  readonly #clients: ServerHandlers[] = [];
  #admitted = 0;

  constructor() {
    this.#exchange = new SimExchange({
      markets: SYMBOLS.map((symbol) => ({
        instrument: { symbol, pricePrecision: 1, qtyPrecision: 8 },
        startPrice: '60000.0',
        flow: QUIET,
      })),
      seed: 1,
      scheduler: this.#scheduler,
    });
    while (this.#clients.length < CLIENTS) this.#admit();
    this.#exchange.start();
  }

  advance(seconds: number): void {
    this.#clients.shift()?.onClose();
    this.#admit();
    this.#scheduler.advance(micros(seconds * SECOND));
    if (this.#exchange.clients !== CLIENTS) throw new Error(`Expected ${CLIENTS} clients, ${this.#exchange.clients}`);
  }

  /** Lets somebody come who throws away what is sent. */
  #admit(): void {
    let refusals = 0;
    const client = this.#exchange.accept({
      send: (frame) => {
        this.sent += 1;
        if (typeof frame === 'string' && frame.includes('"success":false')) refusals += 1;
      },
      close: () => undefined,
      terminate: () => undefined,
      bufferedBytes: 0,
    });
    this.#admitted += 1;
    const depth = this.#admitted % 2 === 0 ? 10 : 100;
    for (const params of [{ channel: 'book', symbol: SYMBOLS, depth }, ...SUBSCRIPTIONS])
      client.onMessage(Buffer.from(JSON.stringify({ method: 'subscribe', params })));
    if (refusals > 0) throw new Error(`${refusals} subscriptions were refused`);
    this.#clients.push(client);
  }
}

const SUBSCRIPTIONS: readonly object[] = [
  { channel: 'trade', symbol: SYMBOLS },
  { channel: 'ticker', symbol: SYMBOLS },
  { channel: 'ohlc', symbol: SYMBOLS, interval: 1 },
];
