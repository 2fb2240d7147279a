import type { Lots, Micros, QueueModelId, Side, Ticks } from '@kb/model';
import type { PaperOrder } from './matching/paper-order.ts';

/** Why an order did not fill, or not sooner: how near it came. */
export interface OrderExplanation {
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  /** `undefined` for a market order. */
  readonly price: Ticks | undefined;
  readonly size: Lots;
  /** Since when it rests or rested, venue time; `undefined` when it never did. */
  readonly restedAt: Micros | undefined;
  readonly models: readonly {
    readonly model: QueueModelId;
    readonly filled: Lots;
    /** Least lots that it ever had ahead at its last price; `undefined` when it never rested or its level was never in view. */
    readonly leastAhead: number | undefined;
  }[];
  /** Lots that printed at its price, and at worse ones (through it), while it rested. */
  readonly tradedAt: number;
  readonly tradedThrough: number;
  /** Ticks between it and the other side's best when they were closest; 0 or less: they crossed. */
  readonly closestTicks: number | undefined;
  /** True when it stood through a gap of the feed, in which nobody knows what traded. */
  readonly uncertain: boolean;
}

export function explainOrder(order: PaperOrder, models: readonly QueueModelId[]): OrderExplanation {
  const { clientOrderId, closest, instrument, price, restedAt, side, size, states } = order;
  return {
    clientOrderId,
    symbol: instrument.symbol,
    side,
    price,
    size,
    restedAt,
    models: states.flatMap(({ filled, least }, index) => {
      const model = models[index];
      if (model === undefined) return [];
      return [{ model, filled, leastAhead: Number.isFinite(least) ? least : undefined }];
    }),
    tradedAt: order.tradedAt,
    tradedThrough: order.tradedThrough,
    closestTicks: Number.isFinite(closest) ? closest : undefined,
    uncertain: order.uncertain,
  };
}
