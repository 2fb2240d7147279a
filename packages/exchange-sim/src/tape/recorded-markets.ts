import { lotsToQty, ticksToPrice } from '@kb/model';
import type { MarketOptions } from '../exchange/market-options.ts';
import type { SimError } from '../errors.ts';
import type { SimExchange } from '../sim-exchange.ts';
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

/** Lets the tape begin with an exchange's first connection or request; at its end all clients are closed, with 1000 or 1011. */
export function playOnVisit(
  feeder: TapeFeeder,
  exchange: SimExchange,
  onEnd: (error: SimError | undefined) => void = () => undefined,
): void {
  exchange.onFirstVisit = () => {
    exchange.catchUp();
    feeder.begin(exchange.now());
    exchange.wake();
  };
  feeder.onMore = () => exchange.wake();
  feeder.onEnd = (error) => {
    exchange.endClients(error === undefined ? 1000 : 1011, error?.code ?? 'End of tape');
    onEnd(error);
  };
}
