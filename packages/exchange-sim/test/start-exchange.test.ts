import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { VirtualScheduler } from '@kb/model';
import { SimError, SimExchange, standardMarkets, startExchange } from '../src/index.ts';

test('all that is wrong with pairs, accounts, keys and faults is told at once, before anything is made', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kb-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const tls = { folder: join(folder, 'certificate') };
  const wrong = startExchange({
    pairs: ['NO/SUCH', 'BTC/USD'],
    accounts: [
      { name: 'a', balances: { USD: '1e5', BTC: '-1' }, volume30d: 'much', marginAllowance: '' },
      { name: 'a', balances: {} },
    ],
    keys: [
      { account: 'b', key: 'K', secret: 'c2VjcmV0' },
      { account: 'a', key: 'K', secret: '?' },
    ],
    faults: ['crcc', 'reset,count=0'],
    tls,
  });
  const error = await wrong.catch((reason: unknown) => reason);
  if (!(error instanceof SimError)) throw new Error('It started');
  const { code, message, hint } = error;
  expect(code).toBe('KB_SIM_BAD_OPTION');
  expect(message.split('\n').map((line) => line.replace(/; there are .*/, ''))).toEqual([
    '12 problems:',
    '  NO/SUCH not among the known pairs',
    '  Two accounts are called a',
    '  USD of a: expected a decimal amount, was "1e5"',
    '  BTC of a: expected a decimal amount, was "-1"',
    '  30-day volume of a: expected a decimal amount, was "much"',
    '  Allowance of a: expected a decimal amount, was ""',
    '  Key K is there twice',
    '  Key K: there is no account b',
    '  Key K: its secret is not base64',
    '  crcc: unknown kind "crcc"',
    '  reset,count=0: count takes a whole number above zero',
    '  reset,count=0: count needs every: how often it begins',
  ]);
  expect(hint).toMatch(/Known: BTC\/USD.*A fault is kind/s);
  expect(existsSync(tls.folder)).toBe(false);
});

test('an exchange without sockets tells all that is wrong with its accounts, too', () => {
  const accounts = ['a', 'a', 'b'].map((name) => ({ name, balances: { USD: name === 'b' ? 'x' : '1' } }));
  const options = { markets: standardMarkets(['BTC/USD']), seed: 1, scheduler: new VirtualScheduler() };
  expect(() => new SimExchange({ ...options, accounts })).toThrow(
    '2 problems:\n  Two accounts are called a\n  USD of b: expected a decimal amount, was "x"',
  );
});

test('each fault of a pair that is not listed is told; problems of one code keep it', async () => {
  const wrong = startExchange({ pairs: ['BTC/USD'], faults: ['crc@1s,pair=A/B', 'dup,pair=BTC/USD', 'drop,pair=C/D'] });
  await expect(wrong).rejects.toMatchObject({
    code: 'KB_SIM_UNKNOWN_SYMBOL',
    message: '2 problems:\n  crc@1s,pair=A/B: there is no market A/B\n  drop,pair=C/D: there is no market C/D',
  });
});
