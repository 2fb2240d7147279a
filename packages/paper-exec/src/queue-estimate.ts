import { NO_LOTS } from '@kb/model';
import type { Lots, QueueModelId } from '@kb/model';
import type { PaperOrder } from './matching/paper-order.ts';
import { goesByPlace } from './queue/queue-level.ts';

/** Where an order stands in the queue, as a queue model sees it. */
export interface QueueEstimate {
  readonly model: QueueModelId;
  /** Lots ahead, fractional; `undefined` when its level has never been in view, or while it does not rest. */
  readonly ahead: number | undefined;
  /** True when it is counted among real orders, not estimated. */
  readonly exact: boolean;
  /** True when the order stood through a gap of the feed: then the models' ends lie apart by what may have happened in it. */
  readonly uncertain: boolean;
  readonly remaining: Lots;
  readonly filled: Lots;
}

/** @param models In the order of the order's states. */
export function queueOf(order: PaperOrder, models: readonly QueueModelId[]): readonly QueueEstimate[] {
  return models.map((model, index) => {
    const state = order.states[index];
    const ahead = order.level === undefined ? undefined : state?.ahead;
    const exact = order.place?.isKnown === true && goesByPlace(model);
    return {
      model,
      ahead: Number.isFinite(ahead) ? ahead : undefined,
      exact,
      uncertain: order.uncertain && !exact,
      remaining: state?.remaining ?? NO_LOTS,
      filled: state?.filled ?? NO_LOTS,
    };
  });
}
