import { describe, expect, test } from 'vitest';
import { ms, NO_DELAY, Scene } from './scene.ts';

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

describe('F1 placing', () => {
  test.each([
    { side: 'buy', price: '100.0', ahead: 5, what: 'at the best' },
    { side: 'buy', price: '99.9', ahead: 8, what: 'behind the best' },
    { side: 'buy', price: '100.1', ahead: 0, what: 'inside the spread' },
    { side: 'buy', price: '99.0', ahead: 0, what: 'at an empty price in a book that shows all levels' },
    { side: 'sell', price: '100.2', ahead: 5, what: 'at the best ask' },
  ] as const)('an order $what queues behind what is displayed', ({ side, price, ahead }) => {
    const scene = opened();
    scene.place(side, price, '1.0');
    scene.wait(1_100);
    expect(scene.answers()).toEqual(['accepted o1']);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': ahead, uniform: ahead });
  });

  test('beyond the depth in view the queue is unknown until the level comes into view', () => {
    const scene = new Scene({}, { depth: 2 }).book(1_000, BIDS, ASKS);
    scene.place('buy', '99.8', '1.0');
    scene.wait(1_100);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': undefined, uniform: undefined });
    // Prints at the price cannot be told from the queue ahead, and a level that is not shown has not gone.
    scene.print(1_200, '99.8', '50.0').wait(1_300);
    expect(scene.fills()).toEqual([]);
    scene
      .update(1_400, [
        ['100.0', '0'],
        ['99.8', '7.0'],
      ])
      .wait(1_500);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 7, uniform: 7 });
    scene
      .update(1_600, [
        ['100.0', '1.0'],
        ['99.9', '2.0'],
      ])
      .wait(1_700);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 7, uniform: 7 });
  });

  test('the rest of an order that took first has nobody ahead at its own new price', () => {
    const scene = opened();
    scene.place('buy', '100.2', '7.0');
    scene.wait(1_100);
    expect(scene.fills()).toEqual(['o1 5.0 @ 100.2 F2']);
    expect(scene.remaining('o1')).toBe('2.0');
    expect(scene.ahead('o1')['risk-averse']).toBe(0);
  });
});

describe('F2 and F4 taking', () => {
  test('a fill is made per level, at the level, and reported as taker with the taker fee', () => {
    const scene = opened();
    scene.place('sell', '99.9', '6.0', { timeInForce: 'ioc' });
    scene.wait(1_100);
    expect(scene.fills()).toEqual(['o1 5.0 @ 100.0 F2', 'o1 1.0 @ 99.9 F2']);
    expect(scene.reports[1]).toMatchObject({
      liquidity: 'taker',
      fee: '2',
      feeAsset: 'USD',
      rule: 'F2',
      evidence: { tradeIds: [], bookSeq: 1 },
      ahead: {},
      fillId: 'PAPER-1-1',
      venueOrderId: 'PAPER-1',
    });
  });

  test('taker fills are told of the other model as well, so that its ledger is complete', () => {
    const scene = opened();
    scene.place('buy', undefined, '6.0');
    scene.wait(1_100);
    expect(scene.shadows()).toEqual(scene.fills());
    expect(scene.shadowFills[0]?.fill).toMatchObject({ seq: 0, fillId: 'PAPER-1-uniform-1' });
  });

  test('a market order larger than the displayed book ends with its remainder cancelled', () => {
    const scene = opened();
    scene.place('buy', undefined, '20.0');
    scene.wait(1_100);
    expect(scene.fills()).toEqual(['o1 5.0 @ 100.2 F2', 'o1 8.0 @ 100.3 F2']);
    expect(scene.answers()).toEqual(['accepted o1', 'cancelled o1 market-remainder']);
    expect(scene.reports.at(-1)).toMatchObject({ remaining: 70 });
  });

  test('what we took comes back with the level: gone, then new', () => {
    const scene = opened();
    scene.place('buy', undefined, '5.0');
    scene
      .wait(1_100)
      .update(1_200, [], [['100.2', '0']])
      .update(1_210, [], [['100.2', '4.0']])
      .wait(1_300);
    scene.place('buy', '100.2', '9.0', { timeInForce: 'ioc' });
    scene.wait(1_400);
    expect(scene.fills().at(-1)).toBe('o2 4.0 @ 100.2 F2');
  });

  test('of a level that shrinks we have had our share, and parts of a lot are nobody’s', () => {
    const scene = opened();
    scene.place('buy', '100.2', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [], [['100.2', '3.1']])
      .wait(1_300);
    // 1.0 of 5.0 is 0.62 of 3.1: 2.48 are left.
    scene.place('buy', '100.2', '9.0', { timeInForce: 'ioc' });
    scene.wait(1_400);
    expect(scene.fills().at(-1)).toBe('o2 2.4 @ 100.2 F2');
  });

  test('an increase brings only what is new', () => {
    const scene = opened();
    scene.place('buy', undefined, '5.0');
    scene
      .wait(1_100)
      .update(1_200, [], [['100.2', '6.5']])
      .wait(1_300);
    scene.place('buy', '100.2', '9.0', { timeInForce: 'ioc' });
    scene.wait(1_400);
    expect(scene.fills().at(-1)).toBe('o2 1.5 @ 100.2 F2');
  });

  test('what we took of a level that is out of view for a while is still taken when it comes back', () => {
    const scene = new Scene({}, { depth: 2 }).book(1_000, BIDS, ASKS);
    scene.place('buy', '100.3', '13.0');
    scene.wait(1_100);
    const better = [
      ['100.1', '1.0'],
      ['100.2', '5.0'],
    ] as const;
    scene
      .book(1_200, BIDS, better)
      .update(1_300, [], [['100.1', '0']])
      .update(1_300, [], [['100.3', '8.0']])
      .wait(1_400);
    scene.place('buy', '100.3', '13.0', { timeInForce: 'ioc' });
    scene.wait(1_500);
    expect(scene.fills()).toEqual(['o1 5.0 @ 100.2 F2', 'o1 8.0 @ 100.3 F2']);
  });

  test('a fresh snapshot of the same book does not give back what we took', () => {
    const scene = opened();
    scene.place('buy', undefined, '5.0');
    scene.wait(1_100).book(1_200, BIDS, ASKS).wait(1_300);
    scene.place('buy', '100.2', '9.0', { timeInForce: 'ioc' });
    scene.wait(1_400);
    expect(scene.answers().at(-1)).toBe('cancelled o2 ioc-remainder');
    expect(scene.fills()).toHaveLength(1);
  });

  test('a taker stops at an own order: the newer one is cancelled', () => {
    const scene = opened();
    scene.place('sell', '100.2', '1.0');
    scene.wait(1_100);
    scene.place('buy', '100.3', '7.0');
    scene.wait(1_200);
    expect(scene.fills()).toEqual(['o2 5.0 @ 100.2 F2']);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o2', 'cancelled o2 self-trade']);
  });

  test('an own order inside the spread stops a taker before the public book', () => {
    const scene = opened();
    scene.place('sell', '100.1', '1.0');
    scene.wait(1_100);
    scene.place('buy', undefined, '2.0');
    scene.place('buy', '100.1', '2.0', { postOnly: true });
    scene.wait(1_200);
    expect(scene.fills()).toEqual([]);
    expect(scene.answers().slice(2)).toEqual(['cancelled o2 self-trade', 'rejected o3 post-only-would-take']);
  });
});

describe('F5 and F6 prints', () => {
  test.each([
    { what: 'a taker buy at our bid', price: '100.0', taker: 'buy', fills: [] },
    { what: 'a taker sell above our bid', price: '100.1', taker: 'sell', fills: [] },
    { what: 'a taker sell below our bid', price: '99.9', taker: 'sell', fills: ['o1 2.0 @ 100.0 F6'] },
    { what: 'a taker buy above our bid', price: '100.2', taker: 'buy', fills: [] },
  ] as const)('$what', ({ price, taker, fills }) => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0');
    scene.wait(1_100).print(1_200, price, '50.0', taker).wait(1_300);
    expect(scene.fills()).toEqual(fills);
  });

  test('sells mirror buys', () => {
    const scene = opened();
    scene.place('sell', '100.2', '2.0');
    scene.wait(1_100).print(1_200, '100.2', '5.5', 'buy').print(1_210, '100.3', '1.0', 'buy').wait(1_300);
    expect(scene.fills()).toEqual(['o1 0.5 @ 100.2 F5', 'o1 1.0 @ 100.2 F6']);
  });

  test('a sweep is one volume for all own orders: what the better one got, the worse one does not', () => {
    const scene = opened();
    scene.place('buy', '100.1', '2.0'); // alone at its price
    scene.place('buy', '100.0', '2.0'); // 5 ahead
    scene.wait(1_100).print(1_200, '100.0', '5.0').print(1_200, '99.9', '3.0').wait(1_300);
    // 8 swept in all: 2 to the first, 5 to the queue ahead of the second, 1 left.
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.1 F6', 'o2 1.0 @ 100.0 F6']);
  });

  test.each([
    { what: 'the trade ids leave a gap', second: { at: 1_200, more: { tradeId: 200 } } },
    { what: 'the venue time differs', second: { at: 1_201, more: {} } },
  ])('prints are two sweeps when $what', ({ second }) => {
    const scene = opened();
    scene.place('buy', '100.1', '2.0');
    scene.place('buy', '100.0', '2.0');
    scene.wait(1_100).print(1_200, '100.0', '5.0').print(second.at, '99.9', '3.0', 'sell', second.more).wait(1_300);
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.1 F6', 'o2 2.0 @ 100.0 F6']);
  });

  test('a taker on the other side between them makes two sweeps of prints', () => {
    const scene = opened();
    scene.place('buy', '100.1', '2.0');
    scene.place('buy', '100.0', '2.0');
    scene.place('sell', '105.0', '1.0'); // or nobody would look at the taker in between
    scene.wait(1_100).print(1_200, '100.0', '5.0').print(1_200, '100.2', '1.0', 'buy').print(1_200, '99.9', '3.0');
    scene.wait(1_300);
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.1 F6', 'o2 2.0 @ 100.0 F6']);
  });

  test('who trades through our price leaves nobody ahead of what remains of us', () => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0'); // behind 5.0
    scene.wait(1_100).print(1_200, '99.9', '1.0').print(1_210, '100.0', '0.5').wait(1_300);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F6', 'o1 0.5 @ 100.0 F5']);
  });

  test('each fill names the print that made it and the queue ahead by model', () => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '10.0']])
      .update(1_210, [['100.0', '6.0']])
      .wait(1_320);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 5, uniform: 3 });
    scene.print(1_400, '100.0', '5.5', 'sell', { tradeId: 777 }).wait(1_500);
    const evidence = { tradeIds: [777], bookSeq: 4 };
    expect(scene.reports.at(-1)).toMatchObject({ size: 5, evidence, ahead: { 'risk-averse': 50, uniform: 30 } });
    expect(scene.shadowFills.at(-1)?.fill).toMatchObject({
      size: 20,
      evidence,
      ahead: { 'risk-averse': 50, uniform: 30 },
    });
    expect(scene.shadows()).toEqual(['o1 2.0 @ 100.0 F5']);
  });

  test('a fill is whole lots: half a lot past the queue is no fill', () => {
    const scene = opened();
    scene.place('buy', '100.0', '1.0');
    // Uniform: 5 of 7 ahead, one cancelled: 4.2857… ahead.
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '7.0']])
      .update(1_210, [['100.0', '6.0']])
      .wait(1_320);
    scene.print(1_400, '100.0', '4.3').wait(1_500);
    expect(scene.shadows()).toEqual([]);
    scene.print(1_600, '100.0', '0.1').wait(1_700);
    expect(scene.shadows()).toEqual(['o1 0.1 @ 100.0 F5']);
  });

  test.each([
    { what: 'historical', more: { historical: true } },
    { what: 'repeated', more: { tradeId: 101 } },
  ])('a $what print is ignored and counted', ({ more }) => {
    const scene = opened();
    scene.place('buy', '100.1', '1.0');
    scene.wait(1_100).print(1_150, '100.3', '0.1', 'buy').print(1_200, '100.0', '5.0', 'sell', more).wait(1_300);
    expect(scene.fills()).toEqual([]);
    expect(scene.venue.health().ignoredTrades).toBe(1);
  });
});

describe('F7 a crossing book', () => {
  test('fills what is displayed once, and more only when more is displayed', () => {
    const scene = opened();
    scene.place('buy', '100.1', '4.0');
    scene
      .wait(1_100)
      .update(1_200, [], [['100.1', '1.0']])
      .update(1_210, [['99.9', '9.0']])
      .wait(1_300);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.1 F7']);
    scene.update(1_400, [], [['100.1', '2.5']]).wait(1_500);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.1 F7', 'o1 1.5 @ 100.1 F7']);
  });

  test('counts every level up to our price and fills at our price, as a maker', () => {
    const scene = opened();
    scene.place('buy', '100.1', '4.0');
    scene
      .wait(1_100)
      .update(
        1_200,
        [['100.0', '0']],
        [
          ['100.0', '1.0'],
          ['100.1', '1.0'],
        ],
      )
      .wait(1_300);
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.1 F7']);
    expect(scene.reports.at(-1)).toMatchObject({ liquidity: 'maker', fee: '0.5005' });
  });

  test('own orders share what crosses, the better price first', () => {
    const scene = opened();
    scene.place('sell', '100.2', '1.0');
    scene.place('sell', '100.1', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.2', '1.5']], [['100.2', '0']])
      .wait(1_300);
    expect(scene.fills()).toEqual(['o2 1.0 @ 100.1 F7', 'o1 0.5 @ 100.2 F7']);
  });
});

describe('F8 to F11 the queue', () => {
  test('F9 an increase queues behind us', () => {
    const scene = opened();
    scene.place('buy', '100.0', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '9.0']])
      .wait(1_400);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 5, uniform: 5 });
  });

  test('F8 a decrease counts as cancelled only after the pairing window', () => {
    const scene = opened({ pairingWindow: ms(200) });
    scene.place('buy', '100.0', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '4.0']])
      .wait(1_440);
    expect(scene.ahead('o1').uniform).toBe(5);
    scene.wait(1_460);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 4, uniform: 4 });
  });

  test('F8 each of two decreases waits for itself, whether anything else happens or not', () => {
    const scene = opened();
    scene.place('buy', '100.0', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '10.0']])
      .update(1_300, [['100.0', '8.0']])
      .update(1_330, [['100.0', '6.0']])
      .wait(1_425);
    expect(scene.ahead('o1')['uniform']).toBe(4);
    scene.wait(1_500);
    expect(scene.ahead('o1')['uniform']).toBe(3);
  });

  test('F10 the tape alone does not know of sizes, but of a level that has gone', () => {
    const scene = opened({ models: ['trade-only'], follow: 'trade-only' });
    scene.place('buy', '100.0', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '1.0']])
      .wait(1_300);
    expect(scene.ahead('o1')).toEqual({ 'trade-only': 5 });
    scene.update(1_400, [['100.0', '0']]).wait(1_510);
    expect(scene.ahead('o1')).toEqual({ 'trade-only': 0 });
  });

  test('F10 no order has more ahead than is displayed', () => {
    const scene = opened();
    scene.place('buy', '100.0', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '1.5']])
      .wait(1_400);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 1.5, uniform: 1.5 });
    scene.update(1_500, [['100.0', '0']]).wait(1_700);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 0, uniform: 0 });
  });

  test('F11 what a decrease has beyond the print is a cancel', () => {
    const scene = opened();
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100).update(1_200, [['100.0', '10.0']]);
    // 10 → 7: 2 traded, 1 cancelled. Uniform: 3 of 8 ahead after the print, one of eight goes: 2.625.
    scene
      .update(1_300, [['100.0', '7.0']])
      .print(1_320, '100.0', '2.0')
      .wait(1_500);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 3, uniform: 2.625 });
  });

  test('F11 the same with the print first', () => {
    const scene = opened();
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100).update(1_200, [['100.0', '10.0']]);
    scene
      .print(1_300, '100.0', '2.0')
      .update(1_320, [['100.0', '7.0']])
      .wait(1_500);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 3, uniform: 2.625 });
  });

  test('F11 a print too late for a decrease is a second trade', () => {
    const scene = opened();
    scene.place('buy', '100.0', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '3.0']])
      .wait(1_300)
      .print(1_310, '100.0', '2.0')
      .wait(1_400);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 1, uniform: 1 });
  });

  test('F11 a decrease seen before we arrived is not taken off again by its late print', () => {
    const scene = opened({ latency: { ...NO_DELAY, entry: ms(20) } });
    scene.place('buy', '100.0', '1.0');
    // The trade of 2 shows in the book at 1010, before we arrive at 1020, and on the tape at 1030.
    scene
      .update(1_010, [['100.0', '3.0']])
      .print(1_030, '100.0', '2.0')
      .wait(1_200);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 3, uniform: 3 });
    expect(scene.fills()).toEqual([]);
  });

  test('F8 nor does a decrease seen before we arrived move us once it turns out to have been a cancel', () => {
    const scene = opened({ latency: { ...NO_DELAY, entry: ms(20) } });
    scene.place('buy', '100.0', '1.0');
    scene
      .update(1_010, [['100.0', '3.0']])
      .wait(1_030)
      .update(1_031, [['100.0', '9.0']])
      .wait(1_200);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 3, uniform: 3 });
  });

  test('F11 among inferred orders what has gone before we came is not ahead of us while its print is waited for', () => {
    const latency = { ...NO_DELAY, entry: ms(20) };
    const scene = opened({ latency, models: ['fingerprint'], follow: 'fingerprint' });
    scene.place('buy', '100.0', '1.0');
    scene.update(1_010, [['100.0', '3.0']]); // we come at 1,020
    scene.print(1_030, '100.0', '1.0').update(1_030, [['100.0', '2.0']]);
    scene.update(1_040, [['99.9', '7.0']]).print(1_040, '100.3', '0.1', 'buy');
    expect(scene.ahead('o1')).toEqual({ fingerprint: 2 });
  });

  test('F11 a decrease seen before we went to the back of the same price is not taken off again by its late print', () => {
    const scene = new Scene().book(1_000, [['100.0', '10.0']], ASKS);
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100).update(1_200, [['100.0', '8.0']]);
    scene.amend('o1', { size: '2.0' });
    scene.print(1_230, '100.0', '2.0').wait(1_400);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 8, uniform: 8 });
  });

  test('F11 likewise at a price that an order is amended to before it has arrived', () => {
    const scene = opened({ latency: { ...NO_DELAY, entry: ms(20) } });
    scene.place('buy', '99.9', '1.0');
    scene.amend('o1', { price: '100.0' });
    scene
      .update(1_010, [['100.0', '3.0']])
      .print(1_030, '100.0', '2.0')
      .wait(1_200);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 3, uniform: 3 });
  });

  test('an own order that comes later stands behind the one before, and cancels move each', () => {
    const scene = opened();
    scene.place('buy', '100.0', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '10.0']])
      .wait(1_300);
    scene.place('buy', '100.0', '1.0');
    scene
      .wait(1_400)
      .update(1_500, [['100.0', '5.0']])
      .wait(1_700);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 5, uniform: 2.5 });
    expect(scene.ahead('o2')).toEqual({ 'risk-averse': 5, uniform: 5 });
  });
});
