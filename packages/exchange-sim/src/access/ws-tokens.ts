import type { Micros } from '@kb/model';

/**
 * WebSocket tokens: made by `GetWebSocketsToken`, good for 900 s, and beyond that for as long as a connection with a private
 * subscription made with it is open.
 */
export declare class WsTokens {
  constructor(seed: number, ttl?: Micros);
  /** Seconds a new token is good for. */
  readonly expiresSeconds: number;
  create(account: string, at: Micros): string;
  /** The account, or the error text: `EAPI:Invalid token` for one never made, `ESession:Invalid session` for one that is over. */
  accountOf(token: unknown, at: Micros): { readonly account: string } | string;
  /** A private subscription uses it from now on, until `release` was called as often. */
  hold(token: string): void;
  release(token: string, at: Micros): void;
  /** Ends all tokens of an account, or all: held ones too. */
  revoke(account?: string): void;
}
