import type { Micros } from '@kb/model';
import { ApiKeys, derivedKey } from '../access/api-keys.ts';
import type { ApiKeySpec } from '../access/api-keys.ts';
import { OrderCounter, RestCounter } from '../access/rate-counters.ts';
import { Account } from '../accounts/account.ts';
import type { AccountSpec, IdSource, Valuation } from '../accounts/account.ts';
import { SimError } from '../errors.ts';
import type { Asset } from '../listings/listing.ts';

export interface MemberOptions {
  readonly accounts: readonly AccountSpec[];
  readonly keys: readonly ApiKeySpec[];
  readonly seed: number;
  readonly rateLimits: boolean;
  readonly ids: IdSource;
  readonly at: Micros;
  readonly valuation: Valuation;
  /** By v2 name. */
  readonly assets: ReadonlyMap<string, Asset>;
}

/** Who may trade: accounts, their keys and what is counted against their limits. */
export interface Members {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly keys: ApiKeys;
  /** One key with its secret for each account: what to give to a client. */
  readonly credentials: ReadonlyMap<string, { readonly key: string; readonly secret: string }>;
  readonly orderCounters: ReadonlyMap<string, OrderCounter>;
  /** By key. */
  readonly restCounters: ReadonlyMap<string, RestCounter>;
}

/**
 * Opens the accounts. One without a key gets a key that is a function of seed and name.
 * @throws SimError `KB_SIM_BAD_OPTION`: an account twice, a key of nobody, and what `Account` and `ApiKeys` refuse.
 */
export function openAccounts(options: MemberOptions): Members {
  const { ids, at, valuation, assets, seed, rateLimits } = options;
  const accounts = new Map<string, Account>();
  for (const spec of options.accounts) {
    if (accounts.has(spec.name)) throw new SimError('KB_SIM_BAD_OPTION', `Two accounts are called ${spec.name}`);
    accounts.set(spec.name, new Account(spec, { ids, at, valuation, assets }));
  }
  for (const { account, key } of options.keys) {
    if (!accounts.has(account)) throw new SimError('KB_SIM_BAD_OPTION', `Key ${key}: there is no account ${account}`);
  }
  const keyless = [...accounts.keys()].filter((name) => !options.keys.some(({ account }) => account === name));
  const specs = [...options.keys, ...keyless.map((name) => ({ account: name, ...derivedKey(seed, name) }))];
  const credentials = new Map<string, { readonly key: string; readonly secret: string }>();
  for (const { account, key, secret } of specs) {
    if (!credentials.has(account)) credentials.set(account, { key, secret });
  }
  const tierOf = (name: string): Account['tier'] => accounts.get(name)?.tier ?? 'intermediate';
  return {
    accounts,
    keys: new ApiKeys(specs),
    credentials,
    orderCounters: new Map([...accounts.values()].map(({ name, tier }) => [name, new OrderCounter(tier, rateLimits)])),
    restCounters: new Map(specs.map(({ key, account }) => [key, new RestCounter(tierOf(account), rateLimits)])),
  };
}
