import type { MatcherSink } from '../src/matching/matcher.ts';

interface EventLog {
  readonly events: string[];
  readonly sink: MatcherSink;
}

/** Writes down what a matcher tells of trades, levels and endings, one line an event. */
export function eventLog(): EventLog {
  const events: string[] = [];
  return {
    events,
    sink: {
      ...NO_SINK,
      onTrade: (id, maker, taker, side, price, size, type) =>
        events.push(`trade ${id} ${type} ${side} of ${taker} takes ${size} at ${price} from ${maker}`),
      onLevel: (side, price, total) => events.push(`${side} ${price} has ${total}`),
      onDone: (id, reason, remaining) => events.push(`${id} ${reason} with ${remaining} left`),
    },
  };
}

/** The same, and each order's coming and going in its queue. */
export function queueLog(): EventLog {
  const { events, sink } = eventLog();
  return {
    events,
    sink: {
      ...sink,
      onQueued: (id, side, price, displayed) => events.push(`${id} queues at ${side} ${price} with ${displayed}`),
      onResized: (id, side, price, displayed) => events.push(`${id} stays at ${side} ${price} with ${displayed}`),
      onUnqueued: (id, side, price) => events.push(`${id} leaves ${side} ${price}`),
    },
  };
}

export const NO_SINK: MatcherSink = {
  onTrade: () => undefined,
  onQueued: () => undefined,
  onResized: () => undefined,
  onUnqueued: () => undefined,
  onLevel: () => undefined,
  onDone: () => undefined,
};
