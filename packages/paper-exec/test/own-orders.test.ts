import { describe, expect, test } from 'vitest';
import { opened } from './order-terms.ts';

describe('self-trade prevention', () => {
  test.each([
    { selfTrade: 'cancel-newest', fills: ['o2 5.0 @ 100.2 F2'], ends: ['cancelled o2 self-trade'] },
    {
      selfTrade: 'cancel-oldest',
      fills: ['o2 5.0 @ 100.2 F2', 'o2 2.0 @ 100.3 F2'],
      ends: ['cancelled o1 self-trade'],
    },
    {
      selfTrade: 'cancel-both',
      fills: ['o2 5.0 @ 100.2 F2'],
      ends: ['cancelled o1 self-trade', 'cancelled o2 self-trade'],
    },
  ] as const)('$selfTrade, after the real volume ahead has been taken', ({ selfTrade, fills, ends }) => {
    const scene = opened();
    scene.place('sell', '100.2', '1.0');
    scene.wait(1_100);
    scene.place('buy', '100.3', '7.0', { selfTrade });
    scene.wait(1_200);
    expect(scene.fills()).toEqual(fills);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o2', ...ends]);
  });

  test('goes through several own orders without taking what stands behind the next one', () => {
    const scene = opened();
    scene.place('sell', '100.2', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [], [['100.2', '9.0']])
      .wait(1_300);
    scene.place('sell', '100.2', '1.0'); // behind 9.0
    scene
      .wait(1_400)
      .update(1_500, [], [['100.2', '12.0']])
      .wait(1_600);
    scene.place('buy', '100.2', '20.0', { selfTrade: 'cancel-both', timeInForce: 'ioc' });
    scene.wait(1_700);
    expect(scene.fills()).toEqual(['o3 5.0 @ 100.2 F2']);
    scene.place('buy', '100.2', '20.0', { selfTrade: 'cancel-oldest', timeInForce: 'ioc' });
    scene.wait(1_800);
    expect(scene.fills().slice(1)).toEqual(['o4 4.0 @ 100.2 F2', 'o4 3.0 @ 100.2 F2']);
    expect(scene.answers().slice(-2)).toEqual(['cancelled o2 self-trade', 'cancelled o4 ioc-remainder']);
  });

  test('counts what it took ahead of one own order as taken ahead of the next', () => {
    const scene = opened();
    scene.place('sell', '100.2', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [], [['100.2', '9.0']])
      .wait(1_300);
    scene.place('sell', '100.2', '1.0'); // behind 9.0
    scene
      .wait(1_400)
      .update(1_500, [], [['100.2', '12.0']])
      .wait(1_600);
    scene.place('buy', '100.2', '10.0', { selfTrade: 'cancel-oldest', timeInForce: 'ioc' });
    scene.wait(1_700);
    expect(scene.fills()).toEqual(['o3 5.0 @ 100.2 F2', 'o3 4.0 @ 100.2 F2', 'o3 1.0 @ 100.2 F2']);
    expect(scene.answers().slice(-2)).toEqual(['cancelled o1 self-trade', 'cancelled o2 self-trade']);
  });

  test('ends an order in the queue model alone that meets it', () => {
    const scene = opened();
    scene.place('sell', '100.2', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [], [['100.2', '10.0']])
      .update(1_210, [], [['100.2', '5.0']])
      .wait(1_320);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 5, uniform: 2.5 });
    scene.place('buy', '100.2', '4.0', { selfTrade: 'cancel-oldest', timeInForce: 'ioc' });
    scene.wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o2']);
    expect(scene.fills()).toEqual(['o2 4.0 @ 100.2 F2']);
    expect(scene.shadows()).toEqual(['o2 2.5 @ 100.2 F2', 'o2 1.5 @ 100.2 F2']);
    scene.print(1_500, '100.3', '1.0', 'buy').wait(1_600);
    expect(scene.fills().at(-1)).toBe('o1 1.0 @ 100.2 F6');
    expect(scene.shadows()).toHaveLength(2);
  });

  test('ends it for good: an amend does not bring it back where it ended', () => {
    const scene = opened();
    scene.place('sell', '100.2', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [], [['100.2', '10.0']])
      .update(1_210, [], [['100.2', '5.0']])
      .wait(1_320);
    scene.place('buy', '100.2', '4.0', { selfTrade: 'cancel-oldest', timeInForce: 'ioc' });
    scene.wait(1_400);
    expect(scene.remaining('o1', 'uniform')).toBe('0.0');
    scene.amend('o1', { size: '2.0' });
    scene.wait(1_500);
    expect(scene.remaining('o1')).toBe('2.0');
    expect(scene.remaining('o1', 'uniform')).toBe('0.0');
  });

  test('lets a fill-or-kill go through own orders that give way', () => {
    const scene = opened();
    scene.place('sell', '100.2', '1.0'); // behind 5.0
    scene
      .wait(1_100)
      .update(1_200, [], [['100.2', '9.0']])
      .wait(1_300);
    scene.place('buy', '100.2', '9.0', { timeInForce: 'fok', selfTrade: 'cancel-oldest' });
    scene.wait(1_400);
    expect(scene.fills()).toEqual(['o2 5.0 @ 100.2 F2', 'o2 4.0 @ 100.2 F2']);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o2', 'cancelled o1 self-trade']);
  });

  test('counts what an earlier taker had of those ahead of the own order', () => {
    const scene = opened();
    scene.place('sell', '100.2', '1.0'); // behind 5.0
    scene
      .wait(1_100)
      .update(1_200, [], [['100.2', '9.0']])
      .wait(1_300);
    scene.place('buy', '100.2', '4.0', { timeInForce: 'ioc' });
    scene.wait(1_400);
    scene.place('buy', '100.2', '4.0', { timeInForce: 'fok' });
    scene.place('buy', '100.2', '4.0', { timeInForce: 'ioc' });
    scene.wait(1_500);
    expect(scene.fills()).toEqual(['o2 4.0 @ 100.2 F2', 'o4 1.0 @ 100.2 F2']);
    expect(scene.answers().slice(-3)).toEqual(['cancelled o3 fok-unfilled', 'accepted o4', 'cancelled o4 self-trade']);
  });
});
