import { createHistogram } from 'node:perf_hooks';
import type { RecordableHistogram } from 'node:perf_hooks';
import { micros } from '@kb/model';
import type { CancelTask, MarketEvent, MarketView, Micros, Scheduler } from '@kb/model';
import { FeedError } from '../errors.ts';
import { SnapshotBuffer } from './symbol-snapshot.ts';
import type { SymbolSnapshot } from './symbol-snapshot.ts';

export interface MarketSyncOptions {
  readonly market: MarketView;
  readonly symbols: readonly string[];
  readonly scheduler: Scheduler;
  /** Time between beats. 50 ms unless told. */
  readonly every?: Micros;
  /** Levels a side that are read. 10 unless told. */
  readonly depth?: number;
  /** Intervals of which the forming candles are read; the feed must build them. */
  readonly candles?: readonly Micros[];
  /** Gets each snapshot. It is filled anew at the next beat: `copy()` what is to be kept. What it throws comes out of the timer. */
  readonly onSync: (snapshot: MarketSnapshot) => void;
}

/** All symbols at one instant: nothing came in between reading the first and the last. */
export interface MarketSnapshot {
  /** Beats since the start, missed ones included, from 0. */
  readonly beat: number;
  /** When the beat was due, and when it was; our clock. */
  readonly due: Micros;
  readonly at: Micros;
  readonly symbols: readonly SymbolSnapshot[];
  of(symbol: string): SymbolSnapshot | undefined;
  /** Plain data that does not move on. */
  copy(): {
    readonly beat: number;
    readonly due: Micros;
    readonly at: Micros;
    readonly symbols: readonly SymbolSnapshot[];
  };
}

/** Lateness is how long after it was due a beat came, in µs. */
export interface SyncStats {
  readonly beats: number;
  /** Left out, because something held the thread for longer than a beat. They are not made up for. */
  readonly missed: number;
  readonly latenessP50: number;
  readonly latenessP99: number;
  readonly latenessMax: number;
}

/**
 * The market at a fixed cadence, for whoever thinks in steps of time and not in events.
 *
 * Beats do not drift: the k-th is due at start + k × `every`, however late the ones before it were. A beat whose time has passed
 * is left out and counted, so that late ones never come in a bunch.
 */
export class MarketSync {
  readonly #options: MarketSyncOptions;
  readonly #every: Micros;
  readonly #snapshot: Snapshot;
  readonly #lateness: RecordableHistogram = createHistogram();
  readonly #lastBookAt = new Map<string, Micros>();
  #start: Micros | undefined = undefined;
  #cancel: CancelTask | undefined = undefined;
  #beats = 0;
  #missed = 0;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`, naming every problem at once. */
  constructor(options: MarketSyncOptions) {
    const { every = micros(50_000), depth = 10, symbols, candles = [] } = options;
    const problems: string[] = [];
    if (!(Number.isSafeInteger(every) && every > 0))
      problems.push(`every: expected a duration above zero, was ${every}`);
    if (!(Number.isInteger(depth) && depth > 0))
      problems.push(`depth: expected a whole number above zero, was ${depth}`);
    if (symbols.length === 0) problems.push('symbols: expected at least one pair');
    if (problems.length > 0) throw new FeedError('KB_FEED_BAD_OPTIONS', problems.join('; '));
    this.#options = options;
    this.#every = every;
    this.#snapshot = new Snapshot(symbols.map((symbol) => new SnapshotBuffer(symbol, depth, candles)));
  }

  /** Takes the feed's events, so that snapshots can tell how old each book is. */
  onEvent(event: MarketEvent): void {
    if (event.type === 'book' || event.type === 'level3') this.#lastBookAt.set(event.symbol, event.recvTs);
  }

  /** The first beat is one `every` from now; a second call does nothing. */
  start(): void {
    if (this.#start !== undefined) return;
    this.#start = this.#options.scheduler.now();
    this.#arm(1);
  }

  /** No beat comes after this. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  stats(): SyncStats {
    const { count, max } = this.#lateness;
    const at = (percentile: number): number => (count === 0 ? 0 : this.#lateness.percentile(percentile) - ZERO);
    return {
      beats: this.#beats,
      missed: this.#missed,
      latenessP50: at(50),
      latenessP99: at(99),
      latenessMax: count === 0 ? 0 : max - ZERO,
    };
  }

  #arm(beat: number): void {
    const { scheduler } = this.#options;
    const due = micros((this.#start ?? 0) + beat * this.#every);
    this.#cancel = scheduler.after(micros(Math.max(0, due - scheduler.now())), () => this.#beat(beat, due));
  }

  #beat(beat: number, due: Micros): void {
    const { scheduler, market, onSync } = this.#options;
    const at = scheduler.now();
    // A timer may come a little early; the beat is not late then.
    const late = Math.max(0, at - due);
    this.#lateness.record(late + ZERO);
    this.#beats += 1;
    const passed = Math.floor(late / this.#every);
    this.#missed += passed;
    this.#arm(beat + passed + 1);
    this.#snapshot.read(market, this.#lastBookAt, { beat: beat - 1, due, at });
    onSync(this.#snapshot);
  }
}

/** The histogram counts from 1: a beat without lateness is recorded as this. */
const ZERO = 1;

class Snapshot implements MarketSnapshot {
  beat = 0;
  due: Micros = micros(0);
  at: Micros = micros(0);
  readonly symbols: readonly SnapshotBuffer[];
  readonly #bySymbol: ReadonlyMap<string, SnapshotBuffer>;

  constructor(symbols: readonly SnapshotBuffer[]) {
    this.symbols = symbols;
    this.#bySymbol = new Map(symbols.map((each) => [each.symbol, each]));
  }

  of(symbol: string): SymbolSnapshot | undefined {
    return this.#bySymbol.get(symbol);
  }

  read(
    market: MarketView,
    lastBookAt: ReadonlyMap<string, Micros>,
    { beat, due, at }: Pick<MarketSnapshot, 'at' | 'beat' | 'due'>,
  ): void {
    this.beat = beat;
    this.due = due;
    this.at = at;
    for (const each of this.symbols) {
      const last = lastBookAt.get(each.symbol);
      each.read(market, last === undefined ? undefined : micros(Math.max(0, at - last)));
    }
  }

  copy(): ReturnType<MarketSnapshot['copy']> {
    const { beat, due, at } = this;
    return { beat, due, at, symbols: this.symbols.map((each) => each.copy()) };
  }
}
