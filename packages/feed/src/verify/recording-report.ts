import type { FeedCause, Micros } from '@kb/model';
import type { TradeStats } from '../market/symbol-state.ts';

/** What a recording holds, and how much of it is proven. Every time is one of receiving, as recorded. */
export interface RecordingReport {
  /** Frames received, of any kind. */
  readonly frames: number;
  /** Frames that were refused whole. */
  readonly malformed: number;
  /** Frames in good order that this version has no name for. */
  readonly unknown: number;
  /** First and last line; `undefined` for a recording without any. */
  readonly from: Micros | undefined;
  readonly to: Micros | undefined;
  /** What the recording was made from, where it was imported: such books carry no checksum of the venue. */
  readonly importedFrom: string | undefined;
  /** By symbol, in the order in which they turned up. */
  readonly symbols: Readonly<Record<string, SymbolReport>>;
  /** The first ones, up to `maxConnections`. */
  readonly connections: readonly ConnectionReport[];
  /** All of them. */
  readonly connectionCount: number;
  readonly clock: ClockReport;
  /** Segments that the numbers of the others say must have been there. */
  readonly missingSegments: readonly string[];
  /** Files that break off, where `readPastDamage` lets them. */
  readonly damage: readonly RecordingDamage[];
  /** The first thing that proves a book wrong. */
  readonly firstFault: RecordingFault | undefined;
}

export interface SymbolReport {
  /** Book messages: snapshots, updates and those that were skipped. */
  readonly messages: number;
  readonly snapshots: number;
  readonly updates: number;
  readonly checksumOk: number;
  readonly checksumFailed: number;
  /** Messages without a checksum, taken all the same because the recording was imported. */
  readonly unchecked: number;
  readonly crossed: number;
  /** Messages not applied because the symbol was waiting for its next snapshot. */
  readonly skipped: number;
  /** Checksums that held, of those compared, in percent; `undefined` where none was. */
  readonly passPercent: number | undefined;
  /**
   * Share of the recording's time in which the book was live and verified, in percent; `undefined` without book messages, or
   * without times to measure by, as in a v1 recording of one document.
   */
  readonly coveragePercent: number | undefined;
  /** When it was not: the first ones, up to `maxGaps`. None for a symbol without book messages. */
  readonly gaps: readonly CoverageGap[];
  /** All of them. */
  readonly gapCount: number;
  readonly trades: TradeStats;
  /** Bars that the venue told and that could be compared with its trades; `undefined` where it told none. */
  readonly candles: CandleAgreement | undefined;
}

/** Whole closed bars built from the trades of the recording, against the venue's own. */
export interface CandleAgreement {
  readonly agreed: number;
  readonly disagreed: number;
}

/**
 * Why a book was not known: what the feed says, or `start` (no snapshot yet), `silence` (nothing at all was received for
 * longer than `maxSilence`) or `unchecked` (live, and nothing proves it).
 */
export type GapCause = FeedCause | 'unchecked';

export interface CoverageGap {
  readonly from: Micros;
  readonly to: Micros;
  readonly cause: GapCause;
  readonly detail: string;
}

/** One socket, from its `open` line to its `close` line, or to the next `open`. */
export interface ConnectionReport {
  /** What the `open` line names; empty when the recording begins without one. */
  readonly url: string;
  readonly from: Micros;
  readonly to: Micros;
  /** False when it ends without a `close` line. */
  readonly closed: boolean;
  /** Why, as the `close` line says. */
  readonly reason: string;
  readonly frames: number;
  readonly heartbeats: number;
  /** Longest time in which nothing was received. */
  readonly longestSilence: Micros;
}

export interface ClockReport {
  /** Lines whose time lies before that of the line before. */
  readonly stepsBack: number;
  readonly largestStepBack: Micros;
}

/** Where a file cannot be read any further. What came before counts. */
export interface RecordingDamage {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly detail: string;
}

export interface RecordingFault {
  readonly at: Micros;
  readonly symbol: string;
  readonly cause: FeedCause;
  readonly detail: string;
}
