import type { Lots, Ticks } from '@kb/model';

/** `gtc` what does not trade rests · `ioc` what does not trade at once ends · `fok` trades whole at once, or not at all. */
export type MatchTimeInForce = 'gtc' | 'ioc' | 'fok';

/**
 * What happens where an order meets a resting one of the same owner: `cancel_newest` ends the one that came, `cancel_oldest` the
 * one that rests, and `cancel_both` both. What has traded before stays traded.
 */
export type SelfTradePrevention = 'cancel_newest' | 'cancel_oldest' | 'cancel_both';

/** What few orders have. */
export interface OrderExtras {
  /** Whose order it is; nobody's, who may trade with anybody, when 0 or left out. */
  readonly owner?: number;
  /** `cancel_newest` when left out, as Kraken's default. The order that comes decides, not the one that rests. */
  readonly selfTrade?: SelfTradePrevention;
  /** Makes an iceberg of a limit order: how many of its lots show at a time while it rests. */
  readonly display?: Lots;
  /** Of limit orders: while it rests, the matcher's guard says how much of it may trade. False when left out. */
  readonly guarded?: boolean;
  /** Of market orders: the last price at which it may trade. What could only trade beyond ends as `unfilled`. */
  readonly worstPrice?: Ticks;
}

export const NO_EXTRAS: OrderExtras = Object.freeze({});
