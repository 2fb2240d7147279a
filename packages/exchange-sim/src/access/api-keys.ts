import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Micros } from '@kb/model';
import { SimError } from '../errors.ts';
import { Lockout } from './lockout.ts';
import type { LockoutOptions } from './lockout.ts';
import { isNonce, NonceWindow } from './nonce-window.ts';

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

/** What a private REST call shows of itself. */
export interface SignedRequest {
  readonly key: string | undefined;
  readonly sign: string | undefined;
  /** From `/0/private/…` on, with the query string if there is one. */
  readonly path: string;
  /** As received, unparsed. */
  readonly body: Uint8Array;
  /** As it stands in the body. */
  readonly nonce: string | undefined;
  readonly at: Micros;
  /** Where it comes from: lockouts are per key and address. */
  readonly address?: string;
}

/**
 * Checks API-Key, API-Sign and nonce of private REST calls, in this order; only a call that is signed well uses up its nonce.
 * Wrong keys, signatures and nonces in a row from an address lock that key out there for a while: Kraken's documentation says of nonces,
 * too, that many that are invalid end in a temporary ban.
 * @see https://docs.kraken.com/exchange/guides/rest/authentication
 */
export class ApiKeys {
  readonly #keys = new Map<string, KnownKey>();
  readonly #lockout: Lockout | undefined;

  /**
   * @param lockout False: nobody is ever locked out.
   * @throws SimError `KB_SIM_BAD_OPTION` for a key twice, a secret that is not base64, an unknown permission, a bad window, a bad lockout.
   */
  constructor(specs: readonly ApiKeySpec[], { lockout = {} }: { readonly lockout?: LockoutOptions | false } = {}) {
    this.#lockout = lockout === false ? undefined : new Lockout(lockout);
    for (const spec of specs) {
      if (this.#keys.has(spec.key)) throw new SimError('KB_SIM_BAD_OPTION', `Key ${spec.key} is there twice`);
      this.#keys.set(spec.key, knownKey(spec));
    }
  }

  get keys(): readonly ApiKey[] {
    return [...this.#keys.values()].map(({ apiKey }) => apiKey);
  }

  /**
   * @returns The key, or the error text (`EAPI:Invalid key`, `EAPI:Invalid signature`, `EAPI:Invalid nonce`,
   *   `EGeneral:Temporary lockout`).
   */
  authenticate(request: SignedRequest): ApiKey | string {
    const { key = '', address = '', at } = request;
    const who = `${address} ${key.slice(0, 200)}`;
    if (this.#lockout?.isLocked(who, at) === true) return 'EGeneral:Temporary lockout';

    const known = this.#keys.get(key);
    if (known === undefined || !isSignedBy(known.secret, request)) {
      this.#lockout?.fail(who, at);
      return known === undefined ? 'EAPI:Invalid key' : 'EAPI:Invalid signature';
    }
    if (request.nonce === undefined || !isNonce(request.nonce) || !known.nonces.use(BigInt(request.nonce))) {
      this.#lockout?.fail(who, at);
      return 'EAPI:Invalid nonce';
    }
    this.#lockout?.forget(who);
    return known.apiKey;
  }

  /** Highest nonce seen of a key, as decimal text; `0` before the first. */
  highestNonce(key: string): string {
    return String(this.#keys.get(key)?.nonces.highest ?? 0n);
  }
}

/**
 * The value of API-Sign: HMAC-SHA512 of path and SHA-256(nonce, body) with the decoded secret, in base64.
 * @param path From `/0/private/…` on, with the query string if there is one.
 * @see https://docs.kraken.com/exchange/guides/rest/authentication
 */
export function apiSign(secret: string, path: string, nonce: string, body: Uint8Array | string): string {
  return signature(Buffer.from(secret, 'base64'), path, nonce, body).toString('base64');
}

/** A key and a secret that are a function of seed and name: for accounts made by a flag. Not secret. */
export function derivedKey(seed: number, name: string): { readonly key: string; readonly secret: string } {
  const digest = (purpose: string): Buffer => createHash('sha512').update(`${purpose} ${seed} ${name}`).digest();
  // Kraken's keys have 42 bytes and its secrets 64.
  return { key: digest('api key').subarray(0, 42).toString('base64'), secret: digest('api secret').toString('base64') };
}

interface KnownKey {
  readonly apiKey: ApiKey;
  readonly secret: Buffer;
  readonly nonces: NonceWindow;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function knownKey({ account, key, secret, permissions = PERMISSIONS, nonceWindow = 0 }: ApiKeySpec): KnownKey {
  const bad = (what: string): SimError => new SimError('KB_SIM_BAD_OPTION', `Key ${key}: ${what}`);
  if (key === '') throw new SimError('KB_SIM_BAD_OPTION', `A key of ${account} has no text`);
  if (secret === '' || !BASE64.test(secret)) throw bad('its secret is not base64');
  for (const permission of permissions) {
    if (!PERMISSIONS.includes(permission)) throw bad(`there is no permission ${JSON.stringify(permission)}`);
  }
  if (!Number.isSafeInteger(nonceWindow) || nonceWindow < 0) {
    throw bad(`expected a whole nonce window of 0 or more, was ${nonceWindow}`);
  }
  return {
    apiKey: { key, account, permissions: new Set(permissions), nonceWindow },
    secret: Buffer.from(secret, 'base64'),
    nonces: new NonceWindow(BigInt(nonceWindow)),
  };
}

function isSignedBy(secret: Buffer, { sign, path, nonce = '', body }: SignedRequest): boolean {
  if (sign === undefined) return false;
  const expected = Buffer.from(signature(secret, path, nonce, body).toString('base64'));
  const given = Buffer.from(sign);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function signature(secret: Buffer, path: string, nonce: string, body: Uint8Array | string): Buffer {
  const digest = createHash('sha256').update(nonce).update(body).digest();
  return createHmac('sha512', secret).update(path).update(digest).digest();
}
