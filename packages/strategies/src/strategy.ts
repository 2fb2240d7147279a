import type { ExecutionReport, IntentSink, MarketEvent, StrategyView } from '@kb/model';

/** What a strategy hears: the market, and what became of its own orders. */
export type StrategyEvent = MarketEvent | ExecutionReport;

/**
 * A strategy: an object with private state that answers events with intents.
 *
 * Contract with whoever drives it:
 * - events come one at a time, in order; `view` and a book in an event are live and valid only during the call;
 * - `view.now` is the only clock: no wall clock, timer, randomness or I/O, so the same events give the same intents;
 * - an intent written during a call is in `view.account.openOrders` by the next call, or has been refused by a report;
 * - `snapshot()` is plain JSON; `restore(snapshot())` on a fresh object goes on exactly where this one stood.
 */
export interface Strategy {
  /** Unique in a run. */
  readonly id: string;
  onEvent(event: StrategyEvent, view: StrategyView, out: IntentSink): void;
  snapshot(): unknown;
  /** @throws StrategyError `KB_STRATEGY_BAD_SNAPSHOT` when the state is not one that `snapshot` made. */
  restore(state: unknown): void;
}
