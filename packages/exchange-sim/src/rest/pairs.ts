import type { VenueMarket } from '../venue.ts';
import type { PublicCall } from './call.ts';
import { unknownPair } from './refusal.ts';

/** Pairs that one call may name. */
const MOST_PAIRS = 2_000;

/** A pair as a call asked for it. */
export interface AskedPair {
  readonly market: VenueMarket;
  readonly asked: string;
}

/** All pairs that are listed, or those that the call names. A delisted one is unknown. @throws Refusal for an unknown one. */
export function askedPairs({ venue, params }: PublicCall): readonly AskedPair[] {
  const names = params.list('pair', MOST_PAIRS);
  if (names.length > 0) return names.map((name) => pairNamed(venue, name));
  return [...venue.markets.values()].filter(isListed).map((market) => ({ market, asked: market.listing.pairId }));
}

/** The one pair that the call is about. @throws Refusal when it is missing or unknown. */
export function askedPair({ venue, params }: PublicCall): AskedPair {
  return pairNamed(venue, params.required('pair'));
}

export function pairNamed(venue: PublicCall['venue'], name: string): AskedPair {
  const market = venue.find(name);
  if (market === undefined || !isListed(market)) throw unknownPair();
  return { market, asked: name };
}

/** The key of a result about market data. */
export function keyOf({ market, asked }: AskedPair, slashKeys: PublicCall['slashKeys']): string {
  return slashKeys === 'as-asked' && asked.includes('/') ? asked : market.listing.pairId;
}

function isListed(market: VenueMarket): boolean {
  return market.listing.instrument.status !== 'delisted';
}
