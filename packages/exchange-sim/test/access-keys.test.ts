import { micros } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ApiKeys, apiSign, derivedKey, PERMISSIONS } from '../src/access/api-keys.ts';
import type { ApiKeySpec, SignedRequest } from '../src/access/api-keys.ts';
import { isNonce, NonceWindow } from '../src/access/nonce-window.ts';

/** The secret of the authentication guide. */
const SECRET = 'kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==';
const PATH = '/0/private/AddOrder';
const FORM = 'nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25';

describe('apiSign', () => {
  test('gives the value of the official guide for a form body', () => {
    expect(apiSign(SECRET, PATH, '1616492376594', FORM)).toBe(
      '4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==',
    );
  });

  test('signs the raw bytes of a JSON body', () => {
    const body =
      '{"nonce":"1616492376594","ordertype":"limit","pair":"XBTUSD","price":"37500","type":"buy","volume":"1.25"}';
    const expected = 'r/o+GpKxXjV/mls/r5CKLu5R+yzK5psqvQ4hXxMX1nzdxTBhV+ui82QGgPZMMitpFwCOAdPEZMmXgZxD2chJEg==';
    expect(apiSign(SECRET, PATH, '1616492376594', body)).toBe(expected);
    expect(apiSign(SECRET, PATH, '1616492376594', Buffer.from(body))).toBe(expected);
    expect(apiSign(SECRET, PATH, '1616492376594', `${body} `)).not.toBe(expected);
  });
});

describe('ApiKeys', () => {
  test('lets a well signed call in, once', () => {
    const keys = keyring();
    const call = signed('1616492376594');
    expect(keys.authenticate(call)).toMatchObject({ key: 'KEY', account: 'alice', nonceWindow: 0 });
    expect(keys.highestNonce('KEY')).toBe('1616492376594');
    expect(keys.authenticate(call)).toBe('EAPI:Invalid nonce');
  });

  test('refuses unknown keys and signatures of another body, path, nonce or secret', () => {
    const keys = keyring();
    const call = signed('5');
    expect(keys.authenticate({ ...call, key: undefined })).toBe('EAPI:Invalid key');
    expect(keys.authenticate({ ...call, key: 'OTHER' })).toBe('EAPI:Invalid key');
    for (const change of [
      { sign: undefined },
      { sign: '' },
      { sign: 'a'.repeat(88) },
      { sign: `${call.sign} ` },
      { body: Buffer.from('nonce=5&pair=XBTUSD') },
      { path: '/0/private/Balance' },
      { path: `${PATH}?a=1` },
      { nonce: '6' },
      { nonce: undefined },
    ]) {
      expect(keys.authenticate({ ...call, ...change })).toBe('EAPI:Invalid signature');
    }
    expect(keys.highestNonce('KEY')).toBe('0');
    expect(keys.authenticate(call)).toMatchObject({ key: 'KEY' });
  });

  test('covers the query string with the signature', () => {
    expect(keyring().authenticate(signed('5', { path: `${PATH}?b=2` }))).toMatchObject({ key: 'KEY' });
  });

  test('a nonce is an unsigned 64-bit integer and rises strictly', () => {
    const keys = keyring();
    const largest = '18446744073709551615';
    for (const nonce of ['', '-1', '1.5', '1e3', '0x10', ' 7', '18446744073709551616', '99999999999999999999']) {
      expect(keys.authenticate(signed(nonce))).toBe('EAPI:Invalid nonce');
    }
    for (const nonce of ['1', '2', '9007199254740993', '9007199254740994', largest]) {
      expect(keys.authenticate(signed(nonce))).toMatchObject({ key: 'KEY' });
    }
    expect(keys.authenticate(signed(String(BigInt(largest) - 1n)))).toBe('EAPI:Invalid nonce');
    expect(keys.highestNonce('KEY')).toBe(largest);
  });

  test('a call that is signed wrongly uses up no nonce', () => {
    const keys = keyring();
    expect(keys.authenticate({ ...signed('1000'), sign: 'x' })).toBe('EAPI:Invalid signature');
    expect(keys.authenticate(signed('999'))).toMatchObject({ key: 'KEY' });
  });

  test('with a window, late nonces are good, each once', () => {
    const keys = keyring({ nonceWindow: 10 });
    const use = (nonce: string): boolean => typeof keys.authenticate(signed(nonce)) !== 'string';
    expect(['100', '95', '95', '90', '89', '101', '91', '90'].map(use)).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  test('gives each key its permissions; none of them withdraws', () => {
    const spec = { account: 'alice', key: 'READ', secret: SECRET, permissions: ['query-funds'] } as const;
    const keys = new ApiKeys([spec, { account: 'bob', key: 'ALL', secret: SECRET }]);
    expect(keys.keys.map(({ key, account, permissions }) => [key, account, [...permissions]])).toEqual([
      ['READ', 'alice', ['query-funds']],
      ['ALL', 'bob', [...PERMISSIONS]],
    ]);
    expect(PERMISSIONS.some((permission) => permission.includes('withdraw'))).toBe(false);
  });

  test('twenty failures in a row lock a key out at that address for fifteen minutes', () => {
    const keys = keyring();
    const at = (seconds: number): SignedRequest['at'] => micros(seconds * 1e6);
    const wrong = { ...signed('1'), sign: 'x', address: '127.0.0.1' };
    for (let i = 0; i < 19; i += 1) expect(keys.authenticate({ ...wrong, at: at(i) })).toBe('EAPI:Invalid signature');
    expect(keys.authenticate({ ...signed('1'), address: '127.0.0.1', at: at(19) })).toMatchObject({ key: 'KEY' });

    for (let i = 20; i < 40; i += 1) expect(keys.authenticate({ ...wrong, at: at(i) })).toBe('EAPI:Invalid signature');
    const right = { ...signed('2'), address: '127.0.0.1' };
    expect(keys.authenticate({ ...right, at: at(40) })).toBe('EGeneral:Temporary lockout');
    expect(keys.authenticate({ ...signed('2'), address: '::1', at: at(40) })).toMatchObject({ key: 'KEY' });
    expect(keys.authenticate({ ...signed('3'), address: '127.0.0.1', at: at(39 + 899) })).toBe(
      'EGeneral:Temporary lockout',
    );
    expect(keys.authenticate({ ...signed('3'), address: '127.0.0.1', at: at(39 + 900) })).toMatchObject({ key: 'KEY' });
  });

  test('invalid nonces in a row lock out too, and one that is good ends the row', () => {
    const keys = keyring();
    const invalid = (times: number): unknown[] =>
      Array.from({ length: times }, () => keys.authenticate(signed('5'))).filter(
        (text, i, all) => all.indexOf(text) === i,
      );
    expect(keys.authenticate(signed('5'))).toMatchObject({ key: 'KEY' });
    expect(invalid(19)).toEqual(['EAPI:Invalid nonce']);
    expect(keys.authenticate(signed('6'))).toMatchObject({ key: 'KEY' });
    expect(invalid(20)).toEqual(['EAPI:Invalid nonce']);
    expect(keys.authenticate(signed('7'))).toBe('EGeneral:Temporary lockout');
  });

  test('the longest lockout ends with time itself', () => {
    const keys = new ApiKeys([{ account: 'alice', key: 'KEY', secret: SECRET }], {
      lockout: { failures: 1, seconds: 9_000_000_000 },
    });
    const at = micros(1_785_641_750_000_000);
    expect(keys.authenticate({ ...signed('1', { at }), sign: 'x' })).toBe('EAPI:Invalid signature');
    expect(keys.authenticate(signed('2', { at: micros(2 * at) }))).toBe('EGeneral:Temporary lockout');
  });

  test('the lockout can be made shorter, or left out', () => {
    const specs = [{ account: 'alice', key: 'KEY', secret: SECRET }];
    const wrong = { ...signed('1'), sign: 'x' };
    const short = new ApiKeys(specs, { lockout: { failures: 2, seconds: 3 } });
    for (let i = 0; i < 2; i += 1) expect(short.authenticate(wrong)).toBe('EAPI:Invalid signature');
    expect(short.authenticate(signed('1', { at: micros(2_999_999) }))).toBe('EGeneral:Temporary lockout');
    expect(short.authenticate(signed('1', { at: micros(3_000_000) }))).toMatchObject({ key: 'KEY' });
    const none = new ApiKeys(specs, { lockout: false });
    for (let i = 0; i < 100; i += 1) expect(none.authenticate(wrong)).toBe('EAPI:Invalid signature');
    expect(none.authenticate(signed('1'))).toMatchObject({ key: 'KEY' });
    const code = expect.objectContaining({ code: 'KB_SIM_BAD_OPTION' });
    for (const lockout of [{ failures: 0 }, { failures: 1.5 }, { seconds: -1 }, { seconds: Number.NaN }]) {
      expect(() => new ApiKeys(specs, { lockout })).toThrow(code);
    }
  });

  test('refuses to be made of damaged keys', () => {
    const bad = (...specs: Partial<ApiKeySpec>[]): (() => ApiKeys) => {
      return () => new ApiKeys(specs.map((spec) => ({ account: 'alice', key: 'KEY', secret: SECRET, ...spec })));
    };
    const code = expect.objectContaining({ code: 'KB_SIM_BAD_OPTION' });
    expect(bad({}, {})).toThrow(code);
    expect(bad({ secret: 'no base64!' })).toThrow(code);
    expect(bad({ secret: '' })).toThrow(code);
    expect(bad({ key: '' })).toThrow(code);
    expect(bad({ nonceWindow: -1 })).toThrow(code);
    expect(bad({ nonceWindow: 0.5 })).toThrow(code);
    // @ts-expect-error keys from a file may ask for anything
    expect(bad({ permissions: ['withdraw-funds'] })).toThrow(code);
  });

  test('derives keys that look like the real ones and work', () => {
    const { key, secret } = derivedKey(42, 'alice');
    expect(derivedKey(42, 'alice')).toEqual({ key, secret });
    expect(key).toMatch(/^[A-Za-z0-9+/]{56}$/);
    expect(secret).toMatch(/^[A-Za-z0-9+/]{86}==$/);
    const others = [derivedKey(43, 'alice'), derivedKey(42, 'bob')];
    expect(new Set([key, secret, ...others.flatMap((other) => [other.key, other.secret])]).size).toBe(6);
    const keys = new ApiKeys([{ account: 'alice', key, secret }]);
    const call = { ...signed('5'), key, sign: apiSign(secret, PATH, '5', 'nonce=5') };
    expect(keys.authenticate(call)).toMatchObject({ account: 'alice' });
  });
});

describe('NonceWindow', () => {
  test('agrees with one that remembers everything', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.array(fc.nat(200), { size: 'max', maxLength: 200 }), (width, nonces) => {
        const window = new NonceWindow(BigInt(width));
        const seen = new Set<number>();
        for (const nonce of nonces) {
          const good = !seen.has(nonce) && nonce >= Math.max(0, ...seen) - width;
          expect(window.use(BigInt(nonce))).toBe(good);
          if (good) seen.add(nonce);
        }
      }),
    );
  });

  test('remembers a thousand nonces and refuses what is below them', () => {
    const window = new NonceWindow(1_000_000n);
    for (let nonce = 10n; nonce < 10_010n; nonce += 2n) expect(window.use(nonce)).toBe(true);
    // Used, and just forgotten.
    expect(window.use(8_008n)).toBe(false);
    expect(window.use(8_011n)).toBe(true);
    expect(window.use(8_010n)).toBe(false);
    expect(window.use(8_011n)).toBe(false);
    expect(window.use(8_007n)).toBe(false);
    expect(window.use(9n)).toBe(false);
  });

  test('knows what a nonce is', () => {
    expect(['0', '18446744073709551615', '007'].map(isNonce)).toEqual([true, true, true]);
    expect(['18446744073709551616', '', '1n', '１'].map(isNonce)).toEqual([false, false, false, false]);
  });
});

function keyring(spec: Partial<ApiKeySpec> = {}): ApiKeys {
  return new ApiKeys([{ account: 'alice', key: 'KEY', secret: SECRET, ...spec }]);
}

/** A call with that nonce, signed by the guide's secret. */
function signed(nonce: string, more: Partial<SignedRequest> = {}): SignedRequest {
  const body = Buffer.from(`nonce=${nonce}`);
  const path = more.path ?? PATH;
  return { key: 'KEY', sign: apiSign(SECRET, path, nonce, body), path, body, nonce, at: micros(0), ...more };
}
