import { describe, expect, test } from 'vitest';
import { Scene } from './scene.ts';

const ASKS = [['100.2', '5.0']] as const;

/** The level 100.0 with these orders, one after the other, then ours. */
function queued(sizes: readonly string[], options: ConstructorParameters<typeof Scene>[0] = {}, own = '1.0'): Scene {
  const scene = new Scene({ models: ['risk-averse', 'fingerprint'], ...options });
  scene.book(1_000, [['99.0', '1.0']], ASKS);
  let at = 1_000;
  let level = 0;
  for (const size of sizes) {
    level += Number(size);
    scene.update((at += 10), [['100.0', level.toFixed(1)]]);
  }
  scene.place('buy', '100.0', own);
  return scene.wait(1_200);
}

/** Size ahead of our order by the inferred queue. */
const ahead = (scene: Scene): number | undefined => scene.ahead('o1').fingerprint;

describe('inferred orders', () => {
  test('a cancel of exactly the size of an order behind us does not move us, of one ahead it does', () => {
    const scene = queued(['3.0', '2.0']).update(1_300, [['100.0', '9.0']]);
    scene.update(1_310, [['100.0', '5.0']]).wait(1_500);
    expect(ahead(scene)).toBe(5); // 4 behind us have gone
    scene.update(1_600, [['100.0', '3.0']]).wait(1_800);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 3, fingerprint: 3 });
  });

  test('risk-averse takes the cancel of an order ahead for one behind, the fingerprint does not', () => {
    const scene = queued(['3.0', '2.0']).update(1_300, [['100.0', '9.0']]);
    scene.update(1_310, [['100.0', '7.0']]).wait(1_500);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 5, fingerprint: 3 });
  });

  test('a cancel of no size is owed by all alike until another makes an order of it', () => {
    const scene = queued(['3.0', '2.5']).update(1_300, [['100.0', '10.5']]);
    scene.update(1_310, [['100.0', '9.5']]).wait(1_500);
    expect(ahead(scene)).toBeCloseTo(5.5 - 5.5 / 10.5, 12);
    scene.update(1_600, [['100.0', '7.5']]).wait(1_800); // 1 + 2 is the first order
    expect(ahead(scene)).toBe(2.5);
  });

  test('all debts and a cancel may make an order together', () => {
    const scene = queued(['9.0', '7.5']).update(1_300, [['100.0', '26.5']]);
    scene
      .update(1_310, [['100.0', '25.5']])
      .update(1_320, [['100.0', '23.5']])
      .wait(1_500);
    expect(ahead(scene)).toBeCloseTo(16.5 - (3 * 16.5) / 26.5, 12);
    scene.update(1_600, [['100.0', '17.5']]).wait(1_800); // 1 + 2 + 6 is the first order
    expect(ahead(scene)).toBe(7.5);
  });

  test('orders that join after a cancel cannot have been it', () => {
    const scene = queued(['3.0', '2.0']);
    scene
      .update(1_300, [['100.0', '3.0']])
      .update(1_310, [['100.0', '5.0']])
      .wait(1_500);
    expect(ahead(scene)).toBe(3);
  });

  test('a print takes from the front', () => {
    const scene = queued(['3.0', '2.0'])
      .print(1_300, '100.0', '3.0')
      .update(1_300, [['100.0', '2.0']]);
    scene.wait(1_400);
    expect(ahead(scene)).toBe(2);
    scene.update(1_500, [['100.0', '0']]).wait(1_700);
    expect(ahead(scene)).toBe(0);
  });

  test('anchoring: a sweep that goes on after a print of just the third order proves that those before it had gone', () => {
    const scene = queued(['3.0', '1.5', '2.0', '4.0']).update(1_300, [['100.0', '15.5']]);
    // The first two were cancelled at once: no order of 4.5 is known.
    scene.update(1_310, [['100.0', '11.0']]).wait(1_500);
    expect(ahead(scene)).toBeCloseTo(10.5 - (4.5 * 10.5) / 15.5, 12);
    scene.print(1_600, '100.0', '2.0').print(1_600, '100.0', '1.0').wait(1_651);
    expect(ahead(scene)).toBe(3); // of the fourth order
  });

  test('control: without the sweep going on the same print anchors nothing', () => {
    const scene = queued(['3.0', '1.5', '2.0', '4.0']).update(1_300, [['100.0', '15.5']]);
    scene.update(1_310, [['100.0', '11.0']]).wait(1_500);
    scene.print(1_600, '100.0', '2.0').print(1_601, '100.0', '1.0').wait(1_652);
    expect(ahead(scene)).toBeGreaterThan(3.1);
  });

  test('anchoring behind us: somebody who came later was filled, so we were, by that print', () => {
    const scene = queued(['3.0', '2.0'], {}, '9.0');
    scene.update(1_300, [['100.0', '9.0']]).update(1_305, [['100.0', '10.0']]);
    // Both ahead of us were cancelled at once; half of it is taken for theirs.
    scene.update(1_310, [['100.0', '5.0']]).wait(1_500);
    expect(ahead(scene)).toBe(2.5);
    scene.print(1_600, '100.0', '4.0').print(1_600, '100.0', '0.5').wait(1_700);
    expect(scene.shadows('fingerprint')).toEqual(['o1 1.5 @ 100.0 F5', 'o1 2.5 @ 100.0 F5', 'o1 0.5 @ 100.0 F5']);
    expect(scene.shadowFills.map(({ fill }) => fill.evidence.tradeIds)).toEqual([[101], [101], [102]]);
    expect(scene.fills()).toEqual([]); // risk-averse: half a lot is ahead still
  });

  test('a print that has the size of a later order by chance anchors nothing: nobody is known to have cancelled', () => {
    const scene = queued(['3.0', '1.5'], {}, '9.0').update(1_300, [['100.0', '6.5']]);
    scene.print(1_600, '100.0', '2.0').print(1_600, '100.0', '0.5').wait(1_700);
    expect(ahead(scene)).toBe(2); // the first order was larger than 2 and is cut
    expect(scene.shadows('fingerprint')).toEqual([]);
  });

  test('anchoring puts back whom a cancel was taken for: those before the anchor were the ones to go', () => {
    const scene = queued(['3.0', '2.0'], {}, '9.0').update(1_300, [['100.0', '8.0']]);
    scene.update(1_310, [['100.0', '5.0']]).wait(1_500); // the first or the last order
    expect(ahead(scene)).toBe(5);
    scene.print(1_600, '100.0', '2.0').print(1_600, '100.0', '1.0').wait(1_651);
    expect(scene.shadows('fingerprint')).toEqual(['o1 1.0 @ 100.0 F5']);
    scene.update(1_700, [['100.0', '2.0']]).wait(1_900);
    expect(ahead(scene)).toBe(0);
  });

  test('a print of just the size of whom a cancel was taken for shows, when the sweep goes on, that another had gone', () => {
    const scene = new Scene({ models: ['fingerprint'], follow: 'fingerprint' }, { depth: 100 });
    scene.book(1_000, [['99.0', '1.0']], ASKS);
    let at = 1_000;
    // Old orders go, young ones stay.
    for (let round = 0; round < 30; round += 1) {
      scene.update((at += 1_000), [['99.5', '3.0']]).update((at += 20_000), [['99.5', '4.7']]);
      scene.update((at += 5), [['99.5', '1.7']]).update((at += 1_000), [['99.5', '0']]);
    }
    scene.update((at += 1_000), [['100.0', '2.0']]).update((at += 20_000), [['100.0', '7.0']]);
    scene.place('buy', '100.0', '1.0');
    scene.wait((at += 100)).update((at += 5), [['100.0', '9.0']]);
    scene.update((at += 5), [['100.0', '7.0']]).wait((at += 200));
    expect(ahead(scene)).toBe(5); // the first order was taken out, the last was meant
    scene
      .print((at += 100), '100.0', '2.0')
      .print(at, '100.0', '0.5')
      .wait(at + 51);
    expect(ahead(scene)).toBe(4.5);
  });

  test('what stood there before anybody looked is one lump, which cancels of no size come out of', () => {
    const scene = new Scene({ models: ['risk-averse', 'fingerprint'] }).book(1_000, [['100.0', '6.0']], ASKS);
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100).update(1_200, [['100.0', '8.0']]);
    scene.update(1_210, [['100.0', '6.5']]).wait(1_400);
    expect(ahead(scene)).toBe(4.5);
    expect(scene.venue.health().queues['BTC/USD']?.matchRate).toBeUndefined();
  });

  test('F12 printed volume that was never displayed took nothing of the queue, and is counted', () => {
    const scene = queued(['3.0', '2.0']).print(1_300, '100.0', '1.5').wait(1_352);
    expect(ahead(scene)).toBe(3.5);
    scene.wait(1_500);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 3.5, fingerprint: 5 });
    expect(scene.venue.health().queues['BTC/USD']?.hiddenVolume).toBe(15);
  });

  test('a level that falls out of view and comes back is another one', () => {
    const scene = new Scene({ models: ['fingerprint'], follow: 'fingerprint' }, { depth: 2 });
    scene.book(
      1_000,
      [
        ['100.0', '5.0'],
        ['99.9', '8.0'],
      ],
      ASKS,
    );
    scene.update(1_010, [['99.9', '11.0']]).update(1_030, [['100.1', '1.0']]);
    scene.update(1_040, [
      ['100.1', '0'],
      ['99.9', '4.0'],
    ]);
    scene.place('buy', '99.9', '1.0');
    scene.wait(1_200);
    expect(ahead(scene)).toBe(4);
  });
});

describe('age hazard', () => {
  test('without lessons it is uniform', () => {
    const scene = queued(['3.0', '2.0'], { models: ['uniform', 'age-hazard'], follow: 'uniform' });
    scene
      .update(1_300, [['100.0', '10.0']])
      .update(1_310, [['100.0', '8.0']])
      .wait(1_500);
    expect(scene.ahead('o1')).toEqual({ uniform: 4, 'age-hazard': 4 });
  });

  test('where young orders have been the ones to go, a cancel is taken for one of a young order', () => {
    const scene = new Scene({ models: ['uniform', 'age-hazard', 'fingerprint'], follow: 'uniform' }, { depth: 100 });
    scene.book(1_000, [['99.0', '1.0']], ASKS);
    scene.update(1_001, [['99.0', '0']]);
    let at = 1_002;
    for (const [index, price] of ['99.5', '99.4', '99.3'].entries()) {
      scene.update((at += 1), [[price, `${3 + index}.0`]]);
    }
    at = 30_000;
    // Old orders stay, orders of a few ms go, a hundred times.
    for (let round = 0; round < 100; round += 1) {
      scene.update((at += 100), [['99.5', '4.7']]);
      scene.update((at += 5), [['99.5', '3.0']]);
    }
    scene.update((at += 100), [['100.0', '5.0']]);
    scene.wait((at += 20_000));
    scene.place('buy', '100.0', '1.0');
    scene.wait((at += 1_000)).update((at += 1_000), [['100.0', '10.0']]);
    scene.update((at += 5), [['100.0', '8.0']]).wait(at + 200);
    const places = scene.ahead('o1');
    expect(places.uniform).toBe(4);
    expect(places['age-hazard']).toBeGreaterThan(4.5);
  });
});

describe('central', () => {
  /** Cancels of whole orders, or of parts of orders, at a price of their own. */
  function cancels(scene: Scene, from: number, count: number, whole: boolean): number {
    let at = from;
    for (let round = 0; round < count; round += 1) {
      scene.update((at += 10), [['99.5', '4.0']]).update((at += 10), [['99.5', whole ? '0' : '2.3']]);
      if (!whole) scene.update((at += 10), [['99.5', '0']]);
    }
    return at;
  }

  test('goes by inferred orders while cancels match them, by sizes when they do not, and keeps its place on a switch', () => {
    const scene = new Scene({ models: ['central', 'power-blend'], follow: 'central' });
    const rule = (): unknown => scene.venue.health().queues['BTC/USD']?.centralRule;
    scene.book(1_000, [['99.0', '1.0']], ASKS);
    scene.update(1_001, [['99.5', '1.0']]).update(1_002, [['99.5', '0']]);
    let at = cancels(scene, 2_000, 90, true);
    expect(rule()).toBe('power-blend');
    at = cancels(scene, at, 20, true);
    scene.wait((at += 100));
    expect(rule()).toBe('fingerprint');
    expect(scene.venue.health().queues['BTC/USD']?.matchRate).toBe(1);

    scene.update((at += 10), [['99.8', '3.0']]).update((at += 10), [['99.8', '5.0']]);
    scene.place('buy', '99.8', '1.0');
    scene.wait((at += 100)).update((at += 10), [['99.8', '9.0']]);
    scene.update((at += 10), [['99.8', '7.0']]).wait((at += 200)); // the 2 ahead of us
    expect(scene.ahead('o1').central).toBe(3);
    expect(scene.ahead('o1')['power-blend']).not.toBe(3);

    at = cancels(scene, at, 10, false);
    scene.wait((at += 100));
    expect(scene.venue.health().queues['BTC/USD']?.matchRate).toBeCloseTo(0.924, 3);
    expect(rule()).toBe('fingerprint');
    at = cancels(scene, at, 5, false);
    scene.wait((at += 100));
    expect(scene.venue.health().queues['BTC/USD']?.matchRate).toBeCloseTo(0.894, 3);
    expect(rule()).toBe('power-blend');
    expect(scene.ahead('o1').central).toBe(3); // a switch moves nobody
    scene.update((at += 10), [['99.8', '6.0']]).wait((at += 200));
    const blend = scene.ahead('o1').central!;
    expect(blend).toBeLessThan(3);
    expect(blend).toBeGreaterThan(2.5);
  });

  test('an order at a level that has never been in view stands where nobody knows, through sweeps and hidden prints', () => {
    const scene = new Scene({ models: ['central', 'risk-averse'], follow: 'central' }, { depth: 2 });
    const bids = [
      ['99.4', '1.0'],
      ['99.3', '1.0'],
    ] as const;
    scene.book(1_000, bids, ASKS);
    let at = cancels(scene, 2_000, 110, true);
    scene.update((at += 10), bids).wait((at += 100));
    expect(scene.venue.health().queues['BTC/USD']?.centralRule).toBe('fingerprint');
    scene.place('buy', '99.0', '1.0');
    scene.wait((at += 100));
    expect(scene.ahead('o1').central).toBeUndefined();
    for (let round = 0; round < 3; round += 1) {
      at += 100;
      scene
        .print(at, '99.0', '0.2')
        .print(at, '98.9', '0.1')
        .wait(at + 90);
    }
    expect(scene.fills().length).toBeGreaterThan(0);
  });
});

describe('channels in step', () => {
  /** Trades of 1 at a price of their own, told by both channels, the tape `lag` ms behind the book. */
  function trades(scene: Scene, from: number, count: number, lag: number): number {
    let at = from;
    for (let round = 0; round < count; round += 1) {
      scene.update((at += 10), [['99.5', '1.0']]);
      at += 200;
      if (lag === 0) scene.print(at, '99.5', '1.0').update(at, [['99.5', '0']]);
      else scene.update(at, [['99.5', '0']]).print(at + lag, '99.5', '1.0');
      scene.wait((at += 200));
    }
    return at;
  }

  /** Cancels 2 of the 4 behind an own order, and tells what is ahead of it a moment later. */
  function soonAfter(scene: Scene, from: number): number | undefined {
    scene.update(from, [['100.0', '4.0']]).place('buy', '100.0', '1.0', { clientOrderId: `own-${from}` });
    scene.wait(from + 200).update(from + 300, [['100.0', '8.0']]);
    scene.update(from + 400, [['100.0', '6.0']]).print(from + 401, '100.2', '0.1', 'buy');
    scene.update(from + 402, [['90.0', '1.0']]).print(from + 402, '100.2', '0.1', 'buy');
    const ahead = scene.ahead(`own-${from}`).uniform;
    scene.cancel(`own-${from}`);
    scene.update(from + 700, [['100.0', '0']]).wait(from + 900);
    return ahead;
  }

  test('a decrease without a print of its time is a cancel at once, until prints come at other times', () => {
    const scene = new Scene({ models: ['uniform', 'fingerprint'], follow: 'uniform' }, { depth: 100 });
    scene.book(1_000, [['99.0', '1.0']], ASKS);
    expect(soonAfter(scene, 2_000)).toBe(4); // it waits for a print
    let at = trades(scene, 3_000, 40, 0);
    expect(soonAfter(scene, (at += 100))).toBe(3);
    at = trades(scene, at + 1_000, 3, 20);
    expect(soonAfter(scene, (at += 100))).toBe(4);
  });
});
