import type { Lots } from '@kb/model';

/** A maker's trade that is only taken to have happened. */
export interface SupposedTrade {
  readonly makerOrderId: number;
  readonly size: Lots;
}

/**
 * Watches over resting orders that may trade less than they show, because of what others of their owner have traded: reduce-only ones. The
 * matcher asks before each trade of an order that was sent as `guarded`, and cuts it to the answer.
 */
export interface OrderGuard {
  /**
   * Lots that the order may trade by now; what it has in its queue beyond them goes.
   * @param supposed Taken to have happened beside all that the sink was told, in this order: the matcher asks what a taker would get.
   */
  roomOf(orderId: number, supposed: readonly SupposedTrade[]): number;
  /** The order is about to be cut to that many lots: `onResized` follows where it shows, and with none left, its end as `cancelled`. */
  onCut(orderId: number, remaining: Lots): void;
}

/** Lets every order trade all it has. */
export const NO_GUARD: OrderGuard = Object.freeze({ roomOf: () => Infinity, onCut: () => undefined });
