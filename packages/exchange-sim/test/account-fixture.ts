import { isoToMicros, micros, priceToTicks, qtyToLots } from '@kb/model';
import type { Micros, Side } from '@kb/model';
import { Account } from '../src/accounts/account.ts';
import type { AccountOptions, AccountSpec, Fill, FillFacts, LedgerEntry } from '../src/accounts/account.ts';
import { SeededIds } from '../src/accounts/ids.ts';
import type { Listing } from '../src/listings/listing.ts';
import { knownListing } from '../src/listings/make-listing.ts';

export const START: Micros = isoToMicros('2026-11-24T12:00:00.000000Z');
export const BTC_USD: Listing = knownListing('BTC/USD');

/** An account of which only what matters is said; nothing is worth anything in another asset. */
export function openAccount(spec: Partial<AccountSpec> = {}, options: Partial<AccountOptions> = {}): Account {
  return new Account(
    { name: 'alice', balances: { USD: '100000', BTC: '2' }, ...spec },
    { ids: new SeededIds(7), at: START, valuation: () => undefined, ...options },
  );
}

/** Books a trade of that size and price, both decimal text. */
export function trade(
  account: Account,
  side: Side,
  size: string,
  price: string,
  more: Partial<FillFacts> = {},
): { readonly fill: Fill; readonly entries: readonly LedgerEntry[] } {
  const listing = more.listing ?? BTC_USD;
  return account.book({
    tradeId: 1,
    orderId: 'OQCLML-BW3P3-BUCMWZ',
    listing,
    at: START,
    side,
    price: priceToTicks(listing.instrument, price),
    size: qtyToLots(listing.instrument, size),
    liquidity: 'taker',
    feeIn: 'quote',
    leverage: 0,
    ...more,
  });
}

export function later(seconds: number): Micros {
  return micros(START + Math.round(seconds * 1e6));
}
