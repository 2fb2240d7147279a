import { DEMO_MARKETS, listen, SimExchange, TapeServer } from '@kb/exchange-sim';
import type { Listening } from '@kb/exchange-sim';
import { FeedCore } from '@kb/feed';
import { readRecording, systemScheduler } from '@kb/kraken';
import { CliError } from '../cli-error.ts';
import type { Source } from '../options.ts';

/** Somewhere to take market data from, ready to be connected to with a real socket. */
export interface MarketSource {
  readonly url: string;
  /** For people: `local exchange, seed 42`. */
  readonly name: string;
  /** What it really delivers: a paper order waits for these channels only. */
  readonly channels: readonly ('book' | 'trade')[];
  readonly depth: number;
  /** Resolves at the end of the data, rejects when the data is damaged; stays open for a source without an end. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

const DEFAULT_DEPTH = 100;
/** How many frames of a tape are looked at to learn what it holds. */
const LOOK_AHEAD = 5_000;

/**
 * Opens a source: Kraken itself, a local exchange, or a recording served by a local exchange.
 * @throws CliError, SimError, RecordingError: a recording that is unreadable or does not hold the pair.
 */
export async function openSource(
  source: Source,
  pair: string,
  options: { readonly depth: number | undefined; readonly seed: number },
): Promise<MarketSource> {
  const depth = options.depth ?? DEFAULT_DEPTH;
  switch (source.kind) {
    case 'kraken':
      return {
        url: source.url,
        name: source.url,
        channels: ['book', 'trade'],
        depth,
        ended: new Promise(() => undefined),
        close: () => Promise.resolve(),
      };
    case 'sim':
      return openSim(pair, depth, options.seed);
    case 'tape':
      return openTape(source.path, pair, options.depth);
  }
}

async function openSim(pair: string, depth: number, seed: number): Promise<MarketSource> {
  const market = DEMO_MARKETS.find(({ instrument }) => instrument.symbol === pair);
  if (market === undefined) {
    const listed = DEMO_MARKETS.map(({ instrument }) => instrument.symbol).join(', ');
    throw new CliError('KB_CLI_UNKNOWN_PAIR', `the local exchange does not list ${pair}`, {
      hint: `name one of ${listed} with --pair`,
    });
  }
  const exchange = new SimExchange({ markets: [market], seed, scheduler: systemScheduler() });
  const listening = await listen({ accept: exchange.accept });
  exchange.start();
  return {
    url: listening.url,
    name: `local exchange on ${addressOf(listening)}, seed ${seed}`,
    channels: ['book', 'trade'],
    depth,
    ended: new Promise(() => undefined),
    async close(): Promise<void> {
      exchange.stop();
      await listening.close();
    },
  };
}

async function openTape(path: string, pair: string, depth: number | undefined): Promise<MarketSource> {
  const contents = await contentsOf(path, pair);
  if (depth !== undefined && depth !== contents.depth) {
    throw new CliError('KB_CLI_USAGE', `${path} holds ${pair} at depth ${contents.depth}, not ${depth}`, {
      hint: `leave --depth out, or give --depth ${contents.depth}`,
    });
  }
  let settle: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
  const ended = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  ended.catch(() => undefined); // told to whoever awaits it; nobody may be there yet
  const server = new TapeServer({
    frames: readRecording(path),
    scheduler: systemScheduler(),
    onEnd: (error) => (error === undefined ? settle?.resolve() : settle?.reject(error)),
  });
  const listening = await listen({ accept: server.accept });
  return {
    url: listening.url,
    name: `${path} on ${addressOf(listening)}`,
    ...contents,
    ended,
    async close(): Promise<void> {
      server.close();
      await listening.close();
    },
  };
}

/** Reads the beginning of a recording for what it says about a pair. */
async function contentsOf(
  path: string,
  pair: string,
): Promise<{ readonly depth: number; readonly channels: ('book' | 'trade')[] }> {
  const core = new FeedCore();
  let depth: number | undefined;
  for await (const { dir, raw, recvTs } of readRecording(path)) {
    if (dir === 'rx') core.handle({ type: 'frame', frame: raw, recvTs });
    depth ??= core.market.book(pair)?.depth;
    if (core.frames >= LOOK_AHEAD) break;
  }
  if (depth === undefined) {
    const held = core.market.symbols.filter((symbol) => core.statsOf(symbol).snapshots > 0);
    throw new CliError('KB_CLI_UNKNOWN_PAIR', `${path}: no verified book of ${pair} in it`, {
      hint: held.length === 0 ? 'record the book channel' : `it holds ${held.join(', ')}: name one with --pair`,
    });
  }
  return { depth, channels: core.tradeStatsOf(pair).trades > 0 ? ['book', 'trade'] : ['book'] };
}

function addressOf({ port }: Listening): string {
  return `127.0.0.1:${port}`;
}
