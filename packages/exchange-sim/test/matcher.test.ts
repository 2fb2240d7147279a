import { lots, ticks } from '@kb/model';
import type { Side } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Matcher } from '../src/index.ts';
import { NO_SINK, queueLog } from './event-log.ts';
import { NaiveMatcher } from './naive-matcher.ts';

const price = ticks;
const size = lots;

describe('Matcher', () => {
  test('the better price trades first, and at one price the earlier order', () => {
    const { events, sink } = queueLog();
    const matcher = new Matcher(sink);
    matcher.limit(1, 'sell', price(101), size(5));
    matcher.limit(2, 'sell', price(100), size(5));
    matcher.limit(3, 'sell', price(100), size(5));
    events.length = 0;

    expect(matcher.limit(4, 'buy', price(101), size(12))).toBe('filled');
    expect(events).toEqual([
      'trade 1 limit buy of 4 takes 5 at 100 from 2',
      '2 leaves sell 100',
      'sell 100 has 5',
      '2 filled with 0 left',
      'trade 2 limit buy of 4 takes 5 at 100 from 3',
      '3 leaves sell 100',
      'sell 100 has 0',
      '3 filled with 0 left',
      'trade 3 limit buy of 4 takes 2 at 101 from 1',
      '1 stays at sell 101 with 3',
      'sell 101 has 3',
      '4 filled with 0 left',
    ]);
  });

  test('what a limit order cannot trade rests at its price; IOC and market orders end instead', () => {
    const { events, sink } = queueLog();
    const matcher = new Matcher(sink);
    matcher.limit(1, 'sell', price(100), size(5));
    expect(matcher.limit(2, 'buy', price(100), size(8))).toBe('resting');
    expect(matcher.best('buy')).toBe(100);
    expect(matcher.total('buy', price(100))).toBe(3);
    expect(matcher.limit(3, 'sell', price(100), size(7), 'ioc')).toBe('unfilled');
    expect(matcher.market(4, 'buy', size(2))).toBe('unfilled');
    expect(events.filter((event) => event.includes('unfilled'))).toEqual([
      '3 unfilled with 4 left',
      '4 unfilled with 2 left',
    ]);
    expect([matcher.levels('buy'), matcher.levels('sell')]).toEqual([0, 0]);
  });

  test('a post-only order that would take is refused and changes nothing', () => {
    const { events, sink } = queueLog();
    const matcher = new Matcher(sink);
    matcher.limit(1, 'buy', price(100), size(5));
    events.length = 0;
    expect(matcher.limit(2, 'sell', price(100), size(5), 'gtc', true)).toBe('refused');
    expect(events).toEqual(['2 refused with 5 left']);
    expect(matcher.limit(3, 'sell', price(101), size(5), 'gtc', true)).toBe('resting');
  });

  test('an amend to a smaller size keeps the place; a larger size or another price goes to the back', () => {
    const matcher = new Matcher(NO_SINK);
    for (const id of [1, 2, 3]) matcher.limit(id, 'buy', price(100), size(10));
    const queue = (): number[] => matcher.queue('buy', price(100)).map((order) => order.id);

    expect(matcher.amend(1, price(100), size(4))).toBe('kept');
    expect(queue()).toEqual([1, 2, 3]);
    expect(matcher.amend(1, price(100), size(5))).toBe('resting');
    expect(queue()).toEqual([2, 3, 1]);
    expect(matcher.amend(2, price(99), size(10))).toBe('resting');
    expect(matcher.amend(2, price(100), size(10))).toBe('resting');
    expect(queue()).toEqual([3, 1, 2]);
    expect(matcher.amend(9, price(100), size(1))).toBe('unknown');
  });

  test('an amend to a crossing price trades', () => {
    const matcher = new Matcher(NO_SINK);
    matcher.limit(1, 'buy', price(100), size(10));
    matcher.limit(2, 'sell', price(105), size(4));
    expect(matcher.amend(1, price(105), size(4))).toBe('filled');
    expect([matcher.levels('buy'), matcher.levels('sell')]).toEqual([0, 0]);
  });

  test('an outsider can see each order, its place and what is ahead of it', () => {
    const matcher = new Matcher(NO_SINK);
    matcher.limit(1, 'sell', price(100), size(3));
    matcher.limit(2, 'sell', price(100), size(4));
    matcher.limit(3, 'sell', price(102), size(5));
    matcher.market(4, 'buy', size(1));
    expect(matcher.order(2)).toEqual({
      id: 2,
      side: 'sell',
      price: 100,
      remaining: 4,
      displayed: 4,
      hidden: 0,
      owner: 0,
      position: 1,
      ahead: 2,
    });
    expect(matcher.queue('sell', price(100)).map(({ position, ahead }) => [position, ahead])).toEqual([
      [0, 0],
      [1, 2],
    ]);
    expect([matcher.best('sell'), matcher.worst('sell'), matcher.volumeTo('sell', price(101))]).toEqual([100, 102, 6]);
    expect(matcher.order(4)).toBeUndefined();
    const walked: unknown[] = [];
    matcher.walk('sell', (...level) => walked.push(level) < 1);
    expect(walked).toEqual([[100, 6, 2]]);
  });

  test.each([
    ['an id that rests already', (matcher: Matcher) => matcher.limit(1, 'buy', price(1), size(1))],
    ['a price of zero', (matcher: Matcher) => matcher.limit(2, 'buy', price(0), size(1))],
    ['a size of zero', (matcher: Matcher) => matcher.market(2, 'buy', size(0))],
    ['a negative size', (matcher: Matcher) => matcher.limit(2, 'buy', price(1), size(-1))],
    ['an amend to nothing', (matcher: Matcher) => matcher.amend(1, price(10), size(0))],
    [
      'a level beyond 2^53 − 1 lots',
      (matcher: Matcher) => matcher.limit(2, 'buy', price(10), size(Number.MAX_SAFE_INTEGER)),
    ],
    [
      'an amend that takes a level beyond 2^53 − 1 lots',
      (matcher: Matcher) => matcher.amend(3, price(10), size(Number.MAX_SAFE_INTEGER)),
    ],
  ])('refuses %s, and nothing has happened', (_what, act) => {
    const { events, sink } = queueLog();
    const matcher = new Matcher(sink);
    matcher.limit(1, 'buy', price(10), size(1));
    matcher.limit(3, 'buy', price(9), size(1));
    events.length = 0;
    expect(() => act(matcher)).toThrow(expect.objectContaining({ code: 'KB_SIM_BAD_ORDER' }));
    expect(events).toEqual([]);
    expect([matcher.total('buy', price(10)), matcher.total('buy', price(9))]).toEqual([1, 1]);
  });

  test('the largest sizes are exact', () => {
    const { events, sink } = queueLog();
    const matcher = new Matcher(sink);
    matcher.limit(1, 'sell', price(1), size(Number.MAX_SAFE_INTEGER));
    matcher.market(2, 'buy', size(1));
    expect(events.at(-2)).toBe('sell 1 has 9007199254740990');
  });

  test('says the same as a list searched from end to end, conserves quantity and honours priority', () => {
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 120 }), (commands) => {
        const fast = queueLog();
        const slow = queueLog();
        const priority = new PriorityWatch();
        const matcher = new Matcher({
          onTrade: (...trade) => {
            priority.onTrade(matcher, trade[1], trade[3]);
            fast.sink.onTrade(...trade);
          },
          onQueued: (...queued) => fast.sink.onQueued(...queued),
          onResized: (...resized) => fast.sink.onResized(...resized),
          onUnqueued: (...unqueued) => fast.sink.onUnqueued(...unqueued),
          onLevel: (...level) => fast.sink.onLevel(...level),
          onDone: (...done) => fast.sink.onDone(...done),
        });
        const naive = new NaiveMatcher(slow.sink);
        const cancelled: [boolean, boolean][] = [];
        let id = 0;
        for (const { kind, side, at, quantity, of } of commands) {
          priority.before(matcher);
          if (kind === 'market') {
            id += 1;
            matcher.market(id, side, size(quantity));
            naive.market(id, side, quantity);
          } else if (kind === 'cancel') {
            const known = 1 + (of % Math.max(1, id));
            cancelled.push([matcher.cancel(known), naive.cancel(known)]);
          } else if (kind === 'amend') {
            const known = 1 + (of % Math.max(1, id));
            matcher.amend(known, price(at), size(quantity));
            naive.amend(known, at, quantity);
          } else {
            id += 1;
            matcher.limit(id, side, price(at), size(quantity), kind === 'ioc' ? 'ioc' : 'gtc', kind === 'post-only');
            naive.limit(id, side, at, quantity, kind === 'ioc', kind === 'post-only');
          }
        }
        expect(fast.events).toEqual(slow.events);
        expect(cancelled.filter(([one, other]) => one !== other)).toEqual([]);
        for (const side of ['buy', 'sell'] as const) {
          const resting = naive.orders.filter((order) => order.side === side);
          const walked: number[] = [];
          matcher.walk(side, (at, total) => {
            expect(total).toBe(naive.total(side, at));
            walked.push(...matcher.queue(side, at).map((order) => order.id));
            return true;
          });
          const expected = resting.toSorted((a, b) => (side === 'buy' ? b.price - a.price : a.price - b.price));
          expect(walked).toEqual(expected.map((order) => order.id));
        }
      }),
      { seed: 20_260_802, numRuns: 400 },
    );
  });
});

const command = fc.record({
  kind: fc.constantFrom('limit', 'limit', 'limit', 'ioc', 'post-only', 'market', 'cancel', 'amend'),
  side: fc.constantFrom<Side>('buy', 'sell'),
  at: fc.integer({ min: 1, max: 12 }),
  quantity: fc.integer({ min: 1, max: 9 }),
  of: fc.nat(),
});

/** Checks at each trade that the maker stood first at the best price when the taker came, apart from makers already taken. */
class PriorityWatch {
  #queues: Record<Side, number[]> = { buy: [], sell: [] };

  before(matcher: Matcher): void {
    this.#queues = { buy: queueOf(matcher, 'buy'), sell: queueOf(matcher, 'sell') };
  }

  onTrade(matcher: Matcher, makerId: number, taker: Side): void {
    const queue = this.#queues[taker === 'buy' ? 'sell' : 'buy'];
    if (queue[0] !== makerId) throw new Error(`Order ${makerId} traded before order ${queue[0]}`);
    if (!matcher.isResting(makerId)) queue.shift();
  }
}

function queueOf(matcher: Matcher, side: Side): number[] {
  const ids: number[] = [];
  matcher.walk(side, (at) => {
    ids.push(...matcher.queue(side, at).map((order) => order.id));
    return true;
  });
  return ids;
}
