import { micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { ms, NO_DELAY, Scene } from './scene.ts';

const BIDS = [['100.0', '5.0']] as const;
const ASKS = [['100.2', '5.0']] as const;
const LEGS = { feed: ms(5), entry: ms(15), ack: ms(10) };

function opened(options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
  return new Scene(options).book(1_000, BIDS, ASKS);
}

describe('latency', () => {
  test('a command arrives one feed and one entry leg after the event it was decided on', () => {
    const scene = opened({ latency: LEGS });
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_200);
    expect(scene.reports[0]).toMatchObject({ type: 'accepted', venueTs: ms(1_020), recvTs: ms(1_200), seq: 1 });
  });

  test('it meets the book of that moment, not the one it was decided on', () => {
    const scene = opened({ latency: LEGS });
    scene.place('buy', undefined, '1.0');
    scene
      .update(
        1_019,
        [],
        [
          ['100.2', '0'],
          ['100.3', '5.0'],
        ],
      )
      .update(
        1_021,
        [],
        [
          ['100.3', '0'],
          ['100.4', '5.0'],
        ],
      )
      .wait(1_200);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.3 F2']);
  });

  test('a report is here one ack leg after it happened, on a clock one feed leg ahead of the event in hand', () => {
    const scene = opened({ latency: LEGS });
    scene.place('buy', '100.0', '1.0');
    scene.print(1_022, '100.2', '0.1', 'buy').update(1_023, [['99.9', '1.0']]); // known now: both channels are past 1020
    expect(scene.reports).toEqual([]); // due at 1030, which is event time 1025
    scene.wait(1_024.999);
    expect(scene.reports).toEqual([]);
    scene.wait(1_025);
    expect(scene.answers()).toEqual(['accepted o1']);
  });

  test('commands of one connection arrive in the order they were sent', () => {
    const scene = opened({ latency: LEGS });
    scene.wait(1_010);
    scene.place('buy', '100.0', '1.0');
    // Decided on an event that is older than the one before, as events of other pairs can be.
    scene.venue.submit(
      { type: 'cancel', strategyId: 's', reason: 'test', confidence: 1, symbol: 'BTC/USD', clientOrderId: 'o1' },
      ms(1_001),
    );
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['accepted o1', 'cancelled o1 requested']);
    expect(scene.reports.map(({ venueTs }) => venueTs)).toEqual([ms(1_030), ms(1_030)]);
  });

  test('at the same instant the market comes first: the print is gone when the order arrives', () => {
    const scene = opened({ latency: { ...NO_DELAY, entry: ms(20) } });
    scene.place('buy', '100.1', '1.0');
    scene.print(1_020, '100.0', '5.0').wait(1_200);
    expect(scene.fills()).toEqual([]);
    scene.cancel('o1');
    scene.print(1_220, '100.0', '5.0').wait(1_400);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.1 F6']);
    expect(scene.answers().at(-1)).toBe('cancel-rejected o1 unknown-order');
  });

  test('reports come in the order they fall due, numbered without a gap', () => {
    const scene = opened({ latency: LEGS });
    for (const price of ['100.0', '99.9', '99.8']) scene.place('buy', price, '1.0');
    scene.wait(1_100).print(1_150, '99.0', '9.0').wait(1_300);
    expect(scene.reports.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    const due = scene.reports.map(({ venueTs }) => venueTs);
    expect(due).toEqual(due.toSorted((a, b) => a - b));
  });

  test('a report that is known only after it was due is counted as late', () => {
    const scene = opened({ latency: NO_DELAY });
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_060);
    expect(scene.venue.health()).toMatchObject({ reports: 1, lateReports: 1, worstLateness: ms(60) });
  });
});

describe('watermark', () => {
  function waiting(options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
    const scene = opened(options);
    scene.place('buy', '100.0', '1.0');
    return scene;
  }

  test('a command waits until both channels have passed its arrival', () => {
    const scene = waiting();
    scene.update(1_010, [['99.9', '1.0']]);
    expect(scene.answers()).toEqual([]);
    scene.print(1_001, '100.2', '0.1', 'buy');
    expect(scene.answers()).toEqual(['accepted o1']);
  });

  test('a channel at the very instant has not passed it: more may come', () => {
    const scene = waiting();
    scene.update(1_010, [['99.9', '1.0']]).print(1_000, '100.2', '0.1', 'buy');
    expect(scene.answers()).toEqual([]);
  });

  test('a quiet channel is carried by the other one less the margin', () => {
    const scene = waiting();
    scene.update(1_050, [['99.9', '1.0']]);
    expect(scene.answers()).toEqual([]);
    scene.update(1_050.001, [['99.9', '2.0']]);
    expect(scene.answers()).toEqual(['accepted o1']);
  });

  test.each([
    { what: 'a timer', event: (scene: Scene, at: number) => scene.wait(at) },
    {
      what: 'the book of another pair',
      event: (scene: Scene, at: number) => scene.book(at, BIDS, ASKS, 'ETH/USD'),
    },
  ])('$what carries time as well', ({ event }) => {
    const scene = waiting({ latenessMargin: ms(7) });
    event(scene, 1_007);
    expect(scene.answers()).toEqual([]);
    event(scene, 1_007.001);
    expect(scene.answers()).toEqual(['accepted o1']);
  });

  test('with a book-only source nothing waits for prints', () => {
    const scene = waiting({ channels: ['book'] });
    scene.update(1_000.001, [['99.9', '1.0']]);
    expect(scene.answers()).toEqual(['accepted o1']);
  });

  test('prints that arrive after the book are put before it when they happened before it', () => {
    const scene = opened();
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100);
    // The book arrives first, with the ask that would have filled us by F7; the print that did it happened earlier.
    scene
      .update(1_200, [['100.0', '0']], [['100.0', '3.0']])
      .print(1_199, '100.0', '6.0')
      .wait(1_400);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
  });

  test('a print behind the watermark is applied late and counted; it cannot fill an order that came after it', () => {
    const scene = opened();
    scene.place('buy', '100.1', '1.0');
    scene.wait(1_100).print(1_000, '99.0', '9.0').wait(1_300);
    expect(scene.fills()).toEqual([]);
    expect(scene.venue.health().lateEvents).toBe(1);
  });

  test('what comes late is told after what was told before, so that reports never run backwards', () => {
    const scene = opened();
    scene.place('buy', '100.1', '2.0');
    scene.wait(1_100).print(1_200, '100.1', '1.0').print(1_160, '100.1', '1.0').wait(1_300);
    expect(scene.reports.slice(1)).toMatchObject([
      { venueTs: ms(1_200), remaining: 10 },
      { venueTs: ms(1_200), remaining: 0 },
    ]);
  });

  test('a full buffer applies its oldest entries early and counts them', () => {
    const scene = opened({ maxBuffered: 2 });
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100);
    scene.print(1_200, '100.0', '1.0').print(1_201, '100.0', '1.0').print(1_202, '100.0', '1.0');
    expect(scene.ahead('o1')['risk-averse']).toBe(4);
    expect(scene.venue.health().forcedEvents).toBe(1);
    scene.wait(1_400);
    expect(scene.ahead('o1')['risk-averse']).toBe(2);
  });

  test('asking where an order stands changes nothing', () => {
    const run = (asks: boolean): unknown => {
      const scene = opened();
      scene.place('buy', '100.0', '1.0');
      for (let at = 1_100; at < 1_400; at += 13) {
        scene.update(at, [['100.0', `${3 + (at % 7)}.0`]]);
        if (asks) scene.venue.queue('o1');
        scene.print(at - 20, '100.0', '0.5');
      }
      return [scene.wait(1_600).reports, scene.venue.queue('o1')];
    };
    expect(run(true)).toEqual(run(false));
  });
});

describe('freeze', () => {
  function resting(): Scene {
    const scene = opened();
    scene.place('buy', '100.0', '2.0');
    scene.wait(1_100);
    return scene;
  }

  test('orders that reach a market without a book are rejected, cancels work', () => {
    const scene = resting().feed(1_200, 'resyncing');
    scene.place('buy', '99.0', '1.0');
    scene.amend('o1', { size: '1.0' });
    scene.wait(1_300);
    scene.cancel('o1');
    scene.wait(1_400);
    expect(scene.answers()).toEqual([
      'accepted o1',
      'rejected o2 market-frozen',
      'amend-rejected o1 market-frozen',
      'cancelled o1 requested',
    ]);
  });

  test('before the first snapshot the market is frozen', () => {
    const scene = new Scene().wait(1_000);
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100);
    expect(scene.answers()).toEqual(['rejected o1 market-frozen']);
  });

  test('what was received before the gap still counts, nothing during it does', () => {
    const scene = resting().print(1_200, '100.0', '3.0').feed(1_201, 'resyncing');
    expect(scene.ahead('o1')['risk-averse']).toBe(2);
    scene
      .print(1_300, '99.0', '9.0')
      .update(1_310, [['100.0', '0']])
      .wait(1_400);
    expect(scene.fills()).toEqual([]);
    expect(scene.ahead('o1')['risk-averse']).toBe(2);
  });

  test('V13 after the gap no order has more ahead than the new book displays, and optimistically none', () => {
    const scene = resting().print(1_200, '100.0', '1.0').feed(1_201, 'resyncing');
    scene.book(1_300, [['100.0', '3.0']], ASKS).wait(1_400);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 3, uniform: 0 });
    scene
      .feed(1_500, 'resyncing')
      .book(1_600, [['100.0', '9.0']], ASKS)
      .wait(1_700);
    expect(scene.ahead('o1')).toEqual({ 'risk-averse': 3, uniform: 0 });
  });

  test('orders that the new book crosses fill by what it displays', () => {
    const scene = resting().feed(1_200, 'resyncing');
    scene
      .book(
        1_300,
        [['99.0', '3.0']],
        [
          ['99.9', '0.5'],
          ['100.1', '9.0'],
        ],
      )
      .wait(1_400);
    expect(scene.fills()).toEqual(['o1 0.5 @ 100.0 F7']);
  });

  test('a silent feed closes the market to orders until it speaks again, and keeps the book', () => {
    const scene = resting().feed(1_200, 'stale', 'silence');
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_300).feed(1_310, 'live', 'snapshot');
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_400);
    expect(scene.answers().slice(1)).toEqual(['rejected o2 market-frozen', 'accepted o3']);
    scene.print(1_500, '100.0', '6.0').wait(1_600);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
  });

  test('a fault of the connection freezes every pair', () => {
    const scene = resting();
    scene.send({
      type: 'feed',
      seq: 99,
      venueTs: ms(1_200),
      recvTs: micros(0),
      symbol: undefined,
      state: 'connecting',
      cause: 'disconnect',
      detail: '',
    });
    scene.place('buy', '99.0', '1.0');
    scene.wait(1_300);
    expect(scene.answers().at(-1)).toBe('rejected o2 market-frozen');
  });

  test('a command that arrived before the gap is carried out before it', () => {
    const scene = resting().update(1_150, [['99.8', '1.0']]);
    scene.place('buy', undefined, '1.0'); // arrives at 1150
    scene
      .update(1_160, [['99.8', '2.0']])
      .feed(1_160, 'resyncing')
      .wait(1_300);
    expect(scene.fills()).toEqual(['o2 1.0 @ 100.2 F2']);
  });

  test('a venue that joins in the middle starts from the live book', () => {
    const scene = new Scene().joinLate(1_000, BIDS, ASKS);
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100);
    expect(scene.ahead('o1')['risk-averse']).toBe(5);
  });
});
