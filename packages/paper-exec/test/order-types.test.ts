import { lots, micros, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { ASKS, BIDS, at, opened, trigger } from './order-terms.ts';
import { ms, Scene } from './scene.ts';

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

  test('may be five seconds away, to the instant', () => {
    const scene = opened();
    scene.place('buy', '100.1', '2.0', { timeInForce: 'gtd', expiresAt: micros(6 * SECOND) });
    scene.wait(6_100);
    expect(scene.answers()).toEqual(['accepted o1', 'expired o1']);
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
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F6', 'o1 1.0 @ 100.0 F6', 'o1 1.0 @ 100.0 F6']);
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
      more: { orderType: 'take-profit-limit', ...trigger(at(99)) },
      answer: 'accepted o1',
    },
    { status: 'reduce_only', more: {}, answer: 'rejected o1 instrument-status' },
    { status: 'reduce_only', more: { reduceOnly: true, leverage: 2 }, answer: 'rejected o1 no-position' },
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
