import { countToDecimal, decimalToCount, lotsToQty, ticksToPrice } from '@kb/model';
import type { Instrument } from '@kb/model';
import { assetFor } from '../listings/assets.ts';
import type { Asset, Listing, MarginTerms } from '../listings/listing.ts';
import type { FrameType } from './data-frames.ts';

/*
 * Frames of the `instrument` channel. Fields, their order and the forms of their numbers are those of the live snapshot of November 2024.
 */

/** All currencies and pairs of an exchange. @throws ModelError when a `minCost` is not a decimal of at most `costPrecision` places. */
export function instrumentSnapshot(assets: Iterable<Asset>, listings: Iterable<Listing>): string {
  return frame('snapshot', Array.from(assets, assetObject), Array.from(listings, listedPair));
}

/** The pairs that have changed. @throws ModelError as `instrumentSnapshot` does. */
export function instrumentUpdate(listings: Iterable<Listing>): string {
  return frame('update', [], Array.from(listings, listedPair));
}

/** The snapshot of pairs of which only the rules are known, without margin trading. @throws ModelError as `instrumentSnapshot` does. */
export function instrumentFrame(instruments: readonly Instrument[]): string {
  const assets = new Set(instruments.flatMap(({ base, quote }) => [base, quote]));
  const pairs = instruments.map((pair) => pairObject(pair, undefined));
  return frame(
    'snapshot',
    Array.from(assets, (id) => assetObject(assetFor(id))),
    pairs,
  );
}

function frame(type: FrameType, assets: readonly string[], pairs: readonly string[]): string {
  return `{"channel":"instrument","type":"${type}","data":{"assets":[${assets.join(',')}],"pairs":[${pairs.join(',')}]}}`;
}

function assetObject({ id, decimals, displayDecimals, collateralValue, marginRate }: Asset): string {
  const collateral = collateralValue > 0 ? `,"collateral_value":${collateralValue.toFixed(2)}` : '';
  const rate = marginRate === undefined ? '' : `,"margin_rate":${atLeast(marginRate, 6)}`;
  return (
    `{"id":${JSON.stringify(id)},"status":"enabled","precision":${decimals},"precision_display":${displayDecimals},` +
    `"borrowable":${marginRate !== undefined}${collateral}${rate}}`
  );
}

function listedPair({ instrument, margin }: Listing): string {
  return pairObject(instrument, margin);
}

function pairObject(pair: Instrument, margin: MarginTerms | undefined): string {
  const increment = shortest(ticksToPrice(pair, pair.tickSize));
  const minCost = countToDecimal(decimalToCount(pair.minCost, pair.costPrecision), pair.costPrecision);
  return (
    `{"symbol":${JSON.stringify(pair.symbol)},"base":${JSON.stringify(pair.base)},"quote":${JSON.stringify(pair.quote)},` +
    `"status":"${pair.status}","qty_precision":${pair.qtyPrecision},"qty_increment":${shortest(lotsToQty(pair, pair.lotSize))},` +
    `"price_precision":${pair.pricePrecision},"cost_precision":${pair.costPrecision},"marginable":${margin !== undefined},` +
    `"has_index":true,"cost_min":${atLeast(withoutZeros(minCost), 2)}${marginMembers(margin)},` +
    `"tick_size":${increment},"price_increment":${increment},"qty_min":${lotsToQty(pair, pair.minQty)}}`
  );
}

/** The part of a position that has to be own money at the largest leverage, to the cent, and the most that may be held. */
function marginMembers(margin: MarginTerms | undefined): string {
  if (margin === undefined) return '';
  const initial = (1 / Math.max(...margin.leverage)).toFixed(2);
  return (
    `,"margin_initial":${initial},"position_limit_long":${margin.longLimit},` +
    `"position_limit_short":${margin.shortLimit}`
  );
}

function withoutZeros(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}

/** Adds zeros up to that many decimals. */
function atLeast(decimal: string, places: number): string {
  const [whole = '', fraction = ''] = decimal.split('.');
  return `${whole}.${fraction.padEnd(places, '0')}`;
}

/** As the live venue writes a step: with an exponent when it is below a millionth (`1E-8`, `2.5E-7`), plain otherwise (`0.00001`). */
function shortest(decimal: string): string {
  const plain = withoutZeros(decimal);
  const [, zeros, digits] = /^0\.(0{6,})(\d+)$/.exec(plain) ?? [];
  if (zeros === undefined || digits === undefined) return plain;
  const rest = digits.slice(1);
  return `${digits.slice(0, 1)}${rest === '' ? '' : `.${rest}`}E-${zeros.length + 1}`;
}
