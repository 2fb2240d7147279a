import type { MatcherSink } from '../src/index.ts';

/** Writes down what a matcher tells, one line an event. */
export function eventLog(): { readonly events: string[]; readonly sink: MatcherSink } {
  const events: string[] = [];
  return {
    events,
    sink: {
      onTrade: (id, maker, taker, side, price, size, type) =>
        events.push(`trade ${id} ${type} ${side} of ${taker} takes ${size} at ${price} from ${maker}`),
      onLevel: (side, price, total) => events.push(`${side} ${price} has ${total}`),
      onDone: (id, reason, remaining) => events.push(`${id} ${reason} with ${remaining} left`),
    },
  };
}

export const NO_SINK: MatcherSink = { onTrade: () => undefined, onLevel: () => undefined, onDone: () => undefined };
