import { micros, SECOND, ticks } from '@kb/model';
import { describe, expect, test } from 'vitest';
import type { AmendRequest, Order, OrderRequest } from '../src/trading/order.ts';
import { at, BTC_USD, DeskWorld, errorOf, RICH, taken } from './desk-world.ts';

const ACCEPTED = 'accepted';
const offset = (value: string, type: 'quote' | 'pct' = 'quote'): NonNullable<OrderRequest['limitPrice']> => ({
  value,
  type,
});

/** An order of a tenth at 100, with a stranger's of the same price behind it. */
function resting(request: Partial<OrderRequest> = {}): { readonly world: DeskWorld; readonly placed: Order } {
  const world = new DeskWorld();
  world.print('102');
  const placed = world.placed(request);
  world.stranger('buy', '100', '1');
  world.told();
  return { world, placed };
}

function amend(world: DeskWorld, placed: Order, request: AmendRequest): string {
  return errorOf(world.amend({ orderId: placed.id }, request));
}

/** Lots before it in its queue. */
function ahead(world: DeskWorld, price: string): number | undefined {
  const { orders } = world.market();
  return orders.queue('buy', ticks(Number(price) * 10)).find(({ owner }) => owner !== 0)?.ahead;
}

describe('an amend', () => {
  test.each<[AmendRequest, string, number, string]>([
    [{ qty: '0.05' }, '100', 0, '5.02'],
    [{ qty: '0.2' }, '100', 1e8, '20.08'],
    [{ limitPrice: at('100.1') }, '100.1', 0, '10.05'],
    [{ limitPrice: at('100'), qty: '0.09' }, '100', 0, '9.036'],
  ])('%j goes to %s with %i lots ahead, and holds %s', (request, price, before, held) => {
    const { world, placed } = resting();
    const answer = taken(world.amend({ orderId: placed.id }, request));
    expect(answer.order).toBe(placed);
    expect(world.told()).toEqual(['amended']);
    expect(ahead(world, price)).toBe(before);
    expect(placed.amends.map(({ type, qty, limitPrice }) => [type, qty, limitPrice])).toEqual([
      ['original', 10_000_000, 1000],
      ['user', placed.qty, placed.limitPrice],
    ]);
    expect(placed.amends[1]?.id).toBe(answer.amendId);
    expect(world.account().held('USD').toFixed()).toBe(held);
  });

  test('keeps fills: its quantity is the total, and one that is filled already ends the order', () => {
    const { world, placed } = resting();
    world.stranger('sell', '100', '0.04');
    world.told();
    expect(amend(world, placed, { qty: '0.06' })).toBe(ACCEPTED);
    expect(world.told()).toEqual(['amended']);
    expect(placed).toMatchObject({ qty: 6_000_000, filled: 4_000_000, status: 'open' });
    expect(amend(world, placed, { qty: '0.04' })).toBe(ACCEPTED);
    expect(world.told()).toEqual(['canceled: User requested']);
    expect(placed).toMatchObject({ qty: 6_000_000, filled: 4_000_000, status: 'canceled' });
    expect(world.account().held('USD').isZero()).toBe(true);
  });

  test('to a price that crosses trades, after it is told', () => {
    const { world, placed } = resting();
    world.stranger('sell', '101', '0.04');
    expect(amend(world, placed, { limitPrice: at('101') })).toBe(ACCEPTED);
    expect(world.told()).toEqual(['amended', 'trade taker 4000000 at 1010']);
    expect(placed.fills.map(({ liquidity }) => liquidity)).toEqual(['taker']);
  });

  test('with post-only, or of a post-only order, is refused where it would take', () => {
    for (const [request, asked] of [
      [{}, { postOnly: true }],
      [{ postOnly: true }, {}],
    ] as const) {
      const { world, placed } = resting(request);
      world.stranger('sell', '101', '0.04');
      const held = world.account().held('USD');
      expect(amend(world, placed, { ...asked, limitPrice: at('101') })).toBe('EOrder:Post only order');
      expect(placed).toMatchObject({ limitPrice: 1000, status: 'open', amends: [] });
      expect(world.account().held('USD').eq(held)).toBe(true);
      expect(amend(world, placed, { ...asked, limitPrice: at('100.9') })).toBe(ACCEPTED);
    }
  });

  test.each<[AmendRequest, string]>([
    [{}, 'EOrder:Invalid arguments:no amendable parameters'],
    [{ qty: '0.1', limitPrice: at('100.0') }, 'EOrder:Invalid arguments:no amendable parameters'],
    [{ qty: '0' }, 'EGeneral:Invalid arguments:order_qty'],
    [{ qty: '0.00001' }, 'EOrder:Order minimum not met'],
    [{ qty: '0.0001', limitPrice: at('1') }, 'EOrder:Cost minimum not met'],
    [{ limitPrice: at('100.05') }, 'EOrder:Tick size check failed'],
    [{ limitPrice: at('-5') }, 'EGeneral:Invalid arguments:limit_price'],
    [{ limitPrice: offset('-500') }, 'EOrder:Invalid price'],
    [{ trigger: at('100') }, 'EGeneral:Invalid arguments:trigger_price'],
    [{ displayQty: '0.05' }, 'EGeneral:Invalid arguments:display_qty'],
    [{ qty: '1000' }, 'EOrder:Insufficient funds'],
  ])('%j is refused: %s', (request, error) => {
    const { world, placed } = resting();
    const held = world.account().held('USD');
    expect(amend(world, placed, request)).toBe(error);
    expect(world.told()).toEqual([]);
    expect(placed).toMatchObject({ qty: 10_000_000, limitPrice: 1000, amends: [] });
    expect(world.account().held('USD').eq(held)).toBe(true);
    expect(ahead(world, '100')).toBe(0);
  });

  test('of an order that is gone, by whatever name, is refused', () => {
    const { world } = resting({ clOrdId: 'mine' });
    expect(errorOf(world.amend({ clOrdId: 'mine' }, { qty: '0.05' }))).toBe(ACCEPTED);
    taken(world.desk.cancelAll('ann', world.now));
    expect(errorOf(world.amend({ clOrdId: 'mine' }, { qty: '0.04' }))).toBe('EOrder:Unknown order');
  });

  test('that needs no more money is never refused for want of it', () => {
    const world = new DeskWorld({ accounts: [{ name: 'ann', balances: { USD: '100.4' } }] });
    const placed = world.placed({ qty: '1' });
    expect(amend(world, placed, { limitPrice: at('100.1') })).toBe('EOrder:Insufficient funds');
    expect(amend(world, placed, { limitPrice: at('200'), qty: '0.5' })).toBe(ACCEPTED);
    expect(world.account().held('USD').toFixed()).toBe('100.4');
  });

  test('of an iceberg: what shows stays a fifteenth at least, and shrinks with the order', () => {
    const world = new DeskWorld();
    const placed = world.placed({ kind: 'iceberg', qty: '0.15', displayQty: '0.01' });
    expect(amend(world, placed, { qty: '0.16' })).toBe('EGeneral:Invalid arguments:display_qty');
    expect(amend(world, placed, { qty: '0.16', displayQty: '0.02' })).toBe(ACCEPTED);
    expect(world.market().orders.total('buy', placed.limitPrice!)).toBe(2_000_000);
    expect(amend(world, placed, { qty: '0.01' })).toBe(ACCEPTED);
    expect(placed.displayQty).toBe(1_000_000);
    expect(world.told()).toEqual(['pending_new', 'new', 'amended', 'amended']);
  });

  test('of an iceberg: a fifteenth of what is left, not of what there was', () => {
    const world = new DeskWorld();
    const placed = world.placed({ kind: 'iceberg', qty: '0.15', displayQty: '0.01' });
    world.stranger('sell', '100', '0.075');
    expect(amend(world, placed, { displayQty: '0.00499999' })).toBe('EGeneral:Invalid arguments:display_qty');
    expect(amend(world, placed, { displayQty: '0.005' })).toBe(ACCEPTED);
    expect(amend(world, placed, { qty: '0.1500001' })).toBe('EGeneral:Invalid arguments:display_qty');
  });

  test('an iceberg that is amended to the back of the queue does not count as refilled', () => {
    const world = new DeskWorld();
    const placed = world.placed({ kind: 'iceberg', qty: '0.15', displayQty: '0.05' });
    expect(amend(world, placed, { limitPrice: at('101') })).toBe(ACCEPTED);
    expect(world.told()).toEqual(['pending_new', 'new', 'amended']);
  });

  test('of a scheduled order for money makes a quantity of it, which it has at its start', () => {
    const world = new DeskWorld();
    world.stranger('sell', '100', '100');
    const effectiveAt = micros(world.now + 60 * SECOND);
    const placed = world.placed({ kind: 'market', cashQty: '500', effectiveAt });
    expect(amend(world, placed, { qty: '2' })).toBe(ACCEPTED);
    world.wait(60);
    expect(placed).toMatchObject({ status: 'closed', filled: 200_000_000 });
  });

  test('costs by the age of the order, and makes it young again', () => {
    const world = new DeskWorld({ rateLimits: true, accounts: [{ ...RICH, tier: 'starter' }] });
    const count = (): number | undefined => world.counters.get('ann')?.value('BTC/USD', world.now);
    const placed = world.placed({});
    expect([count(), placed.touchedAt]).toEqual([1, world.now]);
    world.wait(7);
    taken(world.amend({ orderId: placed.id }, { qty: '0.05' }));
    expect([count(), placed.touchedAt]).toEqual([1 + 2, world.now]);
    world.wait(36);
    const { order } = taken(world.edit({ orderId: placed.id }, { qty: '0.06' }));
    expect(count()).toBe(1 + 2);
    world.wait(60);
    taken(world.desk.cancel('ann', { orderId: order.id }, world.now));
    expect(count()).toBe(2);
  });

  test('that fails costs the fixed part only', () => {
    const world = new DeskWorld({ rateLimits: true, accounts: [{ ...RICH, tier: 'starter' }] });
    const count = (): number | undefined => world.counters.get('ann')?.value('BTC/USD', world.now);
    const placed = world.placed({});
    const ref = { orderId: placed.id };
    expect(count()).toBe(1);
    expect(amend(world, placed, { limitPrice: at('100.05') })).toBe('EOrder:Tick size check failed');
    expect(count()).toBe(2);
    expect(errorOf(world.edit(ref, { qty: '200000' }))).toBe('EOrder:Insufficient funds');
    expect(count()).toBe(3);
    expect(errorOf(world.edit(ref, { validateOnly: true, qty: '0.06' }))).toBe(ACCEPTED);
    expect(count()).toBe(3);
    expect(amend(world, placed, { qty: '0.05' })).toBe(ACCEPTED);
    expect(count()).toBe(7);
  });

  test('for which there is no room costs nothing, whatever else is wrong with it', () => {
    const world = new DeskWorld({ rateLimits: true, accounts: [{ ...RICH, tier: 'starter' }] });
    const placed = world.placed({});
    const counter = world.counters.get('ann');
    for (let i = 0; i < 56; i += 1) counter?.charge('BTC/USD', 'add', [], 1, world.now);
    expect(amend(world, placed, { qty: '0.05' })).toBe('EOrder:Rate limit exceeded');
    expect(amend(world, placed, { limitPrice: at('100.05') })).toBe('EOrder:Tick size check failed');
    expect(counter?.value('BTC/USD', world.now)).toBe(57);
  });

  test('whose deadline is over is refused', () => {
    const { world, placed } = resting();
    expect(amend(world, placed, { qty: '0.05', deadline: micros(world.now - 1) })).toBe('EService:Deadline elapsed');
    expect(amend(world, placed, { qty: '0.05', deadline: world.now })).toBe(ACCEPTED);
  });

  test('to a price off the tick size is refused', () => {
    const world = new DeskWorld({ pairs: [{ ...BTC_USD, tickSize: '0.5' }] });
    world.print('100');
    const stop = world.placed({ kind: 'stop-loss-limit', side: 'sell', trigger: at('90'), limitPrice: at('89') });
    for (const request of [{ trigger: at('90.2') }, { limitPrice: at('88.9') }]) {
      expect(amend(world, stop, request)).toBe('EOrder:Tick size check failed');
    }
    expect(amend(world, stop, { trigger: at('90'), limitPrice: at('89') })).toBe(
      'EOrder:Invalid arguments:no amendable parameters',
    );
    const plain = world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('90') });
    expect(amend(world, plain, { trigger: at('90') })).toBe('EOrder:Invalid arguments:no amendable parameters');
  });

  test('of an order that waits moves its trigger, or the distance that it trails', () => {
    const world = new DeskWorld();
    world.print('100');
    const stop = world.placed({ kind: 'stop-loss-limit', side: 'sell', trigger: at('90'), limitPrice: at('89') });
    const trail = world.placed({
      kind: 'trailing-stop-limit',
      side: 'sell',
      trigger: offset('5'),
      limitPrice: offset('-1'),
    });
    expect(amend(world, stop, { trigger: at('95'), limitPrice: at('94') })).toBe(ACCEPTED);
    expect(stop).toMatchObject({ limitPrice: 940, trigger: { price: 950, triggered: false } });
    expect(amend(world, trail, { trigger: at('95') })).toBe('EGeneral:Invalid arguments:trigger_price');
    expect(amend(world, trail, { limitPrice: at('95') })).toBe('EGeneral:Invalid arguments:limit_price');
    expect(amend(world, trail, { trigger: offset('5') })).toBe('EOrder:Invalid arguments:no amendable parameters');
    expect(amend(world, trail, { trigger: offset('4'), limitPrice: offset('-2') })).toBe(ACCEPTED);
    expect(trail).toMatchObject({ trigger: { price: 960, peak: 1000 } });
    world.print('96');
    expect(trail).toMatchObject({ limitPrice: 940, trigger: { triggered: true } });
    expect(stop.trigger?.triggered).toBe(false);
    world.print('95');
    expect(stop.trigger?.triggered).toBe(true);
    expect(amend(world, stop, { trigger: at('80') })).toBe('EGeneral:Invalid arguments:trigger_price');
    expect(amend(world, stop, { limitPrice: at('96') })).toBe(ACCEPTED);
  });

  test('of a relative trigger goes by what the order refers to', () => {
    const world = new DeskWorld();
    world.print('100');
    world.market().indexPrice = ticks(1100);
    for (const [triggerReference, price] of [
      ['last', 950],
      ['index', 1050],
    ] as const) {
      const stop = world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('90'), triggerReference });
      expect(amend(world, stop, { trigger: offset('-5') })).toBe(ACCEPTED);
      expect(stop.trigger?.price).toBe(price);
    }
  });

  test('to where it triggers at once fires', () => {
    const world = new DeskWorld();
    world.print('100');
    const stop = world.placed({ kind: 'stop-loss-limit', side: 'sell', trigger: at('90'), limitPrice: at('89') });
    expect(amend(world, stop, { trigger: at('101') })).toBe(ACCEPTED);
    expect(stop.trigger?.triggered).toBe(true);
  });
});

describe('an edit', () => {
  test('cancels and places anew, with what was not said as it was', () => {
    const { world, placed } = resting({ userref: 4, postOnly: true });
    world.stranger('sell', '100', '0.04');
    world.told();
    const { order, original } = taken(world.edit({ orderId: placed.id }, { limitPrice: at('99') }));
    expect(original).toBe(placed);
    expect(placed).toMatchObject({ status: 'canceled', reason: 'Order replaced', filled: 4_000_000 });
    expect(order).toMatchObject({ status: 'open', qty: 6_000_000, filled: 0, limitPrice: 990 });
    expect(order.request).toMatchObject({ userref: 4, postOnly: true });
    expect(order.id).not.toBe(placed.id);
    expect(world.told()).toEqual(['canceled: Order replaced', 'pending_new', 'new']);
  });

  test('begins with the order as it stands now, amended and scheduled', () => {
    const world = new DeskWorld();
    world.print('100');
    const effectiveAt = micros(world.now + 60 * SECOND);
    const placed = world.placed({ limitPrice: offset('-5'), effectiveAt });
    taken(world.amend({ orderId: placed.id }, { limitPrice: at('97') }));
    const { order } = taken(world.edit({ orderId: placed.id }, { qty: '0.2' }));
    expect(order).toMatchObject({ status: 'pending', limitPrice: 970, qty: 20_000_000 });
    world.wait(60);
    expect(order.status).toBe('open');
    const { order: next } = taken(world.edit({ orderId: order.id }, { qty: '0.3' }));
    expect(next).toMatchObject({ status: 'open', limitPrice: 970, qty: 30_000_000 });
    expect(next.request.effectiveAt).toBeUndefined();
  });

  test('leaves times as they are, however near they have come', () => {
    const { world } = resting();
    const expireAt = micros(world.now + 30 * SECOND);
    const placed = world.placed({ expireAt });
    world.wait(27);
    const { order } = taken(world.edit({ orderId: placed.id }, { limitPrice: at('99') }));
    expect(order.expireAt).toBe(expireAt);
    world.wait(3);
    expect([placed.status, order.status]).toEqual(['canceled', 'expired']);
  });

  test('of a scheduled order for money keeps the money, or makes a quantity of it', () => {
    const world = new DeskWorld();
    world.stranger('sell', '100', '100');
    const effectiveAt = micros(world.now + 60 * SECOND);
    const placed = world.placed({ kind: 'market', cashQty: '500', effectiveAt });
    const { order } = taken(world.edit({ orderId: placed.id }, { userref: 7 }));
    expect(order.request).toMatchObject({ cashQty: '500', userref: 7 });
    expect(order).toMatchObject({ status: 'pending', qty: 500_000_000 });
    const { order: next } = taken(world.edit({ orderId: order.id }, { qty: '2' }));
    world.wait(60);
    expect(next).toMatchObject({ status: 'closed', filled: 200_000_000 });
  });

  test('of a margin order that closes a position needs no margin for closing it', () => {
    const world = new DeskWorld({ accounts: [{ name: 'ann', balances: { USD: '1000' } }] });
    world.print('100');
    world.stranger('sell', '101', '40');
    world.placed({ kind: 'market', qty: '40', leverage: 5 });
    const closing = world.placed({ side: 'sell', qty: '40', leverage: 5, limitPrice: at('110') });
    const { order } = taken(world.edit({ orderId: closing.id }, { limitPrice: at('111') }));
    expect([order.status, world.account().held('USD').toFixed()]).toEqual(['open', '0']);
    expect(errorOf(world.edit({ orderId: order.id }, { qty: '100' }))).toBe('EOrder:Insufficient initial margin');
  });

  test('that is refused, or only checked, leaves everything as it is', () => {
    const { world, placed } = resting();
    const held = world.account().held('USD');
    const edit = (request: Parameters<typeof world.edit>[1]): string =>
      errorOf(world.edit({ orderId: placed.id }, request));
    expect(edit({ qty: '2000' })).toBe('EOrder:Insufficient funds');
    expect(edit({ limitPrice: at('100.05') })).toBe('EOrder:Tick size check failed');
    expect(edit({ qty: '0.2', validateOnly: true })).toBe(ACCEPTED);
    world.stranger('sell', '100', '0.04');
    world.told();
    expect(edit({ qty: '0.03' })).toBe('EGeneral:Invalid arguments:volume');
    expect(placed.status).toBe('open');
    expect(world.account().held('USD').toFixed()).toBe(held.times('0.6').toFixed());
    expect(world.told()).toEqual([]);
    expect(errorOf(world.desk.edit('ann', { orderId: placed.id }, { symbol: 'ETH/USD' }, world.now))).toBe(
      'EGeneral:Invalid arguments:pair',
    );
    expect(errorOf(world.edit({ orderId: 'O' }, {}))).toBe('EOrder:Unknown order');
    expect(edit({ qty: '0.04' })).toBe(ACCEPTED);
  });

  test('uses the money of the order that it replaces', () => {
    const world = new DeskWorld({ accounts: [{ name: 'ann', balances: { USD: '100.4' } }] });
    const placed = world.placed({ qty: '1' });
    expect(errorOf(world.edit({ orderId: placed.id }, { limitPrice: at('50'), qty: '2' }))).toBe(ACCEPTED);
    expect(world.account().held('USD').toFixed()).toBe('100.4');
  });

  test('is not for orders with a client’s id, a conditional close, or a trigger that was reached', () => {
    const world = new DeskWorld();
    world.print('100');
    const stop = world.placed({ kind: 'stop-loss-limit', side: 'sell', trigger: at('95'), limitPrice: at('110') });
    const waiting = world.placed({ kind: 'trailing-stop', side: 'sell', trigger: offset('20') });
    const named = world.placed({ clOrdId: 'mine', limitPrice: at('80') });
    const closing = world.placed({ conditional: { kind: 'limit', limitPrice: at('110') }, limitPrice: at('80') });
    world.print('95');
    for (const { id } of [stop, named, closing]) {
      expect(errorOf(world.edit({ orderId: id }, { qty: '0.2' }))).toBe('EOrder:Invalid order');
    }
    const { order } = taken(world.edit({ orderId: waiting.id }, { qty: '0.2' }));
    expect(order.trigger).toMatchObject({ asked: offset('20'), price: 750 });
    expect(order.qty).toBe(20_000_000);
  });
});

test('an amend that no level can hold is refused and changes nothing', () => {
  const world = new DeskWorld({
    pairs: [{ ...BTC_USD, minCost: '0' }],
    accounts: [{ name: 'ann', balances: { USD: '1000000000000' } }],
  });
  world.placed({ qty: '40000000', limitPrice: at('0.1') });
  const second = world.placed({ qty: '40000000', limitPrice: at('0.2') });
  expect(amend(world, second, { limitPrice: at('0.1') })).toBe('EGeneral:Invalid arguments:order_qty');
  expect(second).toMatchObject({ status: 'open', limitPrice: 2 });
  expect(world.account().held('USD').toFixed()).toBe('12048000');
});
