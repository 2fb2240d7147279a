import type { Lots, Side, Ticks } from '@kb/model';

/** What the public tape says of a taker. */
export type TakerType = 'market' | 'limit';

/**
 * What the matcher tells while it works, in the order in which it happens. The calls are made from inside its methods:
 * read, but do not send it orders from there.
 *
 * Of one happening the trade comes first, then what it did to the queue (order by order), then the level's new total, then whose
 * order has ended. Whoever follows `onQueued`, `onResized` and `onUnqueued` has every queue as outsiders may see it: hidden lots
 * of icebergs are told to nobody.
 */
export interface MatcherSink {
  /** Two orders traded at the maker's price. Trade ids count up by one. */
  onTrade(
    tradeId: number,
    makerOrderId: number,
    takerOrderId: number,
    taker: Side,
    price: Ticks,
    size: Lots,
    takerType: TakerType,
  ): void;
  /** The order joined the back of the queue at its price, showing that many lots: new, moved, or the next slice of an iceberg. */
  onQueued(orderId: number, side: Side, price: Ticks, displayed: Lots): void;
  /** The order shows another number of lots now, and kept its place. */
  onResized(orderId: number, side: Side, price: Ticks, displayed: Lots): void;
  /** The order left its queue: it is gone, or about to join the back of a queue. */
  onUnqueued(orderId: number, side: Side, price: Ticks): void;
  /** The size displayed at a price is now `total`; zero when the level is gone. */
  onLevel(side: Side, price: Ticks, total: Lots): void;
  /** The order is no more, and so many of its lots, hidden ones too, did not trade: exactly once for each order that was sent. */
  onDone(orderId: number, reason: DoneReason, remaining: Lots): void;
}

/**
 * `filled` wholly traded · `cancelled` on request · `unfilled` the rest of an IOC or market order, for which there was no
 * liquidity, or a FOK order that could not trade whole · `refused` a post-only order that would have taken · `self-trade` it
 * met an order of the same owner.
 */
export type DoneReason = 'filled' | 'cancelled' | 'unfilled' | 'refused' | 'self-trade';

/** Where an order stands when the call that sent it returns. */
export type PlaceOutcome = 'resting' | 'filled' | 'unfilled' | 'refused' | 'self-trade';

/**
 * `kept` changed in its place · `unknown` no such resting order · `refused` a post-only amend would have taken: the order rests as it
 * was · otherwise what became of it at the back of its new queue.
 */
export type AmendOutcome = 'kept' | 'unknown' | PlaceOutcome;
