import { instrument, lots, ticks } from '@kb/model';
import type { Side } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { keptSizes, roomFor } from '../src/orders/reduce-only.ts';
import { Scene } from './scene.ts';

const order = (side: Side, price: number | undefined, remaining: number) => ({
  side,
  price: price === undefined ? undefined : ticks(price),
  remaining: lots(remaining),
});

test('a sell reduces what was bought, a buy what was sold', () => {
  expect([roomFor('sell', 5), roomFor('buy', -5), roomFor('sell', -5), roomFor('buy', 5), roomFor('buy', 0)]).toEqual([
    5, 5, 0, 0, 0,
  ]);
});

test.each([
  { side: 'sell', room: 10, prices: [101, 100, undefined, 100], kept: [0, 3, 4, 3] },
  { side: 'buy', room: 6, prices: [99, 101, 100], kept: [0, 3, 3] },
  { side: 'buy', room: 0, prices: [99, undefined], kept: [0, 0] },
] as const)('the least aggressive $side orders give way first, of equal ones the younger: $kept', (each) => {
  const sizes = [5, 3, 4, 7];
  const orders = each.prices.map((price, index) => order(each.side, price, each.side === 'buy' ? 3 : sizes[index]!));
  const kept = new Map(keptSizes(orders, each.room).map(({ order: of, keep }) => [of, keep]));
  expect(orders.map((of) => kept.get(of))).toEqual(each.kept);
});

describe('with a margin position of 3.0 bought', () => {
  function bought(): Scene {
    const scene = new Scene({ margin: { rates: { USD: '0', BTC: '0' } }, balances: { USD: '1000000', BTC: '0' } });
    scene
      .book(
        1_000,
        [
          ['100.0', '5.0'],
          ['99.9', '8.0'],
        ],
        [['100.2', '5.0']],
      )
      .print(1_010, '100.1', '0.1')
      .wait(1_100);
    scene.place('buy', undefined, '3.0', { leverage: 2 });
    scene.wait(1_200);
    scene.reports.length = 0;
    return scene;
  }
  const reduces = { reduceOnly: true, leverage: 2 } as const;
  const sizeOf = (scene: Scene): unknown[] =>
    scene.reports.map((report) =>
      'reason' in report
        ? `${report.clientOrderId} ${report.reason}`
        : `${report.clientOrderId} ${report.type} ${'size' in report ? report.size : ''}`,
    );

  test('a reduce-only order trades to it, and what goes beyond is cancelled', () => {
    const scene = bought();
    scene.place('sell', '100.0', '4.0', reduces);
    scene.wait(1_300);
    expect(sizeOf(scene)).toEqual(['o2 accepted 40', 'o2 fill 30', 'o2 reduce-only']);
    expect(scene.reports.slice(-2).map((report) => 'remaining' in report && report.remaining)).toEqual([10, 10]);
    scene.place('sell', '100.0', '1.0', reduces);
    scene.wait(1_400);
    expect(sizeOf(scene).at(-1)).toBe('o3 no-position');
  });

  test('what is left of a reduce-only order that took a part rests with no more than is left of it', () => {
    const scene = bought();
    scene.book(1_250, [['100.0', '1.0']], [['100.2', '5.0']]);
    scene.place('sell', '100.0', '4.0', reduces);
    scene.wait(1_400);
    expect(sizeOf(scene)).toEqual(['o2 accepted 40', 'o2 fill 10', 'o2 amended 30']);
    expect(scene.remaining('o2')).toBe('2.0');
  });

  test('what is left of it may be below every minimum, whatever reduces it', () => {
    const pair = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 1, minQty: '1', minCost: '90' });
    const scene = new Scene({ margin: { rates: { USD: '0', BTC: '0' } }, balances: { USD: '1000' } }, { pair });
    scene.book(1_000, [['100.0', '5.0']], [['100.2', '5.0']]);
    scene.place('buy', undefined, '1.2', { leverage: 2 });
    scene.place('sell', undefined, '0.1', { leverage: 2 });
    scene.place('sell', undefined, '0.1', reduces);
    scene.place('sell', undefined, '1.1', { orderType: 'settle-position' });
    scene.wait(1_100);
    expect(scene.answers()).toEqual(['accepted o1', 'rejected o2 below-min-qty', 'accepted o3', 'accepted o4']);
    scene.place('buy', undefined, '1.0', { leverage: 2 });
    scene.place('sell', undefined, '0.9', reduces);
    scene.place('sell', undefined, '0.1', { orderType: 'settle-position' });
    scene.wait(1_300);
    expect(scene.answers().slice(-3)).toEqual(['accepted o5', 'accepted o6', 'accepted o7']);
    expect(scene.venue.positions()).toEqual([]);
  });

  test('settle-position trades all of it back, and no more', () => {
    const scene = bought();
    scene.place('sell', undefined, '9.0', { orderType: 'settle-position' });
    scene.wait(1_300);
    expect(sizeOf(scene)).toEqual(['o2 accepted 30', 'o2 fill 30']);
    expect(scene.venue.balances()['BTC']).toBe('0');
  });

  test('on the side that would add to it is refused', () => {
    const scene = bought();
    scene.place('buy', '100.0', '1.0', reduces);
    scene.place('buy', undefined, '1.0', { orderType: 'settle-position' });
    scene.wait(1_300);
    expect(sizeOf(scene)).toEqual(['o2 no-position', 'o3 no-position']);
  });

  test('the least aggressive reduce-only order gives way to one that comes', () => {
    const scene = bought();
    scene.place('sell', '101.0', '2.0', reduces);
    scene.place('sell', '100.5', '1.0', reduces);
    scene.wait(1_300);
    expect(sizeOf(scene)).toEqual(['o2 accepted 20', 'o3 accepted 10']);
    scene.place('sell', '100.6', '1.5', reduces);
    scene.wait(1_400);
    expect(sizeOf(scene).slice(2)).toEqual(['o4 accepted 15', 'o2 amended 5']);
    scene.place('sell', '100.6', '2.0', reduces);
    scene.wait(1_500);
    expect(sizeOf(scene).slice(4)).toEqual(['o5 accepted 20', 'o5 amended 5', 'o2 reduce-only']);
  });

  test('orders follow it when another sells a part, even in the same sweep', () => {
    const scene = bought();
    scene.place('sell', '100.5', '2.0', { leverage: 2 });
    scene.place('sell', '100.6', '3.0', reduces);
    scene.wait(1_300);
    scene.reports.length = 0;
    scene.print(1_400, '101.0', '20.0', 'buy').wait(1_500);
    expect(sizeOf(scene)).toEqual(['o2 fill 20', 'o3 amended 10', 'o3 fill 10']);
    scene.print(1_600, '101.0', '20.0', 'buy').wait(1_700);
    expect(scene.fills()).toHaveLength(2);
  });

  test('a triggered order counts once it is triggered', () => {
    const scene = bought();
    const stop = { trigger: { reference: 'last', price: { type: 'static', price: ticks(995) } } } as const;
    scene.place('sell', '101.0', '3.0', reduces);
    scene.place('sell', undefined, '2.0', { orderType: 'stop-loss', ...stop, ...reduces });
    scene.wait(1_300);
    expect(sizeOf(scene)).toEqual(['o2 accepted 30', 'o3 accepted 20']);
    scene.print(1_400, '99.5', '0.1').wait(1_500);
    expect(sizeOf(scene).slice(2)).toEqual(['o3 triggered ', 'o3 fill 20', 'o2 amended 10']);
  });

  test('one that waits for its trigger needs a position only then', () => {
    const scene = bought();
    const stop = { trigger: { reference: 'last', price: { type: 'static', price: ticks(1010) } } } as const;
    scene.place('buy', undefined, '2.0', { orderType: 'stop-loss', ...stop, ...reduces });
    scene.wait(1_300).print(1_400, '101.0', '0.1', 'buy').wait(1_500);
    expect(sizeOf(scene)).toEqual(['o2 accepted 20', 'o2 triggered ', 'o2 reduce-only']);
  });

  test('an amend neither makes a reduce-only order larger than it, nor asks for a minimum', () => {
    const scene = bought();
    scene.place('sell', '101.0', '2.0', reduces);
    scene.wait(1_300);
    scene.amend('o2', { size: '5.0' });
    scene.wait(1_400);
    expect(sizeOf(scene)).toEqual(['o2 accepted 20', 'o2 amended 50', 'o2 amended 30']);
  });
});
