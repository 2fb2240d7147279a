import { ticks } from '@kb/model';
import type { Ticks } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { BIDS, at, opened, percent, quote, trigger } from './order-terms.ts';
import { DEFAULTS, ms, Scene } from './scene.ts';

describe('a triggered order', () => {
  test.each([
    { orderType: 'stop-loss', side: 'sell', stop: 99.5, misses: '99.6', fires: '99.5' },
    { orderType: 'stop-loss', side: 'buy', stop: 100.5, misses: '100.4', fires: '100.5' },
    { orderType: 'take-profit', side: 'sell', stop: 100.5, misses: '100.4', fires: '100.5' },
    { orderType: 'take-profit', side: 'buy', stop: 99.5, misses: '99.6', fires: '99.5' },
  ] as const)(
    '$orderType $side fires at its price and beyond, not before',
    ({ orderType, side, stop, misses, fires }) => {
      const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
      scene.place(side, undefined, '2.0', { orderType, ...trigger(at(stop)) });
      scene.wait(1_200).print(1_300, misses, '0.1').wait(1_400);
      expect(scene.answers()).toEqual(['accepted o1']);
      expect(scene.venue.queue('o1').every(({ ahead }) => ahead === undefined)).toBe(true);
      scene.print(1_500, fires, '0.1').wait(1_600);
      expect(scene.answers()).toEqual(['accepted o1', 'triggered o1']);
      expect(scene.fills()).toEqual([side === 'sell' ? 'o1 2.0 @ 100.0 F2' : 'o1 2.0 @ 100.2 F2']);
      expect(scene.reports.map(({ venueTs }) => venueTs)).toEqual([ms(1_100), ms(1_500), ms(1_500)]);
    },
  );

  test('meets the book as it is after the print that fired it', () => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('sell', undefined, '2.0', { orderType: 'stop-loss', ...trigger(at(100)) });
    scene
      .wait(1_200)
      .print(1_300, '100.0', '5.0')
      .update(1_300, [['100.0', '0']])
      .wait(1_400);
    expect(scene.fills()).toEqual(['o1 2.0 @ 99.9 F2']);
  });

  test('goes to the market at once when its price has been reached already', () => {
    const scene = opened().print(1_010, '99.0', '0.1').wait(1_100);
    scene.place('sell', undefined, '2.0', { orderType: 'stop-loss', ...trigger(at(99.5)) });
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['accepted o1', 'triggered o1']);
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.0 F2']);
  });

  test('waits for the venue when that takes time from trigger to market', () => {
    const scene = opened({ triggerDelay: ms(20) })
      .print(1_010, '100.1', '0.1')
      .wait(1_100);
    scene.place('sell', undefined, '2.0', { orderType: 'stop-loss', ...trigger(at(99.5)) });
    scene
      .wait(1_200)
      .print(1_300, '99.5', '0.1')
      .update(1_310, [['100.0', '0.5']])
      .wait(1_400);
    expect(scene.fills()).toEqual(['o1 0.5 @ 100.0 F2', 'o1 1.5 @ 99.9 F2']);
    expect(scene.reports.at(-1)).toMatchObject({ venueTs: ms(1_320) });
  });

  test('with a limit joins the back of the queue at its price', () => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('buy', '100.0', '2.0', { orderType: 'stop-loss-limit', ...trigger(at(100.5)) });
    scene
      .wait(1_200)
      .print(1_300, '100.5', '0.1', 'buy')
      .update(1_310, [['100.0', '7.0']])
      .wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1', 'triggered o1']);
    expect(scene.ahead('o1')['risk-averse']).toBe(5);
    scene.print(1_500, '100.0', '6.0').wait(1_600);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
  });

  test('holds what it may cost, and nothing once it is cancelled', () => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('buy', undefined, '10.0', { orderType: 'stop-loss', ...trigger(at(110)) });
    scene.wait(1_200);
    expect(scene.venue.free('USD')).toBe('998895.6'); // 1100 and the taker fee
    scene.cancel('o1');
    scene.wait(1_300);
    expect(scene.venue.free('USD')).toBe('1000000');
    scene.print(1_400, '111.0', '1.0', 'buy').wait(1_500);
    expect(scene.answers().at(-1)).toBe('cancelled o1 requested');
  });

  test('that the money is not there for by then is cancelled with the reason', () => {
    const scene = opened({ balances: { USD: '205', BTC: '0' } })
      .print(1_010, '100.1', '0.1')
      .wait(1_100);
    scene.place('buy', undefined, '2.0', { orderType: 'take-profit', ...trigger(at(99)) });
    scene
      .wait(1_200)
      .update(
        1_300,
        [],
        [
          ['100.2', '0'],
          ['100.3', '0'],
          ['110.0', '9.0'],
        ],
      )
      .wait(1_400);
    scene.print(1_500, '98.0', '1.0').wait(1_600);
    expect(scene.answers()).toEqual(['accepted o1', 'triggered o1', 'cancelled o1 insufficient-funds']);
    expect(scene.venue.free('USD')).toBe('205');
  });

  test.each([
    { what: 'percentage below', spec: percent('-0.55'), side: 'sell', fires: '99.5' }, // 99.5495 goes away from the market
    { what: 'distance above', spec: quote(0.4), side: 'buy', fires: '100.5' },
  ] as const)('a $what the last trade is reckoned when it comes', ({ spec, side, fires }) => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.place(side, undefined, '1.0', { orderType: 'stop-loss', ...trigger(spec) });
    scene
      .wait(1_200)
      .print(1_300, side === 'sell' ? '99.6' : '100.4', '0.1')
      .wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1']);
    scene.print(1_500, fires, '0.1').wait(1_600);
    expect(scene.answers()).toEqual(['accepted o1', 'triggered o1']);
  });

  test('by index looks at the index, and at the last trade until one is told', () => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.venue.onIndex('BTC/USD', ticks(1_001));
    scene.place('sell', undefined, '1.0', { orderType: 'stop-loss', ...trigger(at(99.5), 'index') });
    scene.wait(1_200).print(1_300, '99.0', '0.1').wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1']);
    scene.venue.onIndex('BTC/USD', ticks(995));
    scene.wait(1_500);
    expect(scene.answers()).toEqual(['accepted o1', 'triggered o1']);

    const without = opened().print(1_010, '100.1', '0.1').wait(1_100);
    without.place('sell', undefined, '1.0', { orderType: 'stop-loss', ...trigger(at(99.5), 'index') });
    without.wait(1_200).print(1_300, '99.0', '0.1').wait(1_400);
    expect(without.answers()).toEqual(['accepted o1', 'triggered o1']);
  });

  test('goes to the market once there is a book again, by prints that a gap had hidden', () => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('sell', undefined, '2.0', { orderType: 'stop-loss', ...trigger(at(99.5)) });
    scene.wait(1_200).feed(1_300, 'resyncing').print(1_350, '99.0', '0.1').wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1']);
    scene.book(1_500, [['98.0', '5.0']], [['98.5', '5.0']]).wait(1_600);
    expect(scene.answers()).toEqual(['accepted o1', 'triggered o1']);
    expect(scene.fills()).toEqual(['o1 2.0 @ 98.0 F2']);
  });

  test('that was on its way to the market when a gap began waits for the book that ends it', () => {
    const scene = opened({ triggerDelay: ms(20) })
      .print(1_010, '100.1', '0.1')
      .wait(1_100);
    scene.place('sell', undefined, '2.0', { orderType: 'stop-loss', ...trigger(at(99.5)) });
    scene
      .wait(1_200)
      .print(1_300, '99.0', '0.1')
      .update(1_300, [['100.0', '4.0']])
      .feed(1_310, 'resyncing')
      .wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1', 'triggered o1']);
    scene
      .wait(1_450)
      .book(1_500, [['98.0', '5.0']], [['98.5', '5.0']])
      .wait(1_600);
    expect(scene.fills()).toEqual(['o1 2.0 @ 98.0 F2']);
    expect(scene.reports.at(-1)).toMatchObject({ venueTs: ms(1_500) });
  });

  test('waits on when its trigger is amended away', () => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('sell', undefined, '2.0', { orderType: 'stop-loss', ...trigger(at(99.5)) });
    scene.wait(1_200);
    scene.amend('o1', { size: '1.0' }, { trigger: at(99.0) });
    scene.wait(1_300).print(1_400, '99.4', '0.1').wait(1_500);
    expect(scene.answers()).toEqual(['accepted o1', 'amended o1']);
    scene.print(1_600, '99.0', '0.1').wait(1_700);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F2']);
  });

  test('whose trigger is amended to a price that has been reached fires at once', () => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('sell', undefined, '2.0', { orderType: 'stop-loss', ...trigger(at(99.5)) });
    scene.wait(1_200);
    scene.amend('o1', {}, { trigger: at(100.1) });
    scene.wait(1_300);
    expect(scene.answers()).toEqual(['accepted o1', 'amended o1', 'triggered o1']);
  });

  test('is not refused for lack of a trade, unless its trigger is relative', () => {
    const scene = opened();
    scene.place('sell', undefined, '1.0', { orderType: 'stop-loss', ...trigger(at(99.5)) });
    scene.place('sell', undefined, '1.0', { orderType: 'stop-loss', ...trigger(percent('-1')) });
    scene.place('sell', undefined, '1.0', { orderType: 'trailing-stop', ...trigger(percent('1')) });
    scene.wait(1_100);
    expect(scene.answers()).toEqual([
      'accepted o1',
      'rejected o2 no-reference-price',
      'rejected o3 no-reference-price',
    ]);
  });

  test.each([
    ['no trigger', 'sell', undefined, { orderType: 'stop-loss' }],
    ['a trigger of a plain order', 'sell', '100.0', trigger(at(99))],
    ['post-only', 'sell', '99.0', { orderType: 'stop-loss-limit', postOnly: true, ...trigger(at(99)) }],
    ['no limit', 'sell', undefined, { orderType: 'stop-loss-limit', ...trigger(at(99)) }],
    ['a limit that it has no use for', 'sell', '99.0', { orderType: 'stop-loss', ...trigger(at(99)) }],
    ['a static trail', 'sell', undefined, { orderType: 'trailing-stop', ...trigger(at(99)) }],
    ['a trail of nothing', 'sell', undefined, { orderType: 'trailing-stop', ...trigger(percent('0')) }],
    ['a percentage that is none', 'sell', undefined, { orderType: 'stop-loss', ...trigger(percent('ten')) }],
    [
      'a trail without its limit offset',
      'sell',
      undefined,
      { orderType: 'trailing-stop-limit', ...trigger(percent('1')) },
    ],
    ['fill-or-kill', 'sell', undefined, { orderType: 'stop-loss', timeInForce: 'fok', ...trigger(at(99)) }],
  ] as const)('with %s is refused', (_what, side, price, more) => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.place(side, price, '1.0', more);
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['rejected o1 invalid-order']);
  });

  test('with a trigger off the grid is refused', () => {
    const scene = new Scene({}, { pair: { ...new Scene().pair, tickSize: ticks(5) } }).book(1_000, BIDS, [
      ['100.5', '5.0'],
    ]);
    scene.place('sell', undefined, '1.0', { orderType: 'stop-loss', ...trigger(at(99.7)) });
    scene.wait(1_100);
    expect(scene.answers()).toEqual(['rejected o1 price-off-grid']);
  });

  test('with a limit has not met prints from before its trigger, however late they are told', () => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('sell', '100.5', '2.0', { orderType: 'stop-loss-limit', ...trigger(at(99.5)) });
    scene.wait(1_200).print(1_300, '99.0', '0.1').wait(1_500);
    expect(scene.answers()).toEqual(['accepted o1', 'triggered o1']);
    scene.print(1_250, '100.6', '9.0', 'buy').wait(1_600);
    expect(scene.fills()).toEqual([]);
    scene.print(1_650, '100.6', '9.0', 'buy').wait(1_800);
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.5 F6']);
  });

  test('is not amended on its way from its trigger to the market', () => {
    const scene = opened({ triggerDelay: ms(50) })
      .print(1_010, '100.1', '0.1')
      .wait(1_100);
    scene.place('sell', undefined, '2.0', { orderType: 'stop-loss', ...trigger(at(99.5)) });
    scene.wait(1_200).print(1_300, '99.0', '0.1');
    scene.amend('o1', { size: '1.0' });
    scene.wait(1_500);
    expect(scene.answers()).toEqual(['accepted o1', 'triggered o1', 'amend-rejected o1 invalid-order']);
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.0 F2']);
  });

  test('by index looks at the index of its arrival, whatever the last trade was', () => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.venue.onIndex('BTC/USD', ticks(990));
    scene.place('sell', undefined, '1.0', { orderType: 'stop-loss', ...trigger(at(99.5), 'index') });
    scene.place('sell', undefined, '1.0', { orderType: 'stop-loss', ...trigger(at(99.5), 'last') });
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['accepted o1', 'triggered o1', 'accepted o2']);
  });

  test('by index looks at an index that is told before the market has moved on', () => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('sell', undefined, '1.0', { orderType: 'stop-loss', ...trigger(at(99.5), 'index') });
    scene.wait(1_200); // the market's last message is older than the order
    scene.venue.onIndex('BTC/USD', ticks(990));
    scene.wait(1_300);
    expect(scene.answers()).toEqual(['accepted o1', 'triggered o1']);
  });

  test('is not amended to a relative price without a trade, which costs what a refusal costs', () => {
    const scene = opened({ orderRate: { tier: 'starter' } });
    scene.place('sell', undefined, '1.0', { orderType: 'stop-loss', ...trigger(at(99.5)) });
    scene.wait(1_200);
    const before = scene.venue.orderPoints('BTC/USD');
    scene.amend('o1', { size: '0.5' }, { trigger: percent('-1') });
    scene.wait(1_201);
    scene.wait(1_260);
    expect(scene.answers()).toEqual(['accepted o1', 'amend-rejected o1 no-reference-price']);
    expect(scene.venue.orderPoints('BTC/USD') - before).toBeLessThan(1);
    expect(scene.remaining('o1')).toBe('1.0');
  });

  test('is not amended to a relative price that the money is not there for', () => {
    const scene = opened({ balances: { USD: '210', BTC: '0' } })
      .print(1_010, '100.1', '0.1')
      .wait(1_100);
    scene.place('buy', undefined, '2.0', { orderType: 'stop-loss', ...trigger(at(103)) });
    scene.wait(1_200);
    scene.amend('o1', {}, { trigger: percent('10') });
    scene.wait(1_300);
    expect(scene.answers()).toEqual(['accepted o1', 'amend-rejected o1 insufficient-funds']);
    expect(Number(scene.venue.free('USD'))).toBeGreaterThanOrEqual(0);
  });

  test.each([0.5, Number.NaN])('at a distance of %d ticks is refused', (offset) => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('sell', undefined, '1.0', {
      orderType: 'stop-loss',
      ...trigger({ type: 'quote', offset: offset as Ticks }),
    });
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['rejected o1 invalid-order']);
  });
});

describe('a trailing stop', () => {
  test('whose limit would be no price when it triggers ends', () => {
    const scene = opened().print(1_010, '100.0', '0.1').wait(1_100);
    const limitOffset = { type: 'quote', offset: ticks(-2_000) } as const;
    scene.place('sell', undefined, '1.0', { orderType: 'trailing-stop-limit', limitOffset, ...trigger(quote(1)) });
    scene.wait(1_200).print(1_300, '99.0', '0.1').wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1', 'triggered o1', 'cancelled o1 invalid-order']);
    expect(scene.venue.free('BTC')).toBe('1000');
  });

  test('keeps the best price it has seen when its distance is amended, and follows at the new one', () => {
    const amended = (): Scene => {
      const scene = opened().print(1_010, '100.0', '0.1').wait(1_100);
      scene.place('sell', undefined, '1.0', { orderType: 'trailing-stop', ...trigger(quote(1)) });
      scene.wait(1_200).print(1_300, '102.0', '0.1').print(1_310, '101.5', '0.1').wait(1_400);
      scene.amend('o1', {}, { trigger: quote(2) });
      return scene.wait(1_500);
    };
    const back = amended().print(1_600, '100.1', '0.1').wait(1_700);
    expect(back.answers()).toEqual(['accepted o1', 'amended o1']);
    expect(back.print(1_800, '100.0', '0.1').wait(1_900).answers().at(-1)).toBe('triggered o1');
    const on = amended().print(1_600, '103.0', '0.1').print(1_610, '101.1', '0.1').wait(1_700);
    expect(on.answers()).toEqual(['accepted o1', 'amended o1']);
    expect(on.print(1_800, '101.0', '0.1').wait(1_900).answers().at(-1)).toBe('triggered o1');
  });

  test('of a sell follows the highest print since it came, print by print, and never back', () => {
    const scene = opened().print(1_010, '100.0', '0.1').wait(1_100);
    scene.place('sell', undefined, '1.0', { orderType: 'trailing-stop', ...trigger(quote(1)) });
    scene.wait(1_200);
    // Stop at 99.0, then 100.5 - 1 = 99.5.
    scene.print(1_300, '100.5', '0.1').print(1_300, '99.6', '0.1').print(1_310, '100.2', '0.1').wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1']);
    scene.print(1_500, '99.5', '0.1').wait(1_600);
    expect(scene.answers()).toEqual(['accepted o1', 'triggered o1']);
  });

  test('of a buy follows the lowest, its percentage rounded away from the market', () => {
    const scene = opened().print(1_010, '100.0', '0.1').wait(1_100);
    scene.place('buy', undefined, '1.0', { orderType: 'trailing-stop', ...trigger(percent('0.5')) });
    scene.wait(1_200).print(1_300, '99.7', '0.1').wait(1_400); // 100.1985 becomes 100.2
    scene.print(1_500, '100.1', '0.1').wait(1_600);
    expect(scene.answers()).toEqual(['accepted o1']);
    scene.print(1_700, '100.2', '0.1').wait(1_800);
    expect(scene.answers()).toEqual(['accepted o1', 'triggered o1']);
  });

  test('with a limit offset becomes a limit order that far from its trigger', () => {
    const scene = opened().print(1_010, '100.0', '0.1').wait(1_100);
    const offset = { limitOffset: { type: 'quote', offset: ticks(20) } } as const;
    scene.place('sell', undefined, '1.0', { orderType: 'trailing-stop-limit', ...trigger(quote(1)), ...offset });
    scene.wait(1_200).print(1_300, '99.0', '0.1').wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1', 'triggered o1']);
    scene.print(1_500, '101.0', '1.0', 'buy').wait(1_600);
    expect(scene.fills()).toEqual(['o1 1.0 @ 101.0 F5']);
  });

  test('ignores a print from before it came that is told afterwards', () => {
    const scene = opened().print(1_010, '100.0', '0.1').wait(1_100);
    scene.place('sell', undefined, '1.0', { orderType: 'trailing-stop', ...trigger(quote(1)) });
    scene.wait(1_300).print(1_090, '98.0', '0.1').wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1']);
  });

  test('ignores prints from before it came', () => {
    const scene = opened({ latency: { ...DEFAULTS.latency, entry: ms(50) } })
      .print(1_010, '100.0', '0.1')
      .wait(1_100);
    scene.place('sell', undefined, '1.0', { orderType: 'trailing-stop', ...trigger(quote(1)) });
    scene
      .print(1_140, '105.0', '0.1')
      .print(1_145, '100.0', '0.1')
      .wait(1_300)
      .print(1_400, '100.0', '0.1')
      .wait(1_500);
    expect(scene.answers()).toEqual(['accepted o1']);
  });
});
