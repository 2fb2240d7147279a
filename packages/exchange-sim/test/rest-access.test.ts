import { describe, expect, test } from 'vitest';
import { PERMISSIONS } from '../src/access/api-keys.ts';
import type { Permission } from '../src/access/api-keys.ts';
import { FORBIDDEN_METHODS } from '../src/rest/key-methods.ts';
import { PRIVATE_METHODS } from '../src/rest/rest-api.ts';
import { OFFICIAL_SECRET, RestWorld } from './rest-world.ts';

const FORM = 'application/x-www-form-urlencoded';

function post(world: RestWorld, method: string, headers: Record<string, string>, body: string): readonly string[] {
  return world.send({ method: 'POST', path: `/0/private/${method}`, headers, body: new TextEncoder().encode(body) })
    .error;
}

describe('signatures', () => {
  const headers = { 'content-type': FORM, 'api-key': 'alice' };
  const body = 'nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25';
  const sign = '4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==';

  test('Kraken’s published example places its order', () => {
    const said = new RestWorld().send({
      method: 'POST',
      path: '/0/private/AddOrder',
      headers: { ...headers, 'api-sign': sign },
      body: new TextEncoder().encode(body),
    });
    expect(said.error).toEqual([]);
    expect(said.result.descr).toEqual({ order: 'buy 1.25000000 XBTUSD @ limit 37500.0' });
    expect(said.result.txid).toEqual([expect.stringMatching(/^O[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}$/)]);
  });

  test('the same as JSON places it too', () => {
    const json =
      '{"nonce":"1616492376594","ordertype":"limit","pair":"XBTUSD","price":"37500","type":"buy","volume":"1.25"}';
    const jsonSign = 'r/o+GpKxXjV/mls/r5CKLu5R+yzK5psqvQ4hXxMX1nzdxTBhV+ui82QGgPZMMitpFwCOAdPEZMmXgZxD2chJEg==';
    const jsonHeaders = { ...headers, 'content-type': 'application/json', 'api-sign': jsonSign };
    expect(post(new RestWorld(), 'AddOrder', jsonHeaders, json)).toEqual([]);
  });

  test.each([
    ['another body', { ...headers, 'api-sign': sign }, `${body}&validate=true`, 'EAPI:Invalid signature'],
    [
      'the same parameters in another order',
      { ...headers, 'api-sign': sign },
      body.replace('type=buy&volume=1.25', 'volume=1.25&type=buy'),
      'EAPI:Invalid signature',
    ],
    ['no signature', headers, body, 'EAPI:Invalid signature'],
    ['an unknown key', { ...headers, 'api-key': 'carol', 'api-sign': sign }, body, 'EAPI:Invalid key'],
    ['no key', { 'content-type': FORM, 'api-sign': sign }, body, 'EAPI:Invalid key'],
  ])('%s is refused', (_what, sent, text, error) => {
    expect(post(new RestWorld(), 'AddOrder', sent, text)).toEqual([error]);
  });

  test('the same signature is no good for another method, nor twice', () => {
    const world = new RestWorld();
    const signed = { ...headers, 'api-sign': sign };
    expect(post(world, 'Balance', signed, body)).toEqual(['EAPI:Invalid signature']);
    expect(post(world, 'AddOrder', signed, body)).toEqual([]);
    expect(post(world, 'AddOrder', signed, body)).toEqual(['EAPI:Invalid nonce']);
  });

  test('a query string is part of the signed path, and its parameters count', () => {
    const world = new RestWorld();
    const said = world.signed('TradeBalance', '5', 'nonce=5', FORM, 'alice', 'asset=XBT');
    expect(said.error).toEqual([]);
    expect(said.result.eb).toBe('2.0000000000');
  });
});

describe('nonces', () => {
  test.each([
    ['missing', '{}', ''],
    ['text', '{"nonce":"abc"}', 'abc'],
    ['a fraction', '{"nonce":1.5}', '1.5'],
    ['negative', '{"nonce":-1}', '-1'],
  ])('one that is %s is refused', (_what, body, nonce) => {
    expect(new RestWorld().signed('Balance', nonce, body, 'application/json').error).toEqual(['EAPI:Invalid nonce']);
  });

  test('may be numbers of JSON up to 64 bits, digit by digit, and must rise', () => {
    const world = new RestWorld();
    const call = (nonce: string): readonly string[] =>
      world.signed('Balance', nonce, `{"nonce":${nonce}}`, 'application/json').error;
    // As doubles all three are the same.
    expect(call('1700000000000000001')).toEqual([]);
    expect(call('1700000000000000001')).toEqual(['EAPI:Invalid nonce']);
    expect(call('1700000000000000002')).toEqual([]);
    expect(call('1700000000000000000')).toEqual(['EAPI:Invalid nonce']);
  });
});

test('one-time passwords are ignored', () => {
  expect(new RestWorld().form('Balance', 'otp=123456').error).toEqual([]);
});

describe('permissions', () => {
  const keys = PERMISSIONS.map((permission) => ({
    account: 'alice',
    key: permission,
    secret: OFFICIAL_SECRET,
    permissions: [permission] as const,
  }));

  const TABLE: readonly (readonly [string, readonly Permission[]])[] = [
    ['Balance', ['query-funds']],
    ['BalanceEx', ['query-funds']],
    ['TradeVolume', ['query-funds']],
    ['TradeBalance', ['query-open-trades']],
    ['OpenOrders', ['query-open-trades']],
    ['OpenPositions', ['query-open-trades']],
    ['ClosedOrders', ['query-closed-trades']],
    ['TradesHistory', ['query-closed-trades']],
    ['QueryTrades', ['query-closed-trades']],
    ['QueryOrders', ['query-open-trades', 'query-closed-trades']],
    ['OrderAmends', ['query-open-trades', 'query-closed-trades']],
    ['Ledgers', ['query-ledger']],
    ['QueryLedgers', ['query-ledger']],
    ['AddOrder', ['modify-trades']],
    ['AddOrderBatch', ['modify-trades']],
    ['AmendOrder', ['modify-trades']],
    ['EditOrder', ['modify-trades']],
    ['CancelOrder', ['modify-trades', 'close-trades']],
    ['CancelOrderBatch', ['modify-trades', 'close-trades']],
    ['CancelAll', ['modify-trades', 'close-trades']],
    ['CancelAllOrdersAfter', ['modify-trades', 'close-trades']],
    ['GetWebSocketsToken', ['create-ws-token']],
    ['GetApiKeyInfo', PERMISSIONS],
    ['Level3', PERMISSIONS],
  ];

  test('the table has every private method', () => {
    expect(TABLE.map(([method]) => method).toSorted()).toEqual([...PRIVATE_METHODS.keys()].toSorted());
  });

  test.each(TABLE)('%s may be called with any of %j', (method, allowed) => {
    const world = new RestWorld({ keys });
    for (const permission of PERMISSIONS) {
      const isDenied = world.form(method, '', permission).error[0] === 'EGeneral:Permission denied';
      expect({ permission, isDenied }).toEqual({ permission, isDenied: !allowed.includes(permission) });
    }
  });

  test.each([...FORBIDDEN_METHODS])('%s is denied to every key', (method) => {
    expect(new RestWorld().form(method).text).toBe('{"error":["EGeneral:Permission denied"]}');
  });

  test('a key without any may still ask about itself', () => {
    const world = new RestWorld({ keys: [{ account: 'bob', key: 'k', secret: OFFICIAL_SECRET, permissions: [] }] });
    expect(world.form('GetApiKeyInfo', '', 'k').result).toEqual({
      api_key_name: 'bob',
      api_key: 'k',
      nonce: '2',
      nonce_window: '0',
      permissions: [],
      valid_until: '0',
    });
    expect(world.form('Balance', '', 'k').error).toEqual(['EGeneral:Permission denied']);
  });
});

describe('rate limits', () => {
  test('the counter of a key refuses what comes too fast, and decays by its tier', () => {
    const world = new RestWorld({ rateLimits: true });
    const errors = Array.from({ length: 21 }, () => world.form('Balance').error);
    expect(errors.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => []));
    expect(errors[20]).toEqual(['EAPI:Rate limit exceeded']);
    expect(world.form('Balance', '', 'bob').error).toEqual([]);
    world.wait(2);
    expect([world.form('Balance').error, world.form('Balance').error]).toEqual([[], ['EAPI:Rate limit exceeded']]);
  });

  test('orders do not count for it; they have their own', () => {
    const world = new RestWorld({ rateLimits: true });
    const order = 'pair=XBTUSD&type=buy&ordertype=limit&volume=0.01&price=100&userref=1';
    let placed = 0;
    while (world.form('AddOrder', order).error.length === 0) placed += 1;
    expect(placed).toBe(80);
    expect(world.form('AddOrder', order).error).toEqual(['EOrder:Orders limit exceeded']);
    expect(world.form('CancelOrder', 'txid=1').error).toEqual(['EOrder:Rate limit exceeded']);
    expect(world.form('Balance').error).toEqual([]);
  });
});

test('a token for WebSocket is good for the account that asked', () => {
  const world = new RestWorld();
  const { token, expires } = world.form('GetWebSocketsToken').result;
  expect(expires).toBe(900);
  expect(world.venue.tokens.accountOf(token, world.venue.now())).toEqual({
    account: 'alice',
    permissions: new Set(PERMISSIONS),
  });
});

test('an error of our own is answered as an internal one, and told to whoever listens', () => {
  const world = new RestWorld();
  const broken = new Error('broken');
  Object.defineProperty(world.venue, 'accounts', {
    get() {
      throw broken;
    },
  });
  expect(world.form('Balance').text).toBe('{"error":["EGeneral:Internal error"]}');
  expect(world.faults).toEqual([broken]);
});
