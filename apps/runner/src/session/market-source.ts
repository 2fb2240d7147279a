import { DEMO_MARKETS, listen, SimExchange, TapeServer } from '@kb/exchange-sim';
import type { AnswerHttpLater } from '@kb/exchange-sim';
import { FeedCore, webSocketDial } from '@kb/feed';
import { inProcessDial, readRecording, systemScheduler } from '@kb/kraken';
import type { Accept, Dial, RecordedFrame } from '@kb/kraken';
import { micros, VirtualScheduler } from '@kb/model';
import type { Scheduler } from '@kb/model';
import { CliError } from '../cli-error.ts';
import type { Source, Speed } from '../options.ts';
import { inProcessFetch } from './in-process-fetch.ts';
import { restOf } from './rest-of.ts';
import type { RestSource } from './rest-of.ts';

/** Somewhere to take market data from, ready to be connected to. */
export interface MarketSource {
  readonly url: string;
  /** How to connect: a real socket, or in process when time is virtual. */
  readonly dial: Dial;
  /** Its REST interface; a tape has none. */
  readonly rest: RestSource;
  /** The time that source and run live in. */
  readonly scheduler: Scheduler;
  /** Set when time is virtual: it moves only when the run moves it. */
  readonly virtual: VirtualScheduler | undefined;
  /** For people: `local exchange on 127.0.0.1:53412, seed 42`. */
  readonly name: string;
  /** What it really delivers: a paper order waits for these channels only. */
  readonly channels: readonly ('book' | 'trade')[];
  readonly depth: number;
  /** Resolves at the end of the data, rejects when the data is damaged; stays open for a source without an end. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export interface SourceOptions {
  /** Book levels a side; `undefined` takes 100, or what a tape holds. */
  readonly depth: number | undefined;
  readonly seed: number;
  /** `max`: in one process, on a virtual clock, as fast as it goes. Real sockets run in real time. */
  readonly speed: Speed;
}

const DEFAULT_DEPTH = 100;
/** How many frames of a tape are looked at to learn what it holds. */
const LOOK_AHEAD = 5_000;

/** Where virtual time starts: fixed, so that the same seed makes the same run to the byte. 2026-01-01T00:00:00Z. */
const VIRTUAL_START = micros(1_767_225_600_000_000);

/**
 * Opens a source: Kraken itself, a local exchange, or a recording served by a local exchange.
 * @throws CliError, SimError, RecordingError: a pair nobody lists, a recording that cannot be read.
 */
export async function openSource(source: Source, pair: string, options: SourceOptions): Promise<MarketSource> {
  switch (source.kind) {
    case 'kraken':
      return {
        url: source.url,
        dial: webSocketDial(),
        rest: restOf(source.url),
        scheduler: systemScheduler(),
        virtual: undefined,
        name: source.url,
        channels: ['book', 'trade'],
        depth: options.depth ?? DEFAULT_DEPTH,
        ended: new Promise(() => undefined),
        close: () => Promise.resolve(),
      };
    case 'sim':
      return openSim(pair, options);
    case 'tape':
      return openTape(source.path, pair, options);
  }
}

async function openSim(pair: string, { depth, seed, speed }: SourceOptions): Promise<MarketSource> {
  const market = DEMO_MARKETS.find(({ instrument }) => instrument.symbol === pair);
  if (market === undefined) {
    const listed = DEMO_MARKETS.map(({ instrument }) => instrument.symbol).join(', ');
    throw new CliError('KB_CLI_UNKNOWN_PAIR', `the local exchange does not list ${pair}`, {
      hint: `name one of ${listed} with --pair`,
    });
  }
  const time = timeFor(speed);
  const exchange = new SimExchange({ markets: [market], seed, scheduler: time.scheduler });
  const door = await openDoor(time, exchange.accept, exchange.rest);
  exchange.start();
  return {
    ...time,
    ...door,
    name: `local exchange ${door.where}, seed ${seed}`,
    channels: ['book', 'trade'],
    depth: depth ?? DEFAULT_DEPTH,
    ended: new Promise(() => undefined),
    async close(): Promise<void> {
      exchange.stop();
      await door.close();
    },
  };
}

async function openTape(path: string, pair: string, { depth, speed }: SourceOptions): Promise<MarketSource> {
  const contents = await contentsOf(path, pair);
  if (depth !== undefined && depth !== contents.depth) {
    throw new CliError('KB_CLI_USAGE', `${path} holds ${pair} at depth ${contents.depth}, not ${depth}`, {
      hint: `leave --depth out, or give --depth ${contents.depth}`,
    });
  }
  const time = timeFor(speed);
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => undefined); // told to whoever awaits it; nobody may be there yet
  const server = new TapeServer({
    // Virtual time does not wait for a disk: a tape that plays in it is read first.
    frames: time.virtual === undefined ? readRecording(path) : await readWhole(path),
    scheduler: time.scheduler,
    onEnd: (error) => (error === undefined ? resolve() : reject(error)),
  });
  const door = await openDoor(time, server.accept, undefined);
  return {
    ...time,
    ...door,
    ...contents,
    name: `${path} ${door.where}`,
    ended,
    async close(): Promise<void> {
      server.close();
      await door.close();
    },
  };
}

async function readWhole(path: string): Promise<RecordedFrame[]> {
  const frames: RecordedFrame[] = [];
  for await (const frame of readRecording(path)) frames.push(frame);
  return frames;
}

type SourceTime = Pick<MarketSource, 'scheduler' | 'virtual'>;

function timeFor(speed: Speed): SourceTime {
  if (speed === 'real') return { scheduler: systemScheduler(), virtual: undefined };
  const virtual = new VirtualScheduler(VIRTUAL_START);
  return { scheduler: virtual, virtual };
}

interface Door extends Pick<MarketSource, 'url' | 'dial' | 'rest' | 'close'> {
  /** For people. */
  readonly where: string;
}

/** Lets clients in: over a real socket in real time, in process in virtual time. */
async function openDoor(
  { scheduler, virtual }: SourceTime,
  accept: Accept,
  answer: AnswerHttpLater | undefined,
): Promise<Door> {
  if (virtual !== undefined) {
    return {
      url: 'ws://in-process/v2',
      dial: inProcessDial(accept, scheduler),
      rest: answer && { fetch: inProcessFetch(answer, scheduler) },
      where: 'in process',
      close: () => Promise.resolve(),
    };
  }
  const server = await listen({ accept, ...(answer !== undefined && { rest: answer }) });
  return {
    url: server.url,
    dial: webSocketDial(),
    rest: answer && { baseUrl: server.restUrl },
    where: `on 127.0.0.1:${server.port}`,
    close: () => server.close(),
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
