import type { Instrument, Micros, OwnOrder } from '@kb/model';

/** Why an order may not go. All but the last two are reason codes of the strategies' reference. */
export const RISK_REASONS = [
  'HALTED',
  'REDUCING',
  'STALE_BOOK',
  'NO_PRICE',
  'PRECISION',
  'MIN_SIZE',
  'RATE_LIMIT',
  'ORDER_LIMIT',
  'POSITION_LIMIT',
  /** The pair's status does not allow the order now. */
  'INSTRUMENT_STATUS',
  /** An amend of an order that is not among the open ones. */
  'UNKNOWN_ORDER',
] as const;
export type RiskReason = (typeof RISK_REASONS)[number];

export type RiskDecision = RiskAllowed | RiskRefusal;

export interface RiskAllowed {
  readonly ok: true;
}

export interface RiskRefusal {
  readonly ok: false;
  readonly code: RiskReason;
  /** The limit that would be passed, as decimal text; its unit is in `text`. `undefined` where the rule has no number. */
  readonly limit: string | undefined;
  /** What the order would make of it, likewise. */
  readonly wouldBe: string | undefined;
  /** For people. */
  readonly text: string;
}

/** What the engine does: `REDUCING` lets exposure only shrink, `HALTED` is latched and lets nothing but cancels through. */
export type RiskState = 'ACTIVE' | 'REDUCING' | 'HALTED';

/** The facts that an order is judged by, all of the moment of the decision. */
export interface RiskContext {
  /** Venue time of the event in hand. */
  readonly now: Micros;
  readonly instrument: Instrument;
  /** Signed lots. */
  readonly position: number;
  /** Every own order of the symbol that may still trade: pending, being cancelled and unknown ones too. */
  readonly openOrders: readonly OwnOrder[];
  /** What the base is worth, in ticks; half ticks (a mid) are fine, finer ones are rounded up to a half. */
  readonly mark: number | undefined;
  /** True while the book is verified and the feed connected. */
  readonly dataLive: boolean;
  /** Venue time of which the book is known to be current; `undefined` before the first one. */
  readonly bookTs: Micros | undefined;
  /** True for the orders of an emergency flatten: the only ones that pass while `HALTED`, and only if they reduce. */
  readonly emergency?: boolean;
}

export const ALLOWED: RiskAllowed = Object.freeze({ ok: true });

export function refuse(code: RiskReason, text: string, limit?: string, wouldBe?: string): RiskRefusal {
  return { ok: false, code, limit, wouldBe, text };
}
