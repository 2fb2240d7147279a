import { z } from 'zod';
import { PERMISSIONS } from '../access/api-keys.ts';
import type { ApiKeySpec } from '../access/api-keys.ts';
import type { AccountSpec } from '../accounts/account.ts';
import { SimError } from '../errors.ts';

const amount = z.string().regex(/^\d{1,30}(\.\d{1,20})?$/, 'expected a decimal amount as text, such as "10000.50"');

const key = z.strictObject({
  key: z.string().min(1),
  secret: z.base64('expected base64').min(1, 'expected base64'),
  permissions: z.array(z.enum(PERMISSIONS)).optional(),
  nonceWindow: z.int().min(0).optional(),
});

const account = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/, 'expected letters, digits, - and _'),
  balances: z.record(z.string().regex(/^[A-Z0-9.]{2,12}$/, 'expected an asset such as USD'), amount),
  tier: z.enum(['starter', 'intermediate', 'pro']).optional(),
  volume30d: amount.optional(),
  marginAllowance: amount.optional(),
  keys: z.array(key).optional(),
});

const file = z.strictObject({ accounts: z.array(account).min(1) });

/** Accounts and their keys as they stand in a file. */
export interface AccountFile {
  readonly accounts: readonly AccountSpec[];
  readonly keys: readonly ApiKeySpec[];
}

/**
 * Reads the text of an account file:
 * `{ "accounts": [{ "name": "alice", "balances": { "USD": "10000" }, "tier": "pro", "keys": [{ "key": "…", "secret": "…" }] }] }`.
 * @throws SimError `KB_SIM_BAD_ACCOUNTS` with every problem found, each with its place in the file.
 */
export function readAccountFile(text: string): AccountFile {
  const json = parseJson(text);
  const parsed = file.safeParse(json);
  const issues = parsed.error?.issues ?? [];
  const problems = [
    ...issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`),
    ...repetitions(json),
  ];
  if (!parsed.success || problems.length > 0) throw bad(problems);
  return {
    accounts: parsed.data.accounts.map(({ keys: _keys, ...spec }) => defined(spec)),
    keys: parsed.data.accounts.flatMap(({ name, keys = [] }) =>
      keys.map((spec) => defined({ ...spec, account: name })),
    ),
  };
}

/** Only what is needed to see names and keys that stand twice, whatever else is wrong. */
const outline = z.object({
  accounts: z.array(
    z
      .object({ name: z.unknown(), keys: z.array(z.object({ key: z.unknown() }).catch({ key: undefined })).catch([]) })
      .catch({ name: undefined, keys: [] }),
  ),
});

function repetitions(json: unknown): readonly string[] {
  const { accounts = [] } = outline.safeParse(json).data ?? {};
  const names = accounts.map(({ name }, index) => ({ text: name, place: `accounts.${index}.name` }));
  const keys = accounts.flatMap((account, index) =>
    account.keys.map(({ key: text }, nth) => ({ text, place: `accounts.${index}.keys.${nth}.key` })),
  );
  return [names, keys].flatMap((all) =>
    all.flatMap(({ text, place }, index) => {
      const first = all.slice(0, index).find((other) => other.text === text);
      return typeof text !== 'string' || first === undefined ? [] : [`${place}: the same as ${first.place}`];
    }),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw bad([`the file: ${error instanceof Error ? error.message : 'not JSON'}`]);
  }
}

function bad(problems: readonly string[]): SimError {
  const many = problems.length === 1 ? '' : `${problems.length} problems:\n  `;
  return new SimError('KB_SIM_BAD_ACCOUNTS', `${many}${problems.join('\n  ')}`, {
    hint: 'An account has a name, balances as decimal text, and optionally tier, volume30d, marginAllowance and keys.',
  });
}

type Defined<Value> = { [Name in keyof Value]: Exclude<Value[Name], undefined> };

/** Without the members that are `undefined`, which optional members here may not be. */
function defined<Value extends object>(value: Value): Defined<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<Value>;
}
