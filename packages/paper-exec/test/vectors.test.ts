import { describe, expect, test } from 'vitest';
import { ms, NO_DELAY, Scene } from './scene.ts';

/** The hand-checkable vectors of the execution reference, section 5.10. Times in ms. */
describe('vectors', () => {
  /** Bid 100.0 × 5, own buy 2 at 100.0. */
  function firstScene(): Scene {
    const scene = new Scene().book(1_000, [['100.0', '5.0']], [['100.2', '5.0']]);
    scene.place('buy', '100.0', '2.0');
    return scene.wait(1_100);
  }

  test('V1 a print smaller than the queue ahead moves us forward and fills nothing', () => {
    const scene = firstScene();
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 5, uniform: 5 });
    scene.print(1_200, '100.0', '4.0').wait(1_300);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 1, uniform: 1 });
    expect(scene.fills()).toEqual([]);
  });

  test('V2 what a print has left after the queue ahead fills us', () => {
    const scene = firstScene().print(1_200, '100.0', '4.0').print(1_210, '100.0', '2.5').wait(1_300);
    expect(scene.fills()).toEqual(['o1 1.5 @ 100.0 F5']);
    expect(scene.remaining('o1')).toBe('0.5');
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 0, uniform: 0 });
    expect(scene.reports.at(-1)).toMatchObject({
      ahead: { 'risk-averse': 10, uniform: 10 },
      evidence: { tradeIds: [102] },
    });
  });

  test('V3 own orders at a price share one print', () => {
    const scene = new Scene().book(1_000, [['99.9', '5.0']], [['100.2', '5.0']]);
    scene.place('buy', '100.0', '1.0');
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100);
    expect(scene.ahead('o2')).toEqual({ 'risk-averse': 0, uniform: 0 });
    scene.print(1_200, '100.0', '1.5').wait(1_300);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5', 'o2 0.5 @ 100.0 F5']);
  });

  test('V4 risk-averse takes a cancel for one behind us while the level allows it', () => {
    const scene = new Scene().book(1_000, [['100.0', '3.0']], [['100.2', '5.0']]);
    scene.place('buy', '100.0', '2.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '6.0']])
      .update(1_300, [['100.0', '4.0']])
      .wait(1_500);
    expect(scene.ahead('o1')['risk-averse']).toBe(3);
  });

  test('V5 a cancel moves each queue model by its own share', () => {
    const scene = new Scene().book(1_000, [['100.0', '6.0']], [['100.2', '5.0']]);
    scene.place('buy', '100.0', '2.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '10.0']])
      .update(1_300, [['100.0', '8.0']])
      .wait(1_500);
    expect(scene.ahead('o1')['risk-averse']).toBe(6);
    expect(scene.ahead('o1').uniform).toBeCloseTo(4.8, 12);
  });

  test('V5 in every model that goes by sizes', () => {
    const scene = new Scene({ models: ['risk-averse', 'power-blend', 'uniform', 'trade-only'] });
    scene.book(1_000, [['100.0', '6.0']], [['100.2', '5.0']]);
    scene.place('buy', '100.0', '2.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '10.0']])
      .update(1_300, [['100.0', '8.0']])
      .wait(1_500);
    const { 'power-blend': blend, ...others } = scene.ahead('o1');
    expect(others).toEqual({ 'risk-averse': 6, uniform: 4.8, 'trade-only': 6 });
    expect(blend?.toFixed(6)).toBe(((4.457_142_857_1 + 5.568) / 2).toFixed(6)); // power and power3 with n = 3: 4.457143, 5.568
  });

  test('V5 inferred orders are cancelled whole: 2 lots of a level of 6 and 4 are a debt, 4 are the later order', () => {
    const scene = new Scene({ models: ['risk-averse', 'fingerprint'] });
    scene.book(1_000, [['100.0', '0.1']], [['100.2', '5.0']]);
    scene.update(1_010, [['100.0', '0']]).update(1_020, [['100.0', '6.0']]);
    scene.place('buy', '100.0', '2.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '10.0']])
      .update(1_300, [['100.0', '8.0']])
      .wait(1_500);
    // Owed by 6 ahead and 4 behind alike: 2 × 6 / 10 of it stood ahead.
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 6, fingerprint: 4.8 });
    scene.update(1_600, [['100.0', '6.0']]).wait(1_800);
    // The two together are the later order's size.
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 6, fingerprint: 6 });
  });

  test('V6 a sweep through our price fills what went past the level', () => {
    const scene = new Scene().book(
      1_000,
      [
        ['100.0', '7.0'],
        ['99.9', '9.0'],
      ],
      [['100.2', '5.0']],
    );
    scene.place('buy', '100.0', '2.0');
    scene.wait(1_100).print(1_200, '100.0', '7.0').print(1_200, '99.9', '1.0').wait(1_300);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F6']);
    expect(scene.remaining('o1')).toBe('1.0');
  });

  test('V7 an opposite best at our price without a print fills what it displays', () => {
    const scene = new Scene().book(1_000, [['100.0', '7.0']], [['100.2', '5.0']]);
    scene.place('buy', '100.0', '2.0');
    scene
      .wait(1_100)
      .update(1_200, [['100.0', '0']], [['100.0', '0.5']])
      .wait(1_300);
    expect(scene.fills()).toEqual(['o1 0.5 @ 100.0 F7']);
    expect(scene.remaining('o1')).toBe('1.5');
  });

  function takerScene(): Scene {
    const scene = new Scene().book(
      1_000,
      [['100.0', '7.0']],
      [
        ['100.1', '2.0'],
        ['100.2', '5.0'],
      ],
    );
    scene.place('buy', undefined, '3.0');
    return scene.wait(1_100);
  }

  test('V8 a taker walks the book, and what it took is gone for the next one', () => {
    const scene = takerScene();
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.1 F2', 'o1 1.0 @ 100.2 F2']);
    scene.place('buy', '100.1', '1.0', { timeInForce: 'ioc' });
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o2', 'cancelled o2 ioc-remainder']);
  });

  test('V9 a decrease of the level shrinks what we took in proportion', () => {
    const scene = takerScene().update(1_150, [], [['100.2', '4.0']]);
    scene.place('buy', '100.2', '4.0', { timeInForce: 'ioc' });
    scene.wait(1_300);
    expect(scene.fills().at(-1)).toBe('o2 3.2 @ 100.2 F2');
  });

  test('V10 post-only is judged when it arrives, and refused after the ack leg', () => {
    const scene = new Scene({ latency: { feed: ms(5), entry: ms(15), ack: ms(10) } });
    scene.book(1_000, [['99.9', '1.0']], [['100.1', '2.0']]);
    scene.place('buy', '100.0', '1.0', { postOnly: true });
    scene.update(1_010, [], [['100.0', '1.0']]).update(1_023, [['99.8', '1.0']]);
    expect(scene.answers()).toEqual([]);
    scene.print(1_024, '99.9', '0.1').wait(1_025);
    expect(scene.answers()).toEqual(['rejected o1 post-only-would-take']);
    expect(scene.reports[0]).toMatchObject({ venueTs: ms(1_020) });
    scene.print(1_100, '99.0', '50.0').wait(1_300);
    expect(scene.fills()).toEqual([]);
  });

  test('V11 a fill before the cancel arrives stands, and the cancel finds no order', () => {
    const scene = new Scene({ latency: { ...NO_DELAY, entry: ms(20) } });
    scene.book(1_000, [['100.0', '5.0']], [['100.2', '5.0']]);
    scene.place('buy', '100.1', '2.0');
    scene.wait(1_100);
    scene.cancel('o1');
    scene.print(1_119.9, '100.1', '2.0').wait(1_300);
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.1 F5']);
    expect(scene.answers()).toEqual(['accepted o1', 'cancel-rejected o1 unknown-order']);
  });

  describe.each([
    { order: 'decrease first', decreaseAt: 1_300, printAt: 1_340 },
    { order: 'print first', decreaseAt: 1_340, printAt: 1_300 },
    { order: 'at the same time', decreaseAt: 1_300, printAt: 1_300 },
  ])('V12 $order', ({ decreaseAt, printAt }) => {
    test('V12 a print and the decrease that it causes move the queue once', () => {
      const scene = new Scene().book(1_000, [['100.0', '6.0']], [['100.2', '5.0']]);
      scene.place('buy', '100.0', '2.0');
      scene.wait(1_100).update(1_200, [['100.0', '10.0']]);
      if (decreaseAt <= printAt) scene.update(decreaseAt, [['100.0', '8.0']]).print(printAt, '100.0', '2.0');
      else scene.print(printAt, '100.0', '2.0').update(decreaseAt, [['100.0', '8.0']]);
      scene.wait(1_600);
      expect(scene.ahead('o1')).toEqual({ 'risk-averse': 4, uniform: 4 });
      expect(scene.fills()).toEqual([]);
    });
  });

  describe('V13 and V14 a gap of the feed', () => {
    const models = ['central', 'risk-averse', 'uniform', 'trade-only'] as const;

    /** Own buy 2 at 100.0 with 4 ahead; the feed loses its way at 1200. */
    function gap(): Scene {
      const scene = new Scene({ models, follow: 'central' });
      scene.book(1_000, [['100.0', '4.0']], [['100.2', '5.0']]).print(1_010, '100.2', '0.1', 'buy');
      scene.place('buy', '100.0', '2.0');
      return scene.wait(1_100).feed(1_200, 'resyncing');
    }

    test('V13 a new book of 3: central 3, optimistic 0, uncertain', () => {
      const scene = gap()
        .book(1_300, [['100.0', '3.0']], [['100.2', '5.0']])
        .wait(1_400);
      expect(scene.ahead('o1')).toEqual({ central: 3, 'risk-averse': 3, uniform: 0, 'trade-only': 4 });
      expect(scene.venue.queue('o1').every(({ uncertain }) => uncertain)).toBe(true);
    });

    test('V14 three trades that were missed, 5 in all, fill 1 of 2, flagged as recovered', () => {
      const scene = gap()
        .book(1_300, [['100.0', '3.0']], [['100.2', '5.0']])
        .wait(1_400);
      scene.print(1_500, '100.2', '0.1', 'buy', { tradeId: 105 });
      for (const [tradeId, size] of [
        [102, '2.0'],
        [103, '1.0'],
        [104, '2.0'],
      ] as const) {
        scene.print(1_250, '100.0', size, 'sell', { tradeId, historical: true });
      }
      scene.wait(1_600);
      expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
      expect(scene.remaining('o1', 'central')).toBe('1.0');
      expect(scene.reports.at(-1)).toMatchObject({
        venueTs: ms(1_300), // that of the book already: reports never run backwards
        evidence: { tradeIds: [104], recovered: true },
        ahead: { central: 10, 'risk-averse': 10 },
      });
      expect(scene.ahead('o1').central).toBe(0);
      expect(scene.venue.health()).toMatchObject({ recoveredTrades: 3, ignoredTrades: 0 });
    });

    test('V14 the same when they are told before the new book', () => {
      const scene = gap();
      for (const size of ['2.0', '1.0', '2.0']) scene.print(1_250, '100.0', size);
      scene.book(1_300, [['100.0', '3.0']], [['100.2', '5.0']]).wait(1_600);
      expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
      expect(scene.reports.at(-1)).toMatchObject({
        venueTs: ms(1_250), // of its trade, not of the freeze
        evidence: { tradeIds: [104], recovered: true },
      });
    });
  });
});
