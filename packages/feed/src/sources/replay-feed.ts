import type { RecordedFrame } from '@kb/kraken';
import { micros } from '@kb/model';
import type { FeedCause, FeedState, MarketEvent, MarketView, Micros } from '@kb/model';
import { FeedError } from '../errors.ts';
import { FeedCore } from '../core/feed-core.ts';
import type { FeedCoreOptions } from '../core/feed-core.ts';
import type { FeedInput } from '../core/feed-input.ts';
import type { HistoryStats } from '../market/symbol-history.ts';
import type { BookStats, TradeStats } from '../market/symbol-state.ts';
import { RecordingDecoder } from '../recording/recording-decoder.ts';
import { RecordingNature } from '../recording/recording-nature.ts';
import { openSource } from '../recording/segments.ts';
import type { RecordingSource } from '../recording/segments.ts';

export interface ReplayFeedOptions extends FeedCoreOptions {
  /** What is played: segments follow each other as one recording. */
  readonly source: RecordingSource;
  /** Gets every input before it is handled. */
  readonly onInput?: (input: FeedInput) => void;
  /** Makes `timer` events at this cadence of the recording's clock. None unless told. */
  readonly tickEvery?: Micros;
  /** Ends the replay early. */
  readonly signal?: AbortSignal;
}

/** A clock that jumps further than this many ticks did not tick: the ticks in between are left out. */
const MAX_TICKS = 100_000;

/**
 * A recording played through the same decoder, book and checks as the live feed, as fast as it goes.
 *
 * Either `run()` with `onEvent`, or `for await (const event of replay)`; once. Lines `open` and `close` become the states
 * of a connection, `tx` lines are passed over, and the end is a `closed` event with cause `end-of-data`.
 *
 * The first frame tells whether a recording speaks WebSocket v2 or v1, unless `decoder` says. Imported recordings, and the
 * snapshots of v1, have no checksums: their books are told as not verified; `acceptUnchecked: false` refuses them.
 */
export class ReplayFeed {
  readonly #options: ReplayFeedOptions;
  readonly #core: FeedCore;
  readonly #nature = new RecordingNature();
  readonly #decoder = new RecordingDecoder();
  readonly #events: MarketEvent[] = [];
  #started = false;
  #iterating = false;
  #now: Micros = micros(0);
  #nextTick: Micros | undefined = undefined;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`. */
  constructor(options: ReplayFeedOptions) {
    const { tickEvery } = options;
    if (tickEvery !== undefined && !(tickEvery > 0)) {
      throw new FeedError('KB_FEED_BAD_OPTIONS', `tickEvery: expected a duration above zero, was ${tickEvery}`);
    }
    this.#options = options;
    this.#core = new FeedCore({
      decoder: this.#decoder,
      ...options,
      onEvent: (event) => {
        options.onEvent?.(event);
        if (this.#iterating) this.#events.push(event);
      },
    });
  }

  /** What is known of the market, live and read-only. */
  get market(): MarketView {
    return this.#core.market;
  }

  /** What the recording was made from, where it was imported; known from its first line on. */
  get importedFrom(): string | undefined {
    return this.#nature.importedFrom;
  }

  /** Frames received, of any kind. */
  get frames(): number {
    return this.#core.frames;
  }

  /** Frames that were refused whole because something was wrong with them. */
  get malformed(): number {
    return this.#core.malformed;
  }

  /** Frames in good order that this version has no name for. */
  get unknown(): number {
    return this.#core.unknown;
  }

  /** Counts of a symbol's book messages; live. */
  statsOf(symbol: string): BookStats {
    return this.#core.statsOf(symbol);
  }

  /** Counts of a symbol's trades; live. */
  tradeStatsOf(symbol: string): TradeStats {
    return this.#core.tradeStatsOf(symbol);
  }

  /** How much of a symbol's past is kept and how well it is known, as plain data of this moment. */
  historyOf(symbol: string): HistoryStats {
    return this.#core.historyOf(symbol);
  }

  /**
   * Plays the whole recording to `onEvent`.
   * @throws RecordingError when the recording cannot be read (what came before it was handed on), and FeedError
   *   `KB_FEED_CLOSED` on a second call.
   */
  async run(): Promise<void> {
    for await (const frame of this.#frames()) this.#play(frame);
    this.#finish();
  }

  /** The events one by one. A book event's book is as it was then until the next one is asked for. */
  async *[Symbol.asyncIterator](): AsyncGenerator<MarketEvent, void, undefined> {
    this.#iterating = true;
    for await (const frame of this.#frames()) {
      this.#play(frame);
      yield* this.#events.splice(0);
    }
    this.#finish();
    yield* this.#events.splice(0);
  }

  async *#frames(): AsyncGenerator<RecordedFrame, void, undefined> {
    if (this.#started) throw new FeedError('KB_FEED_CLOSED', 'A replay runs once: make a new one');
    this.#started = true;
    const { source, signal } = this.#options;
    for await (const frame of openSource(source).frames) {
      if (signal?.aborted === true) return;
      yield frame;
    }
  }

  #play(frame: RecordedFrame): void {
    const { recvTs, dir, raw } = frame;
    this.#now = recvTs;
    if (this.#nature.isV1 === undefined) this.#learn(frame);
    this.#tickUntil(recvTs);
    switch (dir) {
      case 'rx':
        this.#input({ type: 'frame', recvTs, frame: raw });
        break;
      case 'open':
        this.#announce('subscribing', 'connected', Buffer.from(raw).toString());
        break;
      case 'close':
        this.#announce('connecting', 'disconnect', Buffer.from(raw).toString());
        break;
      case 'tx':
        break;
    }
  }

  /** Up to the first frame received, which is read as what it is. */
  #learn(line: RecordedFrame): void {
    this.#nature.onLine(line);
    const { isV1, importedFrom } = this.#nature;
    if (isV1 === true) this.#decoder.useV1();
    const hasChecksums = isV1 !== true && importedFrom === undefined;
    if (!hasChecksums && this.#options.acceptUnchecked !== false) this.#core.acceptUnchecked();
  }

  #tickUntil(recvTs: Micros): void {
    const { tickEvery } = this.#options;
    if (tickEvery === undefined) return;
    this.#nextTick ??= micros(recvTs + tickEvery);
    if (recvTs - this.#nextTick > MAX_TICKS * tickEvery) this.#nextTick = recvTs;
    while (this.#nextTick <= recvTs) {
      this.#input({ type: 'tick', recvTs: this.#nextTick });
      this.#nextTick = micros(this.#nextTick + tickEvery);
    }
  }

  #finish(): void {
    const ended = this.#options.signal?.aborted === true;
    this.#announce('closed', ended ? 'stop' : 'end-of-data', ended ? 'stopped' : `${this.frames} frames`);
  }

  #announce(state: FeedState, cause: FeedCause, detail: string): void {
    this.#input({ type: 'state', recvTs: this.#now, symbol: undefined, state, cause, detail });
  }

  #input(input: FeedInput): void {
    this.#options.onInput?.(input);
    this.#core.handle(input);
  }
}
