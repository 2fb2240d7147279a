import { instrument } from '@kb/model';
import type { Instrument, InstrumentStatus, SystemStatus } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { ms, PAIR, Scene } from './scene.ts';

const FINER = instrument({ symbol: PAIR.symbol, pricePrecision: 2, qtyPrecision: 1 });

/** A scene whose commands travel for 20 ms. */
function opened(): Scene {
  const scene = new Scene({ latency: { feed: ms(0), entry: ms(20), ack: ms(0) } });
  return scene.book(1_000, [['100.0', '5']], [['100.2', '5']]);
}

function systemIs(scene: Scene, at: number, system: SystemStatus): void {
  scene.send({ type: 'status', symbol: undefined, seq: 50, venueTs: ms(at), recvTs: ms(at), system });
}

function rulesAre(scene: Scene, at: number, rules: Instrument): void {
  scene.send({
    type: 'instrument',
    symbol: rules.symbol,
    seq: 51,
    venueTs: ms(at),
    recvTs: ms(at),
    instrument: rules,
  });
}

function pairIs(scene: Scene, at: number, status: InstrumentStatus): void {
  rulesAre(scene, at, { ...PAIR, status });
}

describe('what the venue allows', () => {
  test.each(['pair', 'system'] as const)('is asked for the time at which an order arrives: of the %s', (which) => {
    const scene = opened();
    const change = (at: number, status: 'cancel_only' | 'online'): void =>
      which === 'pair' ? pairIs(scene, at, status) : systemIs(scene, at, status);
    scene.place('buy', '100.0', '1.0'); // arrives at 1,020
    scene.wait(1_010).place('buy', '100.0', '1.0'); // at 1,030
    change(1_025, 'cancel_only');
    scene.wait(1_025).place('buy', '100.0', '1.0'); // at 1,045
    change(1_040, 'online');
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['accepted o1', 'rejected o2 instrument-status', 'accepted o3']);
  });

  test('of the pair is nothing to cancels, and in maintenance of the whole venue they are refused too', () => {
    const scene = opened();
    for (const id of ['o1', 'o2']) scene.place('buy', '100.0', '1.0', { clientOrderId: id });
    pairIs(scene, 1_100, 'maintenance');
    scene.cancel('o1');
    systemIs(scene, 1_200, 'maintenance');
    scene.cancel('o2');
    scene.cancel('nobody');
    scene.wait(1_300);
    systemIs(scene, 1_300, 'online');
    scene.cancel('o2');
    scene.wait(1_400);
    expect(scene.answers().slice(2)).toEqual([
      'cancelled o1 requested',
      'cancel-rejected o2 instrument-status',
      'cancel-rejected nobody instrument-status',
      'cancelled o2 requested',
    ]);
  });
});

test('the timer that cancels all does so when the venue is back from maintenance, and is not set in it', () => {
  const scene = opened();
  scene.place('buy', '100.0', '1.0');
  scene.venue.cancelAllAfter(ms(2_000), scene.now);
  systemIs(scene, 1_500, 'maintenance');
  scene.wait(4_000);
  scene.venue.cancelAllAfter(ms(0), scene.now);
  scene.wait(5_000);
  expect(scene.answers()).toEqual(['accepted o1']);
  systemIs(scene, 5_000, 'online');
  scene.wait(5_100);
  expect(scene.answers()).toEqual(['accepted o1', 'cancelled o1 cancel-all-after']);
  expect(scene.reports.at(-1)?.venueTs).toBe(ms(5_000));
});

describe('other digits of a pair', () => {
  const changed = (): Scene => {
    const scene = opened();
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100).print(1_150, '100.0', '5.2');
    rulesAre(scene, 1_160, FINER);
    return scene.feed(1_160, 'resyncing', 'precision').wait(1_300);
  };

  test('cancel its orders, after all that came before', () => {
    const scene = changed();
    expect(scene.fills()).toEqual(['o1 0.2 @ 100.0 F5']);
    expect(scene.answers()).toEqual(['accepted o1', 'cancelled o1 precision-changed']);
    expect(scene.reports.at(-1)).toMatchObject({ venueTs: ms(1_160), remaining: 8 });
  });

  test('leave the last price what it was, in the new steps', () => {
    const scene = changed();
    // The scene still counts in tenths: 1,000.0 is 10,000 steps, which are 100.00 now.
    scene.book(1_310, [['990.0', '5']], [['1002.0', '5']]);
    scene.place('sell', undefined, '1.0', {
      orderType: 'stop-loss',
      trigger: { reference: 'last', price: { type: 'percent', percent: '-1' } },
    });
    scene.wait(1_400).print(1_410, '990.1', '0.1').wait(1_500);
    expect(scene.answers().slice(2)).toEqual(['accepted o2']);
    scene.print(1_510, '990.0', '0.1').wait(1_600);
    expect(scene.answers().at(-1)).toBe('triggered o2');
  });
});
