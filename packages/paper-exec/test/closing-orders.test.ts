import { lots, ticks } from '@kb/model';
import type { PlaceIntent } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { ASKS, BIDS, at, opened } from './order-terms.ts';
import { Scene } from './scene.ts';

describe('a closing order', () => {
  const close = {
    close: { orderType: 'take-profit-limit', price: ticks(1_100), trigger: { reference: 'last', price: at(105) } },
  } as const;

  test('is placed by each fill with its size, and looks at the market from then on', () => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('buy', '100.2', '7.0', close);
    scene.wait(1_200).print(1_300, '100.2', '1.5').wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o1-close-1', 'accepted o1-close-2']);
    expect(scene.reports.filter(({ type }) => type === 'accepted').slice(1)).toMatchObject([
      { side: 'sell', price: 1_100, size: 50, placedBy: 'o1' },
      { side: 'sell', price: 1_100, size: 15, placedBy: 'o1' },
    ]);
    scene.print(1_500, '105.0', '1.0', 'buy').wait(1_600).print(1_700, '110.0', '6.0', 'buy').wait(1_800);
    expect(scene.fills().slice(-2)).toEqual(['o1-close-1 5.0 @ 110.0 F5', 'o1-close-2 1.0 @ 110.0 F5']);
  });

  test('is one for all fills where that is asked for, also when the order ends with a part of them', () => {
    const scene = opened({ closeOrders: 'at-completion' }).print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('buy', '100.3', '6.0', close);
    scene.place('buy', '100.2', '9.0', close);
    scene.wait(1_200).print(1_300, '100.2', '1.5').wait(1_400);
    scene.cancel('o2');
    scene.wait(1_500);
    expect(scene.answers()).toEqual([
      'accepted o1',
      'accepted o1-close-1',
      'accepted o2',
      'cancelled o2 requested',
      'accepted o2-close-1',
    ]);
    expect(scene.reports.filter(({ type }) => type === 'accepted')).toMatchObject([
      { size: 60 },
      { size: 60 },
      { size: 90 },
      { size: 15 },
    ]);
  });

  test('ends what its parent would have ended when it meets another order of ours', () => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('buy', '100.1', '1.0');
    scene.wait(1_200);
    const close = { orderType: 'limit', price: ticks(1_000) } as const;
    scene.place('buy', '100.2', '2.0', { timeInForce: 'ioc', selfTrade: 'cancel-oldest', close });
    scene.wait(1_300);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o2', 'accepted o2-close-1', 'cancelled o1 self-trade']);
    expect(scene.fills()).toEqual(['o2 2.0 @ 100.2 F2', 'o2-close-1 2.0 @ 100.0 F2']);
  });

  test('that the venue refuses says whose fill should have placed it', () => {
    const orderRate = { tier: { max: 100, decayPerSecond: 1, openOrders: 1 } };
    const scene = opened({ orderRate }).print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('buy', '100.2', '7.0', close); // what is left of it is the one order that may stand open
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['accepted o1', 'rejected o1-close-1 orders-limit']);
    expect(scene.reports.at(-1)).toMatchObject({ type: 'rejected', placedBy: 'o1' });
  });

  test('of a fill in a gap meets the book that ends it', () => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('buy', '100.1', '2.0', { close: { orderType: 'limit', price: ticks(990) } });
    scene.wait(1_200).feed(1_300, 'resyncing').print(1_350, '100.0', '9.0').wait(1_400);
    scene.book(1_500, [['99.5', '5.0']], [['99.7', '5.0']]).wait(1_600);
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.1 F6', 'o1-close-1 2.0 @ 99.5 F2']);
  });

  test('of a size below the minimum is placed all the same', () => {
    const pair = { ...new Scene().pair, minQty: lots(20) };
    const scene = new Scene({}, { pair }).book(1_000, BIDS, ASKS).print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('buy', '100.1', '3.0', close);
    scene.wait(1_200).print(1_300, '100.1', '0.5').wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o1-close-1']);
  });

  test.each([
    ['of a kind that cannot close', { orderType: 'market' }],
    ['without its price', { orderType: 'limit' }],
    ['without its trigger', { orderType: 'stop-loss' }],
  ])('%s is refused with its order', (_what, wanted) => {
    const scene = opened();
    scene.place('buy', '100.0', '1.0', { close: wanted } as Partial<PlaceIntent>);
    scene.wait(1_100);
    expect(scene.answers()).toEqual(['rejected o1 invalid-order']);
  });
});
