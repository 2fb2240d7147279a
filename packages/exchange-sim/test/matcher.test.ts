import { lots, notional, ticks } from '@kb/model';
import type { Side } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { Matcher } from '../src/matching/matcher.ts';
import type { OrderExtras, SelfTradePrevention } from '../src/matching/matcher.ts';
import { NO_SINK, queueLog } from './event-log.ts';

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

  test('a post-only amend to a crossing price is refused, and the order rests as it was', () => {
    const { events, sink } = queueLog();
    const matcher = new Matcher(sink);
    matcher.limit(1, 'buy', price(100), size(10));
    matcher.limit(2, 'sell', price(105), size(4));
    const before = matcher.order(1);
    events.length = 0;
    expect(matcher.amend(1, price(105), size(12), true)).toBe('refused');
    expect(events).toEqual([]);
    expect(matcher.order(1)).toEqual(before);
    expect(matcher.amend(1, price(104), size(12), true)).toBe('resting');
  });

  test.each([
    ['all of it is there at its price or better', 9, 'filled', 9, 5],
    ['a lot is missing at its price', 10, 'unfilled', 1, 14],
  ])('a FOK order trades whole or not at all: %s', (_what, wanted, outcome, told, rests) => {
    const { events, sink } = queueLog();
    const matcher = new Matcher(sink);
    matcher.limit(1, 'sell', price(100), size(4));
    matcher.limit(2, 'sell', price(101), size(5));
    matcher.limit(3, 'sell', price(102), size(5));
    events.length = 0;
    expect(matcher.limit(4, 'buy', price(101), size(wanted), 'fok')).toBe(outcome);
    expect(events.at(-1)).toBe(`4 ${outcome} with ${outcome === 'filled' ? 0 : wanted} left`);
    expect([events.length, matcher.volumeTo('sell', price(102))]).toEqual([told, rests]);
  });

  test('a FOK order counts the hidden lots of icebergs, and not those of its own owner', () => {
    const matcher = new Matcher(NO_SINK);
    matcher.limit(1, 'sell', price(100), size(10), 'gtc', false, { display: size(2) });
    matcher.limit(2, 'sell', price(100), size(3), 'gtc', false, { owner: 7 });
    const mine = (selfTrade: SelfTradePrevention) => ({ owner: 7, selfTrade });
    // Its order ends the newest behind the two displayed lots, wherever the hidden ones would queue.
    expect(matcher.limit(3, 'buy', price(100), size(3), 'fok', false, mine('cancel_newest'))).toBe('unfilled');
    expect(matcher.limit(4, 'buy', price(100), size(3), 'fok', false, mine('cancel_both'))).toBe('unfilled');
    expect(matcher.limit(5, 'buy', price(100), size(11), 'fok', false, mine('cancel_oldest'))).toBe('unfilled');
    expect(matcher.volumeTo('sell', price(100))).toBe(13);
    expect(matcher.limit(6, 'buy', price(100), size(2), 'fok', false, mine('cancel_newest'))).toBe('filled');
    expect(matcher.limit(7, 'buy', price(100), size(8), 'fok', false, mine('cancel_oldest'))).toBe('filled');
    expect(matcher.levels('sell')).toBe(0);
  });

  test.each<[SelfTradePrevention | undefined, string, string[]]>([
    [undefined, 'self-trade', ['4 self-trade with 7 left']],
    ['cancel_newest', 'self-trade', ['4 self-trade with 7 left']],
    [
      'cancel_oldest',
      'resting',
      [
        '2 leaves sell 100',
        'sell 100 has 3',
        '2 self-trade with 2 left',
        'trade 2 limit buy of 4 takes 3 at 100 from 3',
        '3 leaves sell 100',
        'sell 100 has 0',
        '3 filled with 0 left',
        '4 queues at buy 100 with 4',
        'buy 100 has 4',
      ],
    ],
    [
      'cancel_both',
      'self-trade',
      ['2 leaves sell 100', 'sell 100 has 3', '2 self-trade with 2 left', '4 self-trade with 7 left'],
    ],
  ])('an order that meets one of its own owner, %s: what has traded stays traded', (selfTrade, outcome, rest) => {
    const { events, sink } = queueLog();
    const matcher = new Matcher(sink);
    matcher.limit(1, 'sell', price(100), size(1), 'gtc', false, { owner: 8 });
    matcher.limit(2, 'sell', price(100), size(2), 'gtc', false, { owner: 7 });
    matcher.limit(3, 'sell', price(100), size(3));
    events.length = 0;
    const extras = selfTrade === undefined ? { owner: 7 } : { owner: 7, selfTrade };
    expect(matcher.limit(4, 'buy', price(100), size(8), 'gtc', false, extras)).toBe(outcome);
    expect(events).toEqual([
      'trade 1 limit buy of 4 takes 1 at 100 from 1',
      '1 leaves sell 100',
      'sell 100 has 5',
      '1 filled with 0 left',
      ...rest,
    ]);
  });

  test('orders of nobody trade with each other, and an amended order still knows its owner', () => {
    const matcher = new Matcher(NO_SINK);
    matcher.limit(1, 'sell', price(100), size(1));
    expect(matcher.market(2, 'buy', size(1))).toBe('filled');
    matcher.limit(3, 'sell', price(100), size(1), 'gtc', false, { owner: 7 });
    matcher.limit(4, 'buy', price(99), size(1), 'gtc', false, { owner: 7 });
    expect(matcher.amend(4, price(100), size(1))).toBe('self-trade');
    expect([matcher.isResting(3), matcher.isResting(4)]).toEqual([true, false]);
  });

  test('an iceberg shows a slice at a time, and each next one queues at the back', () => {
    const { events, sink } = queueLog();
    const matcher = new Matcher(sink);
    matcher.limit(1, 'sell', price(100), size(7), 'gtc', false, { display: size(3) });
    matcher.limit(2, 'sell', price(100), size(2));
    expect(matcher.total('sell', price(100))).toBe(5);
    expect(matcher.order(1)).toMatchObject({ remaining: 7, displayed: 3, hidden: 4, position: 0 });
    events.length = 0;

    matcher.market(3, 'buy', size(4));
    expect(events).toEqual([
      'trade 1 market buy of 3 takes 3 at 100 from 1',
      '1 leaves sell 100',
      '1 queues at sell 100 with 3',
      'sell 100 has 5',
      'trade 2 market buy of 3 takes 1 at 100 from 2',
      '2 stays at sell 100 with 1',
      'sell 100 has 4',
      '3 filled with 0 left',
    ]);
    expect(matcher.order(1)).toMatchObject({ remaining: 4, displayed: 3, hidden: 1, position: 1, ahead: 1 });
    expect(matcher.cancel(1)).toBe(true);
    expect(events.slice(-3)).toEqual(['1 leaves sell 100', 'sell 100 has 1', '1 cancelled with 4 left']);
  });

  test('a larger taker eats the slices of a price in turn before it goes on to the next price', () => {
    const { events, sink } = queueLog();
    const matcher = new Matcher(sink);
    matcher.limit(1, 'sell', price(100), size(5), 'gtc', false, { display: size(2) });
    matcher.limit(2, 'sell', price(100), size(4), 'gtc', false, { display: size(3) });
    matcher.limit(3, 'sell', price(101), size(9));
    events.length = 0;
    matcher.limit(4, 'buy', price(101), size(10));
    expect(events.filter((event) => event.startsWith('trade'))).toEqual([
      'trade 1 limit buy of 4 takes 2 at 100 from 1',
      'trade 2 limit buy of 4 takes 3 at 100 from 2',
      'trade 3 limit buy of 4 takes 2 at 100 from 1',
      'trade 4 limit buy of 4 takes 1 at 100 from 2',
      'trade 5 limit buy of 4 takes 1 at 100 from 1',
      'trade 6 limit buy of 4 takes 1 at 101 from 3',
    ]);
    expect(events.filter((event) => event.includes('filled'))).toEqual([
      '2 filled with 0 left',
      '1 filled with 0 left',
      '4 filled with 0 left',
    ]);
  });

  test.each<[string, [number, number?], string, [number, number, number]]>([
    ['a smaller size takes from the hidden lots', [8], 'kept', [5, 3, 0]],
    ['a size below the displayed lots takes from those too', [4], 'kept', [4, 0, 0]],
    ['a larger size goes to the back with a whole slice', [30], 'resting', [6, 24, 1]],
    ['a smaller display hides the excess at once', [20, 2], 'kept', [2, 18, 0]],
    ['a display no smaller than what shows changes nothing yet', [20, 5], 'kept', [5, 15, 0]],
    ['a larger display goes to the back with a whole slice', [20, 9], 'resting', [9, 11, 1]],
    ['a larger display for no more than shows keeps the place', [5, 9], 'kept', [5, 0, 0]],
  ])('an amend of an iceberg: %s', (_what, [remaining, display], outcome, [displayed, hidden, position]) => {
    const matcher = new Matcher(NO_SINK);
    matcher.limit(1, 'buy', price(100), size(21), 'gtc', false, { display: size(6) });
    matcher.limit(2, 'buy', price(100), size(1));
    matcher.market(3, 'sell', size(1));
    expect(matcher.order(1)).toMatchObject({ displayed: 5, hidden: 15, position: 0 });
    const amended = matcher.amend(
      1,
      price(100),
      size(remaining),
      false,
      display === undefined ? undefined : size(display),
    );
    expect(amended).toBe(outcome);
    expect(matcher.order(1)).toMatchObject({ displayed, hidden, position });
    expect(matcher.total('buy', price(100))).toBe(displayed + 1);
    expect(matcher.volumeTo('buy', price(100))).toBe(remaining + 1);
  });

  test('an iceberg of 1,000 slices is still taken whole', () => {
    const matcher = new Matcher(NO_SINK);
    matcher.limit(1, 'sell', price(100), size(1_000), 'gtc', false, { display: size(1) });
    expect(matcher.limit(2, 'buy', price(100), size(1_000), 'fok')).toBe('filled');
    expect(matcher.levels('sell')).toBe(0);
  });

  test('a guarded order trades what its guard leaves it: hidden lots are cut first, and one without room ends', () => {
    const { events, sink } = queueLog();
    const rooms = new Map([
      [1, 7],
      [2, 0],
    ]);
    const matcher = new Matcher(sink, 1, 1, {
      roomOf: (id) => rooms.get(id) ?? Infinity,
      onCut: (id, remaining) => events.push(`${id} is cut to ${remaining}`),
    });
    matcher.limit(1, 'sell', price(100), size(12), 'gtc', false, { guarded: true, display: size(5) });
    matcher.limit(2, 'sell', price(100), size(4), 'gtc', false, { guarded: true });
    // Also what an amend has sent to the back stays guarded.
    matcher.amend(2, price(100), size(6));
    matcher.limit(3, 'sell', price(100), size(1));
    events.length = 0;

    expect(matcher.limit(4, 'buy', price(100), size(9), 'fok')).toBe('unfilled');
    expect(matcher.affordable('buy', notional(price(100), size(20)), size(1))).toBe(8);
    rooms.set(1, 6);
    expect(matcher.limit(5, 'buy', price(100), size(9), 'ioc')).toBe('unfilled');
    expect(events).toEqual([
      '4 unfilled with 9 left',
      '1 is cut to 6',
      'trade 1 limit buy of 5 takes 5 at 100 from 1',
      '1 leaves sell 100',
      '1 queues at sell 100 with 1',
      'sell 100 has 8',
      '2 is cut to 0',
      '2 leaves sell 100',
      'sell 100 has 2',
      '2 cancelled with 6 left',
      'trade 2 limit buy of 5 takes 1 at 100 from 3',
      '3 leaves sell 100',
      'sell 100 has 1',
      '3 filled with 0 left',
      'trade 3 limit buy of 5 takes 1 at 100 from 1',
      '1 leaves sell 100',
      'sell 100 has 0',
      '1 filled with 0 left',
      '5 unfilled with 2 left',
    ]);
  });

  test('a plain order becomes an iceberg by an amend of its display', () => {
    const matcher = new Matcher(NO_SINK);
    matcher.limit(1, 'buy', price(100), size(10));
    expect(matcher.amend(1, price(100), size(10), false, size(4))).toBe('kept');
    matcher.market(2, 'sell', size(5));
    expect(matcher.order(1)).toMatchObject({ remaining: 5, displayed: 3, hidden: 2 });
  });

  test.each<[Side, number]>([
    ['buy', 101],
    ['sell', 99],
  ])('a market order to %s stops at its worst price', (side, worst) => {
    const { events, sink } = queueLog();
    const matcher = new Matcher(sink);
    for (const [index, at] of [98, 99, 100].entries()) matcher.limit(1 + index, 'buy', price(at), size(2));
    for (const [index, at] of [101, 102].entries()) matcher.limit(4 + index, 'sell', price(at), size(2));
    events.length = 0;
    expect(matcher.market(9, side, size(9), { worstPrice: price(worst) })).toBe('unfilled');
    expect(events.at(-1)).toBe(`9 unfilled with ${side === 'buy' ? 7 : 5} left`);
    expect(matcher.best(side === 'buy' ? 'sell' : 'buy')).toBe(side === 'buy' ? 102 : 98);
  });

  test('says how many lots a budget pays for, in whole steps', () => {
    const matcher = new Matcher(NO_SINK);
    matcher.limit(1, 'sell', price(100), size(10), 'gtc', false, { display: size(4) });
    matcher.limit(2, 'sell', price(101), size(6), 'gtc', false, { owner: 7 });
    matcher.limit(3, 'sell', price(103), size(5));
    const afford = (budget: bigint, extras?: OrderExtras): number => matcher.affordable('buy', budget, size(1), extras);
    expect([afford(0n), afford(-5n), afford(99n), afford(1_000n), afford(1_201n), afford(1_202n)]).toEqual([
      0, 0, 0, 10, 11, 12,
    ]);
    expect(matcher.affordable('buy', 1_202n, size(5))).toBe(10);
    expect(afford(10_000n)).toBe(21);
    expect(afford(10_000n, { worstPrice: price(102) })).toBe(16);
    expect(afford(1_206n, { owner: 7 })).toBe(10);
    expect(afford(1_206n, { owner: 7, selfTrade: 'cancel_oldest' })).toBe(12);
    expect(matcher.affordable('sell', 1_000n, size(1))).toBe(0);
    expect(() => matcher.affordable('buy', 1n, size(0))).toThrow(expect.objectContaining({ code: 'KB_SIM_BAD_ORDER' }));
  });

  test('a budget is exact where doubles are not', () => {
    const matcher = new Matcher(NO_SINK);
    matcher.limit(1, 'sell', price(Number.MAX_SAFE_INTEGER), size(Number.MAX_SAFE_INTEGER));
    const whole = notional(price(Number.MAX_SAFE_INTEGER), size(Number.MAX_SAFE_INTEGER));
    expect(matcher.affordable('buy', whole, size(1))).toBe(Number.MAX_SAFE_INTEGER);
    expect(matcher.affordable('buy', whole - 1n, size(1))).toBe(Number.MAX_SAFE_INTEGER - 1);
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
    [
      'a display of zero',
      (matcher: Matcher) => matcher.limit(2, 'buy', price(1), size(1), 'gtc', false, { display: size(0) }),
    ],
    [
      'an iceberg of more than 1,000 slices',
      (matcher: Matcher) => matcher.limit(2, 'buy', price(1), size(1_001), 'gtc', false, { display: size(1) }),
    ],
    [
      'an amend to more than 1,000 slices',
      (matcher: Matcher) => matcher.amend(1, price(10), size(1_001), false, size(1)),
    ],
    ['a display of zero by an amend', (matcher: Matcher) => matcher.amend(1, price(10), size(1), false, size(0))],
    ['a worst price of zero', (matcher: Matcher) => matcher.market(2, 'sell', size(1), { worstPrice: price(0) })],
    [
      'a level beyond 2^53 − 1 lots by what is hidden',
      (matcher: Matcher) =>
        matcher.limit(2, 'buy', price(10), size(Number.MAX_SAFE_INTEGER), 'gtc', false, { display: size(1e13) }),
    ],
    ['an amend to nothing', (matcher: Matcher) => matcher.amend(1, price(10), size(0))],
    [
      'a level beyond 2^53 − 1 lots',
      (matcher: Matcher) => matcher.limit(2, 'buy', price(10), size(Number.MAX_SAFE_INTEGER)),
    ],
    [
      'an amend that takes a level beyond 2^53 − 1 lots',
      (matcher: Matcher) => matcher.amend(3, price(10), size(Number.MAX_SAFE_INTEGER)),
    ],
    [
      'a level that an owner takes beyond 2^52 lots',
      (matcher: Matcher) => matcher.limit(2, 'buy', price(10), size(2 ** 52), 'gtc', false, { owner: 7 }),
    ],
    [
      'an order beyond 2^52 lots of an owner, also where it would trade first',
      (matcher: Matcher) => matcher.limit(2, 'sell', price(10), size(2 ** 52 + 1), 'gtc', false, { owner: 7 }),
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

  test('whatever owners have at a price, there is room for those of nobody', () => {
    const matcher = new Matcher(NO_SINK);
    matcher.limit(1, 'buy', price(10), size(2 ** 52), 'gtc', false, { owner: 7 });
    expect(matcher.limit(2, 'buy', price(10), size(2 ** 51))).toBe('resting');
    expect(() => matcher.amend(1, price(10), size(2 ** 52 + 1))).toThrow(/one price can hold/);
  });

  test('the largest sizes are exact', () => {
    const { events, sink } = queueLog();
    const matcher = new Matcher(sink);
    matcher.limit(1, 'sell', price(1), size(Number.MAX_SAFE_INTEGER));
    matcher.market(2, 'buy', size(1));
    expect(events.at(-2)).toBe('sell 1 has 9007199254740990');
  });
});
