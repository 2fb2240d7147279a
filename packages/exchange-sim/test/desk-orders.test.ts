import { micros, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import type { OrderRequest } from '../src/trading/order.ts';
import { at, BTC_USD, DeskWorld, errorOf, order, RICH, taken } from './desk-world.ts';

describe('an order, from its coming to its end', () => {
  test('a limit order rests, trades in parts as a maker, and is filled', () => {
    const world = new DeskWorld();
    const placed = world.placed({ userref: 7 });
    expect(world.told()).toEqual(['pending_new', 'new']);
    expect(placed).toMatchObject({ status: 'open', qty: 10_000_000, limitPrice: 1000, openedAt: world.now });

    world.stranger('sell', '99', '0.04');
    world.stranger('sell', '100', '0.06');
    expect(world.told()).toEqual(['trade maker 4000000 at 1000', 'trade maker 6000000 at 1000', 'filled']);
    expect(placed).toMatchObject({ status: 'closed', filled: 10_000_000, reason: undefined });
    expect(placed.cost.toFixed()).toBe('10');
    expect(placed.fee.toFixed()).toBe('0.025');
    expect(placed.fills.map((fill) => fill.orderId)).toEqual([placed.id, placed.id]);
    expect(world.account().balance('BTC').toFixed()).toBe('10.1');
    expect(world.account().balance('USD').toFixed()).toBe('99989.975');
    expect(world.desk.openOrders('ann')).toEqual([]);
    expect(world.desk.closedOrders('ann')).toEqual([placed]);
    expect(world.desk.order('ann', { orderId: placed.id })).toBe(placed);
    expect(world.desk.order('ann', { userref: 7 })).toBe(placed);
  });

  test('a taker pays the makers’ prices, and both sides of a trade may be clients', () => {
    const world = new DeskWorld({ accounts: [RICH, { name: 'bob', balances: { BTC: '1' } }] });
    world.stranger('sell', '100', '0.05');
    const resting = world.placed({ side: 'sell', limitPrice: at('100.1'), qty: '0.02' }, 'bob');
    world.told();
    const taking = world.placed({ kind: 'market', qty: '0.07' });
    expect(world.told()).toEqual([
      'pending_new',
      'new',
      'trade taker 5000000 at 1000',
      'trade maker 2000000 at 1001',
      'trade taker 2000000 at 1001',
      'filled',
      'filled',
    ]);
    expect([taking.status, resting.status]).toEqual(['closed', 'closed']);
    expect(taking.cost.toFixed()).toBe('7.002');
    expect(world.account('bob').balance('USD').toFixed()).toBe('1.997');
    expect(taking.fills[1]?.tradeId).toBe(resting.fills[0]?.tradeId);
    expect(taking.fills[1]?.id).not.toBe(resting.fills[0]?.id);
  });

  test.each([
    ['ioc', '0.1', ['trade taker 5000000 at 1000', 'canceled: Immediate or cancel']],
    ['fok', '0.1', ['canceled: Fill or kill']],
    ['fok', '0.05', ['trade taker 5000000 at 1000', 'filled']],
  ] as const)('an %s order for %s of 0.05', (timeInForce, qty, then) => {
    const world = new DeskWorld();
    world.stranger('sell', '100', '0.05');
    const placed = world.placed({ timeInForce, qty });
    expect(world.told()).toEqual(['pending_new', 'new', ...then]);
    expect(world.account().held('USD').isZero()).toBe(true);
    expect(world.desk.closedOrders('ann')).toEqual([placed]);
  });

  test('a market order trades no farther than the protection allows; what is left is cancelled', () => {
    const world = new DeskWorld();
    world.stranger('sell', '100', '0.01');
    world.stranger('sell', '110', '0.01');
    world.stranger('sell', '110.1', '0.01');
    world.placed({ kind: 'market', qty: '0.05' });
    expect(world.told().slice(2)).toEqual([
      'trade taker 1000000 at 1000',
      'trade taker 1000000 at 1100',
      'canceled: Insufficient liquidity',
    ]);
    world.placed({ kind: 'market', side: 'sell', qty: '0.05' });
    expect(world.told()).toEqual(['pending_new', 'new', 'canceled: Insufficient liquidity']);
  });

  test('a post-only order that would take is accepted and then cancelled', () => {
    const world = new DeskWorld();
    world.stranger('sell', '100', '0.05');
    expect(world.placed({ postOnly: true })).toMatchObject({
      status: 'canceled',
      reason: 'Post only order',
      filled: 0,
    });
    expect(world.told()).toEqual(['pending_new', 'new', 'canceled: Post only order']);
    expect(world.placed({ postOnly: true, limitPrice: at('99.9') }).status).toBe('open');
  });

  test('an iceberg tells of each slice that follows', () => {
    const world = new DeskWorld();
    world.placed({ kind: 'iceberg', displayQty: '0.04' });
    world.stranger('sell', '100', '0.1');
    expect(world.told()).toEqual([
      'pending_new',
      'new',
      'trade maker 4000000 at 1000',
      'iceberg_refill',
      'trade maker 4000000 at 1000',
      'iceberg_refill',
      'trade maker 2000000 at 1000',
      'filled',
    ]);
  });

  test.each([
    ['cancel_newest', 'open', 'canceled'],
    ['cancel_oldest', 'canceled', 'open'],
    ['cancel_both', 'canceled', 'canceled'],
  ] as const)('%s keeps an account from trading with itself', (selfTrade, oldest, newest) => {
    const world = new DeskWorld();
    const first = world.placed({});
    const second = world.placed({ side: 'sell', selfTrade });
    expect([first.status, second.status]).toEqual([oldest, newest]);
    const ended = [first, second].filter(({ status }) => status === 'canceled');
    expect(new Set(ended.map(({ reason }) => reason))).toEqual(new Set(['Self trade prevention']));
  });

  test('a GTD order expires at its time, in whatever state it is', () => {
    const world = new DeskWorld();
    const placed = world.placed({ timeInForce: 'gtd', expireAt: later(world, 60) });
    world.stranger('sell', '100', '0.04');
    world.wait(59.9);
    expect(placed.status).toBe('open');
    world.told();
    world.wait(0.1);
    expect(world.told()).toEqual(['expired: Order expired']);
    expect(placed).toMatchObject({ status: 'expired', filled: 4_000_000, closedAt: world.now });
    expect(world.desk.nextAt).toBe(Infinity);
    world.wait(60);
    expect(world.told()).toEqual([]);
  });

  test('a scheduled order is pending, with its money held, until it starts', () => {
    const world = new DeskWorld();
    const placed = world.placed({ effectiveAt: later(world, 30) });
    expect(world.told()).toEqual(['pending_new']);
    expect(placed).toMatchObject({ status: 'pending', openedAt: undefined });
    expect(world.account().held('USD').toFixed()).toBe('10.04');
    world.stranger('sell', '100', '0.1');
    expect(placed.filled).toBe(0);
    world.wait(30);
    expect(world.told()).toEqual(['new', 'trade taker 10000000 at 1000', 'filled']);
    expect(placed.openedAt).toBe(later(world, 0));
  });

  test('a scheduled order that may not start is cancelled with what stands in its way', () => {
    const world = new DeskWorld();
    const placed = world.placed({ effectiveAt: later(world, 30) });
    world.market().setStatus('cancel_only');
    world.wait(30);
    expect(world.told()).toEqual(['pending_new', 'canceled: EService:Market in cancel_only mode']);
    expect(placed.status).toBe('canceled');
  });

  test('a market order for money buys what the money gets now', () => {
    const world = new DeskWorld();
    world.stranger('sell', '100', '0.01');
    world.stranger('sell', '105', '1');
    const placed = world.placed({ kind: 'market', cashQty: '11.5' });
    expect(placed).toMatchObject({ qty: 11_000_000, filled: 11_000_000, status: 'closed' });
    expect(placed.cost.toFixed()).toBe('11.5');
  });

  test('checking only places nothing, charges nothing, and tells the same refusals', () => {
    const world = new DeskWorld({ rateLimits: true });
    for (let i = 0; i < 200; i += 1)
      expect(world.placed({ validateOnly: true })).toMatchObject({ id: '', status: 'pending' });
    expect(errorOf(world.place({ validateOnly: true, qty: '100000' }))).toBe('EOrder:Insufficient funds');
    expect(world.told()).toEqual([]);
    expect(world.desk.openOrders('ann')).toEqual([]);
    expect(world.account().held('USD').isZero()).toBe(true);
  });

  test('what the matcher could not count is cancelled, and leaves nothing behind', () => {
    const world = new DeskWorld({
      pairs: [{ ...BTC_USD, minCost: '0' }],
      accounts: [{ name: 'ann', balances: { USD: '1000000000000' } }],
    });
    world.placed({ qty: '40000000', limitPrice: at('0.1') });
    const second = world.placed({ qty: '40000000', limitPrice: at('0.1') });
    expect(second).toMatchObject({ status: 'canceled', reason: 'EGeneral:Invalid arguments:volume' });
    expect(world.account().held('USD').toFixed()).toBe('4016000');
  });
});

describe('conditional close', () => {
  const conditional = { kind: 'stop-loss-limit', trigger: at('90'), limitPrice: at('89') } as const;

  test('each fill brings an order of its own, of its size and on the other side', () => {
    const world = new DeskWorld();
    const primary = world.placed({ conditional, userref: 3 });
    world.stranger('sell', '100', '0.00001');
    world.stranger('sell', '100', '0.04');
    expect(primary.status).toBe('open');
    const closes = world.desk.openOrders('ann').filter(({ refId }) => refId === primary.id);
    expect(
      closes.map(({ qty, request, trigger, limitPrice }) => [qty, request.side, trigger?.price, limitPrice]),
    ).toEqual([
      [1_000, 'sell', 900, 890],
      [4_000_000, 'sell', 900, 890],
    ]);
    expect(closes.every(({ request }) => request.userref === 3 && request.conditional === undefined)).toBe(true);
    expect(world.told()).toEqual([
      'pending_new',
      'new',
      'trade maker 1000 at 1000',
      'pending_new',
      'new',
      'trade maker 4000000 at 1000',
      'pending_new',
      'new',
    ]);
  });

  test('a close that cannot be is placed and cancelled, so that its owner knows', () => {
    const world = new DeskWorld({ accounts: [{ name: 'ann', balances: { BTC: '1' }, tier: 'starter' }] });
    const price = (value: string): NonNullable<OrderRequest['limitPrice']> => ({ value, type: 'quote' });
    world.placed({ side: 'sell', qty: '1', conditional: { kind: 'limit', limitPrice: price('-1000') } });
    world.stranger('buy', '100', '0.5');
    expect(world.told().slice(-2)).toEqual(['pending_new', 'canceled: EOrder:Invalid price']);
    const [closed] = world.desk.closedOrders('ann');
    expect(closed).toMatchObject({ qty: 50_000_000, reason: 'EOrder:Invalid price' });
    expect(world.account().held('USD').isZero()).toBe(true);
  });
});

describe('cancelling', () => {
  test('by id, by the client’s id, and by userref, which may name several', () => {
    const world = new DeskWorld();
    const [one, two] = [world.placed({ userref: 5 }), world.placed({ userref: 5 })];
    const named = world.placed({ clOrdId: 'my order' });
    const other = world.placed({});
    const cancel = (ref: Parameters<typeof world.desk.cancel>[1]): readonly string[] =>
      taken(world.desk.cancel('ann', ref, world.now)).map(({ id }) => id);
    expect(cancel({ userref: 5 })).toEqual([one.id, two.id]);
    expect(cancel({ clOrdId: 'my order' })).toEqual([named.id]);
    expect(cancel({ orderId: other.id })).toEqual([other.id]);
    expect(errorOf(world.desk.cancel('ann', { orderId: other.id }, world.now))).toBe('EOrder:Unknown order');
    expect(errorOf(world.desk.cancel('ann', { userref: 5 }, world.now))).toBe('EOrder:Unknown order');
    expect(named).toMatchObject({ status: 'canceled', reason: 'User requested' });
    expect(world.account().held('USD').isZero()).toBe(true);
    expect(world.market().orders.levels('buy')).toBe(0);
  });

  test('nobody cancels another’s order', () => {
    const world = new DeskWorld({ accounts: [RICH, { name: 'bob', balances: {} }] });
    const placed = world.placed({});
    expect(errorOf(world.desk.cancel('bob', { orderId: placed.id }, world.now))).toBe('EOrder:Unknown order');
    expect(taken(world.desk.cancelAll('bob', world.now)).count).toBe(0);
    expect(placed.status).toBe('open');
  });

  test('a batch passes over what is not open, and counts each order once', () => {
    const world = new DeskWorld();
    const placed = [world.placed({}), world.placed({ userref: 2 })];
    const refs = [{ orderId: placed[0]!.id }, { orderId: placed[0]!.id }, { userref: 2 }, { orderId: 'ONE' }];
    expect(taken(world.desk.cancelBatch('ann', refs, world.now)).count).toBe(2);
    const many = (length: number): typeof refs => Array.from({ length }, () => refs[0]!);
    expect(taken(world.desk.cancelBatch('ann', many(50), world.now)).count).toBe(0);
    expect(errorOf(world.desk.cancelBatch('ann', many(51), world.now))).toBe('EGeneral:Invalid arguments:orders');
  });

  test('all of them, also those that wait for a time or a price', () => {
    const world = new DeskWorld();
    world.print('100');
    world.placed({});
    world.placed({ effectiveAt: later(world, 60) });
    world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('90') });
    expect(taken(world.desk.cancelAll('ann', world.now)).count).toBe(3);
    expect(world.desk.openOrders('ann')).toEqual([]);
    expect(world.account().held('USD').plus(world.account().held('BTC')).isZero()).toBe(true);
    world.wait(100);
    world.print('80');
    expect(world.desk.closedOrders('ann').every(({ reason }) => reason === 'User requested')).toBe(true);
  });
});

describe('the dead man’s switch', () => {
  test('cancels everything once its time is over, and is off then', () => {
    const world = new DeskWorld();
    const placed = world.placed({});
    expect(taken(world.desk.cancelAllAfter('ann', 60, world.now)).triggerAt).toBe(later(world, 60));
    world.wait(30);
    taken(world.desk.cancelAllAfter('ann', 60, world.now));
    world.wait(59);
    expect(placed.status).toBe('open');
    world.wait(1);
    expect(placed).toMatchObject({ status: 'canceled', reason: 'CancelAllOrdersAfter Timeout' });
    expect(world.desk.nextAt).toBe(Infinity);
    const next = world.placed({});
    world.wait(1000);
    expect(next.status).toBe('open');
  });

  test('zero disarms it; a day or more is no time', () => {
    const world = new DeskWorld();
    const placed = world.placed({});
    taken(world.desk.cancelAllAfter('ann', 10, world.now));
    expect(taken(world.desk.cancelAllAfter('ann', 0, world.now)).triggerAt).toBeUndefined();
    world.wait(100);
    expect(placed.status).toBe('open');
    for (const seconds of [86_400, -1, 1.5, Number.NaN]) {
      expect(errorOf(world.desk.cancelAllAfter('ann', seconds, world.now))).toBe('EGeneral:Invalid arguments:timeout');
    }
  });

  test('fires when the system is back from maintenance', () => {
    const world = new DeskWorld();
    const placed = world.placed({});
    taken(world.desk.cancelAllAfter('ann', 10, world.now));
    world.system = 'maintenance';
    world.wait(100);
    expect(world.desk.nextAt).toBe(Infinity);
    expect(placed.status).toBe('open');
    world.system = 'online';
    world.wait(0);
    expect(placed.status).toBe('canceled');
  });
});

describe('batches', () => {
  test('one request that is wrong fails all', () => {
    const world = new DeskWorld();
    const answer = world.desk.placeBatch('ann', [order({}), order({ limitPrice: at('100.05') })], world.now);
    expect(errorOf(answer)).toBe('EOrder:Tick size check failed');
    expect(world.told()).toEqual([]);
  });

  test('one that cannot be paid for fails alone', () => {
    const world = new DeskWorld();
    const requests = [order({ qty: '0.1' }), order({ qty: '5000' }), order({ qty: '0.2' })];
    const answers = taken(world.desk.placeBatch('ann', requests, world.now));
    expect(answers.map((answer) => errorOf(answer))).toEqual(['accepted', 'EOrder:Insufficient funds', 'accepted']);
  });

  test('two to fifteen orders of one pair, no client’s id twice', () => {
    const world = new DeskWorld();
    const batch = (requests: readonly OrderRequest[]): string =>
      errorOf(world.desk.placeBatch('ann', requests, world.now));
    expect(batch([order({})])).toBe('EGeneral:Invalid arguments:orders');
    expect(batch(Array.from({ length: 16 }, () => order({})))).toBe('EGeneral:Invalid arguments:orders');
    expect(batch([order({}), order({ symbol: 'ETH/USD' })])).toBe('EGeneral:Invalid arguments:pair');
    expect(batch([order({ clOrdId: 'a' }), order({ clOrdId: 'a' })])).toBe(
      'EGeneral:Invalid arguments:duplicate cl_ord_id',
    );
    expect(batch(Array.from({ length: 15 }, () => order({})))).toBe('accepted');
  });
});

function later({ now }: DeskWorld, seconds: number): NonNullable<OrderRequest['expireAt']> {
  return micros(now + seconds * SECOND);
}
