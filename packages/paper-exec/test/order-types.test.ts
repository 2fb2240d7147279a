import { lots, micros, SECOND, ticks } from '@kb/model';
import type { OrderTrigger, PlaceIntent, PriceSpec } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { DEFAULTS, ms, Scene } from './scene.ts';

const BIDS = [
  ['100.0', '5.0'],
  ['99.9', '8.0'],
] as const;
const ASKS = [
  ['100.2', '5.0'],
  ['100.3', '8.0'],
] as const;

function opened(options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
  return new Scene(options).book(1_000, BIDS, ASKS);
}

const at = (price: number): PriceSpec => ({ type: 'static', price: ticks(price * 10) });
const percent = (text: string): PriceSpec => ({ type: 'percent', percent: text });
const quote = (price: number): PriceSpec => ({ type: 'quote', offset: ticks(price * 10) });
const trigger = (price: PriceSpec, reference: OrderTrigger['reference'] = 'last'): Partial<PlaceIntent> => ({
  trigger: { reference, price },
});

describe('fill-or-kill', () => {
  test('trades all of it at once, over several levels', () => {
    const scene = opened();
    scene.place('buy', '100.3', '7.0', { timeInForce: 'fok' });
    scene.wait(1_100);
    expect(scene.fills()).toEqual(['o1 5.0 @ 100.2 F2', 'o1 2.0 @ 100.3 F2']);
  });

  test('trades nothing when its limit does not reach enough, and holds nothing afterwards', () => {
    const scene = opened();
    scene.place('buy', '100.2', '5.1', { timeInForce: 'fok' });
    scene.wait(1_100);
    expect(scene.fills()).toEqual([]);
    expect(scene.answers()).toEqual(['accepted o1', 'cancelled o1 fok-unfilled']);
    expect(scene.venue.free('USD')).toBe('1000000');
  });

  test('counts what stands before an own order that would end it, and no more', () => {
    const scene = opened();
    scene.place('sell', '100.2', '1.0'); // behind 5.0
    scene.wait(1_100);
    scene.place('buy', '100.3', '5.1', { timeInForce: 'fok' });
    scene.place('buy', '100.3', '5.0', { timeInForce: 'fok' });
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o2', 'cancelled o2 fok-unfilled', 'accepted o3']);
    expect(scene.fills()).toEqual(['o3 5.0 @ 100.2 F2']);
  });
});

describe('good till date', () => {
  const expiring = { timeInForce: 'gtd', expiresAt: micros(7 * SECOND) } as const;

  test('expires before the market of its instant', () => {
    const scene = opened();
    scene.place('buy', '100.1', '2.0', expiring);
    scene.wait(1_100).print(6_999, '100.1', '0.5').print(7_000, '100.1', '0.5').wait(7_200);
    expect(scene.fills()).toEqual(['o1 0.5 @ 100.1 F5']);
    expect(scene.answers()).toEqual(['accepted o1', 'expired o1']);
    expect(scene.reports.at(-1)).toMatchObject({ venueTs: 7 * SECOND, remaining: 15 });
    expect(scene.venue.free('USD')).toBe(scene.venue.balances()['USD']);
    scene.print(7_300, '99.0', '9.0').wait(7_500);
    expect(scene.shadows()).toEqual(['o1 0.5 @ 100.1 F5']);
  });

  test('does not expire twice, nor after its cancel', () => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0', expiring);
    scene.wait(1_100);
    scene.cancel('o1');
    scene.wait(8_000);
    expect(scene.answers()).toEqual(['accepted o1', 'cancelled o1 requested']);
  });

  test('of a parked order ends its wait', () => {
    const scene = opened();
    scene.place('sell', undefined, '2.0', { orderType: 'stop-loss', ...trigger(at(99)), ...expiring });
    scene.wait(1_100).wait(7_100).print(7_200, '98.0', '1.0').wait(7_400);
    expect(scene.answers()).toEqual(['accepted o1', 'expired o1']);
    expect(scene.fills()).toEqual([]);
  });

  test.each([
    ['sooner than in five seconds', { timeInForce: 'gtd', expiresAt: micros(5 * SECOND) }],
    ['later than in 31 days', { timeInForce: 'gtd', expiresAt: micros(32 * 86_400 * SECOND) }],
    ['without a date', { timeInForce: 'gtd' }],
    ['with a date that it does not ask for', { expiresAt: micros(7 * SECOND) }],
  ] as const)('%s is refused', (_what, more) => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0', more);
    scene.wait(1_100);
    expect(scene.answers()).toEqual(['rejected o1 invalid-order']);
  });
});

describe('an iceberg', () => {
  const iceberg = { orderType: 'iceberg', displaySize: lots(10) } as const;

  test('fills its slice, then joins the back of the queue with the next one', () => {
    const scene = opened();
    scene.place('buy', '100.0', '3.0', iceberg);
    scene.wait(1_100).print(1_200, '100.0', '7.0').wait(1_260);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
    scene.update(1_260, [['100.0', '4.0']]).wait(1_400);
    expect(scene.ahead('o1')['risk-averse']).toBe(4);
    scene.print(1_500, '100.0', '4.5').wait(1_560);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5', 'o1 0.5 @ 100.0 F5']);
    expect(scene.remaining('o1')).toBe('1.5');
  });

  test('does not get the same volume of a sweep again with its next slice', () => {
    const scene = opened();
    scene.place('buy', '100.0', '3.0', iceberg);
    scene.wait(1_100);
    for (const size of ['6.5', '3.0', '3.0']) scene.print(1_200, '100.0', size);
    scene.wait(1_300);
    // 5.0 ahead, a slice, 0.5 past it; then 5.0 ahead of the next slice again, of which 6.0 trade.
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5', 'o1 1.0 @ 100.0 F5']);
  });

  test('gives all of it to a print through its price', () => {
    const scene = opened();
    scene.place('buy', '100.0', '3.0', iceberg);
    scene.wait(1_100).print(1_200, '99.9', '4.0').wait(1_300);
    expect(scene.fills()).toEqual(['o1 3.0 @ 100.0 F6']);
  });

  test('takes with all of it when it can', () => {
    const scene = opened();
    scene.place('buy', '100.2', '6.0', { ...iceberg, displaySize: lots(4) });
    scene.wait(1_100);
    expect(scene.fills()).toEqual(['o1 5.0 @ 100.2 F2']);
    scene.print(1_200, '100.2', '0.7').wait(1_300);
    expect(scene.fills().at(-1)).toBe('o1 0.4 @ 100.2 F5');
  });

  test('keeps its place when its slice is amended to a smaller one, and loses it to a larger one', () => {
    const scene = opened();
    scene.place('buy', '100.0', '3.0', iceberg);
    scene
      .wait(1_100)
      .print(1_200, '100.0', '2.0')
      .update(1_200, [['100.0', '8.0']])
      .wait(1_300);
    scene.amend('o1', {}, { displaySize: lots(5) });
    scene.wait(1_400);
    expect(scene.reports.at(-1)).toMatchObject({ type: 'amended', keptPriority: true });
    expect(scene.ahead('o1')['risk-averse']).toBe(3);
    scene.amend('o1', {}, { displaySize: lots(20) });
    scene.wait(1_500);
    expect(scene.reports.at(-1)).toMatchObject({ type: 'amended', keptPriority: false });
    expect(scene.ahead('o1')['risk-averse']).toBe(8);
  });

  test.each([
    ['less than a fifteenth', { orderType: 'iceberg', displaySize: lots(1) }],
    ['more than all', { orderType: 'iceberg', displaySize: lots(31) }],
    ['no slice', { orderType: 'iceberg' }],
    ['a slice of a plain order', { displaySize: lots(10) }],
  ] as const)('showing %s is refused', (_what, more) => {
    const scene = opened();
    scene.place('buy', '100.0', '3.0', more);
    scene.wait(1_100);
    expect(scene.answers()).toEqual(['rejected o1 invalid-order']);
  });
});

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
});

describe('a trailing stop', () => {
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

describe('a market order', () => {
  test('trades to its protection, which the best price of its arrival sets, and no further', () => {
    const scene = opened({ marketProtection: '0.001' });
    scene.place('buy', undefined, '9.0'); // 100.2 and 0.1 more
    scene.place('sell', undefined, '9.0'); // 100.0 and 0.1 less
    scene.wait(1_100);
    expect(scene.fills()).toEqual(['o1 5.0 @ 100.2 F2', 'o1 4.0 @ 100.3 F2', 'o2 5.0 @ 100.0 F2', 'o2 4.0 @ 99.9 F2']);
    scene
      .update(
        1_200,
        [
          ['99.9', '0'],
          ['99.8', '9.0'],
        ],
        [
          ['100.3', '0'],
          ['100.4', '9.0'],
        ],
      )
      .wait(1_300);
    scene.place('buy', undefined, '9.0');
    scene.wait(1_400);
    expect(scene.answers().at(-1)).toBe('rejected o3 no-liquidity');
    const tight = opened({ marketProtection: '0.0005' });
    tight.place('buy', undefined, '9.0');
    tight.wait(1_100);
    expect(tight.fills()).toEqual(['o1 5.0 @ 100.2 F2']);
    expect(tight.answers().at(-1)).toBe('cancelled o1 market-remainder');
  });
});

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
    expect(scene.fills().slice(1)).toEqual(['o4 7.0 @ 100.2 F2']);
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
});

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

describe('edit', () => {
  const edit = (scene: Scene, more: { price?: number; size?: number } = {}): void => {
    scene.venue.submit(
      {
        type: 'edit',
        strategyId: 's',
        reason: 'test',
        confidence: 1,
        symbol: 'BTC/USD',
        clientOrderId: 'o1',
        newClientOrderId: 'e1',
        price: more.price === undefined ? undefined : ticks(more.price * 10),
        size: more.size === undefined ? undefined : lots(more.size * 10),
      },
      scene.now,
    );
  };

  test('ends the order and begins another with a new id, at the back and without the fills', () => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0');
    scene
      .wait(1_100)
      .print(1_200, '100.0', '6.0')
      .update(1_200, [['100.0', '3.0']])
      .wait(1_300);
    edit(scene);
    scene.wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1', 'cancelled o1 replaced', 'accepted e1']);
    expect(scene.reports.at(-1)).toMatchObject({ size: 20, price: 1_000, venueOrderId: 'PAPER-2' });
    expect(scene.ahead('e1')['risk-averse']).toBe(3);
  });

  test.each([
    { what: 'what has traded exceeds the new size', more: { size: 1 }, reason: 'invalid-order' },
    { what: 'the money does not suffice', more: { size: 1_000_000 }, reason: 'insufficient-funds' },
  ])('is refused and leaves the order when $what', ({ more, reason }) => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0');
    scene
      .wait(1_100)
      .print(1_200, '100.0', '6.0')
      .update(1_200, [['100.0', '3.0']])
      .wait(1_300);
    edit(scene, more);
    scene.wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1', `rejected e1 ${reason}`]);
    expect(scene.remaining('o1')).toBe('1.0');
  });

  test('counts the money that the old order holds', () => {
    const scene = opened({ balances: { USD: '300', BTC: '0' } });
    scene.place('buy', '100.0', '2.0');
    scene.wait(1_100);
    edit(scene, { price: 99, size: 3 });
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['accepted o1', 'cancelled o1 replaced', 'accepted e1']);
  });
});

describe('checks', () => {
  test('a limit outside of the band about the last trade is refused', () => {
    const scene = opened({ priceBand: '0.05' }).print(1_010, '100.0', '0.1').wait(1_100);
    scene.place('buy', '95.0', '1.0');
    scene.place('buy', '94.9', '1.0');
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['accepted o1', 'rejected o2 price-band']);
  });

  test.each([
    { status: 'limit_only', more: { orderType: 'iceberg', displaySize: lots(10) }, answer: 'accepted o1' },
    {
      status: 'limit_only',
      more: { orderType: 'stop-loss-limit', ...trigger(at(99)) },
      answer: 'rejected o1 instrument-status',
    },
    { status: 'reduce_only', more: {}, answer: 'rejected o1 instrument-status' },
    { status: 'reduce_only', more: { reduceOnly: true }, answer: 'rejected o1 no-position' },
  ] as const)('while the pair is $status: $answer', ({ status, more, answer }) => {
    const scene = new Scene({}, { pair: { ...new Scene().pair, status } }).book(1_000, BIDS, ASKS);
    scene.place('buy', '100.0', '1.0', more);
    scene.wait(1_100);
    expect(scene.answers()).toEqual([answer]);
  });
});

describe('the vectors of the reference', () => {
  test('V10: post-only is judged by the book at its arrival, and told after the ack leg', () => {
    const scene = new Scene({ latency: { feed: ms(0), entry: ms(20), ack: ms(10) } });
    scene.book(1_000, [['99.9', '5.0']], [['100.1', '5.0']]);
    scene.place('buy', '100.0', '1.0', { postOnly: true });
    scene
      .update(1_010, [], [['100.0', '5.0']])
      .wait(1_029)
      .wait(1_080);
    expect(scene.answers()).toEqual(['rejected o1 post-only-would-take']);
    expect(scene.reports[0]).toMatchObject({ venueTs: ms(1_020) });
    scene.print(1_100, '99.0', '9.0').wait(1_300);
    expect(scene.fills()).toEqual([]);
  });

  test('V11: a print before the cancel arrives stands, and the cancel finds no order', () => {
    const scene = new Scene({ latency: { feed: ms(0), entry: ms(20), ack: ms(0) } });
    scene.book(1_000, [['99.9', '5.0']], [['100.1', '5.0']]);
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100);
    scene.cancel('o1'); // arrives at 1,120
    scene.print(1_119.9, '100.0', '1.0').wait(1_300);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
    expect(scene.answers()).toEqual(['accepted o1', 'cancel-rejected o1 unknown-order']);
  });
});
