import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { SimExchange, standardMarkets } from '../src/index.ts';
import { at, DeskWorld, errorOf, order, RICH, taken } from './desk-world.ts';

describe('an order that comes while prices move', () => {
  test.each([false, true])('does not see those that traded before it, whether others wait (%s) or not', (others) => {
    const world = new DeskWorld({ accounts: [RICH, { ...RICH, name: 'bob' }] });
    world.print('100');
    if (others) world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('50') }, 'bob');
    for (const price of ['100', '101', '102']) world.stranger('sell', price, '0.1');
    world.stranger('buy', '90', '1');
    // Each fill brings a stop that trails from 102 on: it triggers at 100.5.
    const conditional = { kind: 'trailing-stop', trigger: { value: '1.5', type: 'quote' } } as const;
    world.placed({ kind: 'market', qty: '0.3', conditional });
    const closes = world.desk.openOrders('ann');
    expect(closes.map(({ trigger }) => trigger)).toMatchObject(Array(3).fill({ price: 1005, triggered: false }));

    world.print('101');
    expect(closes.map(({ status }) => status)).toEqual(['open', 'open', 'open']);
    world.print('100.5');
    expect(closes.map(({ status }) => status)).toEqual(['closed', 'closed', 'closed']);
  });

  test('does not see the old ones either when its trigger is amended', () => {
    const world = new DeskWorld();
    world.print('100');
    const stop = world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('90') });
    world.print('95');
    world.print('100');
    taken(world.amend({ orderId: stop.id }, { trigger: at('96') }));
    expect(stop.trigger?.triggered).toBe(false);
    world.print('96');
    expect(stop.trigger?.triggered).toBe(true);
  });
});

describe('a scheduled market order for money', () => {
  const scheduled = (world: DeskWorld, cashQty: string): ReturnType<DeskWorld['placed']> =>
    world.placed({
      kind: 'market',
      cashQty,
      effectiveAt: micros(world.now + 60 * SECOND),
      deadline: micros(world.now + 5 * SECOND),
    });

  test('buys what the money gets at its start, long after its deadline', () => {
    const world = new DeskWorld();
    world.print('100');
    const placed = scheduled(world, '1000');
    world.stranger('sell', '125', '100');
    world.wait(60);
    expect(placed).toMatchObject({ status: 'closed', qty: 800_000_000 });
    expect(placed.cost.toFixed()).toBe('1000');
  });

  test('is cancelled where the money gets too little by then', () => {
    const world = new DeskWorld();
    world.print('100');
    const placed = scheduled(world, '1');
    world.stranger('sell', '30000', '100');
    world.wait(60);
    expect(placed).toMatchObject({ status: 'canceled', reason: 'EOrder:Order minimum not met', filled: 0 });
  });
});

test('an edit of an iceberg of which less is left than it shows, shows that', () => {
  const world = new DeskWorld();
  const placed = world.placed({ kind: 'iceberg', qty: '1', displayQty: '0.2' });
  world.stranger('sell', '100', '0.9');
  const edited = taken(world.edit({ orderId: placed.id }, { limitPrice: at('99') }));
  expect(edited.order).toMatchObject({ status: 'open', qty: 10_000_000, displayQty: 10_000_000, limitPrice: 990 });
});

test('an order of a batch is judged by what those before it have left', () => {
  const world = new DeskWorld();
  world.print('100');
  world.stranger('sell', '100', '1');
  world.placed({ kind: 'market', qty: '1', leverage: 5 });
  world.stranger('buy', '100', '5');
  const whole = order({ kind: 'market', side: 'sell', qty: '0', leverage: 5 });
  const answers = taken(world.desk.placeBatch('ann', [whole, whole], world.now));
  expect(answers.map(errorOf)).toEqual(['accepted', 'EOrder:Unknown position']);
  expect(world.account().openPosition('BTC/USD')).toBe(0);
});

describe('margin orders that rest', () => {
  const sell = { side: 'sell', leverage: 5, qty: '1', limitPrice: at('101') } as const;
  const poor = (usd: string): DeskWorld => {
    const world = new DeskWorld({ accounts: [{ name: 'ann', balances: { USD: usd } }] });
    world.print('100');
    world.stranger('sell', '100', '1');
    world.placed({ kind: 'market', qty: '1', leverage: 5 });
    world.told();
    return world;
  };

  test('do not close the same position twice without margin', () => {
    const world = poor('60');
    const first = world.placed(sell);
    expect(world.account().held('USD').isZero()).toBe(true);
    const second = world.placed(sell);
    expect(world.account().held('USD').toFixed()).toBe('20.2');
    expect(errorOf(world.place(sell))).toBe('EOrder:Insufficient initial margin');
    // What closes at once, or waits for a price, is not in their way.
    expect(world.place({ ...sell, kind: 'stop-loss', trigger: at('90') }).ok).toBe(true);
    expect(errorOf(world.amend({ orderId: first.id }, { qty: '2' }))).toBe('EOrder:Insufficient initial margin');

    taken(world.desk.cancel('ann', { orderId: first.id }, world.now));
    expect(world.account().held('USD').isZero()).toBe(true);
    expect(second).toMatchObject({ status: 'open', opens: 0 });
  });

  test('are cancelled when the position that they were to close is gone, and margin for another is not there', () => {
    const world = poor('21');
    const target = world.placed({ ...sell, limitPrice: at('110') });
    world.stranger('buy', '95', '1');
    const stop = world.placed({ ...sell, kind: 'stop-loss', trigger: at('95') });
    world.stranger('sell', '95', '0.0001');
    world.stranger('buy', '95', '1');
    expect(stop.filled).toBeGreaterThan(0);
    world.told();
    expect(target).toMatchObject({ status: 'canceled', reason: 'EOrder:Insufficient initial margin' });
    expect(world.account().held('USD').isZero()).toBe(true);
  });

  test('ask for margin at the price that is bid, where they sell for less', () => {
    const world = new DeskWorld({ accounts: [{ name: 'ann', balances: { USD: '100' } }] });
    world.print('100');
    world.stranger('buy', '100', '50');
    expect(errorOf(world.place({ ...sell, qty: '50', limitPrice: at('1') }))).toBe(
      'EOrder:Insufficient initial margin',
    );
    expect(world.placed({ ...sell, qty: '4.9', limitPrice: at('1') }).status).toBe('closed');
  });
});

test('the id of an order that could not trade is forgotten though the market has nothing to publish', () => {
  const scheduler = new VirtualScheduler(micros(1_700_000_000 * SECOND));
  const markets = standardMarkets(['BTC/USD'], () => 'demo');
  const exchange = new SimExchange({ markets, accounts: [RICH], seed: 1, scheduler });
  exchange.start();
  scheduler.advance(micros(SECOND));
  const placed = taken(exchange.desk.place('ann', order({ timeInForce: 'ioc' }), exchange.now()));
  expect(placed.reason).toBe('Immediate or cancel');
  const isKnown = (): boolean =>
    Array.from({ length: 10_000 }, (_, id) => exchange.desk.ownId('BTC/USD', id)).includes(placed.id);
  expect(isKnown()).toBe(true);
  exchange.flush();
  expect(isKnown()).toBe(false);
});

test.each([
  ['a limit', { kind: 'limit', limitPrice: at('110.05') }],
  ['a trigger', { kind: 'stop-loss', trigger: at('90.05') }],
  ['the limit of a trigger', { kind: 'stop-loss-limit', trigger: at('90'), limitPrice: at('89.05') }],
] as const)(
  'a conditional close with %s off the tick size is refused with its primary, not lost after it',
  (_, conditional) => {
    const world = new DeskWorld();
    world.print('100');
    expect(errorOf(world.place({ conditional }))).toBe('EOrder:Tick size check failed');
  },
);

test('what a conditional close has no use for does not count', () => {
  const world = new DeskWorld();
  world.print('100');
  const conditional = { kind: 'stop-loss', trigger: at('90'), limitPrice: at('89.05') } as const;
  expect(errorOf(world.place({ conditional }))).toBe('accepted');
});
