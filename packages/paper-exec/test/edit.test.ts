import { lots, ticks } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { at, opened, trigger } from './order-terms.ts';
import { ms, NO_DELAY } from './scene.ts';
import type { Scene } from './scene.ts';

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

  test('at the same price remembers what went there: its late print does not move the new order', () => {
    const scene = opened();
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100).update(1_200, [['100.0', '3.0']]);
    edit(scene);
    scene
      .update(1_210, [['99.9', '7.0']])
      .print(1_205, '100.0', '2.0')
      .print(1_211, '100.3', '0.1', 'buy')
      .wait(1_400);
    expect(scene.answers()).toEqual(['accepted o1', 'cancelled o1 replaced', 'accepted e1']);
    expect(scene.ahead('e1')).toEqual({ 'risk-averse': 3, uniform: 3 });
  });

  test('still on its way has its next price watched: what goes there before it comes does not move it later', () => {
    const scene = opened({ latency: { ...NO_DELAY, entry: ms(20) } });
    scene.place('buy', '99.0', '1.0');
    scene.wait(1_200);
    edit(scene);
    scene.amend('e1', { price: '100.0' }); // both come at 1,220
    scene
      .update(1_210, [['100.0', '3.0']])
      .print(1_230, '100.0', '2.0')
      .wait(1_400);
    expect(scene.answers().at(-1)).toBe('amended e1');
    expect(scene.ahead('e1')).toEqual({ 'risk-averse': 3, uniform: 3 });
  });

  test('is refused for an order with a closing order, and for one that was triggered', () => {
    const closing = opened();
    closing.place('buy', '100.0', '2.0', { close: { orderType: 'limit', price: ticks(1_010) } });
    closing.wait(1_100);
    edit(closing, { price: 99 });
    expect(closing.wait(1_200).answers()).toEqual(['accepted o1', 'rejected e1 invalid-order']);
    const triggered = opened().print(1_010, '100.1', '0.1').wait(1_100);
    triggered.place('sell', '100.5', '2.0', { orderType: 'stop-loss-limit', ...trigger(at(100.1)) });
    triggered.wait(1_200);
    edit(triggered, { price: 101 });
    expect(triggered.wait(1_300).answers()).toEqual(['accepted o1', 'triggered o1', 'rejected e1 invalid-order']);
  });

  test('of an iceberg keeps the slice that it was amended to', () => {
    const scene = opened();
    scene.place('buy', '100.0', '5.0', { orderType: 'iceberg', displaySize: lots(20) });
    scene.wait(1_100);
    scene.amend('o1', {}, { displaySize: lots(10) });
    scene.wait(1_200);
    edit(scene, { price: 100.1 });
    scene.wait(1_300).print(1_400, '100.1', '9.0').wait(1_500);
    expect(scene.fills()).toEqual(['e1 1.0 @ 100.1 F5']);
  });

  test('of an order that waits keeps the trigger that it was amended to', () => {
    const scene = opened().print(1_010, '100.1', '0.1').wait(1_100);
    scene.place('sell', undefined, '2.0', { orderType: 'stop-loss', ...trigger(at(99.5)) });
    scene.wait(1_200);
    scene.amend('o1', {}, { trigger: at(98) });
    scene.wait(1_300);
    edit(scene, { size: 1 });
    scene.wait(1_400).print(1_500, '99.0', '0.1').wait(1_600);
    expect(scene.answers()).toEqual(['accepted o1', 'amended o1', 'cancelled o1 replaced', 'accepted e1']);
    scene.print(1_700, '98.0', '0.1').wait(1_800);
    expect(scene.fills()).toEqual(['e1 1.0 @ 100.0 F2']);
  });
});
