import type { Micros } from '@kb/model';
import type { AccountTier } from '../accounts/account.ts';

/** The REST counter of a key: rises with calls, decays with time. */
export declare class RestCounter {
  constructor(tier: AccountTier, enabled?: boolean);
  /** Charges a call of this method. @returns `EAPI:Rate limit exceeded` when it may not go on. */
  charge(method: string, at: Micros): string | undefined;
  value(at: Micros): number;
}

export type TradingCall = 'add' | 'amend' | 'edit' | 'cancel' | 'batch-add' | 'batch-cancel' | 'cancel-all';

/** The trading counter of an account, per pair, shared by REST and WebSocket. */
export declare class OrderCounter {
  constructor(tier: AccountTier, enabled?: boolean);
  /** Threshold of the tier: 60, 125, 180 (`maxratecount`). */
  readonly most: number;
  /** Open orders per pair: 60, 80, 225. */
  readonly mostOpenOrders: number;
  /**
   * Charges a call.
   * @param ages Ages in µs of the orders it touches, since creation or last amend; empty for adds.
   * @param count How many orders a batch has. @returns `EOrder:Rate limit exceeded` when it may not go on.
   */
  charge(symbol: string, call: TradingCall, ages: readonly number[], count: number, at: Micros): string | undefined;
  value(symbol: string, at: Micros): number;
}

/** Attempts to connect per address: at most 150 in any 10 minutes, then ten minutes of refusal. */
export declare class ConnectionLimit {
  constructor(most?: number, enabled?: boolean);
  /** @returns False when the address is banned for now. */
  admit(address: string, at: Micros): boolean;
  /** Seconds until the ban is over. */
  retryAfter(address: string, at: Micros): number;
}
