import { INSTRUMENT_STATUSES, micros, SECOND } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ORDER_KINDS } from '../src/trading/order.ts';
import type { OrderRequest, PriceSpec } from '../src/trading/order.ts';
import { at, BTC_USD, DeskWorld, errorOf, order, RICH, taken } from './desk-world.ts';

const ACCEPTED = 'accepted';

/** A market in which bitcoin was last traded at 100. */
function openWorld(options: ConstructorParameters<typeof DeskWorld>[0] = {}): DeskWorld {
  const world = new DeskWorld(options);
  world.print('100');
  return world;
}

function refusal(request: Partial<OrderRequest>, world: DeskWorld = openWorld()): string {
  const before = world.desk.openOrders('ann').length;
  const error = errorOf(world.place(request));
  // What is refused leaves nothing behind.
  expect(error === ACCEPTED || world.desk.openOrders('ann').length === before).toBe(true);
  return error;
}

const later = (world: DeskWorld, seconds: number): OrderRequest['expireAt'] & {} =>
  micros(world.now + seconds * SECOND);
const offset = (value: string, type: 'quote' | 'pct' = 'quote'): NonNullable<OrderRequest['limitPrice']> => ({
  value,
  type,
});

describe('malformed arguments', () => {
  const STOP = { kind: 'stop-loss', side: 'sell', trigger: at('90') } as const;
  const TRAIL = { kind: 'trailing-stop', side: 'sell' } as const;
  test.each<[Partial<OrderRequest>, string]>([
    [{ qty: 'much' }, 'volume'],
    [{ qty: '' }, 'volume'],
    [{ qty: '-1' }, 'volume'],
    [{ qty: '0' }, 'volume'],
    [{ qty: '0.123456789' }, 'volume'],
    [{ qty: '1e30' }, 'volume'],
    [{ qty: '1', cashQty: '100', kind: 'market' }, 'volume'],
    [{ cashQty: '100' }, 'oflags'],
    [{ cashQty: '100', kind: 'market', side: 'sell' }, 'oflags'],
    [{ cashQty: '0', kind: 'market' }, 'volume'],
    [{ limitPrice: at('cheap') }, 'price'],
    [{ limitPrice: at('0') }, 'price'],
    [{ kind: 'iceberg' }, 'displayvol'],
    [{ kind: 'iceberg', displayQty: '0.2' }, 'displayvol'],
    [{ kind: 'iceberg', qty: '0.15', displayQty: '0.00999999' }, 'displayvol'],
    [{ displayQty: '0.1' }, 'displayvol'],
    [{ kind: 'stop-loss', side: 'sell' }, 'price'],
    [{ ...STOP, kind: 'stop-loss-limit' }, 'price2'],
    [{ ...TRAIL, trigger: at('90') }, 'price'],
    [{ ...TRAIL, trigger: offset('-1') }, 'price'],
    [{ ...TRAIL, trigger: { value: '1', type: 'pct', sign: 'auto' } }, 'price'],
    [{ ...TRAIL, kind: 'trailing-stop-limit', trigger: offset('1'), limitPrice: at('99') }, 'price2'],
    [{ timeInForce: 'gtd' }, 'expiretm'],
    [{ timeInForce: 'fok', kind: 'market' }, 'timeinforce'],
    [{ timeInForce: 'ioc', kind: 'iceberg', displayQty: '0.1' }, 'timeinforce'],
    [{ timeInForce: 'ioc', postOnly: true }, 'timeinforce'],
    [{ postOnly: true, kind: 'market' }, 'oflags'],
    [{ reduceOnly: true }, 'reduce_only'],
    [{ kind: 'settle-position' }, 'leverage'],
    [{ leverage: 11 }, 'leverage'],
    [{ leverage: 1 }, 'leverage'],
    [{ userref: 2 ** 31 }, 'userref'],
    [{ userref: 1, clOrdId: 'a' }, 'cl_ord_id'],
    [{ clOrdId: '' }, 'cl_ord_id'],
    [{ clOrdId: 'nineteen characters' }, 'cl_ord_id'],
    [{ clOrdId: 'ünï' }, 'cl_ord_id'],
    [{ clOrdId: 'a', conditional: { kind: 'limit', limitPrice: at('110') } }, 'cl_ord_id'],
    [{ conditional: { kind: 'iceberg', limitPrice: at('110') } }, 'close[ordertype]'],
    [{ conditional: { kind: 'limit' } }, 'close[price]'],
    [{ conditional: { kind: 'stop-loss-limit', trigger: at('90') } }, 'close[price2]'],
  ])('%j', (request, field) => {
    expect(refusal(request)).toBe(`EGeneral:Invalid arguments:${field}`);
  });

  test.each(['6d1b345e-2821-40e2-ad83-4ecb18a06876', 'da8e4ad59b78481c93e589746b0cf91f', 'arb-20240509-00010', 'a b'])(
    'a cl_ord_id may be %s',
    (clOrdId) => {
      const world = openWorld();
      expect(world.placed({ clOrdId }).request.clOrdId).toBe(clOrdId);
      expect(refusal({ clOrdId }, world)).toBe('EGeneral:Invalid arguments:duplicate cl_ord_id');
      taken(world.desk.cancel('ann', { clOrdId }, world.now));
      expect(refusal({ clOrdId }, world)).toBe(ACCEPTED);
    },
  );

  test('an order lives from five seconds to a month, and starts within one', () => {
    const world = openWorld();
    const gtd = (seconds: number): string => refusal({ timeInForce: 'gtd', expireAt: later(world, seconds) }, world);
    expect(gtd(4.999999)).toBe('EGeneral:Invalid arguments:expiretm');
    expect(gtd(5)).toBe(ACCEPTED);
    expect(gtd(31 * 86_400)).toBe(ACCEPTED);
    expect(gtd(31 * 86_400 + 1)).toBe('EGeneral:Invalid arguments:expiretm');
    expect(refusal({ expireAt: later(world, 60) }, world)).toBe(ACCEPTED);
    expect(refusal({ expireAt: later(world, 60), timeInForce: 'gtc' }, world)).toBe(
      'EGeneral:Invalid arguments:expiretm',
    );
    expect(refusal({ expireAt: later(world, 60), effectiveAt: later(world, 58) }, world)).toBe(
      'EGeneral:Invalid arguments:expiretm',
    );
    expect(refusal({ effectiveAt: later(world, 32 * 86_400) }, world)).toBe('EGeneral:Invalid arguments:starttm');
    expect(refusal({ effectiveAt: later(world, -5) }, world)).toBe(ACCEPTED);
  });

  test('an order whose deadline is over is refused', () => {
    const world = openWorld();
    expect(refusal({ deadline: later(world, -0.000001) }, world)).toBe('EService:Deadline elapsed');
    expect(refusal({ deadline: later(world, 0) }, world)).toBe(ACCEPTED);
  });

  test('defaults are filled in', () => {
    const world = openWorld();
    expect(world.placed({}).request).toMatchObject({ timeInForce: 'gtc', selfTrade: 'cancel_newest', feeIn: 'quote' });
    expect(world.placed({}).request.triggerReference).toBeUndefined();
    expect(world.placed({ expireAt: later(world, 60) }).request.timeInForce).toBe('gtd');
    const conditional = { kind: 'stop-loss', trigger: at('90') } as const;
    expect(world.placed({ conditional }).request.triggerReference).toBe('last');
    expect(world.placed({ kind: 'market', limitPrice: at('90'), trigger: at('80') }).request).not.toHaveProperty(
      'trigger',
    );
    expect(world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('90') }).request).toMatchObject({
      triggerReference: 'last',
      feeIn: 'base',
    });
  });
});

test('whatever is asked is answered, and refusals are in Kraken’s form', () => {
  const text = fc.oneof(
    fc.constantFrom(
      '0',
      '-0',
      '1',
      '0.1',
      '100',
      '1e99',
      '1e-99',
      '9007199254740993',
      '0.00000001',
      'NaN',
      'Infinity',
      '',
    ),
    fc.string({ maxLength: 6 }),
  );
  const optional = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
    fc.option(value, { nil: undefined, freq: 2 });
  const spec: fc.Arbitrary<PriceSpec> = fc.record(
    { value: text, type: fc.constantFrom('static', 'quote', 'pct'), sign: fc.constant('auto' as const) },
    { requiredKeys: ['value', 'type'] },
  );
  const number = fc.oneof(fc.double(), fc.integer());
  const side = fc.constantFrom('buy' as const, 'sell' as const);
  const request = fc.record({
    kind: fc.constantFrom(...ORDER_KINDS),
    side,
    qty: optional(text),
    cashQty: optional(text),
    limitPrice: optional(spec),
    trigger: optional(spec),
    displayQty: optional(text),
    timeInForce: optional(fc.constantFrom('gtc' as const, 'gtd' as const, 'ioc' as const, 'fok' as const)),
    leverage: optional(number),
    reduceOnly: optional(fc.boolean()),
    userref: optional(number),
    clOrdId: optional(text),
    conditional: optional(fc.record({ kind: fc.constantFrom(...ORDER_KINDS), limitPrice: spec, trigger: spec })),
  });
  const world = openWorld();
  world.stranger('sell', '101', '1');
  fc.assert(
    fc.property(request, text, spec, (asked, qty, limitPrice) => {
      const answer = world.place(sent(asked));
      expect(errorOf(answer)).toMatch(/^(?:accepted|E[A-Z][a-z]+:.+)$/);
      const [open] = world.desk.openOrders('ann');
      const ref = { orderId: open?.id ?? '' };
      for (const change of [world.amend(ref, { qty, limitPrice }), world.edit(ref, { qty, limitPrice })]) {
        expect(errorOf(change)).toMatch(/^(?:accepted|E[A-Z][a-z]+:.+)$/);
      }
      taken(world.desk.cancelAll('ann', world.now));
    }),
    { numRuns: 1_500, seed: 3 },
  );
});

/** Absent means not sent. */
function sent(asked: {
  readonly [Name in keyof OrderRequest]?: OrderRequest[Name] | undefined;
}): Partial<OrderRequest> {
  const request: Partial<OrderRequest> = Object.fromEntries(
    Object.entries(asked).filter(([, value]) => value !== undefined),
  );
  return request;
}

describe('the rules of the pair', () => {
  const WIDE = { ...BTC_USD, tickSize: '0.5', lotSize: '0.001', minQty: '0.01', minCost: '2', priceBandPercent: 10 };

  test.each<[Partial<OrderRequest>, string]>([
    [{ symbol: 'NO/USD' }, 'EQuery:Unknown asset pair'],
    [{ qty: '0.009' }, 'EOrder:Order minimum not met'],
    [{ qty: '0.01' }, 'EOrder:Cost minimum not met'],
    [{ qty: '0.02' }, ACCEPTED],
    [{ limitPrice: at('100.2') }, 'EOrder:Tick size check failed'],
    [{ limitPrice: at('100.55') }, 'EOrder:Tick size check failed'],
    [{ kind: 'stop-loss', side: 'sell', trigger: at('90.2') }, 'EOrder:Tick size check failed'],
    [{ qty: '0.0205' }, 'EGeneral:Invalid arguments:volume'],
    [{ limitPrice: at('110.5') }, 'EOrder:Invalid price'],
    [{ limitPrice: at('89.5') }, 'EOrder:Invalid price'],
    [{ limitPrice: at('90') }, ACCEPTED],
    [{ limitPrice: offset('-1000') }, 'EOrder:Invalid price'],
    [{ kind: 'market', cashQty: '1.9' }, 'EOrder:Cost minimum not met'],
    [{ kind: 'market', cashQty: '0.9' }, 'EOrder:Order minimum not met'],
    [{ side: 'sell', qty: '11' }, 'EOrder:Insufficient funds'],
  ])('%j: %s', (request, error) => {
    expect(refusal(request, openWorld({ pairs: [WIDE] }))).toBe(error);
  });

  test('of several broken rules the first in the documented order tells', () => {
    const world = openWorld({ pairs: [WIDE] });
    const wrong = { qty: '0.0001', limitPrice: at('2000.3'), side: 'sell' } as const;
    world.market().setStatus('cancel_only');
    expect(refusal({ ...wrong, userref: 0.5 }, world)).toBe('EGeneral:Invalid arguments:userref');
    expect(refusal(wrong, world)).toBe('EService:Market in cancel_only mode');
    world.market().setStatus('online');
    expect(refusal(wrong, world)).toBe('EOrder:Tick size check failed');
    expect(refusal({ ...wrong, limitPrice: at('2000') }, world)).toBe('EGeneral:Invalid arguments:volume');
    expect(refusal({ ...wrong, qty: '0.001', limitPrice: at('2000') }, world)).toBe('EOrder:Order minimum not met');
    expect(refusal({ ...wrong, qty: '100', limitPrice: at('2000') }, world)).toBe('EOrder:Invalid price');
  });

  test.each<[Partial<OrderRequest>, number | undefined, number | undefined]>([
    [{ limitPrice: offset('-1.5', 'pct') }, 985, undefined],
    [{ limitPrice: offset('-0.04', 'pct') }, 1000, undefined],
    [{ limitPrice: { value: '5', type: 'quote', sign: 'auto' } }, 950, undefined],
    [{ side: 'sell', limitPrice: { value: '5', type: 'pct', sign: 'auto' } }, 1050, undefined],
    [{ kind: 'stop-loss', side: 'sell', trigger: { value: '5', type: 'pct', sign: 'auto' } }, undefined, 950],
    [{ kind: 'stop-loss', side: 'buy', trigger: { value: '5', type: 'pct', sign: 'auto' } }, undefined, 1050],
    [{ kind: 'take-profit', side: 'sell', trigger: { value: '5', type: 'pct', sign: 'auto' } }, undefined, 1050],
    [{ kind: 'take-profit', side: 'buy', trigger: offset('-2.5') }, undefined, 975],
    [{ kind: 'stop-loss-limit', side: 'sell', trigger: offset('-2'), limitPrice: offset('-3') }, 970, 980],
    [{ kind: 'trailing-stop', side: 'sell', trigger: offset('2', 'pct') }, undefined, 980],
    [{ kind: 'trailing-stop-limit', side: 'buy', trigger: offset('2'), limitPrice: offset('0') }, undefined, 1020],
  ])('relative prices: %j', (request, limit, trigger) => {
    const placed = openWorld().placed({ ...request });
    expect([placed.limitPrice, placed.trigger?.price]).toEqual([limit, trigger]);
  });

  test('a relative price needs a price to go by', () => {
    expect(refusal({ limitPrice: offset('-1') }, new DeskWorld())).toBe('EOrder:Invalid price');
    expect(refusal({ kind: 'trailing-stop', side: 'sell', trigger: offset('2') }, new DeskWorld())).toBe(
      'EOrder:Invalid price',
    );
  });
});

describe('statuses', () => {
  const KINDS: Readonly<Record<string, Partial<OrderRequest>>> = {
    limit: {},
    post: { postOnly: true },
    market: { kind: 'market' },
    stop: { kind: 'stop-loss', side: 'sell', trigger: at('90') },
    reduce: { leverage: 2, side: 'sell', reduceOnly: true },
  };
  const ALLOWED: Readonly<Record<string, readonly string[]>> = {
    online: ['limit', 'post', 'market', 'stop', 'reduce'],
    limit_only: ['limit', 'post', 'reduce'],
    post_only: ['post'],
    reduce_only: ['reduce'],
  };

  test.each(INSTRUMENT_STATUSES)('%s', (status) => {
    const world = openWorld();
    world.stranger('sell', '100', '1');
    world.placed({ leverage: 2, qty: '0.1' });
    world.market().setStatus(status);
    const open = Object.keys(KINDS).filter((kind) => refusal(KINDS[kind] ?? {}, world) === ACCEPTED);
    expect(open).toEqual(ALLOWED[status] ?? []);
    const text = { online: ACCEPTED, limit_only: ACCEPTED, delisted: 'EQuery:Unknown asset pair' }[String(status)];
    expect(refusal({}, world)).toBe(text ?? `EService:Market in ${status} mode`);
  });

  test('the system’s own: cancel_only, post_only, and nothing at all in maintenance', () => {
    const world = openWorld();
    const placed = world.placed({});
    world.system = 'post_only';
    expect(refusal({}, world)).toBe('EService:Market in post_only mode');
    expect(refusal({ postOnly: true }, world)).toBe(ACCEPTED);
    world.system = 'cancel_only';
    expect(refusal({ postOnly: true }, world)).toBe('EService:Market in cancel_only mode');
    expect(errorOf(world.amend({ orderId: placed.id }, { qty: '0.05' }))).toBe('EService:Market in cancel_only mode');
    world.system = 'maintenance';
    const ref = { orderId: placed.id };
    expect([
      refusal({}, world),
      errorOf(world.amend(ref, { qty: '0.05' })),
      errorOf(world.edit(ref, { qty: '0.05' })),
      errorOf(world.desk.cancel('ann', ref, world.now)),
      errorOf(world.desk.cancelBatch('ann', [ref], world.now)),
      errorOf(world.desk.cancelAll('ann', world.now)),
      errorOf(world.desk.cancelAllAfter('ann', 60, world.now)),
    ]).toEqual(Array.from({ length: 7 }, () => 'EService:Unavailable'));
    world.system = 'cancel_only';
    expect(errorOf(world.desk.cancel('ann', ref, world.now))).toBe(ACCEPTED);
  });

  test('delisting cancels the open orders of the pair', () => {
    const world = openWorld({
      pairs: [BTC_USD, { ...BTC_USD, symbol: 'ETH/USD' }],
      accounts: [RICH, { ...RICH, name: 'bob' }],
    });
    const gone = [
      world.placed({}),
      world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('90') }),
      world.placed({}, 'bob'),
    ];
    const kept = world.placed({ symbol: 'ETH/USD' });
    world.market().setStatus('delisted');
    world.desk.onStatus('BTC/USD', 'delisted', world.now);
    expect(gone.map(({ reason }) => reason)).toEqual(Array.from({ length: 3 }, () => 'Market delisted'));
    expect(kept.status).toBe('open');
  });

  test('clearing a market cancels everybody’s orders, strangers’ too', () => {
    const world = openWorld();
    const placed = world.placed({});
    world.stranger('buy', '99', '1');
    world.stranger('sell', '101', '1');
    world.stranger('sell', '102', '1');
    world.desk.clearMarket('BTC/USD', 'Precision changed', world.now);
    expect(placed).toMatchObject({ status: 'canceled', reason: 'Precision changed' });
    const { orders } = world.market();
    expect([orders.levels('buy'), orders.levels('sell')]).toEqual([0, 0]);
  });
});

describe('limits', () => {
  test('the rate counter refuses what is too much, and counts requests that were wrong', () => {
    const world = openWorld({ rateLimits: true, accounts: [{ ...RICH, tier: 'starter' }] });
    for (let i = 0; i < 30; i += 1) expect(refusal({ qty: '0' }, world)).toBe('EGeneral:Invalid arguments:volume');
    for (let i = 0; i < 30; i += 1) world.placed({});
    expect(refusal({}, world)).toBe('EOrder:Rate limit exceeded');
    expect(refusal({ qty: '0' }, world)).toBe('EGeneral:Invalid arguments:volume');
    const [first] = world.desk.openOrders('ann');
    const ref = { orderId: first?.id ?? '' };
    expect(errorOf(world.amend(ref, { qty: '0.05' }))).toBe('EOrder:Rate limit exceeded');
    expect(errorOf(world.edit(ref, { qty: '0.05' }))).toBe('EOrder:Rate limit exceeded');
    expect(errorOf(world.desk.cancel('ann', ref, world.now))).toBe('EOrder:Rate limit exceeded');
    expect(errorOf(world.desk.placeBatch('ann', [order({}), order({})], world.now))).toBe('EOrder:Rate limit exceeded');
    expect(errorOf(world.desk.cancelBatch('ann', [ref], world.now))).toBe(ACCEPTED);
    expect(errorOf(world.desk.cancelAll('ann', world.now))).toBe(ACCEPTED);
    world.wait(60);
    expect(refusal({}, world)).toBe(ACCEPTED);
  });

  test('an account has so many open orders in a pair, by its tier', () => {
    const world = openWorld({
      pairs: [BTC_USD, { ...BTC_USD, symbol: 'ETH/USD' }],
      accounts: [{ ...RICH, tier: 'starter' }],
    });
    for (let i = 0; i < 60; i += 1) world.placed({});
    expect(refusal({}, world)).toBe('EOrder:Orders limit exceeded');
    expect(refusal({ symbol: 'ETH/USD' }, world)).toBe(ACCEPTED);
    taken(world.desk.cancel('ann', { orderId: world.desk.openOrders('ann')[0]?.id ?? '' }, world.now));
    expect(refusal({}, world)).toBe(ACCEPTED);
  });

  test('ten thousand orders that are over are remembered', () => {
    const world = openWorld();
    const first = world.placed({});
    taken(world.desk.cancelAll('ann', world.now));
    for (let i = 0; i < 10_000; i += 1) world.placed({ timeInForce: 'ioc' });
    expect(world.desk.closedOrders('ann')).toHaveLength(10_000);
    expect(world.desk.order('ann', { orderId: first.id })).toBeUndefined();
  });
});

describe('funds', () => {
  /** 0.4 % taker fee on top. */
  const exactly = (usd: string): DeskWorld =>
    openWorld({ accounts: [{ name: 'ann', balances: { USD: usd, BTC: '1' } }] });

  test('a limit buy holds its cost with the taker’s fee, and needs no more than that', () => {
    const world = exactly('100.4');
    expect(refusal({ qty: '1.000001' }, world)).toBe('EOrder:Insufficient funds');
    expect(refusal({ qty: '1' }, world)).toBe(ACCEPTED);
    expect(world.account().held('USD').toFixed()).toBe('100.4');
    expect(refusal({ qty: '0.01' }, world)).toBe('EOrder:Insufficient funds');
    world.stranger('sell', '100', '0.5');
    expect(world.account().held('USD').toFixed()).toBe('50.2');
    expect(world.account().balance('USD').toFixed()).toBe('50.275');
  });

  test('a sale holds what is left to sell', () => {
    const world = exactly('0');
    world.placed({ side: 'sell', qty: '0.6', limitPrice: at('101') });
    expect(refusal({ side: 'sell', qty: '0.41', kind: 'market' }, world)).toBe('EOrder:Insufficient funds');
    expect(refusal({ side: 'sell', qty: '0.4', kind: 'market' }, world)).toBe(ACCEPTED);
    expect(world.account().held('BTC').toFixed()).toBe('0.6');
  });

  test('a market buy is paid for as it walks the book, as far as that goes', () => {
    const world = exactly('100.5');
    world.stranger('sell', '100', '0.5');
    expect(refusal({ kind: 'market', qty: '50' }, world)).toBe(ACCEPTED);
    world.stranger('sell', '100', '0.2');
    world.stranger('sell', '105', '1');
    // 50.3 are left: 20 and 30 cost with the fee 50.2.
    expect(refusal({ kind: 'market', qty: '0.4867' }, world)).toBe('EOrder:Insufficient funds');
    expect(refusal({ kind: 'market', qty: '0.4866' }, world)).toBe(ACCEPTED);
    expect(world.account().balance('USD').gte(0)).toBe(true);
  });

  test('what icebergs hide counts as well', () => {
    const world = openWorld({
      accounts: [
        { name: 'ann', balances: { USD: '50' } },
        { ...RICH, name: 'bob' },
      ],
    });
    world.placed({ kind: 'iceberg', side: 'sell', qty: '1', displayQty: '0.1' }, 'bob');
    expect(refusal({ kind: 'market', qty: '0.5' }, world)).toBe('EOrder:Insufficient funds');
    expect(refusal({ kind: 'market', qty: '0.49' }, world)).toBe(ACCEPTED);
  });

  test('an order that waits for its trigger holds from the beginning', () => {
    const world = exactly('100.4');
    world.placed({ kind: 'stop-loss', trigger: at('120'), qty: '0.5' });
    expect(world.account().held('USD').toFixed()).toBe('60.24');
    world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('90'), qty: '0.5' });
    expect(world.account().held('BTC').toFixed()).toBe('0.5');
    expect(refusal({ qty: '0.5' }, world)).toBe('EOrder:Insufficient funds');
  });
});
