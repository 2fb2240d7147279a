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

/** A resting order as the venue shows it to everybody. */
export interface Level3Order {
  readonly orderId: string;
  readonly side: Side;
  readonly price: Ticks;
  /** What it shows of itself; the hidden part of an iceberg is not told. */
  readonly size: Lots;
  /** When it joined its queue or was last amended, as sent: RFC 3339 to the nanosecond, which `Micros` could not hold. */
  readonly timestamp: string;
}

/** A live, read-only book of single orders. Its levels are those of the orders added up. */
export interface Level3View extends BookView {
  /** Orders in view, both sides. */
  readonly orderCount: number;
  /** The orders at a price, first in the queue first; none when there is no such level in view. */
  ordersAt(side: Side, price: Ticks): IterableIterator<Level3Order>;
  /** The order with that id, when it is in view. */
  order(orderId: string): Level3Order | undefined;
  /** Lots shown before that order at its price; `undefined` when it is not in view. */
  queueAhead(orderId: string): Lots | undefined;
}

/** What a message says of one order. `add` joins the back of its queue, `modify` has a new size or price, `delete` is gone. */
export interface Level3Change {
  readonly event: 'add' | 'modify' | 'delete';
  readonly orderId: string;
  readonly price: Ticks;
  /** What it shows from now on; of a `delete` it says nothing, Kraken sends what was left. */
  readonly size: Lots;
  /** As `Level3Order.timestamp`. */
  readonly timestamp: string;
}

/**
 * One message about single orders, in the order in which it was sent. Its producer may reuse it: read it during the call only.
 * Orders of a snapshot are all `add`, each level in the order of its queue.
 */
export interface Level3Changes {
  /** True when these orders replace the whole book. */
  readonly snapshot: boolean;
  readonly bids: readonly Level3Change[];
  readonly asks: readonly Level3Change[];
}
