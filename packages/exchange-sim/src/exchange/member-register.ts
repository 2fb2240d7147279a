import type { Micros } from '@kb/model';
import { ApiKeys, derivedKey } from '../access/api-keys.ts';
import type { ApiKeySpec } from '../access/api-keys.ts';
import { OrderCounter, RestCounter } from '../access/rate-counters.ts';
import { Account } from '../accounts/account.ts';
import type { AccountSpec, IdSource, Valuation } from '../accounts/account.ts';
import { amountOf } from '../accounts/money.ts';
import type { LockoutOptions } from '../access/lockout.ts';
import { SimError } from '../errors.ts';
import type { Asset } from '../listings/listing.ts';
import { Findings } from './findings.ts';

export interface MemberOptions {
  readonly accounts: readonly AccountSpec[];
  readonly keys: readonly ApiKeySpec[];
  readonly seed: number;
  readonly rateLimits: boolean;
  /** Of keys that fail again and again. */
  readonly lockout?: LockoutOptions | false | undefined;
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
 * @throws SimError `KB_SIM_BAD_OPTION` with everything that `checkMembers` finds.
 */
export function openAccounts(options: MemberOptions): Members {
  const { ids, at, valuation, assets, seed, rateLimits } = options;
  const findings = new Findings();
  checkMembers(findings, options.accounts, options.keys);
  findings.done();
  const accounts = new Map(
    options.accounts.map((spec) => [spec.name, new Account(spec, { ids, at, valuation, assets })] as const),
  );
  const keyless = [...accounts.keys()].filter((name) => !options.keys.some(({ account }) => account === name));
  const specs = [...options.keys, ...keyless.map((name) => ({ account: name, ...derivedKey(seed, name) }))];
  const credentials = new Map<string, { readonly key: string; readonly secret: string }>();
  for (const { account, key, secret } of specs) {
    if (!credentials.has(account)) credentials.set(account, { key, secret });
  }
  const tierOf = (name: string): Account['tier'] => accounts.get(name)?.tier ?? 'intermediate';
  return {
    accounts,
    keys: new ApiKeys(specs, options.lockout === undefined ? {} : { lockout: options.lockout }),
    credentials,
    orderCounters: new Map([...accounts.values()].map(({ name, tier }) => [name, new OrderCounter(tier, rateLimits)])),
    restCounters: new Map(specs.map(({ key, account }) => [key, new RestCounter(tierOf(account), rateLimits)])),
  };
}

/** Finds what is wrong with accounts and keys: one twice, a key of nobody, and what `Account` and `ApiKeys` refuse. */
export function checkMembers(findings: Findings, accounts: readonly AccountSpec[], keys: readonly ApiKeySpec[]): void {
  const bad = (what: string): unknown =>
    findings.try(() => {
      throw new SimError('KB_SIM_BAD_OPTION', what);
    });
  for (const name of repeated(accounts.map((account) => account.name))) bad(`Two accounts are called ${name}`);
  for (const { name, balances, volume30d, marginAllowance } of accounts) {
    for (const [asset, amount] of Object.entries(balances)) findings.try(() => amountOf(amount, `${asset} of ${name}`));
    if (volume30d !== undefined) findings.try(() => amountOf(volume30d, `30-day volume of ${name}`));
    if (marginAllowance !== undefined) findings.try(() => amountOf(marginAllowance, `Allowance of ${name}`));
  }
  for (const key of repeated(keys.map((spec) => spec.key))) bad(`Key ${key} is there twice`);
  for (const spec of keys) {
    if (!accounts.some(({ name }) => name === spec.account))
      bad(`Key ${spec.key}: there is no account ${spec.account}`);
    findings.try(() => new ApiKeys([spec]));
  }
}

/** Texts that stand in a list more than once. */
function repeated(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.filter((text, index) => texts.indexOf(text) !== index));
}
