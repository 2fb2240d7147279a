import { describe, expect, test } from 'vitest';
import type { OrderRateOptions } from '../src/index.ts';
import { ms, Scene } from './scene.ts';

function opened(orderRate: OrderRateOptions = { tier: 'starter' }): Scene {
  return new Scene({ orderRate }).book(1_000, [['100.0', '500.0']], [['100.2', '500.0']]);
}

/** Places so many orders, one after the other, all at once. */
function placeMany(scene: Scene, count: number): void {
  for (let index = 0; index < count; index += 1) scene.place('buy', '99.0', '0.1');
}

const SLOW: OrderRateOptions = { tier: { max: 10, decayPerSecond: 0.01, openOrders: 100 } };

describe('the counter of order commands', () => {
  test("counts as the venue's example: 1 to add, 3 to amend after 7 s, 4 to cancel 36 s later", () => {
    const scene = opened({ tier: { max: 60, decayPerSecond: 0.01, openOrders: 60 } });
    scene.place('buy', '99.0', '1.0');
    scene.wait(8_000);
    expect(scene.venue.orderPoints('BTC/USD')).toBeCloseTo(0.93, 9); // seven seconds of decay
    scene.amend('o1', { size: '0.5' });
    scene.wait(44_000);
    expect(scene.venue.orderPoints('BTC/USD')).toBeCloseTo(3.93 - 0.36, 9);
    scene.cancel('o1');
    scene.wait(44_100);
    expect(scene.venue.orderPoints('BTC/USD')).toBeCloseTo(7.57 - 0.001, 9);
  });

  test('does not take an order for open that has filled, though a queue model holds it still', () => {
    const options = { orderRate: { tier: { max: 60, decayPerSecond: 1, openOrders: 1 } }, follow: 'uniform' } as const;
    const scene = new Scene(options).book(1_000, [['100.0', '5.0']], [['100.2', '5.0']]);
    scene.place('buy', '100.0', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '10.0']])
      .update(1_210, [['100.0', '5.0']])
      .wait(1_320)
      .print(1_400, '100.0', '4.0')
      .wait(1_500);
    expect(scene.fills()).toHaveLength(1);
    placeMany(scene, 2);
    scene.wait(1_600);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o2', 'rejected o3 orders-limit']);
  });

  test('takes an order for as young as its last change', () => {
    const scene = opened({ tier: { max: 60, decayPerSecond: 0.01, openOrders: 60 } });
    scene.place('buy', '99.0', '1.0');
    scene.wait(21_000);
    scene.amend('o1', { size: '0.5' }); // 20 s old: 1
    scene.wait(22_000);
    expect(scene.venue.orderPoints('BTC/USD')).toBeCloseTo(2 - 0.21, 9);
    scene.amend('o1', { size: '0.4' }); // changed a second ago: 1 + 3
    scene.wait(22_100);
    expect(scene.venue.orderPoints('BTC/USD')).toBeCloseTo(6 - 0.211, 9);
  });

  test('refuses what would carry it over the maximum until it has decayed', () => {
    const scene = opened({ tier: { max: 3, decayPerSecond: 1, openOrders: 60 } });
    placeMany(scene, 4);
    scene.wait(1_100);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o2', 'accepted o3', 'rejected o4 rate-limit']);
    scene.wait(1_999);
    placeMany(scene, 1); // a thousandth of a point short
    scene.wait(2_000);
    placeMany(scene, 1);
    scene.wait(2_100);
    expect(scene.answers().slice(-2)).toEqual(['rejected o5 rate-limit', 'accepted o6']);
  });

  test('a cancel of a young order may be refused, and is not where that is ruled out', () => {
    const cancelled = (options: OrderRateOptions): string => {
      const scene = opened(options);
      placeMany(scene, 3);
      scene.cancel('o1'); // 3 + 8
      return String(scene.wait(1_100).answers().at(-1));
    };
    expect(cancelled(SLOW)).toBe('cancel-rejected o1 rate-limit');
    expect(cancelled({ ...SLOW, refuseCancels: false })).toBe('cancelled o1 requested');
  });

  test('a batch adds half a point an order, and its cancels are always taken', () => {
    const scene = opened(SLOW);
    const by = { strategyId: 's', reason: 'test', confidence: 1, symbol: 'BTC/USD' } as const;
    placeMany(scene, 4);
    scene.wait(1_100);
    expect(scene.venue.orderPoints('BTC/USD')).toBeCloseTo(4 - 0.001, 9);
    const ids = ['o1', 'o2', 'o3'];
    scene.venue.submitBatch(
      ids.map((clientOrderId) => ({ type: 'cancel', ...by, clientOrderId }) as const),
      scene.reports.at(-1)!.venueTs,
    );
    scene.wait(1_200);
    expect(scene.answers().slice(4)).toEqual([
      'cancelled o1 requested',
      'cancelled o2 requested',
      'cancelled o3 requested',
    ]);
    expect(scene.venue.orderPoints('BTC/USD')).toBeCloseTo(28 - 0.002, 9);
  });

  test('an order of a batch adds half a point', () => {
    const scene = opened(SLOW);
    const order = { strategyId: 's', reason: 'test', confidence: 1, symbol: 'BTC/USD', side: 'buy' } as const;
    const terms = { orderType: 'market', price: undefined, timeInForce: 'gtc', postOnly: false } as const;
    const size = scene.pair.minQty;
    scene.venue.submitBatch(
      ['b1', 'b2', 'b3'].map((clientOrderId) => ({ type: 'place', ...order, ...terms, clientOrderId, size }) as const),
      ms(1_000),
    );
    scene.wait(1_100);
    expect(scene.fills()).toHaveLength(3);
    expect(scene.venue.orderPoints('BTC/USD')).toBeCloseTo(1.5, 2);
  });

  test('a command refused for anything else leaves its fixed point, one refused for the counter leaves nothing', () => {
    const scene = opened({ tier: { max: 2, decayPerSecond: 0.01, openOrders: 60 } });
    scene.place('buy', '99.0', '1000000.0'); // no funds
    scene.amend('nothing', { size: '1.0' });
    scene.cancel('nothing');
    scene.place('buy', '99.0', '0.1');
    scene.wait(1_100);
    expect(scene.answers()).toEqual([
      'rejected o1 insufficient-funds',
      'amend-rejected nothing unknown-order',
      'cancel-rejected nothing unknown-order',
      'rejected o2 rate-limit',
    ]);
    expect(scene.venue.orderPoints('BTC/USD')).toBeCloseTo(2 - 0.001, 9);
  });

  test('an amend over the maximum is refused, and the order stays as it was', () => {
    const scene = opened({ tier: { max: 4, decayPerSecond: 0.01, openOrders: 60 } });
    scene.place('buy', '99.0', '1.0');
    scene.amend('o1', { price: '99.1' }); // 1 + 4
    scene.wait(1_100);
    expect(scene.answers()).toEqual(['accepted o1', 'amend-rejected o1 rate-limit']);
    expect(scene.remaining('o1')).toBe('1.0');
  });

  test('validation comes before it, funds after it', () => {
    const scene = opened({ tier: { max: 1, decayPerSecond: 0.01, openOrders: 60 } });
    placeMany(scene, 1);
    scene.place('buy', '-1.0', '1.0');
    scene.place('buy', '99.0', '1000000.0');
    scene.wait(1_100);
    expect(scene.answers().slice(1)).toEqual(['rejected o2 price-off-grid', 'rejected o3 rate-limit']);
  });
});

describe('the limit on open orders', () => {
  test('counts those of a pair that stand open', () => {
    const scene = opened({ tier: { max: 100, decayPerSecond: 1, openOrders: 2 } });
    placeMany(scene, 3);
    scene.cancel('o1');
    placeMany(scene, 2);
    scene.wait(1_100);
    expect(scene.answers()).toEqual([
      'accepted o1',
      'accepted o2',
      'rejected o3 orders-limit',
      'cancelled o1 requested',
      'accepted o4',
      'rejected o5 orders-limit',
    ]);
  });

  test.each([
    ['starter', 60],
    ['intermediate', 80],
    ['pro', 225],
  ] as const)('of the %s tier is %i', (tier, openOrders) => {
    const scene = opened({ tier });
    // The counter fills up faster than that: slowly enough it never does.
    for (let index = 0; index <= openOrders; index += 1) {
      scene.place('buy', '99.0', '0.1');
      scene.wait(3_000 + index * 2_000);
    }
    scene.wait(10_000_000);
    expect(scene.answers().filter((answer) => answer.startsWith('accepted'))).toHaveLength(openOrders);
    expect(scene.answers().at(-1)).toBe(`rejected o${openOrders + 1} orders-limit`);
  });
});

test('without the option nothing is counted', () => {
  const scene = new Scene().book(1_000, [['100.0', '500.0']], [['100.2', '500.0']]);
  placeMany(scene, 300);
  scene.wait(1_100);
  expect(scene.answers().every((answer) => answer.startsWith('accepted'))).toBe(true);
  expect(scene.venue.orderPoints('BTC/USD')).toBe(0);
});

test.each<[string, OrderRateOptions]>([
  ['orderRate.tier', { tier: 'expert' as 'pro' }],
  ['orderRate.tier.max', { tier: { max: 0, decayPerSecond: 1, openOrders: 1 } }],
  ['orderRate.tier.decayPerSecond', { tier: { max: 1, decayPerSecond: 0.005, openOrders: 1 } }],
  ['orderRate.tier.openOrders', { tier: { max: 1, decayPerSecond: 1, openOrders: 0.5 } }],
])('%s is checked', (name, options) => {
  expect(() => opened(options)).toThrow(
    expect.objectContaining({ code: 'KB_PAPER_BAD_OPTION', message: expect.stringContaining(name) as string }),
  );
});
