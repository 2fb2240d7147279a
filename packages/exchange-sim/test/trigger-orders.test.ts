import { describe, expect, test } from 'vitest';
import { micros, SECOND, ticks } from '@kb/model';
import type { OrderKind, OrderRequest } from '../src/trading/order.ts';
import { at, DeskWorld, errorOf, RICH, taken } from './desk-world.ts';

const offset = (value: string, type: 'quote' | 'pct' = 'quote'): NonNullable<OrderRequest['limitPrice']> => ({
  value,
  type,
});

/** Bitcoin was last traded at 100, and there is something to buy and to sell. */
function openWorld(): DeskWorld {
  const world = new DeskWorld({ accounts: [RICH, { ...RICH, name: 'bob' }] });
  world.print('100');
  world.stranger('buy', '70', '5');
  world.stranger('sell', '130', '5');
  world.told();
  return world;
}

describe('triggers', () => {
  test.each<[OrderKind, 'buy' | 'sell', string, string, string]>([
    ['stop-loss', 'sell', '90', '90.1', '90'],
    ['stop-loss', 'buy', '110', '109.9', '110'],
    ['take-profit', 'sell', '110', '109.9', '110'],
    ['take-profit', 'buy', '90', '90.1', '90'],
  ])('a %s to %s at %s waits at %s and fires at %s', (kind, side, trigger, waits, fires) => {
    const world = openWorld();
    const placed = world.placed({ kind, side, trigger: at(trigger) });
    expect(world.told()).toEqual(['pending_new', 'new']);
    expect(placed).toMatchObject({ status: 'open', trigger: { reference: 'last', triggered: false } });
    world.print(waits);
    expect(world.told()).toEqual([]);
    world.print(fires);
    const price = side === 'sell' ? 700 : 1300;
    expect(world.told()).toEqual(['status triggered', `trade taker 10000000 at ${price}`, 'filled']);
    expect(placed.trigger).toMatchObject({ triggered: true, triggeredAt: world.now });
  });

  test('a trade in passing fires, though the last price is another by the end of the instant', () => {
    const world = openWorld();
    const placed = world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('90') });
    const { orders } = world.market();
    for (const price of [ticks(890), ticks(950)]) {
      orders.limit(orders.newOrderId(), 'sell', price, placed.qty);
      orders.limit(orders.newOrderId(), 'buy', price, placed.qty);
    }
    expect(placed.trigger?.triggered).toBe(false);
    world.desk.settle(world.now);
    expect(world.market().lastPrice).toBe(700);
    expect(placed.status).toBe('closed');
  });

  test('one that is reached already when it comes fires at once', () => {
    const world = openWorld();
    expect(world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('100') }).status).toBe('closed');
    expect(world.placed({ kind: 'take-profit', side: 'buy', trigger: at('100') }).status).toBe('closed');
  });

  test('a limit form rests at its limit once it has fired', () => {
    const world = openWorld();
    const placed = world.placed({ kind: 'take-profit-limit', side: 'sell', trigger: at('110'), limitPrice: at('112') });
    world.print('110');
    expect(placed).toMatchObject({ status: 'open', limitPrice: 1120 });
    expect(world.market().orders.best('sell')).toBe(1120);
    world.stranger('buy', '112', '0.1');
    expect(placed.status).toBe('closed');
  });

  test('the index may be what counts, and the last price is where there is none', () => {
    const world = openWorld();
    const placed = world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('90'), triggerReference: 'index' });
    world.market().indexPrice = ticks(1000);
    world.print('80');
    expect(placed.trigger?.triggered).toBe(false);
    world.market().indexPrice = ticks(900);
    world.desk.settle(world.now);
    expect(placed.trigger?.triggered).toBe(true);

    const other = world.placed({ kind: 'take-profit', side: 'sell', trigger: at('120'), triggerReference: 'index' });
    world.market().indexPrice = undefined;
    world.print('120');
    expect(other.trigger?.triggered).toBe(true);
  });

  test('what fires goes to the market in the order of trigger time, then age, and may fire the next', () => {
    const world = openWorld();
    world.stranger('buy', '85', '0.1');
    const deep = world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('85'), userref: 1 });
    const old = world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('89'), userref: 2 }, 'bob');
    const young = world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('90'), userref: 3 });
    world.print('89');
    const sent = world.events.filter(({ type }) => type === 'trade').map(({ order }) => order.request.userref);
    expect(sent).toEqual([2, 3, 1]);
    expect([old.cost, young.cost, deep.cost].map((cost) => cost.toFixed())).toEqual(['8.5', '7', '7']);
  });

  test('one that cannot be paid for any more when it fires is cancelled', () => {
    const world = openWorld();
    // It holds its cost at the trigger price; the book asks for more.
    world.placed({ qty: '990' }, 'bob');
    const placed = world.placed({ kind: 'stop-loss', trigger: at('105'), qty: '5' }, 'bob');
    world.print('105');
    expect(placed).toMatchObject({ status: 'canceled', reason: 'EOrder:Insufficient funds', filled: 0 });
    expect(world.told().slice(-2)).toEqual(['status triggered', 'canceled: EOrder:Insufficient funds']);
    expect(world.account('bob').held('USD').toFixed()).toBe('99396');
  });

  test('one that the market’s status does not let through when it fires is cancelled', () => {
    const world = openWorld();
    const market = world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('90') });
    const limit = world.placed({ kind: 'stop-loss-limit', side: 'sell', trigger: at('90'), limitPrice: at('95') });
    world.market().setStatus('limit_only');
    world.print('90');
    expect(market).toMatchObject({ status: 'canceled', reason: 'EService:Market in limit_only mode' });
    expect(limit.status).toBe('open');
  });

  test.each(['stop-loss-limit', 'take-profit-limit'] as const)('a %s cannot be post-only', (kind) => {
    const world = openWorld();
    const order = { kind, side: 'sell', trigger: at('96'), limitPrice: at('94') } as const;
    expect(errorOf(world.place({ ...order, postOnly: true }))).toBe('EGeneral:Invalid arguments:oflags');
    expect(errorOf(world.place(order))).toBe('accepted');
  });

  test('all that one price triggers is told before the first of it trades', () => {
    const world = openWorld();
    world.stranger('buy', '90', '5');
    for (const price of ['95', '96']) world.placed({ kind: 'stop-loss', side: 'sell', trigger: at(price) });
    world.told();
    world.print('95');
    expect(world.told().map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'status triggered',
      'status triggered',
      'trade taker',
      'filled',
      'trade taker',
      'filled',
    ]);
  });

  test('a cancelled one does not fire', () => {
    const world = openWorld();
    const placed = world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('90') });
    taken(world.desk.cancel('ann', { orderId: placed.id }, world.now));
    world.print('80');
    expect(placed).toMatchObject({ status: 'canceled', filled: 0 });
  });
});

describe('trailing stops', () => {
  test.each<['buy' | 'sell', NonNullable<OrderRequest['trigger']>, readonly string[], readonly number[], string]>([
    ['sell', offset('5'), ['103', '101', '104.5', '99.6'], [950, 980, 980, 995, 995], '99.5'],
    ['sell', offset('2.5', 'pct'), ['103', '100.5'], [975, 1004, 1004], '100.4'],
    ['buy', offset('5'), ['97', '99', '95', '99.9'], [1050, 1020, 1020, 1000, 1000], '100'],
  ])('one to %s follows %j over %j', (side, trigger, prices, expected, fires) => {
    const world = openWorld();
    const placed = world.placed({ kind: 'trailing-stop', side, trigger });
    const seen = [placed.trigger?.price];
    for (const price of prices) {
      world.print(price);
      seen.push(placed.trigger?.price);
    }
    expect(seen).toEqual(expected);
    const moves = new Set(expected).size - 1;
    expect(world.told()).toEqual(['pending_new', 'new', ...Array.from({ length: moves }, () => 'status')]);
    world.print(fires);
    expect(placed.status).toBe('closed');
  });

  test('the limit of one is an offset from where it triggered', () => {
    const world = openWorld();
    const placed = world.placed({
      kind: 'trailing-stop-limit',
      side: 'sell',
      trigger: offset('5'),
      limitPrice: offset('-1', 'pct'),
    });
    expect(placed.limitPrice).toBeUndefined();
    world.print('115');
    world.stranger('buy', '110', '0.01');
    world.print('110');
    // One percent below 110, to the nearest tick.
    expect(placed).toMatchObject({ limitPrice: 1089, status: 'open', filled: 1_000_000 });
    expect(placed.trigger).toMatchObject({ price: 1100, peak: 1150, triggered: true });
  });

  test('a purchase that trails holds what it would cost where it stands now', () => {
    const world = openWorld();
    world.placed({ kind: 'trailing-stop', side: 'buy', trigger: offset('5'), qty: '1' });
    expect(world.account().held('USD').toFixed()).toBe('105.42');
    world.print('90');
    expect(world.account().held('USD').toFixed()).toBe('95.38');
  });

  test('one that is scheduled follows the price from its start on', () => {
    const world = openWorld();
    const placed = world.placed({
      kind: 'trailing-stop',
      side: 'sell',
      trigger: offset('5'),
      effectiveAt: micros(world.now + 30 * SECOND),
    });
    world.print('120');
    world.print('90');
    world.wait(30);
    expect(placed).toMatchObject({ status: 'open', trigger: { peak: 900, price: 850, triggered: false } });
  });
});
