import type { Micros } from './units.ts';

/** Time as the caller sees it: the wall clock live, a virtual one in tests. */
export interface Clock {
  now(): Micros;
}

/** Stops a task that has not run yet; calling it again does nothing. */
export type CancelTask = () => void;

/** A clock that can also wake you up. Everything that waits takes one, so that tests never do. */
export interface Scheduler extends Clock {
  /** Runs the task once, `delay` from now. */
  after(delay: Micros, task: () => void): CancelTask;
}
