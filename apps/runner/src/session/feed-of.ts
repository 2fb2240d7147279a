import { KrakenMarketFeed, KrakenSpotFeed } from '@kb/feed';
import type { KrakenSpotFeedOptions } from '@kb/feed';
import type { FeedTrails } from './feed-trails.ts';
import type { RestSource } from './rest-of.ts';

/** A feed whose trails are kept, with REST beside it where there is one. */
export function feedOf(options: KrakenSpotFeedOptions, rest: RestSource, trails: FeedTrails): KrakenSpotFeed {
  const kept: KrakenSpotFeedOptions = { ...options, onHealth: (event) => trails.onHealth(event) };
  if (rest === undefined) return new KrakenSpotFeed(kept);
  return new KrakenMarketFeed({
    ...kept,
    rest,
    onBackfill: (event) => trails.onBackfill(event),
    delta: { onRecord: (record) => trails.onDelta(record) },
  });
}
