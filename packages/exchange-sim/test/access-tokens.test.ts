import { micros } from '@kb/model';
import type { Micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { WsTokens } from '../src/access/ws-tokens.ts';

const at = (seconds: number): Micros => micros(seconds * 1e6);

describe('WsTokens', () => {
  test('a token names its account for 900 seconds', () => {
    const tokens = new WsTokens(1);
    const token = tokens.create('alice', at(100));
    expect(tokens.expiresSeconds).toBe(900);
    expect(token).toMatch(/^[A-Za-z0-9]{43}$/);
    expect(tokens.accountOf(token, at(999))).toMatchObject({ account: 'alice' });
    expect(tokens.accountOf(token, at(1_000))).toBe('ESession:Invalid session');
    expect(tokens.accountOf(token, at(999))).toBe('ESession:Invalid session');
  });

  test('what was never a token is invalid', () => {
    const tokens = new WsTokens(1);
    const made = tokens.create('alice', at(0));
    for (const token of [undefined, null, '', 7, {}, [made], `${made} `]) {
      expect(tokens.accountOf(token, at(0))).toBe('EAPI:Invalid token');
    }
  });

  test('is good as long as a private subscription made with it lives', () => {
    const tokens = new WsTokens(1);
    const token = tokens.create('alice', at(0));
    tokens.hold(token);
    tokens.hold(token);
    expect(tokens.accountOf(token, at(5_000))).toMatchObject({ account: 'alice' });
    tokens.release(token, at(5_000));
    expect(tokens.accountOf(token, at(6_000))).toMatchObject({ account: 'alice' });
    tokens.release(token, at(6_000));
    tokens.hold(token);
    expect(tokens.accountOf(token, at(6_000))).toBe('ESession:Invalid session');
  });

  test('a release before its time leaves the rest of it', () => {
    const tokens = new WsTokens(1, at(60));
    const token = tokens.create('alice', at(0));
    tokens.hold(token);
    tokens.release(token, at(30));
    expect(tokens.expiresSeconds).toBe(60);
    expect(tokens.accountOf(token, at(59))).toMatchObject({ account: 'alice' });
    expect(tokens.accountOf(token, at(60))).toBe('ESession:Invalid session');
  });

  test('can be revoked, also while it is held', () => {
    const tokens = new WsTokens(1);
    const [alice, bob] = [tokens.create('alice', at(0)), tokens.create('bob', at(0))];
    tokens.hold(alice);
    tokens.revoke('alice');
    expect(tokens.accountOf(alice, at(1))).toBe('ESession:Invalid session');
    expect(tokens.accountOf(bob, at(1))).toMatchObject({ account: 'bob' });
    tokens.revoke();
    expect(tokens.accountOf(bob, at(1))).toBe('ESession:Invalid session');
    expect(tokens.accountOf(tokens.create('alice', at(1)), at(1))).toMatchObject({ account: 'alice' });
  });

  test('are a function of the seed and never the same twice', () => {
    const make = (seed: number): string[] => {
      const tokens = new WsTokens(seed);
      return Array.from({ length: 100 }, () => tokens.create('alice', at(0)));
    };
    expect(make(1)).toEqual(make(1));
    expect(new Set([...make(1), ...make(2)]).size).toBe(200);
  });

  test('the newest ten thousand are remembered, and before them those that are held', () => {
    const tokens = new WsTokens(1);
    const [first, second] = [tokens.create('alice', at(0)), tokens.create('alice', at(0))];
    tokens.hold(first);
    for (let i = 0; i < 9_998; i += 1) tokens.create('bob', at(1));
    expect(tokens.accountOf(second, at(1))).toMatchObject({ account: 'alice' });
    tokens.create('bob', at(1));
    expect(tokens.accountOf(second, at(1))).toBe('EAPI:Invalid token');
    expect(tokens.accountOf(first, at(1))).toMatchObject({ account: 'alice' });
  });

  test('when all are held, the oldest goes and a new one is good', () => {
    const tokens = new WsTokens(1);
    const first = tokens.create('alice', at(0));
    tokens.hold(first);
    for (let i = 0; i < 9_999; i += 1) tokens.hold(tokens.create('bob', at(0)));
    const newest = tokens.create('carol', at(0));
    expect(tokens.accountOf(newest, at(0))).toMatchObject({ account: 'carol' });
    expect(tokens.accountOf(first, at(0))).toBe('EAPI:Invalid token');
  });
});
