import { countToDecimal, lotsToQty } from '@kb/model';
import { MARGIN_CALL_PERCENT, MARGIN_STOP_PERCENT } from '../accounts/margin-refusal.ts';
import type { Asset, FeeTier, Listing } from '../listings/listing.ts';
import type { PublicCall, PublicMethod } from './call.ts';
import { Digits } from './json-text.ts';
import type { Json, JsonMembers } from './json-text.ts';
import { shortest } from './numbers.ts';
import { askedPairs } from './pairs.ts';
import type { AskedPair } from './pairs.ts';
import { invalid, Refusal } from './refusal.ts';

/** Currencies that one call may name. */
const MOST_ASSETS = 2_000;

/**
 * `{"XXBT":{"aclass":"currency","altname":"XBT","decimals":10,…}}`. With `assetVersion=1` the keys are the new names and all else stays as it
 * is (UNCONFIRMED).
 */
export const assets: PublicMethod = (call) => {
  const { params } = call;
  const aclass = params.choice('aclass', ['currency', 'tokenized_asset']) ?? 'currency';
  const found = askedAssets(call);
  if (aclass !== 'currency') return {};
  const isNew = wantsNewNames(call);
  return Object.fromEntries(found.map((asset) => [isNew ? asset.id : asset.legacyId, assetInfo(asset)]));
};

/** The currencies that the call names, or all. @throws Refusal for an unknown one. */
export function askedAssets({ venue, params }: PublicCall): readonly Asset[] {
  const names = params.list('asset', MOST_ASSETS);
  if (names.length === 0) return [...venue.assets.values()];
  return names.map((name) => {
    const asset = venue.findAsset(name);
    if (asset === undefined) throw new Refusal('EQuery:Unknown asset');
    return asset;
  });
}

function assetInfo(asset: Asset): JsonMembers {
  return {
    aclass: 'currency',
    altname: asset.altname,
    decimals: asset.decimals,
    display_decimals: asset.displayDecimals,
    collateral_value: asset.collateralValue,
    status: 'enabled',
    margin_rate: asset.marginRate === undefined ? undefined : new Digits(asset.marginRate),
  };
}

/**
 * Rules of pairs by id; a pair that was asked for with a slash is keyed as it was asked for. With `assetVersion=1` pairs and currencies
 * have their new names (UNCONFIRMED).
 */
export const assetPairs: PublicMethod = (call) => {
  const { params } = call;
  const info = params.choice('info', ['info', 'leverage', 'fees', 'margin']) ?? 'info';
  const aclass = params.choice('aclass_base', ['currency', 'tokenized_asset']) ?? 'currency';
  const venue = params.text('execution_venue') ?? 'international';
  const pairs = askedPairs(call);
  if (aclass !== 'currency' || venue !== 'international') return {};
  const isNew = wantsNewNames(call);
  return Object.fromEntries(pairs.map((pair) => [keyOfRules(pair, isNew), pairInfo(pair.market.listing, info, isNew)]));
};

function keyOfRules({ market, asked }: AskedPair, isNew: boolean): string {
  if (asked.includes('/')) return asked;
  return isNew ? market.listing.instrument.symbol : market.listing.pairId;
}

function pairInfo(listing: Listing, info: 'info' | 'leverage' | 'fees' | 'margin', isNew: boolean): JsonMembers {
  switch (info) {
    case 'info':
      return allRules(listing, isNew);
    case 'leverage':
      return leverages(listing);
    case 'fees':
      return feeSchedules(listing);
    case 'margin':
      return { margin_call: MARGIN_CALL_PERCENT, margin_stop: MARGIN_STOP_PERCENT };
    default:
      return info satisfies never;
  }
}

function allRules(listing: Listing, isNew: boolean): JsonMembers {
  const { instrument: pair, base, quote, margin } = listing;
  return {
    altname: listing.altname,
    wsname: listing.wsname,
    aclass_base: 'currency',
    base: isNew ? base.id : base.legacyId,
    aclass_quote: 'currency',
    quote: isNew ? quote.id : quote.legacyId,
    lot: 'unit',
    cost_decimals: pair.costPrecision,
    pair_decimals: pair.pricePrecision,
    lot_decimals: pair.qtyPrecision,
    lot_multiplier: 1,
    ...leverages(listing),
    ...feeSchedules(listing),
    margin_call: MARGIN_CALL_PERCENT,
    margin_stop: MARGIN_STOP_PERCENT,
    ordermin: shortest(lotsToQty(pair, pair.minQty)),
    costmin: shortest(pair.minCost),
    tick_size: shortest(countToDecimal(pair.tickSize, pair.pricePrecision)),
    status: pair.status,
    execution_venue: 'international',
    long_position_limit: margin?.longLimit,
    short_position_limit: margin?.shortLimit,
  };
}

function leverages({ margin }: Listing): JsonMembers {
  const ratios = margin?.leverage ?? [];
  return { leverage_buy: ratios, leverage_sell: ratios };
}

function feeSchedules({ fees }: Listing): JsonMembers {
  return { fees: steps(fees.taker), fees_maker: steps(fees.maker), fee_volume_currency: 'ZUSD' };
}

function steps(tiers: readonly FeeTier[]): Json {
  return tiers.map(({ volume, percent }) => [volume, new Digits(percent)]);
}

function wantsNewNames({ params }: PublicCall): boolean {
  const version = params.whole('assetVersion', 0, 1);
  return version === 1;
}

/** @throws Refusal unless `aclass` is left out or `currency`. */
export function checkCurrencyClass({ params }: PublicCall): void {
  const aclass = params.text('aclass') ?? 'currency';
  if (aclass !== 'currency') throw invalid('aclass');
}
