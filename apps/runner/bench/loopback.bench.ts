/**
 * From a frame leaving the local exchange to the order decided on it: two real WebSockets on loopback, the feed, the engine
 * and both journals, in one process, with one clock. An order counts as decided when its intent is on record (and on the
 * disk, in the rows with fsync) and the paper venue has taken it.
 *
 * Real sockets run in real time, so each variant runs for some seconds, with a maker without patience. Between two frames the
 * process sleeps: how long decides how much of it the processor still has at hand, hence two paces.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PaperSession } from '@kb/engine';
import type { OutputRecord, PaperSessionConfig } from '@kb/engine';
import { DEMO_MARKET, FLOW_PRESETS, listen, SimExchange } from '@kb/exchange-sim';
import type { MarketOptions } from '@kb/exchange-sim';
import { KrakenSpotFeed } from '@kb/feed';
import type { FsyncPolicy } from '@kb/journal';
import { inProcessDial, systemScheduler } from '@kb/kraken';
import type { Accept } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { Micros } from '@kb/model';
import { quantile } from '../../../scripts/bench-kit.ts';
import type { BenchOptions, BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { RunJournal } from '../src/session/run-journal.ts';

const CONFIG: PaperSessionConfig = {
  symbols: ['BTC/USD'],
  depth: 10,
  channels: ['book', 'trade'],
  strategies: [
    {
      id: 'maker',
      use: 'maker',
      symbol: 'BTC/USD',
      params: { baseSpreadBps: 2, feeFloor: false, requoteThresholdBps: 0, minQuoteLifeMs: 0 },
    },
  ],
  latency: { name: 'bench', feed: 1_000, entry: 1_000, ack: 1_000 },
  fees: { maker: '0.0025', taker: '0.0040' },
  balances: {},
  limits: {
    maxOrderNotional: { USD: '500' },
    maxPositionNotional: { USD: '500' },
    ordersPerSecond: 1000,
    ordersPerMinute: 60_000,
  },
  reporting: 'USD',
};

/** How busy the market is: the demo's order flow, or ten times that, as several pairs on one connection would be. */
const PACES: Readonly<Record<'demo' | 'busy', MarketOptions>> = {
  demo: DEMO_MARKET,
  busy: {
    ...DEMO_MARKET,
    flow: {
      ...FLOW_PRESETS.demo,
      limitRate: FLOW_PRESETS.demo.limitRate * 10,
      cancelRate: FLOW_PRESETS.demo.cancelRate * 10,
      marketRate: FLOW_PRESETS.demo.marketRate * 10,
    },
  },
};

/** What one variant measured, in milliseconds. */
interface Measured {
  /** From the exchange's `send` to the order decided, for frames that led to an order. */
  readonly decided: readonly number[];
  /** From the exchange's `send` to the feed's door, for the same frames: what the sockets take. */
  readonly arrived: readonly number[];
}

export const run: BenchRun = async (options: BenchOptions): Promise<BenchRow[]> => {
  const directory = mkdtempSync(join(tmpdir(), 'kb-loopback-bench-'));
  try {
    await warmUp(join(directory, 'warm'), micros((options.smoke ? 20 : 600) * SECOND));
    const duration = options.smoke ? 1_500 : 20_000;
    const table: BenchRow[] = [];
    for (const pace of ['busy', 'demo'] as const) {
      for (const fsync of ['never', 'intent'] as const) {
        const { decided, arrived } = await measure(join(directory, pace + fsync), PACES[pace], fsync, duration);
        const name = `${pace} market, ${fsync === 'never' ? 'no fsync' : 'fsync each intent'}`;
        table.push(
          ...rows(`${name}: sent to decided`, decided, arrived),
          row(`${name}: sent to received, p50`, quantile(arrived, 0.5), 'ms'),
          row(`${name}: sent to received, p99`, quantile(arrived, 0.99), 'ms'),
          row(`${name}: frames that led to an order`, decided.length / (duration / 1000), 'a second'),
        );
      }
    }
    return table;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** Minutes of the same session without sockets or waiting, so that the code is as compiled as that of a run that is under way. */
async function warmUp(directory: string, duration: Micros): Promise<void> {
  mkdirSync(directory);
  const scheduler = new VirtualScheduler(micros(1_767_225_600 * SECOND));
  const exchange = new SimExchange({ markets: [PACES.busy], seed: 1, scheduler });
  exchange.start();
  const journal = new RunJournal(directory, CONFIG, () => undefined);
  const feed: KrakenSpotFeed = new KrakenSpotFeed({
    symbols: CONFIG.symbols,
    depth: CONFIG.depth,
    dial: inProcessDial(exchange.accept, scheduler),
    scheduler,
    seed: 1,
    onInput: (input) => journal.input(input),
    onEvent: (event) => session.onEvent(event),
  });
  const session = new PaperSession(CONFIG, feed.market, journal);
  feed.start();
  scheduler.advance(duration);
  exchange.stop();
  const closed = feed.close();
  scheduler.advance(micros(10 * SECOND));
  await closed;
  await journal.close();
}

async function measure(
  directory: string,
  market: MarketOptions,
  fsync: FsyncPolicy,
  duration: number,
): Promise<Measured> {
  mkdirSync(directory);
  const scheduler = systemScheduler();
  const exchange = new SimExchange({ markets: [market], seed: 42, scheduler });
  /** When each frame left, in the order in which they come in: one connection keeps its order. */
  const sentAt: bigint[] = [];
  const accept: Accept = (socket) =>
    exchange.accept({
      send: (frame) => {
        sentAt.push(process.hrtime.bigint());
        socket.send(frame);
      },
      close: (code, reason) => socket.close(code, reason),
      terminate: () => socket.terminate(),
      get bufferedBytes() {
        return socket.bufferedBytes;
      },
    });
  const listening = await listen({ accept });
  exchange.start();

  const decided: number[] = [];
  const arrived: number[] = [];
  let intents = 0;
  const count = ({ type }: OutputRecord): void => {
    if (type === 'intent') intents += 1;
  };
  const journal = new RunJournal(directory, CONFIG, count, { fsync });
  let sent = 0n;
  let received = 0n;
  const feed: KrakenSpotFeed = new KrakenSpotFeed({
    url: listening.url,
    symbols: CONFIG.symbols,
    depth: CONFIG.depth,
    scheduler,
    seed: 42,
    onInput: (input) => {
      if (input.type === 'frame') {
        received = process.hrtime.bigint();
        const next = sentAt.shift();
        if (next === undefined) throw new Error('a frame was received that was never sent');
        sent = next;
      }
      journal.input(input);
    },
    onEvent: (event) => {
      const before = intents;
      session.onEvent(event);
      if (intents === before || event.type === 'timer') return;
      decided.push(Number(process.hrtime.bigint() - sent) / 1e6);
      arrived.push(Number(received - sent) / 1e6);
    },
  });
  const session = new PaperSession(CONFIG, feed.market, journal);
  feed.start();
  await setTimeout(duration);
  await feed.close();
  exchange.stop();
  await listening.close();
  await journal.close();
  if (decided.length === 0) throw new Error('no order was decided');
  return { decided, arrived };
}

function rows(name: string, samples: readonly number[], floor: readonly number[]): BenchRow[] {
  const at = (q: number): BenchRow => ({
    ...row(`${name}, p${q * 100}`, quantile(samples, q), 'ms'),
    against: 'frame received',
    ratio: quantile(samples, q) / quantile(floor, q),
  });
  return [at(0.5), at(0.99)];
}

function row(name: string, median: number, unit: string): BenchRow {
  return { name, median, unit, against: undefined, ratio: undefined };
}
