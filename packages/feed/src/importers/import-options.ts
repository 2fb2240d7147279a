import type { Grid, Side } from '@kb/model';

/** What all importers need to know. */
export interface ImportOptions {
  /** The pair, as Kraken v2 writes it: `BTC/USD`. Files do not say, or say it otherwise. */
  readonly symbol: string;
  /**
   * Decimals of prices and quantities. Left out, the file is read twice: first for the most decimals that it shows, which may
   * be fewer than the venue's.
   */
  readonly grid?: Grid;
  /**
   * Rounds quantities to the nearest step instead of refusing digits beyond the precision: for files whose sums went through
   * floating point (`0.26833389999999996`). Prices are never rounded. Needs `grid`.
   */
  readonly roundSizes?: boolean;
}

/**
 * Who took, where a file does not say. `tick-rule`: a trade above the last other price is a buy, below it a sell, and the
 * first a buy. A guess by price alone, which the literature finds wrong for about one trade in four or five: nothing that
 * depends on the taker's side should be judged by it.
 */
export type UnknownSide = 'tick-rule' | Side;

export interface TradeImportOptions extends ImportOptions {
  /** Needed for files that do not tell the taker's side; where they do, it is not used. */
  readonly unknownSide?: UnknownSide;
}
