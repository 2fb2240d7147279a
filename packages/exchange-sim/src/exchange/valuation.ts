import { ticksToPrice } from '@kb/model';
import { Decimal } from 'decimal.js';
import type { Valuation } from '../accounts/account.ts';
import type { VenueMarket } from '../venue.ts';

/** What a unit of an asset is worth in another: by the last trade of their market, the other way round, or through US dollars. */
export function valuationBy(markets: ReadonlyMap<string, VenueMarket>): Valuation {
  const direct = (asset: string, inAsset: string): Decimal | undefined => {
    const market = markets.get(`${asset}/${inAsset}`);
    const last = market?.last();
    return market === undefined || last === undefined
      ? undefined
      : new Exact(ticksToPrice(market.listing.instrument, last));
  };
  const either = (asset: string, inAsset: string): Decimal | undefined => {
    if (asset === inAsset) return new Exact(1);
    const back = direct(inAsset, asset);
    return direct(asset, inAsset) ?? (back === undefined ? undefined : new Exact(1).div(back));
  };
  return (asset, inAsset) => {
    const straight = either(asset, inAsset);
    if (straight !== undefined) return straight;
    const [first, second] = [either(asset, PIVOT), either(PIVOT, inAsset)];
    return first === undefined || second === undefined ? undefined : first.mul(second);
  };
}

const PIVOT = 'USD';
const Exact = Decimal.clone({ precision: 60 });
