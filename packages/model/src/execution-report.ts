import type { Side } from './side.ts';
import type { Lots, Micros, Ticks } from './units.ts';

/** Any word from the venue about an order. */
export type ExecutionReport =
  | AcceptedReport
  | RejectedReport
  | FillReport
  | AmendedReport
  | AmendRejectedReport
  | CancelRejectedReport
  | TriggeredReport
  | CancelledReport
  | ExpiredReport
  | UnknownReport;

interface ReportBase {
  readonly seq: number;
  readonly symbol: string;
  /** When it happened at the venue, on the venue's clock. */
  readonly venueTs: Micros;
  /** When we learnt of it, on our clock. */
  readonly recvTs: Micros;
  readonly clientOrderId: string;
  /** `undefined` when the venue never gave one (rejected, unknown). */
  readonly venueOrderId: string | undefined;
}

/** Why an order, an amend or a cancel was refused. */
export type RejectReason =
  | 'unknown-symbol'
  | 'instrument-status'
  | 'price-off-grid'
  | 'size-off-grid'
  | 'below-min-qty'
  | 'below-min-cost'
  | 'insufficient-funds'
  /** Not enough free margin, a margin level that is too low already, or nothing to borrow. */
  | 'insufficient-margin'
  | 'post-only-would-take'
  | 'no-liquidity'
  | 'unknown-order'
  | 'duplicate-client-order-id'
  | 'invalid-order'
  | 'no-change'
  | 'market-frozen'
  | 'rate-limit'
  /** As many orders stand open on the pair as the account's tier allows. */
  | 'orders-limit'
  /** The limit lies farther from the market than the venue allows. */
  | 'price-band'
  /** A relative price or trigger, and no trade or index to reckon it from. */
  | 'no-reference-price'
  /** Reduce-only or `settle-position`, and no position on the other side. */
  | 'no-position'
  /** Reconciliation found no trace of the command: it got lost on its way. The order is what it was before. */
  | 'not-received'
  /** Our own risk engine said no: the order never left. `text` starts with its reason code. */
  | 'risk-refused';

/** The order stands at the venue. */
export interface AcceptedReport extends ReportBase {
  readonly type: 'accepted';
  readonly side: Side;
  /** `undefined` for a market order. */
  readonly price: Ticks | undefined;
  readonly size: Lots;
  /** Set when a fill of that order placed it: client order id. */
  readonly placedBy?: string;
}

export interface RejectedReport extends ReportBase {
  readonly type: 'rejected';
  readonly reason: RejectReason;
  /** For people. */
  readonly text: string;
  /** Set when a fill of that order would have placed it: client order id. */
  readonly placedBy?: string;
}

/**
 * Which queue model an estimate of the size ahead comes from.
 *
 * `exact` counts real orders (needs `level3`) · `fingerprint` orders inferred from sizes and prints · `risk-averse` takes every
 * cancel for one behind us: the pessimistic end · `power-blend` spreads cancels by the mean of two power functions ·
 * `age-hazard` by the ages of inferred orders · `uniform` evenly by volume: the optimistic end · `trade-only` counts prints
 * alone · `central` the best of these that the feed allows: `exact`, else `fingerprint` while it matches, else `power-blend`.
 */
export type QueueModelId =
  | 'exact'
  | 'fingerprint'
  | 'risk-averse'
  | 'power-blend'
  | 'age-hazard'
  | 'uniform'
  | 'trade-only'
  | 'central';

/** Which rule of the paper venue made a fill (`live`: a real venue did). */
export type FillRule = 'F2' | 'F5' | 'F6' | 'F7' | 'live';

/** What a fill on margin did to the positions in its pair, oldest first. Amounts are decimal text in the quote currency. */
export interface MarginFill {
  /** Lots that closed positions of the other side, and lots that opened a new one. */
  readonly closed: Lots;
  readonly opened: Lots;
  /** Gained by what it closed, before fees; negative for a loss. */
  readonly realised: string;
  /** For what it opened, besides `fee`. */
  readonly openingFee: string;
}

/** Part (or all) of the order traded. */
export interface FillReport extends ReportBase {
  readonly type: 'fill';
  readonly fillId: string;
  readonly side: Side;
  readonly price: Ticks;
  readonly size: Lots;
  /** What is left of the order after this fill. */
  readonly remaining: Lots;
  readonly liquidity: 'maker' | 'taker';
  /** Decimal text, positive when paid. */
  readonly fee: string;
  readonly feeAsset: string;
  /** The fee's rate in basis points: that of the tier reached before this fill. */
  readonly tierBps?: number;
  /** Set when it was funded on margin: then no balance moves by what was traded. */
  readonly margin?: MarginFill;
  readonly rule: FillRule;
  /** What on the public tape and book justifies the fill. */
  readonly evidence: {
    readonly tradeIds: readonly number[];
    readonly bookSeq: number;
    /** Set when the feed had missed the trade and it was told later. */
    readonly recovered?: true;
  };
  /** Lots estimated ahead of us just before the fill, by queue model. */
  readonly ahead: Readonly<Partial<Record<QueueModelId, number>>>;
}

export interface AmendedReport extends ReportBase {
  readonly type: 'amended';
  readonly price: Ticks | undefined;
  /** The new total size, filled part included. */
  readonly size: Lots;
  readonly remaining: Lots;
  readonly keptPriority: boolean;
}

export interface AmendRejectedReport extends ReportBase {
  readonly type: 'amend-rejected';
  readonly reason: RejectReason;
  readonly text: string;
}

export interface CancelRejectedReport extends ReportBase {
  readonly type: 'cancel-rejected';
  readonly reason: RejectReason;
  readonly text: string;
}

/** A parked order's condition was met. */
export interface TriggeredReport extends ReportBase {
  readonly type: 'triggered';
}

/** The order is gone; `remaining` never traded. */
export interface CancelledReport extends ReportBase {
  readonly type: 'cancelled';
  readonly remaining: Lots;
  /**
   * `requested`, `ioc-remainder`, `fok-unfilled`, `market-remainder`, `amended-below-filled`, `self-trade`, `replaced`,
   * `cancel-all-after`, `reduce-only`, `precision-changed`, or what a triggered order was refused for when it went to the market.
   */
  readonly reason: string;
}

export interface ExpiredReport extends ReportBase {
  readonly type: 'expired';
  readonly remaining: Lots;
}

/** No answer came. Not rejected: the order may be working until it is reconciled. */
export interface UnknownReport extends ReportBase {
  readonly type: 'unknown';
  readonly text: string;
}
