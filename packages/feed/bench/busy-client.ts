/**
 * `busy-client.ts KIND URL SYMBOLS DEPTH FOLDER`: a client of `busy-feed.bench.ts`, in a process of its own. It says `ready` when all
 * books are there, begins to measure when it is told `begin`, and answers `end` with its figures.
 *
 * Kinds: `full` is a `KrakenSpotFeed` with candles, tape, prices, health and a recorder; `books` the same feed with books and
 * trades alone; `ccxt` is ccxt pro's loop of `watchOrderBookForSymbols` and `watchTradesForSymbols`, its checksum off as it is
 * unless told. A frame is timed the same way in all: from the call that hands it over to the return of that call, by when the
 * book is changed and whoever listens was told (ccxt's loop is only woken then).
 */
import { join } from 'node:path';
import { createHistogram } from 'node:perf_hooks';
import { micros, SECOND } from '@kb/model';
import ccxt from 'ccxt';
import { KrakenSpotFeed, Recorder, webSocketDial } from '../src/index.ts';
import { symbolNames } from './frame-stream.ts';

export type Kind = 'books' | 'ccxt' | 'full';

export interface Figures {
  /** Share of one core, threads for compression included. */
  readonly cpu: number;
  /** µs of CPU for each frame handled. */
  readonly cpuPerFrame: number;
  /** How often a second the machine gave our core to others while we had work to do. */
  readonly preempted: number;
  /** µs from receipt to applied. */
  readonly applied: { readonly p50: number; readonly p99: number; readonly max: number };
  /** µs from the venue's stamp to whoever listens having it; of the last batch, where changes are merged. */
  readonly age: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Frames handled over the life of this connection. */
  readonly handledInAll: number;
  /** Frames handled while it was measured, and how often whoever listens was told. */
  readonly handled: number;
  readonly told: number;
  /** What was lost or did not hold; empty is good. */
  readonly faults: readonly string[];
  /** How often the feed found itself behind the venue. */
  readonly lags: number;
}

const [kind = '', url = '', symbolCount = '', depthText = '', folder = ''] = process.argv.slice(2);
const depth = Number(depthText);
const symbols = symbolNames(Number(symbolCount));

const elapsed = createHistogram(); // ns
const ages = createHistogram(); // µs
let handledInAll = 0;
let told = 0;
let before = { cpu: process.cpuUsage(), preempted: 0, at: 0, handledInAll: 0, told: 0 };

function timed(handle: () => void): void {
  const start = performance.now();
  handle();
  elapsed.record(Math.max(1, Math.round((performance.now() - start) * 1e6)));
  handledInAll += 1;
}

/** Whoever listens has something that the venue stamped with this time, in µs. */
function tell(stamp: number): void {
  told += 1;
  ages.record(Math.max(1, Math.round((performance.timeOrigin + performance.now()) * 1000 - stamp)));
}

interface Client {
  readonly ready: () => Promise<void>;
  readonly faults: () => readonly string[];
  readonly lags: () => number;
  readonly close: () => Promise<void>;
}

function ourClient(isFull: boolean): Client {
  const dial = webSocketDial();
  const recorder = new Recorder({ base: join(folder, `busy-${process.pid}`) });
  let wired = 0;
  const [minute, hour] = [60 * SECOND, 3600 * SECOND];
  const feed = new KrakenSpotFeed({
    url,
    symbols,
    depth,
    seed: 1,
    dial: (to, handlers) => dial(to, { ...handlers, onMessage: (frame) => timed(() => handlers.onMessage(frame)) }),
    onEvent(event) {
      if ((event.type === 'book' || event.type === 'trade') && event.venueTs !== undefined) tell(event.venueTs);
    },
    ...(isFull
      ? {
          candles: [minute, 5 * minute, 15 * minute, hour].map(micros),
          keepTrades: 1000,
          keepPrices: 1000,
          healthEvery: micros(SECOND),
          onHealth: () => undefined,
          onWire(recvTs, dir, raw) {
            wired += 1;
            recorder.record(recvTs, dir, raw);
          },
        }
      : {}),
  });
  feed.start();
  return {
    ready: () => feed.ready(),
    lags: () => feed.health().lags,
    async close() {
      await Promise.all([feed.close(), recorder.close()]);
    },
    faults() {
      const health = feed.health();
      const sum = (of: (symbol: string) => number): number => symbols.reduce((total, each) => total + of(each), 0);
      const counts = {
        malformed: health.malformed,
        unknown: health.unknown,
        'failed checksums': sum((each) => feed.statsOf(each).checksumFailed),
        'crossed books': sum((each) => feed.statsOf(each).crossed),
        'skipped book frames': sum((each) => feed.statsOf(each).skipped),
        'missing trades': sum((each) => feed.tradeStatsOf(each).missing),
        resyncs: sum((each) => health.symbols[each]?.resyncs ?? 0),
        reconnects: health.connects - 1,
        'frames not recorded': wired - recorder.summary.frames,
      };
      return Object.entries(counts)
        .filter(([, count]) => count !== 0)
        .map(([name, count]) => `${count} ${name}`)
        .concat(recorder.error === undefined ? [] : [recorder.error.message]);
    },
  };
}

/** As much of ccxt's class as is used. */
interface Ccxt {
  readonly urls: { readonly api: { readonly ws: Record<string, string> } };
  readonly orderbooks: Record<string, { readonly timestamp?: number } | undefined>;
  /** Makes an agent without any proxy; ccxt opens no `ws://` address before. */
  loadHttpProxyAgent(): Promise<unknown>;
  setMarkets(markets: readonly object[]): void;
  client(url: string): { onMessage: (event: { data: unknown }) => void };
  watchOrderBookForSymbols(symbols: readonly string[], limit: number): Promise<{ readonly timestamp?: number }>;
  watchTradesForSymbols(symbols: readonly string[]): Promise<readonly { readonly timestamp: number }[]>;
  close(): Promise<void>;
}

async function ccxtClient(): Promise<Client> {
  const exchange = new ccxt.pro.kraken() as unknown as Ccxt;
  exchange.urls.api.ws['publicV2'] = url;
  exchange.setMarkets(
    symbols.map((symbol) => {
      const [base, quote] = symbol.split('/');
      return { id: symbol, symbol, base, quote, baseId: base, quoteId: quote, type: 'spot', spot: true, active: true };
    }),
  );
  await exchange.loadHttpProxyAgent();
  const client = exchange.client(url);
  const onMessage = client.onMessage.bind(client);
  client.onMessage = (event) => timed(() => onMessage(event));

  const faults: string[] = [];
  let isClosed = false;
  const loop = async (watch: () => Promise<number | undefined>): Promise<void> => {
    try {
      while (!isClosed) {
        const stamp = await watch();
        if (stamp !== undefined) tell(stamp * 1000);
      }
    } catch (error) {
      if (!isClosed) faults.push(String(error));
    }
  };
  void loop(async () => (await exchange.watchOrderBookForSymbols(symbols, depth)).timestamp);
  void loop(async () => (await exchange.watchTradesForSymbols(symbols)).at(-1)?.timestamp);
  return {
    async ready() {
      while (Object.keys(exchange.orderbooks).length < symbols.length) {
        if (faults.length > 0) throw new Error(faults.join('; '));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    faults: () => faults,
    lags: () => 0,
    async close() {
      isClosed = true;
      await exchange.close();
    },
  };
}

function preemptions(): number {
  return process.resourceUsage().involuntaryContextSwitches;
}

function begin(): void {
  elapsed.reset();
  ages.reset();
  before = { cpu: process.cpuUsage(), preempted: preemptions(), at: performance.now(), handledInAll, told };
}

function figures(client: Client): Figures {
  const { user, system } = process.cpuUsage(before.cpu);
  const handled = handledInAll - before.handledInAll;
  const of = (histogram: typeof ages, unit: number): Figures['age'] => ({
    p50: histogram.percentile(50) / unit,
    p99: histogram.percentile(99) / unit,
    max: histogram.max / unit,
  });
  return {
    cpu: (user + system) / 1000 / (performance.now() - before.at),
    preempted: ((preemptions() - before.preempted) * 1000) / (performance.now() - before.at),
    cpuPerFrame: (user + system) / handled,
    applied: of(elapsed, 1000),
    age: of(ages, 1),
    handledInAll,
    handled,
    told: told - before.told,
    faults: client.faults(),
    lags: client.lags(),
  };
}

const client = kind === 'ccxt' ? await ccxtClient() : ourClient(kind === 'full');
process.on('message', (order: 'begin' | 'end') => {
  if (order === 'begin') begin();
  else {
    process.send?.(figures(client));
    void client.close().then(() => process.exit());
  }
});
await client.ready();
process.send?.('ready');
