import type { CancelIntent, PlaceIntent } from '@kb/model';
import { QUANTILE_LEVELS } from '../src/index.ts';
import type { Latency, PaperVenueOptions, Quantiles } from '../src/index.ts';
import { ms, Scene } from './scene.ts';

export const BIDS = [['100.0', '5.0']] as const;
export const ASKS = [['100.2', '5.0']] as const;
export const ZERO = { feed: 0, entry: 0, ack: 0 } as const;
/** 0 to 32 ms, evenly by level. */
export const TABLE: Quantiles = QUANTILE_LEVELS.map((_, index) => index * 1_000);
export const SEEDED = { seed: 20_261_124, numRuns: 100 };

export const LOSS = { undelivered: 0.1, unanswered: 0.1, timeout: 50_000, reconciled: 200_000 };

export function opened(latency: Latency, options: Partial<PaperVenueOptions> = {}): Scene {
  return new Scene({ latency, ...options }).book(1_000, BIDS, ASKS);
}

export function place(clientOrderId: string, more: Partial<PlaceIntent> = {}): PlaceIntent {
  return {
    type: 'place',
    strategyId: 's',
    reason: 'test',
    confidence: 1,
    clientOrderId,
    symbol: 'BTC/USD',
    side: 'buy',
    orderType: 'limit',
    price: 1_000 as PlaceIntent['price'],
    size: 1 as PlaceIntent['size'],
    timeInForce: 'gtc',
    postOnly: false,
    ...more,
  };
}

export function cancel(clientOrderId: string): CancelIntent {
  return { type: 'cancel', strategyId: 's', reason: 'test', confidence: 1, symbol: 'BTC/USD', clientOrderId };
}

/** When orders of these ids arrive, sent one a second apart from each other. */
export function arrivals(latency: Latency, ids: readonly string[]): Record<string, number> {
  const scene = opened(latency);
  const took: Record<string, number> = {};
  let at = 2_000;
  for (const id of ids) {
    scene.wait((at += 1_000));
    const sentAt = at;
    scene.venue.submit(place(id), ms(sentAt));
    scene.wait(at + 500);
    took[id] = scene.reports.at(-1)!.venueTs - ms(sentAt);
  }
  return took;
}
