import type { Micros, Ticks } from '@kb/model';

/** Why a check that was due was not made. */
export type Suppression = 'cooldown' | 'global-limit' | 'in-flight' | 'not-live';

/** One line of the monitor's audit trail; `at` is our clock. */
export type DeltaRecord = RecordBase &
  (
    | {
        /** The mid moved by the threshold or more since the last look. */
        readonly type: 'delta';
        readonly direction: 'down' | 'up';
        /** For people and statistics, in basis points. */
        readonly moveBps: number;
        readonly bid: Ticks;
        readonly ask: Ticks;
      }
    | { readonly type: 'suppressed'; readonly cause: CheckCause; readonly reason: Suppression }
    | { readonly type: 'sent'; readonly cause: CheckCause }
    | { readonly type: 'agreed'; readonly cause: CheckCause; readonly took: Micros }
    | {
        /** The venue's best prices lay outside what ours were between question and answer. */
        readonly type: 'mismatch';
        readonly cause: CheckCause;
        readonly took: Micros;
        readonly inARow: number;
        readonly detail: string;
      }
    /** The question was not answered, or not in a way that can be read. */
    | { readonly type: 'failed'; readonly cause: CheckCause; readonly took: Micros; readonly detail: string }
    /** The book was frozen between question and answer: nothing to compare with. */
    | { readonly type: 'void'; readonly cause: CheckCause; readonly took: Micros }
    | { readonly type: 'predicted'; readonly direction: 'down' | 'up'; readonly expectedBps: number }
    /** A delta in the predicted direction came in time, `lead` after the prediction. */
    | { readonly type: 'hit'; readonly lead: Micros }
    | { readonly type: 'miss' }
  );

/** A move that happened, or one that was predicted. */
export type CheckCause = 'delta' | 'predicted';

interface RecordBase {
  readonly symbol: string;
  readonly at: Micros;
}

/** Counts of a symbol. Every check that was due is in exactly one of `sent` and the suppressions. */
export interface DeltaStats {
  readonly deltas: number;
  readonly sent: number;
  readonly agreed: number;
  readonly mismatched: number;
  readonly failed: number;
  readonly voided: number;
  readonly suppressed: Readonly<Record<Suppression, number>>;
  readonly predictions: PredictionStats;
}

/** How good the predictor was. Open predictions are in none of `hits` and `misses`. */
export interface PredictionStats {
  readonly made: number;
  readonly hits: number;
  readonly misses: number;
  /** Deltas that no prediction in their direction was open for. */
  readonly unforeseen: number;
  /** `hits` over hits and misses; `undefined` before there was any. */
  readonly precision: number | undefined;
  /** `hits` over all deltas since there is a predictor; `undefined` before there was any. */
  readonly recall: number | undefined;
}
