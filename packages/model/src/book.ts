import type { Grid } from './instrument.ts';
import type { Side } from './side.ts';
import type { Lots, Ticks } from './units.ts';

/**
 * A live, read-only order book. It changes under your hands with the next event: read what you need during the call.
 * `buy` is the bids, `sell` the asks; index 0 is the best level.
 */
export interface BookView extends Grid {
  readonly symbol: string;
  /** Levels kept a side; `Infinity` when unlimited. */
  readonly depth: number;
  /** How many levels that side holds now. */
  levels(side: Side): number;
  /** Price of the level at an index, best first. */
  priceAt(side: Side, index: number): Ticks | undefined;
  /** Size of the level at an index, best first. */
  sizeAt(side: Side, index: number): Lots | undefined;
  /** Size displayed at a price; zero when there is no such level in view. */
  sizeOf(side: Side, price: Ticks): Lots;
  bestBid(): Ticks | undefined;
  bestAsk(): Ticks | undefined;
}

/**
 * The levels of one book message, in the order they were sent: a struct of arrays that its producer reuses, so read it
 * during the call only. Sizes are absolute; zero removes the level. Only the first `bidCount` and `askCount` entries count.
 */
export interface BookChanges {
  /** True when these levels replace the whole book. */
  readonly snapshot: boolean;
  readonly bidCount: number;
  readonly bidPrices: readonly Ticks[];
  readonly bidSizes: readonly Lots[];
  readonly askCount: number;
  readonly askPrices: readonly Ticks[];
  readonly askSizes: readonly Lots[];
}
