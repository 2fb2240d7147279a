import type { Micros, Ticks } from './units.ts';

/**
 * What traded in one span of venue time, from `start` (inclusive) to `start + interval` (exclusive).
 *
 * A span without trades has the close before it as its four prices, no volume and no trades, as Kraken's own bars do.
 */
export interface Candle {
  readonly interval: Micros;
  /** A whole multiple of `interval` since 1970, UTC. */
  readonly start: Micros;
  readonly open: Ticks;
  readonly high: Ticks;
  readonly low: Ticks;
  readonly close: Ticks;
  /** In lots; a day of a coin priced at 1e-8 goes beyond what `Lots` can hold. */
  readonly volume: bigint;
  /** Σ price × size, in steps of 10^-(price precision + quantity precision) of the quote currency: over `volume` it is the VWAP. */
  readonly turnover: bigint;
  readonly trades: number;
  readonly closed: boolean;
  /** 0 when first told as closed; one more each time that a late or recovered trade, or the venue's own bar, changed it after. */
  readonly revision: number;
  /** True when trades of its span are known to be missing: listening began within it, or a gap has not been recovered. */
  readonly partial: boolean;
}

/** The best prices at one moment. */
export interface PricePoint {
  readonly venueTs: Micros;
  readonly bid: Ticks;
  readonly ask: Ticks;
}
