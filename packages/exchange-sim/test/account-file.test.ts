import { describe, expect, test } from 'vitest';
import { readAccountFile } from '../src/exchange/account-file.ts';

describe('an account file', () => {
  test('gives accounts, and their keys with the account they belong to', () => {
    const text = JSON.stringify({
      accounts: [
        {
          name: 'alice',
          balances: { USD: '10000', BTC: '1.5' },
          tier: 'pro',
          keys: [{ key: 'K1', secret: 'c2VjcmV0', permissions: ['query-funds'], nonceWindow: 10 }],
        },
        { name: 'bob', balances: {} },
      ],
    });
    expect(readAccountFile(text)).toEqual({
      accounts: [
        { name: 'alice', balances: { USD: '10000', BTC: '1.5' }, tier: 'pro' },
        { name: 'bob', balances: {} },
      ],
      keys: [{ account: 'alice', key: 'K1', secret: 'c2VjcmV0', permissions: ['query-funds'], nonceWindow: 10 }],
    });
  });

  test('tells every problem at once, each with its place', () => {
    const text = JSON.stringify({
      accounts: [
        { name: 'a b', balances: { USD: 10 } },
        { name: 'c', balances: {}, keys: [{ key: 'K', secret: '!', permissions: ['withdraw-funds'] }], extra: 1 },
      ],
    });
    expect(() => readAccountFile(text)).toThrow(
      /5 problems:\n {2}accounts\.0\.name: .*\n {2}accounts\.0\.balances\.USD: .*\n {2}accounts\.1\.keys\.0\.secret: .*/s,
    );
  });

  test('tells names and keys that stand twice beside all other problems', () => {
    const key = { key: 'K', secret: 'c2VjcmV0' };
    const text = JSON.stringify({
      accounts: [
        { name: 'a', balances: { USD: '1e5' }, keys: [key, { key: 'L', secret: '' }] },
        { name: 'b', balances: {}, keys: [key] },
        { name: 'a', balances: {} },
        7,
      ],
    });
    expect(() => readAccountFile(text)).toThrow(
      /^5 problems:\n {2}accounts\.0\.balances\.USD: .*\n {2}accounts\.0\.keys\.1\.secret: .*\n {2}accounts\.3: .*\n {2}accounts\.2\.name: the same as accounts\.0\.name\n {2}accounts\.1\.keys\.0\.key: the same as accounts\.0\.keys\.0\.key$/,
    );
  });

  test.each([
    ['not JSON', '{'],
    ['no accounts', '{"accounts":[]}'],
    ['a name twice', '{"accounts":[{"name":"a","balances":{}},{"name":"a","balances":{}}]}'],
  ])('refuses a file with %s', (_what, text) => {
    expect(() => readAccountFile(text)).toThrow(expect.objectContaining({ code: 'KB_SIM_BAD_ACCOUNTS' }));
  });
});
