import { describe, expect, test } from 'vitest';
import type { Order, OrderRequest } from '../src/trading/order.ts';
import { at, DeskWorld, errorOf, RICH, taken } from './desk-world.ts';

const ACCEPTED = 'accepted';

/** Ten thousand dollars, and a market at 100 with much to sell and to buy around it. */
function openWorld(usd = '10000'): DeskWorld {
  const world = new DeskWorld({
    accounts: [
      { name: 'ann', balances: { USD: usd } },
      { ...RICH, name: 'bob' },
    ],
  });
  world.print('100');
  world.stranger('sell', '101', '100');
  world.stranger('buy', '99', '100');
  world.told();
  return world;
}

function position(world: DeskWorld): number {
  return world.account().openPosition('BTC/USD');
}

/** Buys on margin at 101. */
function long(world: DeskWorld, qty: string, leverage = 5): void {
  world.placed({ kind: 'market', qty, leverage });
  world.told();
}

describe('margin orders', () => {
  test('open and close positions, with leverage or the most there is', () => {
    const world = openWorld();
    expect(world.placed({ kind: 'market', qty: '10', leverage: 'max' })).toMatchObject({
      leverage: 10,
      status: 'closed',
    });
    expect(position(world)).toBe(1e9);
    expect(world.account().balance('BTC').isZero()).toBe(true);
    expect(world.ledger.at(-1)).toMatchObject({ account: 'ann', type: 'margin', asset: 'USD' });
    world.placed({ kind: 'market', side: 'sell', qty: '10', leverage: 10 });
    expect(position(world)).toBe(0);
    expect(world.desk.closedOrders('ann')[0]?.fills[0]?.margin?.effect).toBe('closed');
  });

  test('are refused for want of margin, and where the pair has none', () => {
    const world = openWorld('100');
    expect(errorOf(world.place({ qty: '10', leverage: 5 }))).toBe('EOrder:Insufficient initial margin');
    const plain = new DeskWorld({ pairs: [{ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8, margin: 'none' }] });
    expect(errorOf(plain.place({ leverage: 2 }))).toBe('EOrder:Cannot open position');
  });

  test('hold the initial margin of what they would open: two orders cannot use it both', () => {
    const world = openWorld('1000');
    world.placed({ qty: '30', leverage: 5, limitPrice: at('98') });
    expect(world.account().held('USD').toFixed()).toBe('588');
    expect(errorOf(world.place({ qty: '30', leverage: 5, limitPrice: at('98') }))).toBe(
      'EOrder:Insufficient initial margin',
    );
    world.stranger('sell', '98', '110');
    expect(position(world)).toBe(1e9);
    expect(world.account().held('USD').toFixed()).toBe('392');
  });

  test('that close hold nothing, whatever the margin', () => {
    const world = openWorld('1000');
    long(world, '40');
    expect(world.placed({ side: 'sell', qty: '40', leverage: 5, limitPrice: at('110') }).status).toBe('open');
    expect(world.account().held('USD').isZero()).toBe(true);
    expect(errorOf(world.place({ side: 'sell', qty: '100', leverage: 5, limitPrice: at('110') }))).toBe(
      'EOrder:Insufficient initial margin',
    );
  });

  test('of no quantity close the position, and need one', () => {
    const world = openWorld();
    long(world, '3');
    expect(errorOf(world.place({ kind: 'market', qty: '0', leverage: 5 }))).toBe('EOrder:Unknown position');
    expect(world.placed({ kind: 'market', side: 'sell', qty: '0', leverage: 5 })).toMatchObject({
      qty: 3e8,
      status: 'closed',
    });
    expect(position(world)).toBe(0);
  });
});

describe('reduce-only orders', () => {
  const close = { side: 'sell', leverage: 5, reduceOnly: true } as const;

  test('need a position, on the other side', () => {
    const world = openWorld();
    for (const side of ['buy', 'sell'] as const) {
      expect(errorOf(world.place({ ...close, side }))).toBe('EOrder:Reduce only:No position exists');
      expect(errorOf(world.place({ kind: 'market', side, qty: '0', leverage: 5 }))).toBe('EOrder:Unknown position');
    }
    long(world, '1');
    expect(errorOf(world.place({ ...close, side: 'buy' }))).toBe('EOrder:Reduce only:Non-PC');
  });

  test('are matched up to the position, and the rest is cancelled', () => {
    const world = openWorld();
    long(world, '1');
    const placed = world.placed({ ...close, kind: 'market', qty: '3' });
    expect(placed).toMatchObject({
      status: 'canceled',
      filled: 1e8,
      reason: 'EOrder:Reduce only:Position is closed',
    });
    expect(position(world)).toBe(0);
  });

  test('rest with no more than the position has', () => {
    const world = openWorld();
    long(world, '1');
    const placed = world.placed({ ...close, qty: '3', limitPrice: at('105') });
    expect(world.told()).toEqual(['pending_new', 'new', 'restated: EOrder:Reduce only:Position is closed']);
    expect(placed).toMatchObject({ qty: 1e8, status: 'open' });
    expect(placed.amends.map(({ type, qty }) => [type, qty])).toEqual([
      ['original', 3e8],
      ['restated', 1e8],
    ]);
    expect(world.market().orders.total('sell', placed.limitPrice!)).toBe(1e8);
  });

  test('give way to more aggressive ones that come later', () => {
    const world = openWorld();
    long(world, '3');
    const far = world.placed({ ...close, qty: '2', limitPrice: at('106') });
    const near = world.placed({ ...close, qty: '2', limitPrice: at('105') });
    expect([far.qty, near.qty]).toEqual([1e8, 2e8]);
    world.placed({ ...close, qty: '1', limitPrice: at('104') });
    expect([far.status, near.qty]).toEqual(['canceled', 2e8]);
  });

  test('that wait for a trigger need a position only when they go to the market', () => {
    const world = openWorld();
    const stop = world.placed({ ...close, kind: 'stop-loss', trigger: at('95'), qty: '1' });
    expect(stop.status).toBe('open');
    world.stranger('sell', '90', '100');
    world.print('94');
    expect(stop).toMatchObject({ status: 'canceled', filled: 0, reason: 'EOrder:Reduce only:Position is closed' });
  });

  test('shrink with the position, the youngest of one price first, and never turn it', () => {
    const world = openWorld();
    long(world, '3');
    const [old, young] = [
      world.placed({ ...close, qty: '2', limitPrice: at('105') }),
      world.placed({ ...close, qty: '2', limitPrice: at('105') }),
    ];
    expect([old.qty, young.qty]).toEqual([2e8, 1e8]);
    world.placed({ kind: 'market', side: 'sell', qty: '1.5', leverage: 5 });
    expect([old.qty, old.status, young.status]).toEqual([1.5e8, 'open', 'canceled']);
    world.stranger('buy', '105', '103');
    expect(old.status).toBe('closed');
    expect(position(world)).toBe(0);
  });

  describe('behind a plain margin order that one taker sweeps before them', () => {
    /** Long, with two lots on offer at 100.5, and as many as there are to close at 100.6. */
    function sweepable(qty: string): { readonly world: DeskWorld; readonly placed: Order } {
      const world = openWorld();
      long(world, qty);
      world.placed({ side: 'sell', qty: '2', leverage: 5, limitPrice: at('100.5') });
      const placed = world.placed({ ...close, qty, limitPrice: at('100.6') });
      world.told();
      return { world, placed };
    }

    test('are cut to what is left of the position', () => {
      const { world, placed } = sweepable('3');
      world.stranger('buy', '100.6', '4');
      expect(world.told()).toEqual([
        'trade maker 200000000 at 1005',
        'filled',
        'restated: EOrder:Reduce only:Position is closed',
        'trade maker 100000000 at 1006',
        'filled',
      ]);
      expect(placed).toMatchObject({ status: 'closed', qty: 1e8 });
      expect(position(world)).toBe(0);
      expect(world.market().orders.total('buy', placed.limitPrice!)).toBe(1e8);
    });

    test('end where nothing is left of it', () => {
      const { world, placed } = sweepable('2');
      world.stranger('buy', '100.6', '4');
      expect(placed).toMatchObject({ status: 'canceled', filled: 0, reason: 'EOrder:Reduce only:Position is closed' });
      expect(position(world)).toBe(0);
    });

    test('give a fill-or-kill order no more than that, too', () => {
      const { world, placed } = sweepable('3');
      const kill = (qty: string): Order => world.placed({ qty, limitPrice: at('100.6'), timeInForce: 'fok' }, 'bob');
      expect(kill('3.1')).toMatchObject({ status: 'canceled', filled: 0 });
      expect([placed.qty, position(world)]).toEqual([3e8, 3e8]);
      expect(kill('3')).toMatchObject({ status: 'closed' });
      expect(position(world)).toBe(0);
    });
  });

  test('that are amended go no further than the position either', () => {
    const world = openWorld();
    long(world, '1');
    const placed = world.placed({ ...close, qty: '1', limitPrice: at('105') });
    expect(errorOf(world.amend({ orderId: placed.id }, { qty: '2', limitPrice: at('99') }))).toBe(ACCEPTED);
    expect(position(world)).toBe(0);
    expect(placed).toMatchObject({ filled: 1e8, status: 'canceled' });
  });

  test('may be smaller than the minimum: what is left of a position may be', () => {
    const world = openWorld();
    long(world, '1');
    const placed = world.placed({ ...close, qty: '0.00001', limitPrice: at('105') });
    expect(errorOf(world.amend({ orderId: placed.id }, { qty: '0.00002' }))).toBe(ACCEPTED);
  });

  test('that wait for a trigger are cancelled when they find the position closed', () => {
    const world = openWorld();
    long(world, '1');
    const placed = world.placed({ ...close, kind: 'stop-loss', trigger: at('95'), qty: '1' });
    world.placed({ kind: 'market', side: 'sell', qty: '1', leverage: 5 });
    world.stranger('sell', '90', '100');
    world.print('94');
    expect(placed).toMatchObject({ status: 'canceled', filled: 0, reason: 'EOrder:Reduce only:Position is closed' });
  });
});

test('a stop that was meant to close asks for margin when it would open', () => {
  const world = openWorld('1000');
  long(world, '40');
  const stop = world.placed({ kind: 'stop-loss', side: 'sell', trigger: at('95'), qty: '40', leverage: 5 });
  world.placed({ kind: 'market', side: 'sell', qty: '40', leverage: 5 });
  taken(world.desk.cancelAll('bob', world.now));
  world.placed({ qty: '8', limitPrice: at('90') });
  world.stranger('sell', '95', '100');
  world.print('95');
  expect(stop).toMatchObject({ status: 'canceled', filled: 0, reason: 'EOrder:Insufficient initial margin' });
});

describe('settling a position', () => {
  const settle: Partial<OrderRequest> = { kind: 'settle-position', side: 'sell', leverage: 5 };

  test('pays for it and has what was bought', () => {
    const world = openWorld();
    long(world, '10');
    const placed = world.placed({ ...settle, qty: '4' });
    expect(world.told()).toEqual(['pending_new', 'new', 'filled']);
    expect(placed).toMatchObject({ status: 'closed', filled: 4e8, fills: [] });
    expect(position(world)).toBe(6e8);
    expect(world.account().balance('BTC').toFixed()).toBe('4');
    expect(world.ledger.slice(-2).map(({ type, asset, amount }) => [type, asset, amount.toFixed()])).toEqual([
      ['settled', 'BTC', '4'],
      ['settled', 'USD', '-404'],
    ]);
    expect(world.placed({ ...settle, qty: '0' }).filled).toBe(6e8);
    expect(position(world)).toBe(0);
  });

  test('ends with what could be settled, and why no more', () => {
    const world = openWorld();
    expect(errorOf(world.place(settle))).toBe('EOrder:Unknown position');
    long(world, '10');
    expect(errorOf(world.place({ ...settle, side: 'buy' }))).toBe('EOrder:Unknown position');
    expect(world.placed({ ...settle, qty: '12' })).toMatchObject({
      status: 'canceled',
      filled: 1e9,
      reason: 'EOrder:Reduce only:Position is closed',
    });
    const poor = openWorld('1000');
    long(poor, '40');
    expect(poor.placed({ ...settle, qty: '40' })).toMatchObject({
      status: 'canceled',
      filled: 0,
      reason: 'EOrder:Insufficient funds',
    });
  });
});

describe('rollover and liquidation', () => {
  test('a position pays every four hours', () => {
    const world = openWorld();
    long(world, '10');
    const before = world.ledger.length;
    world.wait(4 * 3600 - 1);
    expect(world.ledger).toHaveLength(before);
    world.wait(4 * 3600 + 1);
    expect(world.ledger.slice(before).map(({ type, fee }) => [type, fee.toFixed()])).toEqual([
      ['rollover', '0.2525'],
      ['rollover', '0.2525'],
    ]);
    world.placed({ kind: 'market', side: 'sell', qty: '0', leverage: 5 });
    expect(world.desk.nextAt).toBe(Infinity);
  });

  test('an account below forty percent is closed at the market, its margin orders cancelled', () => {
    const world = openWorld('1000');
    long(world, '40');
    const open = world.placed({ side: 'sell', qty: '10', leverage: 5, limitPrice: at('120') });
    const spot = world.placed({ qty: '0.1', limitPrice: at('50') });
    world.stranger('sell', '99', '200');
    world.stranger('buy', '84', '100');
    world.print('85');
    expect(position(world)).toBe(40e8);
    world.told();
    world.stranger('sell', '84', '1');
    expect(position(world)).toBe(0);
    expect(open).toMatchObject({ status: 'canceled', reason: 'Liquidation' });
    expect(spot.status).toBe('open');
    const [liquidation] = world.desk.closedOrders('ann');
    expect(liquidation).toMatchObject({ liquidated: true, leverage: 5, qty: 40e8, status: 'closed' });
    expect(liquidation?.request).toMatchObject({ kind: 'market', side: 'sell', reduceOnly: true });
    expect(world.told()).toEqual([
      'canceled: Liquidation',
      'pending_new',
      'new',
      'trade taker 4000000000 at 840',
      'filled',
    ]);
  });

  test('a liquidation goes on when there is liquidity again, and not while the market stands still', () => {
    const world = openWorld('1000');
    long(world, '40');
    world.stranger('sell', '99', '120');
    world.stranger('buy', '84', '20');
    world.market().setStatus('cancel_only');
    world.stranger('sell', '84', '1');
    expect(position(world)).toBe(40e8);
    world.market().setStatus('online');
    world.stranger('sell', '84', '1');
    expect(position(world)).toBe(22e8);
    expect(world.desk.closedOrders('ann')[0]?.reason).toBe('Insufficient liquidity');
    world.stranger('buy', '75', '50');
    world.stranger('sell', '75', '1');
    expect(position(world)).toBe(0);
  });
});
