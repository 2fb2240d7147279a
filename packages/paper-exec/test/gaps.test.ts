import { lots, ticks } from '@kb/model';
import { bookChanges, L2Book, L3Book, level3Changes } from '@kb/orderbook';
import { describe, expect, test } from 'vitest';
import { ms, PAIR, Scene } from './scene.ts';

/** What a gap of the feed must not break, beyond freezing and the vectors (timing.test.ts, vectors.test.ts). */

const BIDS = [
  ['100.0', '10.0'],
  ['99.9', '8.0'],
] as const;
const ASKS = [
  ['100.2', '5.0'],
  ['100.3', '8.0'],
] as const;

function opened(options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
  return new Scene(options).book(1_000, BIDS, ASKS).print(1_010, '100.0', '0.1', 'sell', { tradeId: 101 }).wait(1_100);
}

const stop = (price: number): object => ({
  orderType: 'stop-loss',
  trigger: { reference: 'last', price: { type: 'static', price: ticks(price * 10) } },
});

test('a cancel that was confirmed in a gap stands, whatever is told of the time before it', () => {
  const scene = opened();
  scene.place('buy', '100.0', '2.0');
  scene.wait(1_160).feed(1_200, 'resyncing').wait(1_260).cancel('o1');
  scene.wait(1_290).book(1_300, BIDS, ASKS).print(1_400, '100.2', '0.1', 'buy', { tradeId: 110 }).wait(1_500);
  scene.print(1_250, '100.0', '20.0', 'sell', { tradeId: 105, historical: true }).wait(1_600);
  expect(scene.answers()).toEqual(['accepted o1', 'cancelled o1 requested']);
  expect(scene.fills()).toEqual([]);
  expect(scene.venue.free('USD')).toBe('1000000');
});

describe('prints of a gap that are told after later ones', () => {
  test('are not taken for the last trade', () => {
    const scene = opened();
    scene.place('buy', '99.9', '1.0');
    scene.wait(1_160).feed(1_200, 'resyncing').book(1_300, BIDS, ASKS);
    scene.print(1_400, '100.2', '0.1', 'buy', { tradeId: 110 }).wait(1_500);
    scene.print(1_250, '95.0', '0.1', 'sell', { tradeId: 105, historical: true });
    expect(scene.venue.health().recoveredTrades).toBe(1);
    scene.place('sell', undefined, '1.0', stop(98));
    scene.wait(1_600);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o2']);
  });

  test('nor are older trades that a new subscription tells again', () => {
    const scene = opened();
    scene.place('buy', '99.0', '1.0');
    scene.wait(1_160).print(1_200, '99.5', '0.1', 'sell', { tradeId: 102 }).wait(1_300);
    scene.print(1_400, '100.2', '0.1', 'buy', { tradeId: 103 }).wait(1_500);
    scene.print(1_200, '99.5', '0.1', 'sell', { tradeId: 102, historical: true });
    scene.place('sell', undefined, '1.0', stop(99.6));
    scene.wait(1_600);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o2']);
  });

  test('and those after it have both moved the queue', () => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0');
    scene.wait(1_160).feed(1_200, 'resyncing').book(1_300, BIDS, ASKS).wait(1_350);
    scene
      .print(1_400, '100.0', '4.0', 'sell', { tradeId: 110 })
      .update(1_400, [['100.0', '6.0']])
      .wait(1_500);
    scene.print(1_250, '100.0', '5.0', 'sell', { tradeId: 105, historical: true }).wait(1_600);
    expect(scene.ahead('o1')['risk-averse']).toBe(1);
    expect(scene.fills()).toEqual([]);
    scene.print(1_255, '100.0', '2.5', 'sell', { tradeId: 106, historical: true }).wait(1_700);
    expect(scene.fills()).toEqual(['o1 1.5 @ 100.0 F5']);
  });

  test('move the queue by no more than stood ahead when they traded', () => {
    const scene = opened();
    scene.place('buy', '100.0', '4.0');
    scene.wait(1_160).feed(1_200, 'resyncing');
    scene.book(1_300, [['100.0', '3.0']], ASKS).wait(1_350);
    // At most 3.0 stood ahead after the gap: 2.0 of these are ours.
    scene
      .print(1_400, '100.0', '5.0', 'sell', { tradeId: 110 })
      .update(1_400, [['100.0', '0']])
      .wait(1_500);
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.0 F5']);
    scene.print(1_250, '100.0', '6.0', 'sell', { tradeId: 105, historical: true }).wait(1_600);
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.0 F5']);
  });
});

describe('prints of a gap', () => {
  /** A buy of 2.0 behind 10.0, and a gap. */
  function gap(options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
    const scene = opened(options);
    scene.place('buy', '100.0', '2.0');
    return scene.wait(1_200).feed(1_250, 'resyncing');
  }
  const missed = (scene: Scene, tradeId: number, size: string): Scene =>
    scene.print(1_260, '100.0', size, 'sell', { tradeId, historical: true });

  test('of the instant of the book that ends it came before that book', () => {
    const scene = gap().print(1_300, '100.0', '11.0');
    scene.book(1_300, [['100.0', '3.0']], ASKS).wait(1_400);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
  });

  test('count once, however often and whenever they are told', () => {
    const scene = gap().print(1_260, '100.0', '6.0', 'sell', { tradeId: 102 });
    scene.book(1_300, BIDS, ASKS).print(1_260, '100.0', '6.0', 'sell', { tradeId: 102 });
    missed(missed(missed(scene, 103, '3.0'), 103, '3.0'), 102, '6.0').wait(1_400);
    expect(scene.ahead('o1')['risk-averse']).toBe(1);
    expect(scene.venue.health()).toMatchObject({ recoveredTrades: 2, ignoredTrades: 3 });
  });

  test('are those between the last print before and the first after it', () => {
    const scene = gap().book(1_300, BIDS, ASKS).print(1_400, '100.2', '0.1', 'buy', { tradeId: 110 });
    for (const tradeId of [101, 110, 111]) missed(scene, tradeId, '11.0');
    expect(scene.venue.health()).toMatchObject({ recoveredTrades: 0, ignoredTrades: 3 });
    missed(scene, 109, '11.0').wait(1_500);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
  });

  test('of an earlier gap, whose end was known, fill nothing once another has begun, and are counted', () => {
    const scene = gap().book(1_300, BIDS, ASKS).print(1_400, '100.2', '0.1', 'buy', { tradeId: 110 });
    scene.wait(1_500).feed(1_600, 'resyncing').book(1_700, BIDS, ASKS);
    missed(scene, 109, '30.0').wait(1_800);
    expect(scene.fills()).toEqual([]);
    expect(scene.venue.health()).toMatchObject({ recoveredTrades: 0, ignoredTrades: 1 });
    expect(scene.venue.queue('o1').every(({ uncertain }) => uncertain)).toBe(true);
  });

  test('of the very instant at which an order came did not meet it', () => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0'); // comes at 1,100
    scene.wait(1_200).feed(1_250, 'resyncing');
    scene.print(1_100, '100.0', '11.0', 'sell', { tradeId: 102, historical: true });
    scene.print(1_101, '100.0', '11.0', 'sell', { tradeId: 103, historical: true });
    scene.book(1_300, BIDS, ASKS).wait(1_400);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
  });

  test('without any print before it are those since the last book', () => {
    const scene = new Scene().book(1_000, BIDS, ASKS);
    scene.place('buy', '100.0', '2.0');
    scene
      .wait(1_150)
      .update(1_200, [['99.9', '7.0']])
      .feed(1_250, 'resyncing');
    scene.print(1_190, '100.0', '20.0', 'sell', { historical: true });
    expect(scene.venue.health()).toMatchObject({ recoveredTrades: 0, ignoredTrades: 1 });
    scene.print(1_210, '100.0', '11.0', 'sell', { historical: true }).book(1_300, BIDS, ASKS).wait(1_400);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
  });

  test('are bounded like all that waits', () => {
    const scene = gap({ maxBuffered: 2 });
    for (const tradeId of [102, 103, 104]) missed(scene, tradeId, '1.0');
    expect(scene.venue.health()).toMatchObject({ recoveredTrades: 2, ignoredTrades: 1 });
  });

  test('are told of both gaps when no print came between them', () => {
    const scene = gap().print(1_260, '100.0', '1.0', 'sell', { tradeId: 104 });
    scene
      .book(1_300, [['100.0', '3.0']], ASKS)
      .wait(1_320)
      .feed(1_350, 'resyncing');
    scene.book(1_400, [['100.0', '3.0']], ASKS).wait(1_500);
    // 10.0 stood ahead when the first began: 7.0 of them traded in it.
    missed(missed(scene, 102, '6.0'), 104, '1.0').wait(1_600);
    expect(scene.ahead('o1')['risk-averse']).toBe(3);
    expect(scene.fills()).toEqual([]);
    missed(scene, 103, '4.0').wait(1_700);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
  });

  test('are those of the last gap alone when one came between two', () => {
    const scene = gap()
      .book(1_300, [['100.0', '3.0']], ASKS)
      .wait(1_320);
    scene.print(1_330, '100.2', '0.1', 'buy', { tradeId: 105 }).feed(1_350, 'resyncing');
    scene.book(1_400, [['100.0', '3.0']], ASKS).wait(1_500);
    missed(scene, 104, '20.0').wait(1_600);
    expect(scene.fills()).toEqual([]);
    scene.print(1_360, '100.0', '4.0', 'sell', { tradeId: 106, historical: true }).wait(1_700);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
  });
});

test('a trigger that was amended after a gap is not reached by prints of the gap', () => {
  const scene = opened();
  scene.place('sell', undefined, '1.0', stop(90));
  scene.wait(1_200).feed(1_250, 'resyncing').book(1_300, BIDS, ASKS).wait(1_400);
  scene.amend('o1', {}, { trigger: { type: 'static', price: ticks(980) } });
  scene.wait(1_500).print(1_260, '97.0', '0.1', 'sell', { tradeId: 102, historical: true }).wait(1_600);
  expect(scene.answers()).toEqual(['accepted o1', 'amended o1']);
  scene.print(1_700, '97.0', '0.1', 'sell', { tradeId: 110 }).wait(1_800);
  expect(scene.answers()).toEqual(['accepted o1', 'amended o1', 'triggered o1']);
});

test('the index of before a gap is not looked at after it', () => {
  const scene = opened();
  scene.venue.onIndex('BTC/USD', ticks(1_010));
  scene.feed(1_200, 'resyncing').book(1_300, BIDS, ASKS).wait(1_400);
  const { trigger } = stop(100.5) as { trigger: object };
  scene.place('sell', undefined, '1.0', {
    orderType: 'stop-loss',
    trigger: { ...trigger, reference: 'index' } as never,
  });
  scene.wait(1_500);
  expect(scene.answers()).toEqual(['accepted o1', 'triggered o1']); // by the last trade, at 100.0
});

test('an update after a gap is not believed, though one after an earlier gap was', () => {
  const scene = opened();
  scene.place('buy', '100.0', '2.0');
  scene.wait(1_200).feed(1_250, 'resyncing').feed(1_300, 'live');
  scene.update(1_300, [['100.0', '4.0']]).wait(1_350);
  expect(scene.ahead('o1')['risk-averse']).toBe(4);
  scene
    .feed(1_400, 'resyncing')
    .update(1_450, [['100.0', '1.0']])
    .wait(1_500);
  expect(scene.ahead('o1')['risk-averse']).toBe(4);
});

test('a connection that has caught up opens every pair again, but vouches for no book', () => {
  const all = (scene: Scene, at: number, state: 'stale' | 'live'): Scene =>
    scene.send({
      type: 'feed',
      seq: at,
      venueTs: ms(at),
      recvTs: ms(at),
      symbol: undefined,
      state,
      cause: 'lagging',
      detail: '',
    });
  const scene = all(opened(), 1_200, 'stale');
  scene.place('buy', '100.0', '2.0');
  all(scene.wait(1_300), 1_350, 'live').place('buy', '100.0', '2.0');
  scene.wait(1_450);
  expect(scene.answers()).toEqual(['rejected o1 market-frozen', 'accepted o2']);
  all(scene.feed(1_500, 'resyncing'), 1_510, 'live')
    .update(1_520, [['100.0', '1.0']])
    .wait(1_600);
  expect(scene.ahead('o2')['risk-averse']).toBe(10);
});

test('at the optimistic end nobody is ahead of an order beyond the depth in view either', () => {
  const scene = new Scene({}, { depth: 2 }).book(1_000, BIDS, ASKS);
  scene.place('buy', '99.9', '1.0');
  scene.wait(1_100).feed(1_200, 'resyncing');
  const above = [
    ['100.1', '1.0'],
    ['100.0', '9.0'],
  ] as const;
  scene.book(1_300, above, ASKS).wait(1_350);
  expect(scene.ahead('o1')).toEqual({ 'risk-averse': 8, uniform: 0 });
});

describe('a closing order', () => {
  const close = { close: { orderType: 'limit', price: ticks(1_004) } } as const;

  test('of an order that is cancelled in a gap is placed once there is a book again', () => {
    const scene = opened({ closeOrders: 'at-completion' });
    scene.place('buy', '100.2', '9.0', close); // 5.0 at once
    scene.wait(1_160).feed(1_200, 'resyncing');
    scene.cancel('o1');
    scene.wait(1_270);
    expect(scene.answers()).toEqual(['accepted o1', 'cancelled o1 requested']);
    scene.book(1_300, BIDS, ASKS).wait(1_350);
    expect(scene.answers()).toEqual(['accepted o1', 'cancelled o1 requested', 'accepted o1-close-1']);
    expect(scene.remaining('o1-close-1')).toBe('5.0');
  });

  test('of a fill before the feed fell silent is placed all the same: the venue has no gap', () => {
    const scene = opened();
    scene.place('buy', '100.0', '1.0', close);
    scene.wait(1_160).print(1_200, '99.9', '1.0').feed(1_201, 'stale', 'silence').wait(1_300);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o1-close-1']);
  });
});

/** Two sources that know nothing of each other: one brings levels, the other single orders. */
class TwoFeeds extends Scene {
  readonly #levels = new L2Book('BTC/USD', PAIR, 10);
  readonly #orders = new L3Book('BTC/USD', PAIR, 10);
  #at = 0;

  levels(at: number, snapshot: boolean, size: string): this {
    const changes = bookChanges({ snapshot, bids: [['100.0', size]], asks: snapshot ? ASKS : [] }, PAIR);
    this.#levels.apply(changes);
    const base = { seq: (this.#at += 1), venueTs: ms(at), recvTs: ms(at), symbol: 'BTC/USD', verified: true } as const;
    return this.send({ type: 'book', ...base, book: this.#levels, changes, snapshot });
  }

  orders(at: number, snapshot: boolean, id: string, size: string): this {
    const bid = { order_id: id, limit_price: '100.0', order_qty: size, timestamp: new Date(at).toISOString() };
    const ask = { ...bid, order_id: 'a1', limit_price: '100.2', order_qty: '5.0' };
    const bids = [snapshot ? bid : { event: 'add', ...bid }];
    const changes = level3Changes({ snapshot, bids: bids as never, asks: snapshot ? [ask] : [] }, PAIR);
    this.#orders.apply(changes);
    const base = { seq: (this.#at += 1), venueTs: ms(at), recvTs: ms(at), symbol: 'BTC/USD', verified: true } as const;
    return this.send({ type: 'level3', ...base, book: this.#orders, changes, snapshot });
  }
}

describe('levels and single orders from two feeds', () => {
  function joined(): TwoFeeds {
    const scene = new TwoFeeds({ models: ['exact', 'risk-averse'], follow: 'exact' });
    scene.levels(1_000, true, '3.0').orders(1_000, true, 'b1', '3.0').wait(1_100);
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_200);
    expect(scene.ahead('o1')).toEqual({ exact: 3, 'risk-averse': 3 });
    return scene;
  }

  test('go on with the next update of levels when single orders alone had a gap', () => {
    const scene = joined().feed(1_300, 'resyncing').feed(1_400, 'live').orders(1_400, true, 'b1', '2.0');
    scene.levels(1_500, false, '2.0').wait(1_600);
    expect(scene.ahead('o1')).toEqual({ exact: 2, 'risk-averse': 2 });
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_700);
    expect(scene.answers()).toEqual(['accepted o1', 'accepted o2']);
  });

  test('go on with the next update of single orders when levels alone had a gap', () => {
    const scene = joined().feed(1_300, 'resyncing').feed(1_400, 'live').levels(1_400, true, '5.0');
    scene.orders(1_500, false, 'b2', '2.0').wait(1_600);
    expect(scene.venue.queue('o1')).toMatchObject([
      { model: 'exact', ahead: 30, exact: true },
      { model: 'risk-averse', ahead: 30 },
    ]);
    expect(scene.venue.queue('o1')[0]?.remaining).toBe(lots(10));
  });
});
