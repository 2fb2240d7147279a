import type { Micros } from '@kb/model';

/**
 * What came of an attempt: `done`, all that was asked for is there; `left`, it cannot be had: for trades bars have to do, bars are not asked
 * for again until another one is in doubt; `failed`, the venue could not be asked, and will be again.
 */
export type BackfillOutcome = 'done' | 'failed' | 'left';

/** One attempt to repair something, once it has ended. */
export type BackfillEvent = BackfillBarsEvent | BackfillTradesEvent;

interface Attempt {
  readonly type: 'backfill';
  readonly symbol: string;
  /** When it ended, and how long it took from its first call on; our clock. */
  readonly at: Micros;
  readonly duration: Micros;
  readonly outcome: BackfillOutcome;
  /** Calls that were made, whatever their outcome. */
  readonly calls: number;
  /** Rows that could not be read at the pair's precision, or made no sense; they were not supplied. */
  readonly unreadable: number;
  /** Why, for people; empty when all is well. */
  readonly detail: string;
}

/** Trades of a gap in the tape. */
export interface BackfillTradesEvent extends Attempt {
  readonly kind: 'trades';
  /** Venue time of the gap. */
  readonly from: Micros;
  readonly to: Micros;
  /** How many were supplied. */
  readonly trades: number;
}

/** The venue's own bars of one interval. */
export interface BackfillBarsEvent extends Attempt {
  readonly kind: 'bars';
  readonly interval: Micros;
  /** How many were supplied. */
  readonly bars: number;
}

/** Counts since the start. */
export interface BackfillStats {
  readonly calls: number;
  /** Calls that failed. */
  readonly failures: number;
  /** Gaps whose trades were told whole, and that were left to bars. */
  readonly gapsClosed: number;
  readonly gapsLeft: number;
  /** Trades and bars supplied. */
  readonly trades: number;
  readonly bars: number;
  readonly unreadable: number;
}
