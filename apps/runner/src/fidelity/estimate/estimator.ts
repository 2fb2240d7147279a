import type { Lots, Ticks } from '@kb/model';
import type { BookSide } from '../order-row.ts';
import type { PublicListener } from '../stream/public-stream.ts';

/** An order whose fate is estimated. */
export interface TrialOrder {
  /** Unlike that of any other of the trial. */
  readonly number: number;
  readonly side: BookSide;
  readonly price: Ticks;
  readonly size: Lots;
}

/** @param column Which of the estimator's columns. @param at Microseconds. @param size Lots. */
export type OnFill = (order: number, column: number, at: number, size: number, price: number) => void;

/** Says when orders fill, from public messages alone. It may run several rules at once, a column each. */
export interface Estimator extends PublicListener {
  readonly columns: readonly string[];
  place(order: TrialOrder, at: number): void;
  cancel(order: TrialOrder, at: number): void;
  /** Lots ahead of a waiting order; `undefined` where the rule knows no queue or the order waits no more. */
  ahead(order: TrialOrder, column: number): number | undefined;
}
