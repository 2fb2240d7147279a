import { createHash } from 'node:crypto';
import { micros, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import type { Permission } from './api-keys.ts';

/** Who a token is of, and what it allows. */
export interface TokenHolder {
  readonly account: string;
  /** `undefined`: everything. */
  readonly permissions: ReadonlySet<Permission> | undefined;
}

/** Tokens that are remembered, those that are over included. */
const REMEMBERED = 10_000;

/**
 * WebSocket tokens: made by `GetWebSocketsToken`, good for 900 s, and beyond that for as long as a connection with a private
 * subscription made with it is open. A token is not bound to one connection (UNCONFIRMED), and one that is over stays over.
 *
 * The newest ten thousand are remembered. Beyond that the oldest one that no connection holds is forgotten, good or not; the oldest of
 * all, where connections hold each of them.
 */
export class WsTokens {
  /** Seconds a new token is good for. */
  readonly expiresSeconds: number;
  readonly #seed: number;
  readonly #ttl: Micros;
  /** Oldest first. */
  readonly #tokens = new Map<string, TokenState>();
  #made = 0;

  /** @param ttl 900 s when left out. */
  constructor(seed: number, ttl: Micros = micros(900 * SECOND)) {
    this.#seed = seed;
    this.#ttl = ttl;
    this.expiresSeconds = Math.floor(ttl / SECOND);
  }

  /** @param permissions Of the key that asks for it: what the token allows. All when left out. */
  create(account: string, at: Micros, permissions?: ReadonlySet<Permission>): string {
    this.#made += 1;
    const token = tokenText(this.#seed, this.#made);
    this.#tokens.set(token, { account, permissions, goodUntil: micros(at + this.#ttl), holders: 0, isOver: false });
    if (this.#tokens.size > REMEMBERED) this.#forgetOldest(token);
    return token;
  }

  /** Account and permissions, or the error text: `EAPI:Invalid token` for one never made, `ESession:Invalid session` for one that is over. */
  accountOf(token: unknown, at: Micros): TokenHolder | string {
    const state = typeof token === 'string' ? this.#tokens.get(token) : undefined;
    if (state === undefined) return 'EAPI:Invalid token';
    endWhenDue(state, at);
    if (state.isOver) return 'ESession:Invalid session';
    return { account: state.account, permissions: state.permissions };
  }

  /** A private subscription uses it from now on, until `release` was called as often. */
  hold(token: string): void {
    const state = this.#tokens.get(token);
    if (state !== undefined) state.holders += 1;
  }

  release(token: string, at: Micros): void {
    const state = this.#tokens.get(token);
    if (state === undefined) return;
    state.holders = Math.max(state.holders - 1, 0);
    endWhenDue(state, at);
  }

  /** Ends all tokens of an account, or all: held ones too. */
  revoke(account?: string): void {
    for (const state of this.#tokens.values()) {
      if (account === undefined || state.account === account) state.isOver = true;
    }
  }

  #forgetOldest(newest: string): void {
    let [forgotten] = this.#tokens.keys();
    for (const [token, { holders, isOver }] of this.#tokens) {
      if (holders > 0 && !isOver) continue;
      // The newest comes last: where connections hold all others, it is kept and the oldest goes.
      if (token !== newest) forgotten = token;
      break;
    }
    if (forgotten !== undefined) this.#tokens.delete(forgotten);
  }
}

interface TokenState extends TokenHolder {
  readonly goodUntil: Micros;
  holders: number;
  isOver: boolean;
}

function endWhenDue(state: TokenState, at: Micros): void {
  if (state.holders === 0 && at >= state.goodUntil) state.isOver = true;
}

/** 43 letters and digits, as Kraken's are. */
function tokenText(seed: number, number: number): string {
  return createHash('sha256').update(`ws token ${seed} ${number}`).digest('base64url').replaceAll(/[-_]/g, 'x');
}
