import type { InstrumentSpec } from '@kb/model';
import type { ListingOverrides } from '../listings/make-listing.ts';
import type { MarketFlow } from './market-flow.ts';

/** One market of the exchange. */
export interface MarketOptions {
  /** The pair's rules; names, fees and margin terms of a pair that Kraken has are Kraken's unless overridden. */
  readonly instrument: InstrumentSpec & ListingOverrides;
  /** What moves it; S2 in the style `busy` when left out. */
  readonly flow?: MarketFlow;
  /** Decimal text. */
  readonly startPrice: string;
}
