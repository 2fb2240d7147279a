import { lotsToQty, ticksToPrice } from '@kb/model';
import type { MarketOptions } from '../exchange/market-options.ts';
import type { TapeFeeder } from './tape-feeder.ts';

/** The markets that a recording makes: its pairs by their recorded rules. Their books are empty until it begins. */
export function recordedMarkets(feeder: TapeFeeder): readonly MarketOptions[] {
  return feeder.books.map(({ instrument: pair }) => ({
    instrument: {
      symbol: pair.symbol,
      pricePrecision: pair.pricePrecision,
      qtyPrecision: pair.qtyPrecision,
      tickSize: ticksToPrice(pair, pair.tickSize),
      lotSize: lotsToQty(pair, pair.lotSize),
      minQty: lotsToQty(pair, pair.minQty),
      minCost: pair.minCost,
      costPrecision: pair.costPrecision,
    },
    flow: feeder,
    startPrice: ticksToPrice(pair, pair.tickSize),
  }));
}
