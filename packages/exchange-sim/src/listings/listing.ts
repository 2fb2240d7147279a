import type { Instrument, InstrumentStatus, Micros, Ticks } from '@kb/model';

/** A currency as the exchange knows it, in its three spellings. */
export interface Asset {
  /** As WebSocket v2 writes it: `BTC`, `DOGE`, `USD`. */
  readonly id: string;
  /** As the older REST answers key it: `XXBT`, `XXDG`, `ZUSD`; newer assets have no prefix (`SOL`). */
  readonly legacyId: string;
  /** As pairs of WebSocket v1 spell it: `XBT`, `XDG`, `USD`. */
  readonly altname: string;
  /** Decimals of balances and ledger entries: 4 for USD, 10 for BTC. */
  readonly decimals: number;
  readonly displayDecimals: number;
  /** Weight as collateral of margin trading, 0 to 1. */
  readonly collateralValue: number;
  /** Percent charged on a borrowed amount at opening and every four hours, as decimal text; `undefined`: cannot be borrowed. */
  readonly marginRate: string | undefined;
}

/** One step of a fee schedule: from this 30-day volume (USD) on, this many percent of the cost. */
export interface FeeTier {
  readonly volume: number;
  /** Percent, as decimal text: `0.25`. May be negative for makers. */
  readonly percent: string;
}

/** Maker and taker schedules of a pair; both start at volume 0 and rise. */
export interface FeeSchedule {
  readonly maker: readonly FeeTier[];
  readonly taker: readonly FeeTier[];
}

/** What margin trading of a pair allows. */
export interface MarginTerms {
  /** Leverage ratios that may be asked for: 2, 3, … */
  readonly leverage: readonly number[];
  /** Most that an account may hold long and short, in base currency units. */
  readonly longLimit: number;
  readonly shortLimit: number;
}

/**
 * A pair as the exchange lists it: the instrument's own rules and what surrounds them. Immutable: a change of status or
 * precision makes another listing.
 */
export interface Listing {
  /** Symbol as v2 writes it, precisions, steps, minimums, status. */
  readonly instrument: Instrument;
  /** Key of REST answers: `XXBTZUSD`, `SOLUSD`. Never derived from the symbol: old pairs have old names. */
  readonly pairId: string;
  /** `XBTUSD`. */
  readonly altname: string;
  /** As WebSocket v1 writes it: `XBT/USD`. */
  readonly wsname: string;
  readonly base: Asset;
  readonly quote: Asset;
  readonly fees: FeeSchedule;
  /** `undefined`: no margin trading. */
  readonly margin: MarginTerms | undefined;
  /** Limit prices farther than this from the last trade, in percent, are refused; `undefined`: none are. */
  readonly priceBandPercent: number | undefined;
  /** Market orders trade no farther than this from the best price at arrival, in percent (market price protection). */
  readonly marketProtectionPercent: number;
}

/** Prices that the trading desk asks for, in ticks of the pair; `undefined` where there is none yet. */
export interface PriceSource {
  /** Of the latest trade. */
  last(): Ticks | undefined;
  /** Of the index that triggers may refer to: the flow's reference, or the last trade where the flow has none. */
  index(): Ticks | undefined;
}

/** A status that the whole exchange or a pair may be in, and since when. */
export interface StatusChange {
  readonly status: InstrumentStatus;
  readonly at: Micros;
}
