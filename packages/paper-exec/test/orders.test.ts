import { micros, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { Scene } from './scene.ts';

function opened(options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
  return new Scene(options).book(
    1_000,
    [
      ['100.0', '5.0'],
      ['99.9', '8.0'],
    ],
    [['100.2', '5.0']],
  );
}

describe('cancel', () => {
  test('ends the order in every queue model', () => {
    const scene = opened();
    scene.place('buy', '100.1', '2.0');
    scene.wait(1_100).print(1_200, '100.1', '0.5').wait(1_300);
    scene.cancel('o1');
    scene.wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1', 'cancelled o1 requested']);
    expect(scene.reports.at(-1)).toMatchObject({ remaining: 15, venueOrderId: 'PAPER-1' });
    scene.print(1_500, '99.0', '50.0').wait(1_600);
    expect(scene.fills()).toEqual(['o1 0.5 @ 100.1 F5']);
    expect(scene.shadows()).toEqual(['o1 0.5 @ 100.1 F5']);
  });

  test.each([
    { what: 'never placed', id: 'nobody', symbol: 'BTC/USD' },
    { what: 'of another pair', id: 'o1', symbol: 'ETH/USD' },
  ])('an order $what is unknown', ({ id, symbol }) => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0');
    scene.wait(1_100);
    scene.cancel(id, symbol);
    scene.wait(1_200);
    const reason = symbol === 'BTC/USD' ? 'unknown-order' : 'unknown-symbol';
    expect(scene.answers().at(-1)).toBe(`cancel-rejected ${id} ${reason}`);
  });

  test('of an order filled where the strategy looks still ends the shadow that waits', () => {
    const scene = opened({ follow: 'uniform' });
    scene.place('buy', '100.0', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '10.0']])
      .update(1_210, [['100.0', '5.0']])
      .wait(1_320);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 5, uniform: 2.5 });
    scene.print(1_400, '100.0', '4.0').wait(1_500);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
    expect(scene.remaining('o1', 'risk-averse')).toBe('1.0');
    scene.cancel('o1');
    scene.wait(1_600);
    expect(scene.answers().at(-1)).toBe('cancel-rejected o1 unknown-order');
    scene.print(1_700, '99.0', '50.0').wait(1_800);
    expect(scene.shadows('risk-averse')).toEqual([]);
  });

  test('a shadow goes on waiting when the strategy has its fill, and fills by itself', () => {
    const scene = opened({ follow: 'uniform' });
    scene.place('buy', '100.0', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '10.0']])
      .update(1_210, [['100.0', '5.0']])
      .wait(1_320);
    scene.print(1_400, '100.0', '4.0').print(1_500, '100.0', '1.4').wait(1_600);
    expect(scene.shadows('risk-averse')).toEqual(['o1 0.4 @ 100.0 F5']);
  });
});

describe('an order that has filled where the strategy looks', () => {
  function filled(): Scene {
    const scene = opened({ follow: 'uniform' });
    scene.place('buy', '100.0', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '10.0']])
      .update(1_210, [['100.0', '5.0']])
      .wait(1_320);
    return scene.print(1_400, '100.0', '4.0').wait(1_500);
  }

  test('leaves its id to a next one, and its shadow waits on', () => {
    const scene = filled();
    scene.place('buy', '99.0', '1.0', { clientOrderId: 'o1' });
    scene.wait(1_600);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o1']);
    scene.print(1_700, '100.0', '1.4').wait(1_800);
    expect(scene.shadows('risk-averse')).toEqual(['o1 0.4 @ 100.0 F5']);
    expect(scene.remaining('o1', 'uniform')).toBe('1.0');
    scene.cancel('o1');
    scene.wait(1_900).print(2_000, '99.9', '5.0').wait(2_100);
    expect(scene.answers().at(-1)).toBe('cancelled o1 requested');
    expect(scene.shadows('risk-averse')).toEqual(['o1 0.4 @ 100.0 F5', 'o1 0.6 @ 100.0 F6']);
  });

  test('leaves the money of the one that has its id now alone when it ends', () => {
    const scene = opened({ follow: 'uniform' });
    scene.place('buy', '100.0', '1.0', { timeInForce: 'gtd', expiresAt: micros(7 * SECOND) });
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '10.0']])
      .update(1_210, [['100.0', '5.0']])
      .wait(1_320)
      .print(1_400, '100.0', '4.0')
      .wait(1_500);
    scene.place('buy', '99.0', '1.0', { clientOrderId: 'o1' });
    scene.wait(1_600);
    const free = scene.venue.free('USD');
    scene.wait(7_100);
    expect(scene.venue.queue('o1')[0]?.remaining).toBe(10);
    expect(scene.venue.free('USD')).toBe(free);
  });

  test('and left its id to another ends with all others at the venue', () => {
    const scene = filled();
    scene.place('buy', '99.0', '1.0', { clientOrderId: 'o1' });
    scene.venue.cancelAllAfter(micros(SECOND), scene.now);
    scene.wait(3_000).print(3_100, '98.0', '50.0').wait(3_200);
    expect(scene.fills()).toHaveLength(1);
    expect(scene.shadows('risk-averse')).toEqual([]);
  });
});

test('a post-only order takes in no queue model: one in which it would is done with it', () => {
  const scene = opened();
  scene.place('buy', '100.0', '1.0');
  scene
    .wait(1_100)
    .update(1_200, [['100.0', '10.0']])
    .update(1_210, [['100.0', '5.0']])
    .wait(1_320);
  scene.print(1_400, '100.0', '4.0').wait(1_500);
  expect(scene.shadows()).toEqual(['o1 1.0 @ 100.0 F5']);
  // What crosses is taken by the order that waits in one model still.
  scene.update(1_600, [['100.0', '0']], [['100.0', '1.0']]).wait(1_700);
  expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F7']);
  scene.place('buy', '100.0', '1.0', { postOnly: true });
  scene.wait(1_800);
  expect(scene.answers()).toEqual(['accepted o1', 'accepted o2']);
  expect(scene.shadows()).toEqual(['o1 1.0 @ 100.0 F5']);
  expect(scene.remaining('o2')).toBe('1.0');
  expect(scene.remaining('o2', 'uniform')).toBe('0.0');
});

describe('amend', () => {
  test.each([
    { what: 'a smaller size keeps its place', change: { size: '1.0' }, kept: true, ahead: 3, remaining: '1.0' },
    { what: 'a larger size goes to the back', change: { size: '3.0' }, kept: false, ahead: 8, remaining: '3.0' },
    {
      what: 'another price goes to the back there',
      change: { price: '99.9' },
      kept: false,
      ahead: 8,
      remaining: '2.0',
    },
    { what: 'a better price starts a new level', change: { price: '100.1' }, kept: false, ahead: 0, remaining: '2.0' },
  ])('$what', ({ change, kept, ahead, remaining }) => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0');
    scene
      .wait(1_100)
      .print(1_200, '100.0', '2.0')
      .update(1_200, [['100.0', '8.0']])
      .wait(1_300);
    scene.amend('o1', change);
    scene.wait(1_400);
    expect(scene.reports.at(-1)).toMatchObject({ type: 'amended', keptPriority: kept });
    expect(scene.ahead('o1')['risk-averse']).toBe(ahead);
    expect(scene.remaining('o1')).toBe(remaining);
  });

  test('to a price that can be taken, takes and rests the remainder', () => {
    const scene = opened();
    scene.place('buy', '100.0', '7.0');
    scene.wait(1_100);
    scene.amend('o1', { price: '100.2' });
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['accepted o1', 'amended o1']);
    expect(scene.fills()).toEqual(['o1 5.0 @ 100.2 F2']);
    expect(scene.remaining('o1')).toBe('2.0');
  });

  test('of a post-only order that would take is refused and changes nothing', () => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0', { postOnly: true });
    scene.wait(1_100).print(1_150, '100.0', '1.0').wait(1_200);
    scene.amend('o1', { price: '100.2' });
    scene.wait(1_300);
    expect(scene.answers()).toEqual(['accepted o1', 'amend-rejected o1 post-only-would-take']);
    expect(scene.ahead('o1')['risk-averse']).toBe(4);
  });

  test('to what is filled already, or less, cancels the rest', () => {
    const scene = opened();
    scene.place('buy', '100.1', '2.0');
    scene.wait(1_100).print(1_200, '100.1', '1.0').wait(1_300);
    scene.amend('o1', { size: '1.0' });
    scene.wait(1_400);
    expect(scene.answers().at(-1)).toBe('cancelled o1 amended-below-filled');
    expect(scene.reports.at(-1)).toMatchObject({ remaining: 10 });
  });

  test('counts what each queue model has filled: a shadow that was done goes on with a larger size', () => {
    const scene = opened();
    scene.place('buy', '100.0', '1.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '10.0']])
      .update(1_210, [['100.0', '5.0']])
      .wait(1_320);
    scene.print(1_400, '100.0', '4.0').wait(1_500);
    expect([scene.fills(), scene.shadows()]).toEqual([[], ['o1 1.0 @ 100.0 F5']]);
    scene.amend('o1', { size: '1.5' });
    scene.wait(1_600);
    expect(scene.remaining('o1', 'risk-averse')).toBe('1.5');
    expect(scene.remaining('o1', 'uniform')).toBe('0.5');
  });

  test.each([
    { what: 'an order that is not there', id: 'o9', change: { size: '1.0' }, reason: 'unknown-order' },
    { what: 'to what it is', id: 'o1', change: { price: '100.0' }, reason: 'no-change' },
    { what: 'to more than can be paid', id: 'o1', change: { size: '99999.0' }, reason: 'insufficient-funds' },
    { what: 'to a size of nothing', id: 'o1', change: { size: '0' }, reason: 'size-off-grid' },
  ])('$what is refused: $reason', ({ id, change, reason }) => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0');
    scene.wait(1_100);
    scene.amend(id, change);
    scene.wait(1_200);
    expect(scene.answers().at(-1)).toBe(`amend-rejected ${id} ${reason}`);
    expect(scene.remaining('o1')).toBe('2.0');
  });
});

test('what only shadows hold is bounded: the oldest ends', () => {
  const scene = opened({ follow: 'uniform' });
  let now = 2_000;
  for (let round = 0; round < 1_026; round += 1) {
    scene.update((now += 10), [['100.0', '5000.0']]);
    scene.place('buy', '100.0', '0.1');
    // Nearly all of a huge level is cancelled: uniform comes to the front, risk-averse stays where it was.
    scene
      .wait((now += 60))
      .update((now += 10), [['100.0', '10000000.0']])
      .update((now += 10), [['100.0', '5000.0']]);
    scene.wait((now += 120)).print((now += 10), '100.0', '2.7');
  }
  scene.wait(now + 100);
  expect(scene.fills()).toHaveLength(1_026);
  expect(scene.shadows('risk-averse')).toEqual([]);
  expect(scene.venue.queue('o1')).toEqual([]);
  expect(scene.remaining('o1026', 'risk-averse')).toBe('0.1');
});
