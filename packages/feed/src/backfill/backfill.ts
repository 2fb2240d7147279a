import { micros, SECOND } from '@kb/model';
import type { CancelTask, MarketEvent, MarketView, Micros, Scheduler } from '@kb/model';
import type { CandlesInput, TradesInput } from '../core/feed-input.ts';
import { FeedError } from '../errors.ts';
import type { TapeGap } from '../market/tape-gaps.ts';
import type { BackfillEvent, BackfillStats } from './backfill-events.ts';
import type { PastMarket } from './past-market.ts';
import type { BackfillSettings, Repair } from './repair.ts';
import { SymbolRepairs } from './symbol-repairs.ts';

/** How much is asked, and when; all above zero. */
export type BackfillTuning = Partial<BackfillSettings>;

export interface BackfillOptions extends BackfillTuning {
  /** Who is asked; keeps the venue's limits, and repeats what is worth repeating. */
  readonly rest: PastMarket;
  readonly scheduler: Scheduler;
  /** The feed's. */
  readonly market: MarketView;
  /** The feed's. */
  readonly supply: (input: CandlesInput | TradesInput) => void;
  /** Intervals of the candles that the feed builds. Those that the venue has no bars of are made whole by trades alone. */
  readonly candles?: readonly Micros[] | undefined;
  /** Hears of every attempt once it has ended. */
  readonly onBackfill?: ((event: BackfillEvent) => void) | undefined;
}

/**
 * Repairs what a feed lacks with what the venue tells over REST: bars of before the start, trades of the bars that were running then, trades
 * of gaps, and bars of spans that could not be made whole.
 *
 * It makes one call at a time, in turn for each symbol. Hand it the feed's gaps and events; it supplies on a later task, never during them.
 * `KrakenMarketFeed` is a feed that has one.
 */
export class Backfill {
  readonly #options: BackfillOptions;
  readonly #settings: BackfillSettings;
  readonly #symbols = new Map<string, SymbolRepairs>();
  readonly #stop = new AbortController();
  readonly #counts = { calls: 0, failures: 0, gapsClosed: 0, gapsLeft: 0, trades: 0, bars: 0, unreadable: 0 };
  #cancel: CancelTask | undefined = undefined;
  #isAsking = false;
  #isAway = false;
  /** The venue's clock as the last timer told it, and when. */
  #venue: { readonly ts: Micros; readonly at: Micros } | undefined = undefined;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`, naming every problem at once. */
  constructor(options: BackfillOptions) {
    const { pages = 10, margin = micros(2 * SECOND), retryAfter = micros(60 * SECOND) } = options;
    this.#options = options;
    this.#settings = { pages, margin, retryAfter };
    const problems = Object.entries(this.#settings)
      .filter(([, value]) => !(Number.isSafeInteger(value) && value > 0))
      .map(([name, value]) => `${name}: expected a whole number above zero, was ${value}`);
    if (problems.length > 0) throw new FeedError('KB_FEED_BAD_OPTIONS', problems.join('; '));
  }

  get stats(): BackfillStats {
    return { ...this.#counts };
  }

  /** Trades of a symbol are missing: what the feed's `onGap` tells. */
  onGap(symbol: string, gap: TapeGap): void {
    if (!this.#of(symbol).onGap(gap)) this.#counts.gapsLeft += 1;
    this.#arm();
  }

  /** What the feed's `onEvent` tells. */
  onEvent(event: MarketEvent): void {
    if (event.type === 'timer') {
      this.#venue = { ts: event.venueTs, at: event.recvTs };
    } else if (event.type === 'candle') {
      if (event.closed && event.partial) this.#onPartial(event.symbol, event.interval, event.start);
    } else if (event.type === 'feed' && event.symbol === undefined) {
      if (event.state === 'closed') this.close();
      else this.#onConnection(event.state === 'live' || event.state === 'subscribing');
    }
  }

  /** Ends it: nothing is asked or supplied from here on. */
  close(): void {
    this.#stop.abort();
    this.#cancel?.();
    this.#symbols.clear();
  }

  get #isClosed(): boolean {
    return this.#stop.signal.aborted;
  }

  #onPartial(symbol: string, interval: Micros, start: Micros): void {
    this.#of(symbol).onPartial(interval, start);
    this.#arm();
  }

  #onConnection(isUp: boolean): void {
    const isBack = isUp && this.#isAway;
    this.#isAway = !isUp;
    if (isBack) for (const repairs of this.#symbols.values()) repairs.onBack();
    this.#arm();
  }

  #of(symbol: string): SymbolRepairs {
    const known = this.#symbols.get(symbol);
    if (known !== undefined) return known;
    const { rest, market, supply, scheduler, candles = [] } = this.#options;
    const added = new SymbolRepairs(
      {
        ...this.#settings,
        symbol,
        rest,
        market,
        supply,
        now: () => scheduler.now(),
        venueNow: () => this.#venueNow(),
        report: (event) => this.#report(event),
      },
      candles,
    );
    this.#symbols.set(symbol, added);
    return added;
  }

  /** Wakes up when the next call may be made. */
  #arm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#isAsking || this.#isClosed) return;
    const { scheduler } = this.#options;
    let due = Infinity;
    for (const repairs of this.#symbols.values()) due = Math.min(due, repairs.dueAt(this.#isAway));
    if (due === Infinity) return;
    this.#cancel = scheduler.after(micros(Math.max(0, due - scheduler.now())), () => this.#askNext());
  }

  #askNext(): void {
    for (const [symbol, repairs] of this.#symbols) {
      for (let next = repairs.next(this.#isAway); next !== undefined; next = repairs.next(this.#isAway)) {
        const asked = next.ask(this.#stop.signal);
        if (asked === undefined) continue;
        // Others have their turn before this one has the next.
        this.#symbols.delete(symbol);
        this.#symbols.set(symbol, repairs);
        this.#counts.calls += 1;
        this.#isAsking = true;
        void this.#await(repairs, next, asked);
        return;
      }
    }
    this.#arm();
  }

  /** What a consumer of the feed throws here comes out as an unhandled rejection: it is no failure of the venue's. */
  async #await(repairs: SymbolRepairs, repair: Repair, asked: Promise<() => void>): Promise<void> {
    const take = await asked.catch((error: unknown) => () => this.#fail(repair, error));
    this.#isAsking = false;
    if (this.#isClosed) return;
    try {
      take();
      repairs.onAnswer();
    } finally {
      this.#arm();
    }
  }

  #fail(repair: Repair, error: unknown): void {
    this.#counts.failures += 1;
    repair.fail(error);
  }

  #venueNow(): Micros | undefined {
    const venue = this.#venue;
    return venue === undefined ? undefined : micros(venue.ts + this.#options.scheduler.now() - venue.at);
  }

  #report(event: BackfillEvent): void {
    const counts = this.#counts;
    counts.unreadable += event.unreadable;
    if (event.kind === 'bars') counts.bars += event.bars;
    else {
      counts.trades += event.trades;
      if (event.outcome === 'done') counts.gapsClosed += 1;
      else if (event.outcome === 'left') counts.gapsLeft += 1;
    }
    this.#options.onBackfill?.(event);
  }
}
