import { lots, micros, ticks, VirtualScheduler } from '@kb/model';
import type { BookEvent, Level3Changes, MarketEvent, TickerEvent, TradeEvent } from '@kb/model';
import { bookChanges, L2Book, L3Book, level3Changes, level3SnapshotOf } from '@kb/orderbook';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FanOut } from '../src/index.ts';
import type { BatchConsumer, Delivery } from '../src/index.ts';
import { codeOf } from './error-code.ts';

const GRID = { pricePrecision: 0, qtyPrecision: 0 };

/** One feed, whose book moves on under everybody's hands. */
class Source {
  readonly time = new VirtualScheduler(micros(0));
  readonly fan = new FanOut({ scheduler: this.time, depth: 2 });
  readonly #book = new L2Book('A/B', GRID, 10);
  #seq = 0;

  book(bid: number): BookEvent {
    const changes = bookChanges({ snapshot: true, bids: [[`${bid}`, '1']], asks: [[`${bid + 1}`, '1']] }, GRID);
    this.#book.apply(changes);
    const event: BookEvent = {
      ...this.#base(),
      type: 'book',
      symbol: 'A/B',
      book: this.#book,
      changes,
      snapshot: true,
      verified: true,
    };
    this.fan.push(event);
    return event;
  }

  trade(tradeId: number, symbol = 'A/B'): void {
    const facts = { tradeId, price: ticks(1), size: lots(1), taker: 'buy', historical: false } as const;
    const event: TradeEvent = { ...this.#base(), type: 'trade', symbol, ...facts };
    this.fan.push(event);
  }

  /** What became of a book of orders. */
  level3(book: L3Book, changes: Level3Changes): void {
    const { snapshot } = changes;
    this.fan.push({ ...this.#base(), type: 'level3', symbol: 'A/B', book, changes, snapshot, verified: true });
  }

  candle(start: number): void {
    const prices = { open: ticks(1), high: ticks(1), low: ticks(1), close: ticks(1) };
    const counts = { volume: 0n, turnover: 0n, trades: 0, closed: true, revision: 0, partial: false };
    const span = { interval: micros(60), start: micros(start) };
    this.fan.push({ ...this.#base(), type: 'candle', symbol: 'A/B', ...span, ...prices, ...counts });
  }

  /** Lets everybody who has something to do, do it. */
  async turn(): Promise<void> {
    for (let round = 0; round < 6; round += 1) {
      for (let task = 0; task < 8; task += 1) await Promise.resolve();
      this.time.advance(micros(1));
    }
  }

  #base(): Pick<TickerEvent, 'recvTs' | 'seq' | 'venueTs'> {
    this.#seq += 1;
    return { seq: this.#seq, venueTs: micros(this.#seq), recvTs: micros(this.#seq) };
  }
}

/** A consumer that takes one batch each time it is let. */
class Slow {
  readonly batches: (readonly Delivery[])[] = [];
  #letGo: (() => void) | undefined = undefined;
  readonly onEvents = (events: readonly Delivery[]): Promise<void> => {
    this.batches.push(events);
    return new Promise((resolve) => {
      this.#letGo = resolve;
    });
  };

  finish(): void {
    this.#letGo?.();
  }
}

describe('a consumer in the feed’s turn', () => {
  test('gets the live book, before push returns', () => {
    const source = new Source();
    const seen: unknown[] = [];
    source.fan.subscribe({
      name: 'live',
      policy: 'sync',
      onEvent: (event) => seen.push(event.type === 'book' ? event.book : event.type),
    });
    const { book } = source.book(100);
    expect(seen).toEqual([book]);
    expect(seen[0]).toBe(book);
  });

  test('that throws is let go alone', () => {
    const source = new Source();
    const errors: unknown[] = [];
    const seen: number[] = [];
    const bad = source.fan.subscribe({
      name: 'bad',
      policy: 'sync',
      onEvent: () => {
        throw new Error('oh');
      },
      onError: (error) => errors.push(error),
    });
    source.fan.subscribe({ name: 'good', policy: 'sync', onEvent: ({ seq }) => seen.push(seq) });
    source.trade(1);
    source.trade(2);
    expect(errors).toEqual([new Error('oh')]);
    expect(seen).toEqual([1, 2]);
    expect(bad.stats()).toMatchObject({ failed: true, delivered: 0 });
    expect(source.fan.consumers.map((each) => each.stats().name)).toEqual(['good']);
  });
});

describe('a consumer that runs later', () => {
  test('never runs within push, and gets books as they were then', async () => {
    const source = new Source();
    const bids: (number | undefined)[] = [];
    source.fan.subscribe({
      name: 'later',
      policy: 'buffer',
      onEvents: (events) => {
        for (const event of events) if (event.type === 'book') bids.push(event.book.bestBid());
      },
    });
    source.book(100);
    source.book(101);
    await Promise.resolve();
    expect(bids).toEqual([]);
    await source.turn();
    expect(bids).toEqual([100, 101]);
  });

  test('sees the copied levels only', async () => {
    const source = new Source();
    const books: BookEvent[] = [];
    source.fan.subscribe({
      name: 'later',
      policy: 'buffer',
      types: ['book'],
      onEvents: (events) => {
        for (const event of events) if (event.type === 'book') books.push(event);
      },
    });
    source.book(100);
    await source.turn();
    const [{ book }] = books as [BookEvent];
    expect([book.depth, book.levels('buy'), book.bestAsk()]).toEqual([2, 1, 101]);
    expect([book.sizeOf('sell', ticks(101)), book.sizeOf('sell', ticks(99))]).toEqual([1, 0]);
  });

  test('gets the next batch only once it is done with the last', async () => {
    const source = new Source();
    const slow = new Slow();
    source.fan.subscribe({ name: 'slow', policy: 'buffer', onEvents: slow.onEvents });
    source.trade(1);
    await source.turn();
    source.trade(2);
    source.trade(3);
    await source.turn();
    expect(slow.batches.map((batch) => batch.length)).toEqual([1]);
    slow.finish();
    await source.turn();
    expect(slow.batches.map((batch) => batch.length)).toEqual([1, 2]);
  });

  test('that buffers more than its limit lags: a marker, then the state since, then every event again', async () => {
    const source = new Source();
    const slow = new Slow();
    const consumer = source.fan.subscribe({ name: 'slow', policy: 'buffer', limit: 3, onEvents: slow.onEvents });
    source.trade(1);
    await source.turn();
    for (let bid = 100; bid < 110; bid += 1) source.book(bid);
    expect(consumer.stats()).toMatchObject({ laggingSince: source.time.now(), lags: 1, dropped: 9, queued: 1 });
    slow.finish();
    await source.turn();
    expect(slow.batches[1]).toMatchObject([
      { type: 'gap', dropped: 9, fromSeq: 2, toSeq: 11 },
      { type: 'book', seq: 11, snapshot: true, changes: { snapshot: true, bidPrices: [109], askPrices: [110] } },
    ]);
    source.book(200);
    source.book(201);
    slow.finish();
    await source.turn();
    expect(slow.batches[2]).toMatchObject([{ seq: 12 }, { seq: 13 }]);
    expect(consumer.stats()).toMatchObject({ laggingSince: undefined, lags: 1, dropped: 9 });
  });

  test('that conflates gets the newest book of each symbol and the latest trades, in order', async () => {
    const source = new Source();
    const slow = new Slow();
    const consumer = source.fan.subscribe({ name: 'view', policy: 'conflate', limit: 2, onEvents: slow.onEvents });
    source.book(100);
    source.trade(1);
    source.trade(2);
    source.book(101);
    source.trade(3);
    await source.turn();
    expect(slow.batches).toMatchObject([
      [
        { type: 'trade', tradeId: 2 },
        { type: 'book', seq: 4 },
        { type: 'trade', tradeId: 3 },
      ],
    ]);
    expect(consumer.stats()).toMatchObject({ dropped: 2 });
  });

  test('that conflates keeps the newest candle, not an older one that is told again', async () => {
    const source = new Source();
    const slow = new Slow();
    source.fan.subscribe({ name: 'view', policy: 'conflate', onEvents: slow.onEvents });
    source.candle(120);
    source.candle(60);
    await source.turn();
    expect(slow.batches).toMatchObject([[{ type: 'candle', start: 120 }]]);
  });

  test.each([
    ['before it began', false],
    ['while it waits', true],
  ])('that is iterated over and ended %s is let go at once', async (_when, isWaiting) => {
    const source = new Source();
    const [returned, thrown] = ['returned', 'thrown'].map((name) => source.fan.events({ name, policy: 'buffer' }));
    const waiting = isWaiting ? [returned?.next(), thrown?.next()] : [];
    source.time.advance(micros(1));
    expect(source.fan.consumers).toHaveLength(2);
    const error = new Error('enough');
    const ended = Promise.all([returned?.return(), thrown?.throw(error).catch((cause: unknown) => cause)]);
    expect(source.fan.consumers).toEqual([]);
    expect(await ended).toEqual([{ done: true, value: undefined }, error]);
    for (const each of waiting) expect(await each).toEqual({ done: true, value: undefined });
  });

  test.each(['sync', 'buffer'] as const)(
    'that throws without a listener for it is not let go in silence: %s',
    async (policy) => {
      const source = new Source();
      const fails = (): never => {
        throw new Error('broken strategy');
      };
      const consumer = source.fan.subscribe(
        policy === 'sync' ? { name: 'fails', policy, onEvent: fails } : { name: 'fails', policy, onEvents: fails },
      );
      source.trade(1);
      await expect(source.turn()).rejects.toThrowError('broken strategy');
      expect(consumer.stats().failed).toBe(true);
      source.trade(2);
      await source.turn();
    },
  );

  test('that throws or rejects is let go alone', async () => {
    const source = new Source();
    const errors: unknown[] = [];
    const seen: Delivery[] = [];
    const onError = (error: unknown): void => {
      errors.push(error);
    };
    source.fan.subscribe({
      name: 'throws',
      policy: 'buffer',
      onError,
      onEvents: () => {
        throw new Error('now');
      },
    });
    source.fan.subscribe({
      name: 'rejects',
      policy: 'buffer',
      onError,
      onEvents: () => Promise.reject(new Error('later')),
    });
    source.fan.subscribe({ name: 'good', policy: 'buffer', onEvents: (events) => void seen.push(...events) });
    source.trade(1);
    await source.turn();
    source.trade(2);
    await source.turn();
    expect(errors).toEqual([new Error('now'), new Error('later')]);
    expect(seen).toHaveLength(2);
  });

  test('can be iterated over, and ends with its loop', async () => {
    const source = new Source();
    const ids: number[] = [];
    const loop = (async (): Promise<void> => {
      for await (const event of source.fan.events({ name: 'loop', policy: 'buffer', types: ['trade'] })) {
        if (event.type === 'trade') ids.push(event.tradeId);
        if (ids.length === 2) break;
      }
    })();
    await source.turn();
    for (const id of [1, 2, 3]) source.trade(id);
    await source.turn();
    await loop;
    expect(ids).toEqual([1, 2]);
    expect(source.fan.consumers).toEqual([]);
  });

  test('gets nothing after it was closed, and neither does a loop', async () => {
    const source = new Source();
    const slow = new Slow();
    source.fan.subscribe({ name: 'slow', policy: 'buffer', onEvents: slow.onEvents });
    const loop = source.fan.events({ name: 'loop', policy: 'conflate' }).next();
    source.trade(1);
    source.fan.close();
    await source.turn();
    expect(slow.batches).toEqual([]);
    expect(await loop).toEqual({ done: true, value: undefined });
  });

  test('gets what it asked for, and what is about the whole source', async () => {
    const source = new Source();
    const seen: Delivery[] = [];
    source.fan.subscribe({
      name: 'some',
      policy: 'buffer',
      symbols: ['C/D'],
      types: ['trade', 'timer'],
      onEvents: (events) => void seen.push(...events),
    });
    source.book(100);
    source.trade(1);
    source.trade(2, 'C/D');
    const timer: MarketEvent = { type: 'timer', seq: 9, venueTs: micros(9), recvTs: micros(9), symbol: undefined };
    source.fan.push(timer);
    await source.turn();
    expect(seen).toMatchObject([{ type: 'trade', tradeId: 2 }, { type: 'timer' }]);
  });
});

test('fifty stalled consumers hold no more than their limits, and the one that is not stalled misses nothing', async () => {
  const source = new Source();
  const stalled: BatchConsumer['onEvents'] = () => new Promise(() => undefined);
  for (let index = 0; index < 50; index += 1) {
    const policy = index % 2 === 0 ? 'buffer' : 'conflate';
    source.fan.subscribe({ name: `stalled ${index}`, policy, limit: 100, onEvents: stalled });
  }
  let seen = 0;
  source.fan.subscribe({
    name: 'quick',
    policy: 'buffer',
    onEvents: (events) => {
      seen += events.length;
    },
  });
  for (let round = 0; round < 100; round += 1) {
    for (let id = 0; id < 50; id += 1) source.trade(round * 50 + id);
    await source.turn();
  }
  expect(seen).toBe(5000);
  const stats = source.fan.consumers.map((each) => each.stats());
  expect(Math.max(...stats.map(({ queued }) => queued))).toBe(100);
  expect(stats.filter(({ name }) => name !== 'quick').every(({ dropped }) => dropped > 4000)).toBe(true);
});

test('whatever a consumer’s pace, it is told or counted: delivered, dropped and waiting are all that was pushed', async () => {
  const step = fc.constantFrom('push', 'push', 'push', 'finish', 'turn');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 5 }), async (steps, limit) => {
      const source = new Source();
      const slow = new Slow();
      const consumer = source.fan.subscribe({ name: 'some', policy: 'buffer', limit, onEvents: slow.onEvents });
      let pushed = 0;
      for (const each of steps) {
        if (each === 'push') source.trade((pushed += 1));
        else if (each === 'finish') slow.finish();
        else await source.turn();
      }
      const told = slow.batches.flat();
      const gaps = told.filter((event) => event.type === 'gap');
      const { dropped, queued } = consumer.stats();
      expect(told.length - gaps.length + dropped + queued).toBe(pushed);
      const ids = told.flatMap((event) => (event.type === 'trade' ? event.tradeId : []));
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      expect(new Set(ids).size).toBe(ids.length);
    }),
    { numRuns: 100, seed: 5 },
  );
});

test('options that cannot work are refused', () => {
  const time = new VirtualScheduler(micros(0));
  expect(codeOf(() => new FanOut({ scheduler: time, depth: 0 }))).toBe('KB_FEED_BAD_OPTIONS');
  const fan = new FanOut({ scheduler: time });
  expect(codeOf(() => fan.subscribe({ name: 'x', policy: 'buffer', limit: 0, onEvents: () => undefined }))).toBe(
    'KB_FEED_BAD_OPTIONS',
  );
});

describe('events about orders', () => {
  const time = '2026-01-15T12:00:04.000000000Z';

  function orders(source: Source, book: L3Book, snapshot: boolean, ...ids: readonly [string, string][]): void {
    const bids = ids.map(([order_id, limit_price]) => {
      const order = { order_id, limit_price, order_qty: '1', timestamp: time };
      return snapshot ? order : { ...order, event: 'add' as const };
    });
    const changes = level3Changes({ snapshot, bids, asks: [] }, GRID);
    book.apply(changes);
    source.level3(book, changes);
  }

  function queueOf(delivery: Delivery | undefined): string[] {
    if (delivery?.type !== 'level3') return [];
    return level3SnapshotOf(delivery.book).bids.map(({ orderId, price }) => `${orderId}@${price}`);
  }

  test('hold the orders of the best levels as they were, for who runs later', async () => {
    const source = new Source();
    const book = new L3Book('A/B', GRID, 10);
    const batches: (readonly Delivery[])[] = [];
    source.fan.subscribe({ name: 'later', policy: 'buffer', onEvents: (events) => void batches.push(events) });
    orders(source, book, true, ['X', '100'], ['Y', '100'], ['Z', '99'], ['DEEP', '98']);
    orders(source, book, false, ['NEW', '101']);
    await source.turn();
    const [first, second] = batches.flat();
    expect(queueOf(first)).toEqual(['X@100', 'Y@100', 'Z@99']);
    expect(queueOf(second)).toEqual(['NEW@101', 'X@100', 'Y@100']);
    expect(second).toMatchObject({ snapshot: false, changes: { bids: [{ event: 'add', orderId: 'NEW' }] } });
  });

  test('are told whole when those before were left out', async () => {
    const source = new Source();
    const book = new L3Book('A/B', GRID, 10);
    const batches: (readonly Delivery[])[] = [];
    source.fan.subscribe({ name: 'view', policy: 'conflate', onEvents: (events) => void batches.push(events) });
    orders(source, book, true, ['X', '100']);
    orders(source, book, false, ['NEW', '101']);
    await source.turn();
    const all = batches.flat();
    expect(all.map(queueOf)).toEqual([['NEW@101', 'X@100']]);
    expect(all[0]).toMatchObject({ snapshot: true, changes: { snapshot: true, bids: [{ orderId: 'NEW' }, {}] } });
  });
});
