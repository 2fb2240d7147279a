import type {
  AccountReport,
  AmendIntent,
  CancelIntent,
  ExecutionReport,
  FillReport,
  PlaceIntent,
  QueueModelId,
  Ticks,
} from '@kb/model';

/**
 * What a run decided and what came of it: one record of the output journal each. Integers and decimal text only, so that
 * the same inputs give the same bytes on every machine.
 */
export type OutputRecord =
  | IntentRecord
  | RefusedRecord
  | ReportRecord
  | ShadowFillRecord
  | AccountRecord
  | ExplainRecord
  | StrategyErrorRecord
  | HaltRecord
  | MarkRecord;

/** An intent that risk allowed, with the touch at the moment of the decision. Durable before it is sent. */
export interface IntentRecord {
  readonly type: 'intent';
  /** `seq` of the market event in hand. */
  readonly on: number;
  readonly at: number;
  readonly intent: PlaceIntent | AmendIntent | CancelIntent;
  readonly decisionBid: Ticks | undefined;
  readonly decisionAsk: Ticks | undefined;
}

/** An intent that risk refused. Repeats of the same refusal are counted, not written again. */
export interface RefusedRecord {
  readonly type: 'refused';
  readonly on: number;
  readonly at: number;
  readonly strategyId: string;
  readonly symbol: string;
  readonly clientOrderId: string;
  readonly code: string;
  readonly text: string;
}

export interface ReportRecord {
  readonly type: 'report';
  readonly on: number;
  readonly strategyId: string | undefined;
  readonly report: ExecutionReport;
}

/** What another queue model would have filled on the same order. */
export interface ShadowFillRecord {
  readonly type: 'shadow-fill';
  readonly on: number;
  readonly model: QueueModelId;
  readonly fill: FillReport;
}

/** What the venue said of the account: a margin call, a liquidation or a rollover. */
export interface AccountRecord {
  readonly type: 'account';
  readonly on: number;
  readonly report: AccountReport;
}

export interface ExplainRecord {
  readonly type: 'explain';
  readonly on: number;
  readonly at: number;
  readonly strategyId: string;
  readonly symbol: string;
  readonly side: string | undefined;
  readonly reason: string;
}

/** A strategy threw: it is stopped and its orders are cancelled; the others go on. */
export interface StrategyErrorRecord {
  readonly type: 'strategy-error';
  readonly on: number;
  readonly at: number;
  readonly strategyId: string;
  readonly message: string;
}

export interface HaltRecord {
  readonly type: 'halt';
  readonly on: number;
  readonly at: number;
  readonly cause: string;
}

/** Equity at a moment: each minute of venue time and at the end. Decimal text in the reporting currency. */
export interface MarkRecord {
  readonly type: 'mark';
  readonly on: number;
  readonly at: number;
  readonly equity: string | undefined;
  readonly pnl: string | undefined;
  readonly position: Readonly<Record<string, number>>;
}

/** Where output records go. */
export interface OutputSink {
  append(record: OutputRecord): void;
  /** Returns once everything appended so far is as durable as the run asked for; called before an intent is sent. */
  durable(): void;
}
