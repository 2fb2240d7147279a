import { randomInt } from 'node:crypto';
import { systemScheduler } from '@kb/kraken';
import type { Dial, RecordedDirection } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { Instrument, MarketEvent, Micros, Scheduler, SystemStatus } from '@kb/model';
import { BACKOFF_PRESETS } from '../connection/backoff.ts';
import type { BackoffSpec } from '../connection/backoff.ts';
import { BOOK_DEPTHS, LEVEL3_DEPTHS } from '../core/book-depths.ts';
import type { ConnectBudgetSpec } from '../connection/connect-budget.ts';
import type { QueueRule } from '../core/queue-rules.ts';
import type { RestDepth } from '../delta/delta-monitor.ts';
import { FeedError } from '../errors.ts';
import type { HealthEvent, RoundTrip } from '../health/feed-health.ts';
import { historySettings } from '../market/symbol-history.ts';
import type { HistoryOptions } from '../market/symbol-history.ts';
import type { TapeGap } from '../market/tape-gaps.ts';
import type { FeedInput } from '../core/feed-input.ts';
import { webSocketDial } from '../connection/web-socket-dial.ts';

/** A channel that `KrakenSpotFeed` subscribes to. */
export type FeedChannel = 'book' | 'instrument' | 'level3' | 'ohlc' | 'ticker' | 'trade';

/** Durations are in microseconds of the scheduler's clock. */
export interface KrakenSpotFeedOptions extends HistoryOptions {
  /** `wss://ws.kraken.com/v2` unless told; `wss://ws-l3.kraken.com/v2` for `level3`, which Kraken has there and nowhere else. */
  readonly url?: string;
  /** Pairs as Kraken v2 writes them: `BTC/USD`. */
  readonly symbols: readonly string[];
  /**
   * `book` or `level3` must be among them, and not both: a symbol without a verified book is never live. Instrument, book and
   * trade unless told. `level3` beside `trade`, `ticker` or `ohlc` needs a `url` of a venue that has them in one place.
   */
  readonly channels?: readonly FeedChannel[];
  /**
   * Intervals of the `ohlc` channel: 1, 5, 15 or 30 minutes, 1 or 4 hours, 1, 7 or 15 days. Those of `candles` that are among these unless
   * told. What the venue streams completes the candles of the same interval, and is let go where `candles` has none.
   * Kraken may take one a symbol only (so in 2024): `onHealth` then hears of those that are left off.
   */
  readonly ohlcIntervals?: readonly Micros[];
  /**
   * Makes the token that `level3` needs, which the private REST method GetWebSocketsToken does. Called for each connection, and once more
   * when the venue refuses a token. Tokens are shown to nobody: not in events, not to `onWire`.
   */
  readonly token?: () => Promise<string>;
  /** Of `level3`, as in `FeedCoreOptions`. */
  readonly queueBy?: QueueRule | 'auto';
  /**
   * Asks the venue for its book by another way, as `KrakenRest.depth` does: what decides about a symbol whose checksum failed three times
   * in a row. Where the answer is the book that we have, it is the checksum that is wrong: the symbol is `unverified`; else `broken`.
   * Without it, and for `level3`, which REST does not tell, such a symbol is subscribed anew until it is given up.
   */
  readonly crossCheck?: (symbol: string, options: { readonly count: number }) => Promise<RestDepth>;
  /** Whether an `unverified` book is shown in `market` and told by `book` events (with `verified: false`). False unless told. */
  readonly allowUnverified?: boolean;
  /**
   * Asks the venue for its state by another way, as `KrakenRest.systemStatus` does (of which this is `system`). Called once a minute
   * while there is no connection that tells it.
   */
  readonly systemStatus?: () => Promise<SystemStatus>;
  /** Levels a side: 10, 25, 100, 500 or 1000, with `level3` 10, 100 or 1000. 10 unless told. */
  readonly depth?: number;
  /** Pairs known beforehand, for a feed without the instrument channel. */
  readonly instruments?: readonly Instrument[];
  /** How to open a socket; a real one unless told. */
  readonly dial?: Dial;
  /** The only source of time; the machine's clock unless told. */
  readonly scheduler?: Scheduler;
  /** Seed of the jitter; drawn at random unless told. */
  readonly seed?: number;
  /** Gets every event, in order. The book in a `book` event is live: read it during the call. */
  readonly onEvent?: (event: MarketEvent) => void;
  /** Gets every input before it is handled: what a journal keeps to make the same events again. */
  readonly onInput?: (input: FeedInput) => void;
  /**
   * Gets everything that goes over the wire, before it is handled: what a recorder keeps. Frames received and sent as they
   * are, `open` with the URL, `close` with the code and the reason.
   */
  readonly onWire?: (recvTs: Micros, dir: RecordedDirection, raw: Uint8Array | string) => void;
  /** Trades of a symbol are known to be missing: `supply` takes what another way tells of them. */
  readonly onGap?: (symbol: string, gap: TapeGap) => void;
  /** Gets what is worth a line in a journal: outages and resyncs that are over, gaps, lags, and now and then all of `health()`. */
  readonly onHealth?: (event: HealthEvent) => void;
  /** Gets each ping that was answered: what `LatencyCalibrator` of `@kb/paper-exec` takes as `onPing`. */
  readonly onRoundTrip?: (trip: RoundTrip) => void;
  /** Time between two health snapshots for `onHealth`. 10 s unless told. */
  readonly healthEvery?: Micros;
  /** Messages that are older than this mean that we are behind: the feed is then `stale` until it has caught up. 1 s unless told. */
  readonly lagLimit?: Micros;
  /** The feed gave up (see `giveUpAfter`) and is closed. */
  readonly onFatal?: (error: FeedError) => void;
  /** With no connection for this long, the feed gives up. Never, unless told. */
  readonly giveUpAfter?: Micros;
  /** With no frame of any kind for this long, the connection counts as dead; at half time it is pinged. 5 s unless told. */
  readonly frameDeadline?: Micros;
  /** Time between application pings. 10 s unless told. */
  readonly pingEvery?: Micros;
  /** Time between `timer` events. 1 s unless told. */
  readonly tickEvery?: Micros;
  /** How long a connection may take to open and to say its status. 10 s unless told. */
  readonly connectTimeout?: Micros;
  /** How long a request may stay unanswered before it is sent again (three times in all). 5 s unless told. */
  readonly ackTimeout?: Micros;
  /** How long a snapshot may take after its acknowledgement before it is asked for again. 5 s unless told. */
  readonly snapshotTimeout?: Micros;
  /** Delays between connection attempts. `fast` unless told. */
  readonly backoff?: BackoffSpec | 'classic' | 'fast';
  /** How long a connection must have been up for the delays to start over. 30 s unless told. */
  readonly healthyAfter?: Micros;
  /** 100 connects in 10 minutes unless told. */
  readonly connectBudget?: ConnectBudgetSpec;
}

/** Of `ohlc`, in minutes. Source: Kraken WebSocket v2. */
const OHLC_MINUTES: readonly number[] = [1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600];
/** Symbols that Kraken takes on one connection for `level3`. */
const MOST_LEVEL3_SYMBOLS = 200;
/** A snapshot of 1,000 levels may hold tens of thousands of orders. */
const LEVEL3_PAYLOAD = 16 * 1024 * 1024;

/** The options with everything that was left out filled in. */
export interface FeedSettings {
  readonly url: string;
  readonly symbols: readonly string[];
  readonly channels: readonly FeedChannel[];
  readonly depth: number;
  readonly ohlcIntervals: readonly Micros[];
  readonly token: (() => Promise<string>) | undefined;
  readonly instruments: readonly Instrument[];
  readonly dial: Dial;
  readonly scheduler: Scheduler;
  readonly seed: number;
  readonly giveUpAfter: Micros | undefined;
  readonly frameDeadline: Micros;
  readonly pingEvery: Micros;
  readonly tickEvery: Micros;
  readonly connectTimeout: Micros;
  readonly ackTimeout: Micros;
  readonly snapshotTimeout: Micros;
  readonly backoff: BackoffSpec;
  readonly healthyAfter: Micros;
  readonly connectBudget: ConnectBudgetSpec;
  readonly healthEvery: Micros;
  readonly lagLimit: Micros;
}

/** In the order in which they are subscribed: trades can only be read once a pair's precision is known. */
const CHANNELS: readonly FeedChannel[] = ['instrument', 'book', 'level3', 'trade', 'ticker', 'ohlc'];

/**
 * Checks the options and fills in what was left out.
 * @throws FeedError `KB_FEED_BAD_OPTIONS`, naming every problem at once.
 */
export function feedSettings(options: KrakenSpotFeedOptions): FeedSettings {
  const { backoff = 'fast', channels = ['instrument', 'book', 'trade'] } = options;
  const withOrders = channels.includes('level3');
  const settings: FeedSettings = {
    url: options.url ?? (withOrders ? 'wss://ws-l3.kraken.com/v2' : 'wss://ws.kraken.com/v2'),
    symbols: options.symbols,
    channels,
    depth: options.depth ?? 10,
    ohlcIntervals: options.ohlcIntervals ?? (options.candles ?? []).filter(isOhlcInterval),
    token: options.token,
    instruments: options.instruments ?? [],
    dial: options.dial ?? webSocketDial(withOrders ? { maxPayload: LEVEL3_PAYLOAD } : {}),
    scheduler: options.scheduler ?? systemScheduler(),
    seed: options.seed ?? randomInt(2 ** 48 - 1),
    giveUpAfter: options.giveUpAfter,
    frameDeadline: options.frameDeadline ?? micros(5 * SECOND),
    pingEvery: options.pingEvery ?? micros(10 * SECOND),
    tickEvery: options.tickEvery ?? micros(SECOND),
    connectTimeout: options.connectTimeout ?? micros(10 * SECOND),
    ackTimeout: options.ackTimeout ?? micros(5 * SECOND),
    snapshotTimeout: options.snapshotTimeout ?? micros(5 * SECOND),
    backoff: typeof backoff === 'string' ? BACKOFF_PRESETS[backoff] : backoff,
    healthyAfter: options.healthyAfter ?? micros(30 * SECOND),
    healthEvery: options.healthEvery ?? micros(10 * SECOND),
    lagLimit: options.lagLimit ?? micros(SECOND),
    connectBudget: options.connectBudget ?? { connects: 100, per: micros(600 * SECOND) },
  };
  const problems = [
    ...problemsOf(settings),
    ...level3Problems(settings, options.url),
    ...ohlcProblems(settings),
    ...historySettings(options).problems,
  ];
  if (problems.length > 0) {
    throw new FeedError('KB_FEED_BAD_OPTIONS', problems.join('; '), {
      hint: 'Correct the named options; durations are whole microseconds.',
    });
  }
  return { ...settings, channels: CHANNELS.filter((channel) => settings.channels.includes(channel)) };
}

function* problemsOf(settings: FeedSettings): Generator<string> {
  const { url, symbols, channels, depth, backoff, connectBudget } = settings;
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol !== 'ws:' && protocol !== 'wss:') yield `url: expected a ws:// or wss:// address, was ${quoted(url)}`;
  if (symbols.length === 0) yield 'symbols: expected at least one pair';
  for (const [index, symbol] of symbols.entries()) {
    if (!/^[^\s/]+\/[^\s/]+$/.test(symbol)) yield `symbols: expected pairs like BTC/USD, was ${quoted(symbol)}`;
    if (symbols.indexOf(symbol) !== index) yield `symbols: ${quoted(symbol)} is there twice`;
  }
  for (const [index, channel] of channels.entries()) {
    if (!CHANNELS.includes(channel)) yield `channels: expected ${CHANNELS.join(', ')}, was ${quoted(channel)}`;
    if (channels.indexOf(channel) !== index) yield `channels: ${quoted(channel)} is there twice`;
  }
  if (!channels.includes('book') && !channels.includes('level3')) {
    yield 'channels: expected book or level3 among them, without it no symbol is ever live';
  }
  if (!BOOK_DEPTHS.includes(depth)) yield `depth: expected ${BOOK_DEPTHS.join(', ')}, was ${depth}`;
  for (const name of DURATIONS) {
    const value = settings[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) {
      yield `${name}: expected a duration above zero, was ${value}`;
    }
  }
  if (!Number.isSafeInteger(settings.seed)) yield `seed: expected a whole number, was ${settings.seed}`;
  if (!isBackoff(backoff)) yield 'backoff: expected fast, classic, or delays above zero';
  if (!(connectBudget.connects > 0 && connectBudget.per > 0)) yield 'connectBudget: expected numbers above zero';
}

function* level3Problems(
  { channels, symbols, depth, token }: FeedSettings,
  url: string | undefined,
): Generator<string> {
  if (!channels.includes('level3')) return;
  if (token === undefined) yield 'token: expected a function that makes one, level3 needs it';
  if (channels.includes('book')) yield 'channels: expected book or level3, not both: use a feed for each';
  else if (url === undefined && channels.some((channel) => channel !== 'level3' && channel !== 'instrument')) {
    yield 'url: expected one of a venue that has level3 beside other channels, Kraken has it alone';
  }
  if (!LEVEL3_DEPTHS.includes(depth)) yield `depth: expected ${LEVEL3_DEPTHS.join(', ')} for level3, was ${depth}`;
  if (symbols.length > MOST_LEVEL3_SYMBOLS) {
    yield `symbols: expected at most ${MOST_LEVEL3_SYMBOLS} for level3, were ${symbols.length}; use more feeds`;
  }
}

function* ohlcProblems({ channels, ohlcIntervals }: FeedSettings): Generator<string> {
  if (channels.includes('ohlc') && ohlcIntervals.length === 0) {
    yield 'ohlcIntervals: expected at least one for the channel ohlc';
  }
  for (const [index, interval] of ohlcIntervals.entries()) {
    const minutes = OHLC_MINUTES.join(', ');
    if (!isOhlcInterval(interval)) yield `ohlcIntervals: expected ${minutes} minutes in µs, was ${interval}`;
    if (ohlcIntervals.indexOf(interval) !== index) yield `ohlcIntervals: ${interval} µs is there twice`;
  }
}

function isOhlcInterval(interval: Micros): boolean {
  return OHLC_MINUTES.includes(interval / (60 * SECOND));
}

const DURATIONS = [
  'giveUpAfter',
  'frameDeadline',
  'pingEvery',
  'tickEvery',
  'connectTimeout',
  'ackTimeout',
  'snapshotTimeout',
  'healthyAfter',
  'healthEvery',
  'lagLimit',
] as const satisfies (keyof FeedSettings)[];

/** A preset that does not exist comes in as `undefined` from callers without types. */
function isBackoff(spec: BackoffSpec | undefined): boolean {
  return spec !== undefined && spec.first > 0 && spec.earlyCap > 0 && spec.cap > 0 && spec.earlyCount >= 0;
}

function quoted(value: unknown): string {
  return JSON.stringify(value);
}
