import { assetOfV1, symbolOfV1 } from '../symbol-names.ts';
import type { AssetInfo, AssetPair, FeeStep } from './answers.ts';
import type { Place } from './place.ts';
import { readRows } from './rows.ts';
import type { OnSkipped } from './rows.ts';

/** By v2 name. */
export function readAssets(result: Place): ReadonlyMap<string, AssetInfo> {
  const assets = new Map<string, AssetInfo>();
  for (const [id, place] of result.members()) {
    const info = readAsset(id, place);
    // As with pairs: of two rows with one name the second is kept by its id.
    const asset = assets.has(info.asset) ? id : info.asset;
    assets.set(asset, { ...info, asset });
  }
  return assets;
}

function readAsset(id: string, place: Place): AssetInfo {
  const altname = place.member('altname').text();
  return {
    asset: assetOfV1(altname),
    id,
    altname,
    aclass: place.member('aclass').text(),
    decimals: place.member('decimals').count(),
    displayDecimals: place.member('display_decimals').count(),
    collateralValue: place.optional('collateral_value')?.decimal(),
    marginRate: place.optional('margin_rate')?.decimal(),
    status: place.optional('status')?.text(),
  };
}

/** By v2 name, in the order sent. */
export function readAssetPairs(result: Place, onSkipped?: OnSkipped): ReadonlyMap<string, AssetPair> {
  const pairs = readRows(result, readPair, onSkipped);
  const owners = new Map<string, AssetPair>();
  for (const pair of [...pairs.filter(isOfMainVenue), ...pairs]) {
    if (!owners.has(pair.symbol)) owners.set(pair.symbol, pair);
  }
  // Of two rows with one WebSocket name the other one is kept by its id.
  const named = pairs.map((pair) => (owners.get(pair.symbol) === pair ? pair : { ...pair, symbol: pair.id }));
  return new Map(named.map((pair) => [pair.symbol, pair]));
}

/** Older answers name no venue. */
function isOfMainVenue({ executionVenue }: AssetPair): boolean {
  return executionVenue === undefined || executionVenue === 'international';
}

function readPair(id: string, place: Place): AssetPair {
  const wsname = place.optional('wsname')?.text();
  return {
    symbol: wsname === undefined ? id : symbolOfV1(wsname),
    id,
    altname: place.member('altname').text(),
    wsname,
    baseId: place.member('base').text(),
    quoteId: place.member('quote').text(),
    aclassBase: place.member('aclass_base').text(),
    aclassQuote: place.member('aclass_quote').text(),
    pairDecimals: place.member('pair_decimals').count(),
    lotDecimals: place.member('lot_decimals').count(),
    costDecimals: place.optional('cost_decimals')?.count(),
    lotMultiplier: place.optional('lot_multiplier')?.count() ?? 1,
    leverageBuy: ratios(place, 'leverage_buy'),
    leverageSell: ratios(place, 'leverage_sell'),
    fees: feeSteps(place, 'fees'),
    feesMaker: feeSteps(place, 'fees_maker'),
    feeVolumeCurrency: place.optional('fee_volume_currency')?.text(),
    marginCall: place.optional('margin_call')?.count(),
    marginStop: place.optional('margin_stop')?.count(),
    orderMin: place.optional('ordermin')?.decimal(),
    costMin: place.optional('costmin')?.decimal(),
    tickSize: place.optional('tick_size')?.decimal(),
    status: place.optional('status')?.text(),
    executionVenue: place.optional('execution_venue')?.text(),
    longPositionLimit: place.optional('long_position_limit')?.decimal(),
    shortPositionLimit: place.optional('short_position_limit')?.decimal(),
  };
}

function ratios(pair: Place, name: string): readonly number[] {
  const list = pair.optional(name)?.items() ?? [];
  return list.map((ratio) => ratio.count());
}

function feeSteps(pair: Place, name: string): readonly FeeStep[] {
  const list = pair.optional(name)?.items() ?? [];
  return list.map((step) => {
    const [volume, percent] = step.row(2);
    if (volume === undefined || percent === undefined) throw step.fail('expected a volume and a percentage');
    return { volume: volume.decimal(), percent: percent.signedDecimal() };
  });
}
