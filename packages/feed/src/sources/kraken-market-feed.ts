import { KrakenRest, systemScheduler } from '@kb/kraken';
import type { KrakenRestOptions } from '@kb/kraken';
import type { MarketEvent } from '@kb/model';
import { Backfill } from '../backfill/backfill.ts';
import type { BackfillTuning } from '../backfill/backfill.ts';
import type { BackfillEvent, BackfillStats } from '../backfill/backfill-events.ts';
import type { PastMarket } from '../backfill/past-market.ts';
import type { TapeGap } from '../market/tape-gaps.ts';
import type { KrakenSpotFeedOptions } from './feed-options.ts';
import { KrakenSpotFeed } from './kraken-spot-feed.ts';

export interface KrakenMarketFeedOptions extends KrakenSpotFeedOptions {
  /**
   * Who tells the past: a client that is shared with others (the feed does not close it), or options of one of its own. Kraken's public
   * REST interface unless told.
   */
  readonly rest?: KrakenRestOptions | PastMarket;
  readonly backfill?: BackfillTuning;
  /** Hears of every attempt to repair something, once it has ended. */
  readonly onBackfill?: (event: BackfillEvent) => void;
}

/**
 * A `KrakenSpotFeed` that repairs its tape and candles over REST: candles have a past from the start, a bar that was running is made whole,
 * and so is whatever a lost connection or frame left out.
 */
export class KrakenMarketFeed extends KrakenSpotFeed {
  readonly #backfill: Backfill;
  /** Its own client, if it has one. */
  readonly #ownRest: KrakenRest | undefined;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`, RestError `KB_KRAKEN_REST_BAD_OPTIONS`. */
  constructor(options: KrakenMarketFeedOptions) {
    const { rest = {}, scheduler = systemScheduler(), seed } = options;
    // The feed is there before what repairs it, and says nothing until it is started.
    const parts: { backfill?: Backfill } = {};
    super({
      ...options,
      scheduler,
      onEvent(event: MarketEvent) {
        parts.backfill?.onEvent(event);
        options.onEvent?.(event);
      },
      onGap(symbol: string, gap: TapeGap) {
        parts.backfill?.onGap(symbol, gap);
        options.onGap?.(symbol, gap);
      },
    });
    const seeded = seed === undefined ? {} : { seed };
    const past = isPastMarket(rest) ? rest : new KrakenRest({ scheduler, ...seeded, ...rest });
    this.#ownRest = past !== rest && past instanceof KrakenRest ? past : undefined;
    this.#backfill = new Backfill({
      ...options.backfill,
      rest: past,
      scheduler,
      market: this.market,
      supply: (input) => this.supply(input),
      candles: options.candles,
      onBackfill: options.onBackfill,
    });
    parts.backfill = this.#backfill;
  }

  /** Counts of what was asked and supplied. */
  get backfillStats(): BackfillStats {
    return this.#backfill.stats;
  }

  override async close(): Promise<void> {
    this.#backfill.close();
    await Promise.all([super.close(), this.#ownRest?.close()]);
  }
}

function isPastMarket(rest: KrakenRestOptions | PastMarket): rest is PastMarket {
  return 'trades' in rest;
}
