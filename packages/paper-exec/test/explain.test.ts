import { describe, expect, test } from 'vitest';
import { ms, Scene } from './scene.ts';

const models = ['central', 'risk-averse', 'uniform'] as const;

function opened(): Scene {
  const scene = new Scene({ models, follow: 'central' });
  return scene.book(
    1_000,
    [
      ['100.0', '5.0'],
      ['99.9', '8.0'],
    ],
    [['100.3', '5.0']],
  );
}

describe('how near an order came', () => {
  test('least queue ahead by model, what traded at its price and through it, and how close the other side was', () => {
    const scene = opened();
    scene.place('buy', '99.9', '2.0');
    scene.wait(1_100).print(1_200, '100.0', '1.0').print(1_210, '99.9', '3.0');
    scene
      .update(1_240, [['99.9', '5.0']], [['100.1', '1.0']])
      .update(1_250, [], [['100.1', '0']])
      .wait(1_600);
    const explained = scene.venue.explain('o1');
    expect(explained).toMatchObject({
      symbol: 'BTC/USD',
      side: 'buy',
      price: 999,
      size: 20,
      restedAt: ms(1_000),
      tradedAt: 30,
      tradedThrough: 0,
      closestTicks: 2,
      uncertain: false,
    });
    expect(explained?.models).toEqual([
      { model: 'central', filled: 0, leastAhead: 50 },
      { model: 'risk-averse', filled: 0, leastAhead: 50 },
      { model: 'uniform', filled: 0, leastAhead: 50 },
    ]);
  });

  test('it is remembered after the order has ended, and prints of later do not count', () => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0');
    scene.wait(1_100).print(1_200, '100.0', '4.0').wait(1_300);
    scene.cancel('o1');
    scene.wait(1_400).print(1_500, '99.9', '9.0').wait(1_600);
    expect(scene.answers()).toEqual(['accepted o1', 'cancelled o1 requested']);
    expect(scene.venue.queue('o1')).toEqual([]);
    expect(scene.venue.explain('o1')).toMatchObject({ tradedAt: 40, tradedThrough: 0, closestTicks: 3 });
    expect(scene.venue.explain('o1')?.models[0]).toEqual({ model: 'central', filled: 0, leastAhead: 10 });
  });

  test('how close the other side was is told of its own time, not of an earlier order’s', () => {
    const scene = opened();
    scene.place('buy', '99.9', '2.0');
    scene
      .wait(1_100)
      .update(1_200, [], [['100.1', '1.0']])
      .wait(1_300);
    scene.cancel('o1');
    scene.wait(1_400).update(1_500, [], [['100.1', '0']]);
    scene.place('buy', '99.9', '2.0');
    scene
      .wait(1_600)
      .update(1_700, [], [['100.2', '1.0']])
      .wait(1_800);
    expect(scene.venue.explain('o1')?.closestTicks).toBe(2);
    expect(scene.venue.explain('o2')?.closestTicks).toBe(3);
  });

  test('who trades through it has left nobody ahead of it', () => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0');
    scene.wait(1_100).print(1_200, '99.8', '0.5').wait(1_300);
    expect(scene.venue.explain('o1')?.models.map(({ leastAhead }) => leastAhead)).toEqual([0, 0, 0]);
  });

  test('it rests since it first did, wherever it was moved', () => {
    const scene = opened();
    scene.place('buy', '99.9', '2.0');
    scene.wait(1_100);
    scene.amend('o1', { price: '99.8' });
    scene.wait(1_200);
    expect(scene.venue.explain('o1')).toMatchObject({ price: 998, restedAt: ms(1_000) });
  });

  test('a print through it is counted as such, and its fills are told by model', () => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0');
    scene.wait(1_100).print(1_200, '99.9', '0.5').wait(1_300);
    expect(scene.venue.explain('o1')).toMatchObject({ tradedAt: 0, tradedThrough: 5 });
    expect(scene.venue.explain('o1')?.models.map(({ filled }) => filled)).toEqual([5, 5, 5]);
  });

  test('an order that never rested has no queue to tell of; one that is unknown is not explained', () => {
    const scene = opened();
    scene.place('buy', undefined, '1.0');
    scene.wait(1_100);
    expect(scene.venue.explain('o1')).toMatchObject({ price: undefined, restedAt: undefined, closestTicks: undefined });
    expect(scene.venue.explain('o1')?.models[0]).toEqual({ model: 'central', filled: 10, leastAhead: undefined });
    expect(scene.venue.explain('o2')).toBeUndefined();
  });

  test('an order beyond the depth in view has no queue until the level is seen', () => {
    const scene = new Scene({ models, follow: 'central' }, { depth: 2 });
    scene.book(
      1_000,
      [
        ['100.0', '5.0'],
        ['99.9', '8.0'],
      ],
      [['100.3', '5.0']],
    );
    scene.place('buy', '99.8', '1.0');
    scene.wait(1_100);
    expect(scene.venue.explain('o1')?.models.map(({ leastAhead }) => leastAhead)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    scene
      .update(1_200, [
        ['100.0', '0'],
        ['99.8', '7.0'],
      ])
      .wait(1_400);
    expect(scene.venue.explain('o1')?.models.map(({ leastAhead }) => leastAhead)).toEqual([70, 70, 70]);
  });

  test('an order that filled here but waits on in a shadow is explained as well', () => {
    const scene = opened();
    scene.place('buy', '100.0', '1.0');
    scene
      .wait(1_100)
      .feed(1_200, 'resyncing')
      .book(1_300, [['100.0', '5.0']], [['100.3', '5.0']])
      .wait(1_400);
    scene.print(1_500, '100.0', '1.0').wait(1_600);
    expect(scene.shadows('uniform')).toEqual(['o1 1.0 @ 100.0 F5']);
    expect(scene.venue.explain('o1')).toMatchObject({ uncertain: true, tradedAt: 10 });
    expect(scene.venue.explain('o1')?.models).toEqual([
      { model: 'central', filled: 0, leastAhead: 40 },
      { model: 'risk-averse', filled: 0, leastAhead: 40 },
      { model: 'uniform', filled: 10, leastAhead: 0 },
    ]);
  });
});

describe('how far the queues can be trusted', () => {
  test('time with orders at rest whose place was not known, over all such time', () => {
    const scene = opened();
    expect(scene.venue.health().queues['BTC/USD']).toEqual({
      centralRule: 'power-blend',
      matchRate: undefined,
      uncertainShare: 0,
      hiddenVolume: 0,
    });
    scene.place('buy', '100.0', '1.0');
    scene
      .wait(1_100)
      .print(2_000, '100.0', '1.0')
      .update(2_000, [['100.0', '4.0']])
      .wait(2_100);
    expect(scene.venue.health().queues['BTC/USD']?.uncertainShare).toBe(0);
    scene
      .feed(2_200, 'resyncing')
      .book(3_000, [['100.0', '4.0']], [['100.3', '5.0']])
      .wait(3_100);
    expect(scene.venue.health().queues['BTC/USD']?.uncertainShare).toBe(0.5);
    // A new place is known: the order goes to the back.
    scene.amend('o1', { size: '2.0' });
    scene
      .wait(3_200)
      .update(5_000, [['99.9', '1.0']])
      .wait(5_200);
    expect(scene.venue.health().queues['BTC/USD']?.uncertainShare).toBeCloseTo(0.26, 1);
    expect(scene.venue.queue('o1')[0]?.uncertain).toBe(false);
  });
});

test('of an order that stood through two gaps nothing is left in it once that order is gone', () => {
  const scene = opened();
  scene.place('buy', '99.9', '2.0');
  const again = (at: number): Scene => scene.feed(at, 'resyncing').book(at + 10, [['99.9', '8.0']], [['100.3', '5.0']]);
  scene.wait(1_100);
  again(1_200).print(1_250, '100.3', '0.1', 'buy');
  again(1_300);
  scene.cancel('o1');
  scene.wait(1_400);
  scene.place('buy', '99.9', '2.0');
  scene.wait(1_500);
  for (let at = 2_000; at <= 20_000; at += 1_000) scene.update(at, [['99.8', `${at / 1_000}.0`]]).wait(at + 100);
  expect(scene.venue.health().queues['BTC/USD']?.uncertainShare).toBeLessThan(0.02);
});
