import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRequest } from '../src/wire/requests.ts';
import type { TradingRequest } from '../src/wire/trading-requests.ts';
import { parseV1Request } from '../src/wire/v1-requests.ts';

function parse(text: string): ReturnType<typeof parseRequest> {
  return parseRequest(Buffer.from(text));
}

function trading(method: string, params: string): TradingRequest | string {
  const request = parse(`{"method":"${method}","params":${params},"req_id":1}`);
  if (request.type === 'trading') return request.trading;
  return request.type === 'refused' ? request.error : request.type;
}

describe('numbers', () => {
  test.each(['0.00000001', '123456789012345.12345', '1e-8', '26500.40', '-0.10'])('%s keeps its digits', (digits) => {
    const request = trading(
      'add_order',
      `{"order_type":"limit","side":"buy","symbol":"BTC/USD","order_qty":${digits},"limit_price":"${digits}"}`,
    );
    expect(request).toEqual({
      method: 'add_order',
      order: {
        symbol: 'BTC/USD',
        kind: 'limit',
        side: 'buy',
        qty: digits,
        limitPrice: { value: digits, type: 'static' },
      },
    });
  });

  test('of decimal kind are read back as they were written, as numbers and as strings', () => {
    const decimal = fc
      .tuple(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.stringMatching(/^\d{0,20}$/))
      .map(([whole, fraction]) => (fraction === '' ? String(whole) : `${whole}.${fraction}`));
    fc.assert(
      fc.property(decimal, fc.boolean(), (text, quoted) => {
        const request = trading('amend_order', `{"order_id":"O","order_qty":${quoted ? JSON.stringify(text) : text}}`);
        expect(request).toMatchObject({ changes: { qty: text } });
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  test.each(['"abc"', '"1,5"', 'true', '{}', '[1]', '""', `"${'9'.repeat(41)}"`, '1e999'])(
    '%s is no quantity',
    (qty) => {
      expect(trading('amend_order', `{"order_id":"O","order_qty":${qty}}`)).toBe(
        'EGeneral:Invalid arguments:order_qty',
      );
    },
  );

  test('req_id is echoed as a whole number or not at all', () => {
    expect(parse('{"method":"ping","req_id":7}')).toEqual({ type: 'ping', reqId: 7 });
    for (const id of ['"7"', '7.5', '1e300', 'null', '[7]']) {
      expect(parse(`{"method":"ping","req_id":${id}}`)).toEqual({ type: 'ping', reqId: undefined });
    }
  });
});

describe('trading methods', () => {
  test('add_order: every parameter finds its place', () => {
    const request = trading(
      'add_order',
      `{"order_type":"stop-loss-limit","side":"sell","order_qty":1.2,"symbol":"BTC/USD","limit_price":28400,
        "triggers":{"reference":"index","price":-2.0,"price_type":"pct"},"time_in_force":"GTD","margin":true,
        "post_only":false,"reduce_only":true,"effective_time":"2023-11-14T22:14:00Z",
        "expire_time":"2023-11-15T22:13:20+00:00","deadline":"2023-11-14T22:13:25.500Z","order_userref":-5,
        "conditional":{"order_type":"trailing-stop-limit","limit_price":5,"trigger_price":3,"trigger_price_type":"quote"},
        "display_qty":0.1,"fee_preference":"base","no_mpp":true,"stp_type":"cancel_both","sender_sub_id":"x",
        "validate":true,"token":"t"}`,
    );
    expect(request).toEqual({
      method: 'add_order',
      order: {
        symbol: 'BTC/USD',
        kind: 'stop-loss-limit',
        side: 'sell',
        qty: '1.2',
        limitPrice: { value: '28400', type: 'static' },
        trigger: { value: '-2.0', type: 'pct' },
        triggerReference: 'index',
        timeInForce: 'gtd',
        leverage: 'max',
        postOnly: false,
        reduceOnly: true,
        effectiveAt: 1_700_000_040_000_000,
        expireAt: 1_700_086_400_000_000,
        deadline: 1_700_000_005_500_000,
        userref: -5,
        conditional: {
          kind: 'trailing-stop-limit',
          limitPrice: { value: '5', type: 'quote' },
          trigger: { value: '3', type: 'quote' },
        },
        displayQty: '0.1',
        feeIn: 'base',
        selfTrade: 'cancel_both',
        validateOnly: true,
      },
    });
  });

  test('older names of a trigger, a market buy by its cost, an own id', () => {
    expect(
      trading(
        'add_order',
        '{"order_type":"stop-loss","side":"sell","order_qty":1,"symbol":"BTC/USD","stop_price":100,"trigger":"index"}',
      ),
    ).toMatchObject({ order: { trigger: { value: '100', type: 'static' }, triggerReference: 'index' } });
    expect(
      trading(
        'add_order',
        '{"order_type":"market","side":"buy","cash_order_qty":100,"symbol":"BTC/USD","cl_ord_id":"mine"}',
      ),
    ).toMatchObject({ order: { cashQty: '100', clOrdId: 'mine' } });
  });

  test.each([
    ['add_order', '{"side":"buy","order_qty":1,"symbol":"BTC/USD"}', 'order_type'],
    ['add_order', '{"order_type":"limit","order_qty":1,"symbol":"BTC/USD"}', 'side'],
    ['add_order', '{"order_type":"limit","side":"buy","order_qty":1}', 'symbol'],
    ['add_order', '{"order_type":"limit","side":"buy","symbol":"BTC/USD"}', 'order_qty'],
    ['add_order', '{"order_type":"x","side":"buy","order_qty":1,"symbol":"BTC/USD"}', 'order_type'],
    ['add_order', ok('"time_in_force":"day"'), 'time_in_force'],
    ['add_order', ok('"limit_price":1,"limit_price_type":"pct"'), 'limit_price_type'],
    ['add_order', ok('"post_only":1'), 'post_only'],
    ['add_order', ok('"deadline":"soon"'), 'deadline'],
    ['add_order', ok('"expire_time":"2023-02-30T00:00:00Z"'), 'expire_time'],
    ['add_order', ok('"triggers":{"price":1,"price_type":"x"}'), 'triggers'],
    ['add_order', ok('"triggers":{"price":1,"prise":1}'), 'triggers'],
    ['add_order', ok('"conditional":{"limit_price":1}'), 'conditional'],
    ['add_order', ok('"stp_type":"cancel-newest"'), 'stp_type'],
    ['add_order', ok('"order_userref":"5"'), 'order_userref'],
    ['add_order', ok('"token":5'), 'token'],
    ['amend_order', '{"order_qty":1}', 'order_id'],
    ['edit_order', '{"symbol":"BTC/USD"}', 'order_id'],
    ['edit_order', '{"order_id":"O"}', 'symbol'],
    ['cancel_order', '{}', 'order_id'],
    ['cancel_order', '{"order_id":[]}', 'order_id'],
    ['cancel_order', '{"order_id":"O"}', 'order_id'],
    ['cancel_order', '{"order_userref":["O"]}', 'order_userref'],
    ['batch_add', '{"orders":[]}', 'symbol'],
    ['batch_add', '{"symbol":"BTC/USD","orders":[1]}', 'orders'],
    ['batch_add', '{"symbol":"BTC/USD","orders":[{"order_type":"limit","side":"buy"}]}', 'order_qty'],
    ['batch_cancel', '{"orders":["O"]}', 'orders'],
    ['batch_cancel', `{"orders":[${Array.from({ length: 51 }, () => '"O"').join(',')}]}`, 'orders'],
    ['cancel_all_orders_after', '{}', 'timeout'],
    ['cancel_all_orders_after', '{"timeout":-1}', 'timeout'],
    ['cancel_all_orders_after', '{"timeout":86400}', 'timeout'],
    ['cancel_all_orders_after', '{"timeout":1.5}', 'timeout'],
  ])('%s %s names what is wrong', (method, params, field) => {
    expect(trading(method, params)).toBe(`EGeneral:Invalid arguments:${field}`);
  });

  test.each([
    ['add_order', ok('"price":1'), 'price', 'add order'],
    ['add_order', ok('"leverage":2'), 'leverage', 'add order'],
    ['amend_order', '{"order_id":"O","leverage":2}', 'leverage', 'amend order'],
    ['edit_order', '{"order_id":"O","cl_ord_id":"x"}', 'cl_ord_id', 'edit order'],
    ['cancel_order', '{"txid":["O"]}', 'txid', 'cancel order'],
    ['cancel_all', '{"symbol":"BTC/USD"}', 'symbol', 'cancel all'],
    ['cancel_all_orders_after', '{"timeout":1,"x":1}', 'x', 'cancel all orders after'],
    ['batch_add', '{"symbol":"BTC/USD","orders":[{"symbol":"ETH/USD"}]}', 'symbol', 'batch add'],
    ['batch_cancel', '{"order_id":[]}', 'order_id', 'batch cancel'],
  ])('%s %s: an unknown parameter is refused by its name', (method, params, name, type) => {
    expect(trading(method, params)).toBe(`Unsupported field: '${name}' for the given msg type: ${type}`);
  });

  function ok(more: string): string {
    return `{"order_type":"limit","side":"buy","order_qty":1,"symbol":"BTC/USD",${more}}`;
  }
});

test('no text makes either parser throw', () => {
  const json = fc.oneof(fc.json({ maxDepth: 3 }), fc.string(), fc.constant(`{"a":${'['.repeat(50_000)}`));
  fc.assert(
    fc.property(json, (text) => {
      expect(() => [parse(text), parseV1Request(Buffer.from(text))]).not.toThrow();
    }),
    { seed: 6, numRuns: 300 },
  );
  const methods = ['add_order', 'amend_order', 'edit_order', 'cancel_order', 'batch_add', 'batch_cancel', 'subscribe'];
  const names = [
    'order_type',
    'order_qty',
    'triggers',
    'conditional',
    'orders',
    'order_id',
    'channel',
    'symbol',
    'depth',
  ];
  const request = fc.record({
    method: fc.constantFrom(...methods),
    params: fc.dictionary(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 3 })),
  });
  fc.assert(
    fc.property(request, (value) => {
      expect(['trading', 'refused', 'subscribe']).toContain(parse(JSON.stringify(value)).type);
    }),
    { seed: 7, numRuns: 500 },
  );
});
