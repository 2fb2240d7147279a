/**
 * Why a side is or is not quoted (traded) now: what `IntentSink.explain` hears. Absent quotes always have one.
 *
 * `QUOTING` an order stands or is on its way · `NOT_WARM` instrument, book or price not known yet · `STALE_BOOK` the feed is
 * not live or the book too old · `CROSSED_BOOK`, `THIN_BOOK`, `SPREAD_TOO_WIDE` no fair value to be had · `HALTED` the venue
 * does not take such orders now · `POSITION_LIMIT` the worst case would pass the cap · `BALANCE` nothing to pay with ·
 * `MIN_SIZE` below the pair's minimum · `PRECISION` the size is more than lots can count · `COOLDOWN` waiting after a
 * refusal · `AWAIT_VENUE` an earlier order has no answer yet · `FEE_GATE` (symbol-wide) trading as configured does not earn its fees, `FEES_COVERED` it does
 * again.
 */
export const STRATEGY_REASONS = [
  'QUOTING',
  'NOT_WARM',
  'STALE_BOOK',
  'CROSSED_BOOK',
  'THIN_BOOK',
  'SPREAD_TOO_WIDE',
  'HALTED',
  'POSITION_LIMIT',
  'BALANCE',
  'MIN_SIZE',
  'PRECISION',
  'COOLDOWN',
  'AWAIT_VENUE',
  'FEE_GATE',
  'FEES_COVERED',
] as const;

export type StrategyReason = (typeof STRATEGY_REASONS)[number];
