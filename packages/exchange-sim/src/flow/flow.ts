import type { Micros } from '@kb/model';

/** What moves a market by itself: sends orders to its matcher at times of its own. */
export interface Flow {
  /** When the next event is due, in the flow's own time; `Infinity` when nothing is. */
  readonly nextAt: Micros | typeof Infinity;
  /** Sends the next event's orders to the matcher. */
  step(): void;
  /** The price the flow is anchored to, in ticks with a fraction; `undefined` where it has none. */
  readonly reference: number | undefined;
  /** How many events of each kind have happened. */
  readonly counts: Readonly<Record<string, number>>;
}
