import { lots } from '@kb/model';
import { L3Book, level3Changes } from '@kb/orderbook';
import { describe, expect, test } from 'vitest';
import type { PaperVenueOptions } from '../src/index.ts';
import { ms, Scene } from './scene.ts';

interface Real {
  readonly id: string;
  readonly size: string;
  readonly price?: string;
  readonly event?: 'add' | 'modify' | 'delete';
}

const plain = ({ id, size, price = '100.0', event }: Real, at: number): Record<string, string> => ({
  ...(event === undefined ? {} : { event }),
  order_id: id,
  limit_price: price,
  order_qty: size,
  timestamp: new Date(at).toISOString(),
});

/** Single orders and the book channel beside them, or instead of it. */
class Orders extends Scene {
  readonly #withBook: boolean;
  readonly #sizes = new Map<string, { size: number; price: string }>();

  constructor(withBook: boolean, options: Partial<PaperVenueOptions> = {}) {
    super({ models: ['exact', 'central', 'risk-averse'], follow: 'exact', ...options });
    this.#withBook = withBook;
  }

  start(at: number, bids: readonly Real[], asks: readonly Real[] = [{ id: 'a1', size: '5.0', price: '100.2' }]): this {
    this.#sizes.clear();
    for (const { id, size, price = '100.0' } of bids) this.#sizes.set(id, { size: Number(size), price });
    if (this.#withBook) {
      const prices = [...new Set(bids.map(({ price = '100.0' }) => price))];
      this.book(
        at,
        prices.map((price) => [price, this.#level(price)]),
        asks.map(({ price = '', size }) => [price, size]),
      );
    }
    const each = (order: Real): never => plain(order, at) as never;
    return this.level3(at, { snapshot: true, bids: bids.map(each), asks: asks.map(each) });
  }

  /** What happens to one bid. */
  bid(at: number, real: Real): this {
    const { id, size, price = '100.0', event } = real;
    const prices = [...new Set([this.#sizes.get(id)?.price ?? price, price])];
    if (event === 'delete') this.#sizes.delete(id);
    else this.#sizes.set(id, { size: Number(size), price });
    if (this.#withBook) {
      this.update(
        at,
        prices.map((each) => [each, this.#level(each)]),
      );
    }
    return this.level3(at, { snapshot: false, bids: [plain(real, at) as never], asks: [] });
  }

  #level(price: string): string {
    let sum = 0;
    for (const order of this.#sizes.values()) if (order.price === price) sum += order.size;
    return sum.toFixed(1);
  }
}

const TWO = [
  { id: 'b1', size: '3.0' },
  { id: 'b2', size: '2.0' },
] as const;

describe.each([
  { what: 'beside a book channel', withBook: true },
  { what: 'as the book', withBook: false },
])('real orders $what', ({ withBook }) => {
  function resting(): Orders {
    const scene = new Orders(withBook).start(1_000, TWO);
    scene.place('buy', '100.0', '1.0');
    return scene.wait(1_100);
  }

  test('an order stands behind the last real one at its price; who comes later stands behind it', () => {
    const scene = resting().bid(1_200, { id: 'b3', size: '4.0', event: 'add' }).wait(1_300);
    expect(scene.ahead('o1')).toEqual({ exact: 5, central: 5, 'risk-averse': 5 });
    expect(scene.venue.queue('o1').map(({ exact }) => exact)).toEqual([true, true, false]);
    expect(scene.venue.health().queues['BTC/USD']?.centralRule).toBe('exact');
  });

  test('the next slice of an iceberg stands behind all that is there when the last one is used up', () => {
    const scene = new Orders(withBook).start(1_000, TWO);
    scene.place('buy', '100.0', '2.0', { orderType: 'iceberg', displaySize: lots(10) });
    scene.wait(1_100).bid(1_200, { id: 'b3', size: '4.0', event: 'add' }).wait(1_300);
    for (const size of ['3.0', '2.0', '1.0']) scene.print(1_400, '100.0', size);
    scene.bid(1_400, { id: 'b1', size: '3.0', event: 'delete' });
    scene.bid(1_400, { id: 'b2', size: '2.0', event: 'delete' });
    scene.bid(1_400, { id: 'b3', size: '3.0', event: 'modify' }).wait(1_600);
    expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F5']);
    expect(scene.ahead('o1')).toEqual({ exact: 3, central: 3, 'risk-averse': 3 });
    scene.bid(1_700, { id: 'b3', size: '3.0', event: 'delete' }).wait(1_900);
    expect(scene.ahead('o1')).toEqual({ exact: 0, central: 0, 'risk-averse': 0 });
    scene.print(2_000, '100.0', '0.4').wait(2_200);
    expect(scene.fills().at(-1)).toBe('o1 0.4 @ 100.0 F5');
  });

  test('a cancel ahead moves it, one behind does not, whatever their sizes', () => {
    const scene = resting().bid(1_200, { id: 'b3', size: '2.0', event: 'add' });
    scene.bid(1_210, { id: 'b3', size: '2.0', event: 'delete' }).wait(1_400);
    expect(scene.ahead('o1')).toEqual({ exact: 5, central: 5, 'risk-averse': 5 });
    scene.bid(1_500, { id: 'b2', size: '2.0', event: 'delete' }).wait(1_700);
    expect(scene.ahead('o1')).toEqual({ exact: 3, central: 3, 'risk-averse': 3 });
  });

  test('an order ahead that becomes smaller, or larger, keeps its place; one that moves away leaves', () => {
    const scene = resting().bid(1_200, { id: 'b1', size: '1.0', event: 'modify' }).wait(1_400);
    expect(scene.ahead('o1').exact).toBe(3);
    scene.bid(1_500, { id: 'b1', size: '2.5', event: 'modify' }).wait(1_700);
    expect(scene.ahead('o1').exact).toBe(4.5);
    scene.bid(1_800, { id: 'b1', size: '2.5', price: '99.0', event: 'modify' }).wait(2_000);
    expect(scene.ahead('o1')).toEqual({ exact: 2, central: 2, 'risk-averse': 2 });
  });

  test('once prints and orders have come at the same times, only such belong together', () => {
    const scene = new Orders(withBook).start(1_000, [
      { id: 'b1', size: '9.0' },
      { id: 'b2', size: '0.5' },
    ]);
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100);
    for (let count = 1; count <= 40; count += 1) {
      const at = 1_100 + count;
      scene.print(at, '100.0', '0.1').bid(at, { id: 'b1', size: (9 - count / 10).toFixed(1), event: 'modify' });
    }
    scene.wait(1_300);
    expect(scene.ahead('o1').exact).toBe(5.5);
    scene
      .print(1_310, '100.0', '0.5')
      .bid(1_320, { id: 'b2', size: '0.5', event: 'delete' })
      .print(1_330, '99.0', '0.1', 'buy');
    scene.wait(1_379);
    expect(scene.ahead('o1').exact).toBe(4.5); // the print may have taken what its own time is still to show
    scene.wait(1_600).print(1_610, '100.0', '0.1').wait(1_670);
    expect(scene.ahead('o1').exact).toBe(4.9); // it was hidden: of all that, this print alone counts
    expect(scene.wait(1_800).ahead('o1').exact).toBe(5); // and it was hidden too
    scene.bid(2_000, { id: 'b1', size: '4.5', event: 'modify' }).print(2_010, '100.0', '0.5').wait(2_070);
    expect(scene.ahead('o1').exact).toBe(4);
  });

  test.each([
    { order: 'print first', printAt: 1_300, orderAt: 1_340 },
    { order: 'order first', printAt: 1_340, orderAt: 1_300 },
    { order: 'at the same time', printAt: 1_300, orderAt: 1_300 },
  ])('a print and what it takes of a real order move the queue once: $order', ({ printAt, orderAt }) => {
    const scene = resting();
    const gone = { id: 'b1', size: '3.0', event: 'delete' } as const;
    if (orderAt < printAt) scene.bid(orderAt, gone).print(printAt, '100.0', '3.0');
    else scene.print(printAt, '100.0', '3.0').bid(orderAt, gone);
    scene.wait(1_600);
    expect(scene.ahead('o1')).toEqual({ exact: 2, central: 2, 'risk-averse': 2 });
    expect(scene.fills()).toEqual([]);
  });

  test('what a sweep has left after those ahead fills us', () => {
    const scene = resting().print(1_300, '100.0', '3.0').print(1_300, '100.0', '2.0').print(1_300, '100.0', '0.4');
    scene.bid(1_300, { id: 'b1', size: '3.0', event: 'delete' });
    scene.bid(1_300, { id: 'b2', size: '2.0', event: 'delete' }).wait(1_400);
    expect(scene.fills()).toEqual(['o1 0.4 @ 100.0 F5']);
  });

  test('F12 a print that no order shows was hidden: those ahead stand where they stood', () => {
    const scene = resting().print(1_300, '100.0', '2.0').wait(1_352);
    expect(scene.ahead('o1').exact).toBe(3);
    scene.bid(1_600, { id: 'b9', size: '0.5', event: 'add' }).bid(1_610, { id: 'b9', size: '0.5', event: 'delete' });
    scene.wait(1_800);
    expect(scene.ahead('o1').exact).toBe(5);
  });

  test('F12 nor does a hidden print make the queue look shorter once its orders would have been told of', () => {
    const scene = resting().print(1_300, '100.0', '2.0').wait(1_352);
    expect(scene.ahead('o1').exact).toBe(3);
    expect(scene.wait(1_450).ahead('o1').exact).toBe(5);
  });

  test('after a gap those who stood ahead and are there still stand ahead still: exact again', () => {
    const scene = resting().bid(1_150, { id: 'b3', size: '4.0', event: 'add' }).wait(1_201).feed(1_202, 'resyncing');
    scene.start(1_300, [
      { id: 'b2', size: '2.0' },
      { id: 'b3', size: '4.0' },
      { id: 'b4', size: '1.0' },
    ]);
    scene.wait(1_400);
    expect(scene.ahead('o1')).toMatchObject({ exact: 2, central: 2, 'risk-averse': 5 });
    expect(scene.venue.queue('o1')[0]).toMatchObject({ exact: true, uncertain: false });
    expect(scene.venue.queue('o1')[2]).toMatchObject({ exact: false, uncertain: true });
  });

  test('prints of a gap count where those who stood ahead have gone, and not where they stand still', () => {
    const still = resting().feed(1_200, 'resyncing').start(1_300, TWO).wait(1_400);
    still.print(1_250, '100.0', '5.5', 'sell', { historical: true }).wait(1_500);
    expect(still.fills()).toEqual([]);
    // That they leave later changes nothing of it.
    still.print(1_600, '100.0', '5.0', 'sell', { tradeId: 200 });
    still.bid(1_600, { id: 'b1', size: '3.0', event: 'delete' }).bid(1_600, { id: 'b2', size: '2.0', event: 'delete' });
    still.wait(1_800).print(1_260, '100.0', '5.5', 'sell', { tradeId: 150, historical: true }).wait(1_900);
    expect(still.ahead('o1').exact).toBe(0);
    expect(still.fills()).toEqual([]);
    const gone = resting()
      .feed(1_200, 'resyncing')
      .start(1_300, [{ id: 'b9', size: '4.0' }])
      .wait(1_400);
    gone.print(1_250, '100.0', '5.5', 'sell', { historical: true }).wait(1_500);
    expect(gone.fills()).toEqual(['o1 0.5 @ 100.0 F5']);
  });

  test('F3 what we took of a maker stays taken until that order leaves, whatever joins its level', () => {
    const scene = new Orders(withBook).start(1_000, TWO);
    scene.place('sell', '100.0', '2.0', { timeInForce: 'ioc' });
    scene.wait(1_100).bid(1_200, { id: 'b3', size: '1.0', event: 'add' }).wait(1_400);
    scene.place('sell', '100.0', '9.0', { timeInForce: 'ioc' });
    scene.wait(1_500);
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.0 F2', 'o2 4.0 @ 100.0 F2']);
    // The first maker leaves: what we had of the others is taken still.
    scene.bid(1_600, { id: 'b1', size: '3.0', event: 'delete' }).bid(1_610, { id: 'b5', size: '0.7', event: 'add' });
    scene.wait(1_800);
    scene.place('sell', '100.0', '9.0', { timeInForce: 'ioc' });
    scene.wait(1_900);
    expect(scene.fills().at(-1)).toBe('o3 0.7 @ 100.0 F2');
  });

  test('F3 what we took of makers that stand after a gap still is taken still', () => {
    const scene = new Orders(withBook).start(1_000, TWO);
    scene.place('sell', '100.0', '2.0', { timeInForce: 'ioc' });
    scene.wait(1_100).feed(1_200, 'resyncing').start(1_300, TWO).wait(1_400);
    scene.place('sell', '100.0', '9.0', { timeInForce: 'ioc' });
    scene.wait(1_500);
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.0 F2', 'o2 3.0 @ 100.0 F2']);
    // An order of the same name that comes later is another one.
    scene.bid(1_600, { id: 'b1', size: '3.0', event: 'delete' }).bid(1_610, { id: 'b1', size: '0.7', event: 'add' });
    scene.wait(1_800);
    scene.place('sell', '100.0', '9.0', { timeInForce: 'ioc' });
    scene.wait(1_900);
    expect(scene.fills().at(-1)).toBe('o3 0.7 @ 100.0 F2');
  });

  test('F3 of a maker that has become smaller we took no more than is left of it', () => {
    const scene = resting(); // o1 behind b1 and b2
    scene.place('sell', '100.0', '2.0', { timeInForce: 'ioc' });
    scene.wait(1_200).bid(1_300, { id: 'b1', size: '1.0', event: 'modify' }).wait(1_400);
    scene.place('sell', '100.0', '9.0', { timeInForce: 'ioc' });
    scene.wait(1_500);
    expect(scene.fills().at(-1)).toBe('o3 2.0 @ 100.0 F2');
  });

  test('F3 what we took of those ahead of an own order does not stand before it for our next taker', () => {
    const scene = resting(); // o1 behind b1 and b2
    scene.place('sell', '100.0', '1.0', { timeInForce: 'ioc' });
    scene.place('sell', '100.0', '2.5', { timeInForce: 'ioc' });
    scene.wait(1_200).bid(1_300, { id: 'b3', size: '9.0', event: 'add' });
    scene.bid(1_310, { id: 'b1', size: '3.0', event: 'delete' }).wait(1_400);
    // Of b2, who is first now, we had 0.5.
    scene.place('sell', '100.0', '9.0', { timeInForce: 'ioc' });
    scene.wait(1_500);
    expect(scene.fills().at(-1)).toBe('o4 1.5 @ 100.0 F2');
    expect(scene.answers().at(-1)).toBe('cancelled o4 self-trade');
  });
});

describe('prints of a gap that are told before the real orders are', () => {
  const LEVEL = [['100.0', '5.0']] as const;
  const ASK = [['100.2', '5.0']] as const;
  function resting(): Orders {
    const scene = new Orders(true).start(1_000, TWO);
    scene.place('buy', '100.0', '1.0');
    return scene.wait(1_100);
  }

  test('reach nobody whom somebody stood ahead of when it began', () => {
    const scene = resting().feed(1_200, 'resyncing').book(1_300, LEVEL, ASK).wait(1_400);
    scene.print(1_250, '100.0', '5.5', 'sell', { historical: true }).wait(1_500);
    expect(scene.fills()).toEqual([]);
  });

  test('reach who was first by then, whatever an earlier gap had left ahead of him', () => {
    const scene = resting().feed(1_200, 'resyncing').start(1_300, TWO).wait(1_400);
    scene.print(1_450, '100.2', '0.1', 'buy', { tradeId: 200 });
    scene.bid(1_500, { id: 'b1', size: '3.0', event: 'delete' }).bid(1_510, { id: 'b2', size: '2.0', event: 'delete' });
    scene.wait(1_700);
    expect(scene.ahead('o1').exact).toBe(0);
    scene.feed(1_800, 'resyncing').book(1_900, LEVEL, ASK).wait(2_000);
    scene.print(1_850, '100.0', '0.5', 'sell', { tradeId: 250, historical: true }).wait(2_100);
    expect(scene.fills()).toEqual(['o1 0.5 @ 100.0 F5']);
  });
});

test('a venue that joins late takes the real orders as they stand', () => {
  const full = new Scene({ models: ['exact'], follow: 'exact' });
  const late = new Scene({ models: ['exact', 'central'], follow: 'exact' });
  const row = (id: string, size: string): never => plain({ id, size, event: 'add' }, 1_000) as never;
  const start = { snapshot: true, bids: [plain({ id: 'b1', size: '3.0' }, 1_000) as never], asks: [] };
  full.level3(1_000, start);
  // What the late one gets first is an update, of a book that stands already.
  const changes = level3Changes({ snapshot: false, bids: [row('b2', '2.0')], asks: [] }, full.pair);
  const book = new L3Book(full.pair.symbol, full.pair, 10);
  book.apply(level3Changes(start, full.pair));
  book.apply(changes);
  const { symbol } = full.pair;
  late.send({
    type: 'level3',
    seq: 1,
    venueTs: ms(1_000),
    recvTs: ms(1_000),
    symbol,
    book,
    changes,
    snapshot: false,
    verified: true,
  });
  late.place('buy', '100.0', '1.0');
  late.wait(1_100);
  expect(late.ahead('o1')).toEqual({ exact: 5, central: 5 });
});

test('without single orders the exact model knows of no place: only what trades through, or crosses, fills it', () => {
  const scene = new Scene({ models: ['exact', 'risk-averse'], follow: 'exact' });
  scene.book(1_000, [['100.0', '1.0']], [['100.2', '5.0']]);
  scene.place('buy', '100.0', '1.0');
  scene.wait(1_100);
  expect(scene.ahead('o1')).toEqual({ exact: undefined, 'risk-averse': 1 });
  scene.print(1_200, '100.0', '50.0').wait(1_300);
  expect(scene.fills()).toEqual([]);
  scene.print(1_400, '99.9', '50.0').wait(1_500);
  expect(scene.fills()).toEqual(['o1 1.0 @ 100.0 F6']);
});

describe('F3 takers that ours displaced', () => {
  /** We buy the first ask whole, queue behind both, and a real taker buys the first ask, whom we left nothing. */
  function displaced(options: Partial<PaperVenueOptions>): Orders {
    const scene = new Orders(true, options).start(
      1_000,
      [{ id: 'b1', size: '1.0', price: '99.0' }],
      [
        { id: 'a1', size: '2.0', price: '100.2' },
        { id: 'a2', size: '3.0', price: '100.2' },
      ],
    );
    scene.update(1_000, [], [['100.2', '5.0']]);
    scene.place('buy', '100.2', '2.0', { timeInForce: 'ioc' });
    scene.wait(1_100);
    scene.place('sell', '100.2', '1.0');
    scene
      .wait(1_200)
      .print(1_300, '100.2', '2.0', 'buy')
      .update(1_300, [], [['100.2', '3.0']]);
    const gone = plain({ id: 'a1', size: '2.0', price: '100.2', event: 'delete' }, 1_300) as never;
    scene.level3(1_300, { snapshot: false, bids: [], asks: [gone] });
    return scene.wait(1_400);
  }

  test('stop where they stopped, unless asked', () => {
    expect(displaced({}).ahead('o2').exact).toBe(3);
  });

  test('go on to the next maker, if asked: what that has left is ahead of us', () => {
    const scene = displaced({ displaces: true });
    expect(scene.ahead('o2')).toEqual({ exact: 1, central: 1, 'risk-averse': 3 });
    scene.print(1_500, '100.2', '1.6', 'buy').wait(1_600);
    expect(scene.fills()).toEqual(['o1 2.0 @ 100.2 F2', 'o2 0.6 @ 100.2 F5']);
  });

  test('what they got further on is not there for our next taker', () => {
    const scene = displaced({ displaces: true });
    scene.cancel('o2');
    scene.wait(1_500);
    scene.place('buy', '100.2', '9.0', { timeInForce: 'ioc' });
    scene.wait(1_600);
    expect(scene.fills().at(-1)).toBe('o3 1.0 @ 100.2 F2');
  });
});
