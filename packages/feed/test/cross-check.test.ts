import { micros, MILLISECOND, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FeedCore } from '../src/index.ts';
import type { HealthEvent, RestDepth } from '../src/index.ts';
import { BTC, DoubtedVenue, ETH, restOf } from './doubted-venue.ts';
import { EventLog } from './event-log.ts';
import { WRONG } from './venue.ts';

const THREE_FAILURES = ['resyncing checksum', 'resyncing checksum', 'resyncing checksum', 'resyncing cross-check'];
const down = (): Promise<RestDepth> => Promise.reject(new Error('the network is down'));

/** The book of another market. */
function elsewhere(): RestDepth {
  const side = (first: number): { price: string }[] =>
    Array.from({ length: 10 }, (_, index) => ({ price: (first + index / 10).toFixed(1) }));
  return { bids: side(200).toReversed(), asks: side(300) };
}

describe('a venue whose checksum is wrong for ever', () => {
  test('makes a symbol unverified that REST agrees with, after three tries, and nobody sees its book', async () => {
    const stage = await new DoubtedVenue().start();
    expect(stage.states).toEqual([...THREE_FAILURES, 'unverified cross-check']);
    expect(stage.asked).toBe(1);
    await stage.nudge(30);
    expect(stage.feed.market.book(BTC)).toBeUndefined();
    expect(stage.books).toEqual([]);
    expect(stage.feed.market.state(ETH)).toBe('live');
    expect(stage.feed.statsOf(BTC)).toMatchObject({ snapshots: 3, updates: 30, checksumFailed: 33, skipped: 0 });
    expect(stage.feed.health()).toMatchObject({
      state: 'unverified',
      crossChecks: { asked: 1, agreed: 1, disagreed: 0, failed: 0 },
    });
  });

  test('is shown where that is allowed, with the mark that nobody vouches for it, and follows the venue', async () => {
    const stage = await new DoubtedVenue({ allowUnverified: true }).start();
    await stage.feed.ready();
    await stage.update({ bids: [[1000, 77]], asks: [[1001, 0]] });
    expect(stage.books.map(({ snapshot, verified }) => [snapshot, verified])).toEqual([
      [true, false],
      [false, false],
    ]);
    const book = stage.feed.market.book(BTC);
    expect([book?.bestBid(), book?.sizeAt('buy', 0), book?.bestAsk()]).toEqual([1000, 77, 1002]);
  });

  test('tells the whole book first, so that who follows the changes has it too', async () => {
    const counts: unknown[] = [];
    const stage = new DoubtedVenue({ allowUnverified: true });
    stage.look = () => {
      const event = stage.log.events.at(-1);
      if (event?.type !== 'book' || event.symbol !== BTC) return;
      const { snapshot, bidCount, bidPrices, bidSizes, askCount, askPrices } = event.changes;
      counts.push([snapshot, bidCount, bidPrices[0], bidSizes[9], askCount, askPrices[9]]);
    };
    await stage.start();
    expect(counts).toEqual([[true, 10, 1000, 109, 10, 1010]]);
  });

  test('keeps one subscription, and asks REST once a minute and when told to', async () => {
    const stage = await new DoubtedVenue().start();
    const { subscribed } = stage;
    await stage.advance(55 * SECOND);
    expect(stage.asked).toBe(1);
    await stage.advance(5 * SECOND);
    expect(stage.asked).toBe(2);
    await stage.advance(20 * SECOND);
    stage.feed.checkAgain(BTC);
    stage.feed.checkAgain(BTC); // is under way
    stage.feed.checkAgain(ETH); // is not in doubt
    await stage.settle();
    expect(stage.asked).toBe(3);
    await stage.advance(300 * SECOND);
    expect(stage.subscribed).toBe(subscribed);
    expect(stage.states.filter((state) => state.startsWith('unverified'))).toHaveLength(1);
  });

  test('that fails in an update is asked about as it stands: no change is lost between', async () => {
    const stage = new DoubtedVenue({ allowUnverified: true });
    stage.isWrong = false;
    await stage.start();
    stage.isWrong = true;
    stage.venue.snapshot = (pair) => pair.snapshot(); // every snapshot holds, and the update after it fails
    for (let failure = 0; failure < 3; failure += 1) {
      await stage.update({ bids: [[1000, 500 + failure]] });
      await stage.update({ asks: [[1001, 600 + failure]] });
      await stage.advance(SECOND);
    }
    expect(stage.state).toBe('unverified');
    const book = stage.feed.market.book(BTC);
    expect([book?.sizeAt('buy', 0), book?.sizeAt('sell', 0)]).toEqual([502, 602]);
  });
});

describe('a venue whose checksum is wrong for a while', () => {
  test.each([true, false])(
    'is live again after ten that hold in a row, whether it was shown or not: %s',
    async (allow) => {
      const stage = await new DoubtedVenue({ allowUnverified: allow }).start();
      stage.isWrong = false;
      await stage.nudge(9);
      stage.isWrong = true;
      await stage.nudge(1);
      stage.isWrong = false;
      await stage.nudge(9);
      expect(stage.state).toBe('unverified');
      await stage.nudge(1);
      expect(stage.state).toBe('live');
      expect(stage.states.at(-1)).toBe('live checksum');
      expect(stage.books.at(-1)).toMatchObject({ snapshot: true, verified: true });
      await stage.nudge(1);
      expect(stage.books.at(-1)).toMatchObject({ snapshot: false, verified: true });
      await stage.advance(120 * SECOND);
      expect(stage.asked).toBe(1);
    },
  );

  test('is live again while REST is still silent, and what REST says then is let go', async () => {
    const stage = new DoubtedVenue();
    let give: (depth: RestDepth) => void = () => {};
    stage.answer = () => new Promise((resolve) => (give = resolve));
    await stage.start();
    stage.isWrong = false;
    await stage.nudge(10);
    expect(stage.state).toBe('live');
    give(elsewhere());
    await stage.advance(SECOND);
    expect(stage.state).toBe('live');
    expect(stage.inputs.filter(({ type }) => type === 'verdict')).toEqual([]);
  });

  test('is doubted at once when it is wrong again soon, but REST is not asked more than once in 5 s', async () => {
    const stage = await new DoubtedVenue().start();
    for (let round = 0; round < 3; round += 1) {
      stage.isWrong = false;
      await stage.nudge(10);
      stage.isWrong = true;
      await stage.nudge(1);
    }
    await stage.advance(MILLISECOND);
    expect(stage.asked).toBe(1);
    expect(stage.state).toBe('resyncing');
    await stage.advance(5 * SECOND);
    expect(stage.asked).toBe(2);
    expect(stage.state).toBe('unverified');
  });

  test('is forgiven after 30 s of health', async () => {
    const stage = await new DoubtedVenue().start();
    stage.isWrong = false;
    await stage.nudge(10);
    await stage.advance(31 * SECOND);
    stage.venue.send(stage.btc.nudge(WRONG));
    await stage.advance(SECOND);
    expect(stage.states.slice(-2)).toEqual(['resyncing checksum', 'live snapshot']);
  });
});

test('failures of other kinds between those of the checksum put no checksum in doubt', async () => {
  const stage = new DoubtedVenue();
  let snapshots = 0;
  stage.venue.snapshot = (pair) => {
    if (pair === stage.btc) snapshots += 1;
    return pair.snapshot(pair === stage.btc && snapshots <= 2 ? WRONG : undefined);
  };
  stage.isWrong = false;
  await stage.start();
  expect(stage.state).toBe('live');
  await stage.update({ bids: [[1001, 5]] });
  expect(stage.states.slice(0, 4)).toEqual([
    'resyncing checksum',
    'resyncing checksum',
    'live snapshot',
    'resyncing crossed',
  ]);
  await stage.update({ bids: [[1001, 0]] });
  await stage.advance(SECOND);
  stage.isWrong = true;
  await stage.nudge();
  expect(stage.inputs.some(({ type }) => type === 'doubt')).toBe(false);
});

describe('REST that disagrees', () => {
  test('breaks the symbol, which is tried anew every 30 s', async () => {
    const stage = new DoubtedVenue();
    stage.answer = () => Promise.resolve(elsewhere());
    await stage.start();
    expect(stage.states).toEqual([...THREE_FAILURES, 'broken cross-check']);
    expect(stage.log.events.findLast((event) => event.type === 'feed')?.detail).toBe(
      'bids: best 2009 ticks, ours was 1000 to 1000; asks: best 3000 ticks, ours was 1001 to 1001; tried again every 30 s',
    );
    expect(stage.venue.asked('unsubscribe').slice(-2)).toEqual([`book ${BTC}`, `trade ${BTC}`]);
    await stage.nudge(3);
    expect(stage.feed.market.book(BTC)).toBeUndefined();
    await stage.advance(31 * SECOND);
    expect(stage.states.slice(-4)).toEqual([
      'resyncing cross-check',
      'resyncing checksum',
      'resyncing cross-check',
      'broken cross-check',
    ]);
    stage.isWrong = false;
    await stage.advance(31 * SECOND);
    expect(stage.state).toBe('live');
    expect(stage.feed.health().crossChecks).toEqual({ asked: 2, agreed: 0, disagreed: 2, failed: 0 });
  });

  test('later breaks one that it agreed with before', async () => {
    const stage = await new DoubtedVenue({ allowUnverified: true }).start();
    expect(stage.feed.market.book(BTC)).toBeDefined();
    stage.answer = () => Promise.resolve(elsewhere());
    await stage.advance(60 * SECOND);
    expect(stage.states.slice(-2)).toEqual(['unverified cross-check', 'broken cross-check']);
    expect(stage.feed.market.book(BTC)).toBeUndefined();
  });

  test('by a level or two in the depth is still that book, by three it is not', async () => {
    const moved = (levels: number) => (depth: RestDepth) => ({
      ...depth,
      asks: depth.asks.map((level, index) => (index < 10 - levels ? level : { price: '500.5' })),
    });
    for (const [levels, state] of [
      [2, 'unverified'],
      [3, 'broken'],
    ] as const) {
      const stage = new DoubtedVenue();
      stage.answer = () => Promise.resolve(moved(levels)(restOf(stage.btc)));
      await stage.start();
      expect(stage.state).toBe(state);
    }
  });

  test('by the sizes of two levels that did not change is still that book, by those of three it is not', async () => {
    for (const [levels, state] of [
      [2, 'unverified'],
      [3, 'broken'],
    ] as const) {
      const stage = new DoubtedVenue();
      stage.answer = () => {
        const { bids, asks } = restOf(stage.btc);
        return Promise.resolve({
          bids,
          asks: asks.map((level, index) => (index < 10 - levels ? level : { ...level, size: '7' })),
        });
      };
      await stage.start();
      expect(stage.state).toBe(state);
    }
  });

  test('by sizes that changed since the question says nothing', async () => {
    const stage = new DoubtedVenue();
    let give: (depth: RestDepth) => void = () => {};
    stage.answer = () => new Promise((resolve) => (give = resolve));
    await stage.start();
    const before = restOf(stage.btc);
    const changed = [1000, 999, 998, 997, 996];
    await stage.update({ bids: changed.map((price) => [price, 5]) });
    await stage.update({ bids: changed.map((price) => [price, 6]) });
    give(before);
    await stage.settle();
    expect(stage.state).toBe('unverified');
  });

  test('by no more than the decimals that it cuts off is that book', async () => {
    const stage = new DoubtedVenue();
    stage.btc.update({ bids: [1000, 999, 998, 997].map((price) => [price, 123_499_999]) });
    stage.answer = () => {
      const { bids, asks } = restOf(stage.btc);
      return Promise.resolve({ bids: bids.map(({ price, size }) => ({ price, size: size?.slice(0, 5) ?? '' })), asks });
    };
    await stage.start();
    expect(stage.state).toBe('unverified');
  });

  test('by one level of a book of four is another book', async () => {
    const stage = new DoubtedVenue();
    stage.btc.update({ asks: [1005, 1006, 1007, 1008, 1009, 1010].map((price) => [price, 0]) });
    const honest = (): RestDepth => restOf(stage.btc);
    stage.answer = () =>
      Promise.resolve({
        ...honest(),
        asks: honest().asks.map((level, index) => (index === 2 ? { price: '150' } : level)),
      });
    await stage.start();
    expect(stage.state).toBe('broken');
    stage.answer = () => Promise.resolve(honest());
    await stage.advance(31 * SECOND);
    expect(stage.state).toBe('unverified');
  });

  test('with fewer levels than we have says that ours are not there', async () => {
    const stage = new DoubtedVenue();
    stage.answer = () => {
      const { bids, asks } = restOf(stage.btc);
      return Promise.resolve({ bids: bids.slice(0, 4), asks });
    };
    await stage.start();
    expect(stage.state).toBe('broken');
  });

  test('is compared with all that the book was since the question', async () => {
    const stage = new DoubtedVenue();
    let give: (depth: RestDepth) => void = () => {};
    stage.answer = () => new Promise((resolve) => (give = resolve));
    await stage.start();
    await stage.update({ bids: [[1000, 0]], asks: [[1001, 0]] });
    const during = restOf(stage.btc);
    await stage.update({ bids: [[999, 0]], asks: [[1002, 0]] });
    await stage.update({ bids: [[998, 0]], asks: [[1003, 0]] });
    give(during);
    await stage.settle();
    expect(stage.state).toBe('unverified');
  });
});

test("no crossed book is called the venue's, though REST tells the same", async () => {
  const stage = new DoubtedVenue({ allowUnverified: true });
  stage.btc.update({ bids: [[1001, 5]] });
  await stage.start();
  expect(stage.states).toEqual([...THREE_FAILURES, 'broken cross-check']);
  expect(stage.books).toEqual([]);
});

describe('REST that is down', () => {
  test('leaves what there is without it: new subscriptions with back-off, then a symbol that is broken and tried again', async () => {
    const stage = new DoubtedVenue();
    stage.answer = down;
    await stage.start();
    await stage.advance(20 * SECOND);
    expect(stage.states.at(-1)).toBe('broken checksum');
    expect(stage.states).not.toContain('unverified cross-check');
    expect(stage.subscribed).toBe(4);
    expect(stage.feed.health().crossChecks).toMatchObject({ asked: 3, failed: 3 });
    stage.answer = () => Promise.resolve(restOf(stage.btc));
    await stage.advance(31 * SECOND);
    expect(stage.state).toBe('unverified');
  });

  test('shows of its errors no more than of others', async () => {
    const stage = new DoubtedVenue();
    stage.answer = () => Promise.reject(new Error('key 8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99 refused'));
    await stage.start();
    const details = stage.log.events.flatMap((event) => (event.type === 'feed' ? [event.detail] : []));
    expect(details).toContain('key *** refused');
  });

  test('is not waited for longer than 10 s', async () => {
    const stage = new DoubtedVenue();
    stage.answer = () => new Promise(() => {});
    await stage.start();
    expect(stage.state).toBe('resyncing');
    await stage.advance(6 * SECOND);
    expect(stage.subscribed).toBe(2);
    await stage.advance(3 * SECOND);
    expect(stage.subscribed).toBe(3);
  });

  test('for three minutes takes back its agreement', async () => {
    const stage = await new DoubtedVenue({ allowUnverified: true }).start();
    stage.answer = down;
    await stage.advance(121 * SECOND);
    expect(stage.state).toBe('unverified');
    const { subscribed } = stage;
    await stage.advance(60 * SECOND);
    expect(stage.subscribed).toBeGreaterThan(subscribed);
    expect(stage.feed.market.book(BTC)).toBeUndefined();
  });

  test.each([
    ['no number', { bids: [{ price: 'x' }], asks: [] }],
    ['a price between two ticks', { bids: [{ price: '100.05' }], asks: [{ price: '100.1' }] }],
  ])('or answers with %s has said nothing', async (_what, depth) => {
    const stage = new DoubtedVenue();
    stage.answer = () => Promise.resolve(depth);
    await stage.start();
    expect(stage.feed.health().crossChecks).toMatchObject({ disagreed: 0 });
    expect(stage.feed.health().crossChecks.failed).toBeGreaterThan(0);
  });
});

describe('a book in doubt', () => {
  test('is frozen as any other when its sides cross, when a frame cannot be read, or when it is unsubscribed', async () => {
    for (const [frame, cause] of [
      ['crossed', 'resyncing crossed'],
      ['malformed', 'resyncing malformed'],
    ] as const) {
      const stage = await new DoubtedVenue({ allowUnverified: true }).start();
      stage.isWrong = false;
      const before = stage.states.length;
      if (frame === 'crossed') await stage.update({ bids: [[1001, 5]] });
      else stage.venue.send('{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{]}');
      await stage.advance(MILLISECOND);
      expect(stage.states[before]).toBe(cause);
      expect(
        stage.log.events.filter((event) => event.type === 'book' && !event.verified && event.symbol === BTC),
      ).toHaveLength(1);
    }
  });

  test('is no more when the connection is lost in the middle of the question', async () => {
    const stage = new DoubtedVenue({ allowUnverified: true });
    let give: (depth: RestDepth) => void = () => {};
    stage.answer = () => new Promise((resolve) => (give = resolve));
    await stage.start();
    stage.venue.sockets.at(-1)?.terminate();
    await stage.settle();
    give(restOf(stage.btc));
    await stage.settle();
    expect(stage.states).toEqual(THREE_FAILURES);
    expect(stage.feed.market.book(BTC)).toBeUndefined();
    stage.answer = () => Promise.resolve(restOf(stage.btc));
    await stage.advance(8 * SECOND);
    expect(stage.states.slice(THREE_FAILURES.length)).toEqual([
      'resyncing checksum',
      'resyncing cross-check',
      'unverified cross-check',
    ]);
  });

  test.each([
    ['while the next waits for its question', 0],
    ['while the next question is under way', 6 * SECOND],
  ])('is not judged by the answer to a question about the one before, %s', async (_when, later) => {
    const stage = new DoubtedVenue({ allowUnverified: true });
    const gives: ((depth: RestDepth) => void)[] = [];
    stage.answer = () => new Promise((resolve) => gives.push(resolve));
    await stage.start();
    stage.feed.resubscribe('rotated');
    await stage.settle();
    await stage.advance(later);
    expect(stage.states.slice(-3)).toEqual(['subscribing start', 'resyncing checksum', 'resyncing cross-check']);
    gives[0]?.(elsewhere());
    await stage.settle();
    expect(stage.state).toBe('resyncing');
    await stage.advance(6 * SECOND - later);
    expect(gives).toHaveLength(2);
    gives[1]?.(restOf(stage.btc));
    await stage.settle();
    expect(stage.state).toBe('unverified');
  });

  test('holds up no outage: it is over when all others are live', async () => {
    const health: HealthEvent[] = [];
    const stage = new DoubtedVenue({ onHealth: (event) => health.push(event) });
    stage.isWrong = false;
    await stage.start();
    stage.isWrong = true;
    stage.venue.sockets.at(-1)?.terminate();
    await stage.advance(5 * SECOND);
    expect(stage.state).toBe('unverified');
    expect(health.map(({ type }) => type)).toContain('outage');
  });

  test('is live at once with a snapshot that holds, as after a recording rotated', async () => {
    const stage = await new DoubtedVenue().start();
    stage.isWrong = false;
    stage.feed.resubscribe('rotated');
    await stage.settle();
    expect(stage.states.slice(-2)).toEqual(['subscribing start', 'live snapshot']);
    await stage.advance(120 * SECOND);
    expect(stage.asked).toBe(1);
  });

  test('leaves no timer behind when the feed is closed, from whatever event', async () => {
    for (const at of ['resyncing cross-check', 'unverified cross-check', 'broken cross-check']) {
      const stage = new DoubtedVenue();
      if (at.startsWith('broken')) stage.answer = () => Promise.resolve(elsewhere());
      stage.look = () => {
        if (stage.states.at(-1) === at) void stage.feed.close();
      };
      await stage.start();
      await stage.settle();
      expect(stage.log.states.at(-1)).toBe('* closed stop');
      expect(stage.time.nextDue()).toBeUndefined();
    }
  });
});

test('inputs of a doubt, played through a fresh core, give the same events', async () => {
  for (const allowUnverified of [true, false]) {
    const stage = await new DoubtedVenue({ allowUnverified }).start();
    await stage.nudge(5);
    stage.isWrong = false;
    await stage.nudge(12);
    stage.isWrong = true;
    await stage.nudge(2);
    stage.answer = () => Promise.resolve(elsewhere());
    await stage.advance(70 * SECOND);
    const log = new EventLog();
    const core = new FeedCore({ symbols: [BTC, ETH], depth: 10, allowUnverified, onEvent: log.push });
    const asText = JSON.stringify(stage.inputs.filter(({ type }) => type !== 'frame'));
    expect(asText).toContain('"doubt"');
    expect(asText).toContain('"verdict"');
    for (const input of stage.inputs) core.handle(input);
    expect(log.lines).toEqual(stage.log.lines);
    void stage.feed.close();
  }
});

test('without a way to ask, and for single orders, a wrong checksum is what it was: subscribed anew until it is given up', async () => {
  const stage = new DoubtedVenue({ crossCheck: undefined as never });
  await stage.start();
  await stage.advance(5 * SECOND);
  expect(stage.states.at(-1)).toBe('broken checksum');
  expect(stage.inputs.some(({ type }) => type === 'doubt')).toBe(false);
});

test('a core takes neither a verdict nor a doubt about a symbol that it does not doubt', () => {
  const log = new EventLog();
  const core = new FeedCore({ symbols: [BTC], allowUnverified: true, onEvent: log.push });
  const at = { recvTs: micros(1), symbol: BTC, detail: '' };
  core.handle({ type: 'verdict', agrees: true, ...at });
  core.handle({ type: 'doubt', ...at });
  core.handle({ type: 'verdict', agrees: true, ...at, symbol: ETH });
  expect(log.events).toEqual([]);
  expect(() => core.handle({ type: 'state', ...at, state: 'unverified', cause: 'cross-check' })).toThrowError(
    'verdict',
  );
});
