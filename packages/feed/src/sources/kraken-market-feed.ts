import { KrakenRest, systemScheduler } from '@kb/kraken';
import type { KrakenRestOptions } from '@kb/kraken';
import type { MarketEvent } from '@kb/model';
import { Backfill } from '../backfill/backfill.ts';
import type { BackfillTuning } from '../backfill/backfill.ts';
import type { BackfillEvent, BackfillStats } from '../backfill/backfill-events.ts';
import { DeltaMonitor } from '../delta/delta-monitor.ts';
import type { DeltaTuning } from '../delta/delta-monitor.ts';
import type { DeltaStats } from '../delta/delta-records.ts';
import type { FeedHealth, SymbolHealth } from '../health/feed-health.ts';
import type { TapeGap } from '../market/tape-gaps.ts';
import type { KrakenSpotFeedOptions } from './feed-options.ts';
import { KrakenSpotFeed } from './kraken-spot-feed.ts';
import { RestSide } from './rest-side.ts';
import type { MarketRest } from './rest-side.ts';

export interface KrakenMarketFeedOptions extends KrakenSpotFeedOptions {
  /**
   * Who tells the past, and what the book is by another way: a client that is shared with others (the feed does not close it), or options
   * of one of its own. Kraken's public REST interface unless told.
   */
  readonly rest?: KrakenRestOptions | MarketRest;
  readonly backfill?: BackfillTuning;
  /** Hears of every attempt to repair something, once it has ended. */
  readonly onBackfill?: (event: BackfillEvent) => void;
  /** How sudden moves are checked over REST, and who hears of it; false: not at all, as where `rest` has no `depth`. */
  readonly delta?: DeltaTuning | false;
}

/**
 * A `KrakenSpotFeed` that has REST beside it. It repairs its tape and candles: candles have a past from the start, a bar that was running is
 * made whole, and so is whatever a lost connection or frame left out. It checks sudden moves, and subscribes a book anew that the venue
 * contradicts twice in a row (see `DeltaMonitor`). It judges books whose checksums fail again and again, and learns the state of the venue
 * while no connection tells it. All of it goes through one client, which keeps to the venue's limits.
 */
export class KrakenMarketFeed extends KrakenSpotFeed {
  readonly #backfill: Backfill;
  readonly #delta: DeltaMonitor | undefined = undefined;
  readonly #side: RestSide;
  /** What listens to the feed: nothing before it is started, for what it is told of its past asks nothing of anybody. */
  readonly #listening: { backfill?: Backfill; delta?: DeltaMonitor };
  readonly #symbols: readonly string[];
  /** Its own client, if it has one. */
  readonly #ownRest: KrakenRest | undefined;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`, RestError `KB_KRAKEN_REST_BAD_OPTIONS`. */
  constructor(options: KrakenMarketFeedOptions) {
    const { rest = {}, scheduler = systemScheduler(), seed, delta = {} } = options;
    const seeded = seed === undefined ? {} : { seed };
    const client = isMarketRest(rest) ? rest : new KrakenRest({ scheduler, ...seeded, ...rest });
    const side = new RestSide(client);
    const listening: { backfill?: Backfill; delta?: DeltaMonitor } = {};
    super({
      ...(side.hasDepth && { crossCheck: (symbol, { count }) => side.depth(symbol, count) }),
      ...(side.hasStatus && { systemStatus: () => side.systemStatus() }),
      ...options,
      scheduler,
      onEvent(event: MarketEvent) {
        listening.backfill?.onEvent(event);
        listening.delta?.onEvent(event);
        options.onEvent?.(event);
      },
      onGap(symbol: string, gap: TapeGap) {
        listening.backfill?.onGap(symbol, gap);
        options.onGap?.(symbol, gap);
      },
    });
    this.#ownRest = client !== rest && client instanceof KrakenRest ? client : undefined;
    this.#side = side;
    this.#symbols = options.symbols;
    this.#listening = listening;
    this.#backfill = new Backfill({
      ...options.backfill,
      rest: side.client,
      scheduler,
      market: this.market,
      supply: (input) => this.supply(input),
      candles: options.candles,
      onBackfill: (event) => {
        side.onBackfill(event);
        options.onBackfill?.(event);
      },
    });
    if (delta === false || !side.hasDepth) return;
    this.#delta = new DeltaMonitor({
      ...delta,
      market: this.market,
      scheduler,
      depth: (symbol, { count }) => side.depth(symbol, count),
      onMismatch: (symbol, detail) => this.resubscribe(`REST tells another book: ${detail}`, symbol),
    });
  }

  /** Counts of what was asked and supplied. */
  get backfillStats(): BackfillStats {
    return this.#backfill.stats;
  }

  /** Counts of a symbol's sudden moves and checks; `undefined` when moves are not checked. */
  deltaStatsOf(symbol: string): DeltaStats | undefined {
    return this.#delta?.statsOf(symbol);
  }

  override start(): void {
    const isFirst = this.#listening.backfill === undefined;
    this.#listening.backfill = this.#backfill;
    if (this.#delta !== undefined) this.#listening.delta = this.#delta;
    super.start();
    if (isFirst) this.#askAgain();
  }

  /** Trades that a recalled past lacks: whoever was asked for them then did not answer in time, or not at all. */
  #askAgain(): void {
    for (const symbol of this.#symbols) {
      for (const gap of this.historyOf(symbol).openGaps) {
        if (gap.from !== undefined && gap.afterId !== undefined) this.#backfill.onGap(symbol, gap);
      }
    }
  }

  override health(): FeedHealth {
    const health = super.health();
    const symbols = Object.entries(health.symbols).map(
      ([symbol, each]) => [symbol, this.#withSync(symbol, each)] as const,
    );
    const failures = symbols.map(([, { syncFailures }]) => syncFailures);
    return {
      ...health,
      syncFailures: {
        crossChecks: failures.reduce((sum, { crossChecks }) => sum + crossChecks, 0),
        backfills: failures.reduce((sum, { backfills }) => sum + backfills, 0),
      },
      symbols: Object.fromEntries(symbols),
    };
  }

  override async close(): Promise<void> {
    this.#backfill.close();
    this.#delta?.close();
    await Promise.all([super.close(), this.#ownRest?.close()]);
  }

  #withSync(symbol: string, health: SymbolHealth): SymbolHealth & Required<Pick<SymbolHealth, 'syncFailures'>> {
    const delta = this.deltaStatsOf(symbol);
    return { ...health, ...(delta !== undefined && { delta }), syncFailures: this.#side.failuresOf(symbol) };
  }
}

function isMarketRest(rest: KrakenRestOptions | MarketRest): rest is MarketRest {
  return 'trades' in rest;
}
