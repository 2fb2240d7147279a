import type { Micros } from '@kb/model';

/** Permissions by their machine names. There is none for withdrawing: no key of this exchange can. */
export const PERMISSIONS = [
  'query-funds',
  'query-open-trades',
  'query-closed-trades',
  'modify-trades',
  'close-trades',
  'query-ledger',
  'create-ws-token',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** A key of an account. */
export interface ApiKeySpec {
  readonly account: string;
  readonly key: string;
  /** Base64. */
  readonly secret: string;
  /** All of `PERMISSIONS` when left out. */
  readonly permissions?: readonly Permission[];
  /** How far below the highest nonce seen a nonce may be; 0 when left out. */
  readonly nonceWindow?: number;
}

/** A key that is known, and who may use it for what. */
export interface ApiKey {
  readonly key: string;
  readonly account: string;
  readonly permissions: ReadonlySet<Permission>;
  readonly nonceWindow: number;
}

/** Checks API-Key, API-Sign and nonce of private REST calls. */
export declare class ApiKeys {
  /** @throws SimError `KB_SIM_BAD_OPTION` for a key twice, a secret that is not base64, an unknown permission. */
  constructor(specs: readonly ApiKeySpec[]);
  /**
   * @param path From `/0/private/…` on, with the query string if there is one. @param body As received, unparsed.
   * @param nonce As it stands in the body. @returns The key, or the error text (`EAPI:Invalid key`, `EAPI:Invalid signature`,
   * `EAPI:Invalid nonce`, `EGeneral:Temporary lockout`).
   */
  authenticate(request: {
    readonly key: string | undefined;
    readonly sign: string | undefined;
    readonly path: string;
    readonly body: Uint8Array;
    readonly nonce: string | undefined;
    readonly at: Micros;
  }): ApiKey | string;
  /** Highest nonce seen of a key, as decimal text. */
  highestNonce(key: string): string;
  readonly keys: readonly ApiKey[];
}

/** The value of API-Sign. @see kraken REST authentication guide */
export declare function apiSign(secret: string, path: string, nonce: string, body: Uint8Array | string): string;

/** A key and a secret that are a function of seed and name: for accounts made by a flag. Not secret. */
export declare function derivedKey(seed: number, name: string): { readonly key: string; readonly secret: string };
