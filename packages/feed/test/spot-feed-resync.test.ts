import { MILLISECOND, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { BTC, ETH, harness, live, started } from './spot-feed.ts';
import type { SpotFeed } from './spot-feed.ts';
import { HEARTBEAT, Pair, START, Venue, WRONG } from './venue.ts';

describe('a book that fails its checksum', () => {
  test('once: that symbol is unsubscribed and subscribed again, the other goes on', () => {
    const btc = new Pair(BTC);
    const eth = new Pair(ETH);
    const venue = new Venue(btc, eth);
    const { feed, log, advance } = started(venue);
    venue.requests.length = 0;
    venue.send(btc.nudge(WRONG));
    venue.send(eth.nudge());
    venue.send(btc.nudge());
    advance(MILLISECOND);
    expect(venue.requests).toMatchObject([
      { method: 'unsubscribe', params: { channel: 'book', symbol: [BTC], depth: 10 } },
      { method: 'subscribe', params: { channel: 'book', symbol: [BTC], depth: 10, snapshot: true } },
    ]);
    expect(log.states.slice(-2)).toEqual(['BTC/USD resyncing checksum', 'BTC/USD live snapshot']);
    expect(feed.statsOf(BTC)).toMatchObject({ snapshots: 2, checksumFailed: 1, skipped: 1 });
    expect(feed.statsOf(ETH)).toMatchObject({ snapshots: 1, updates: 1, checksumFailed: 0 });
    expect(feed.health().symbols[BTC]?.resyncs).toBe(1);
  });

  test('always: it is broken after five failures in a row, then tried every 30 s', () => {
    const btc = new Pair(BTC);
    const venue = new Venue(btc, new Pair(ETH));
    let wrong = true;
    venue.snapshot = (pair) => pair.snapshot(wrong && pair === btc ? WRONG : undefined);
    const made = started(venue);
    live(made, venue, 10);
    const books = (): string[] => venue.asked('subscribe').filter((each) => each === `book ${BTC}`);
    expect(made.feed.market.state(BTC)).toBe('broken');
    expect(made.feed.market.state(ETH)).toBe('live');
    expect(made.feed.statsOf(BTC).checksumFailed).toBe(5);
    expect(books()).toHaveLength(4);
    expect(made.log.states.filter((each) => each.startsWith(BTC))).toEqual([
      ...Array.from({ length: 5 }, () => 'BTC/USD resyncing checksum'),
      'BTC/USD broken checksum',
    ]);
    live(made, venue, 30);
    expect(books()).toHaveLength(5);
    expect(made.feed.market.state(BTC)).toBe('broken');
    wrong = false;
    live(made, venue, 31);
    expect(made.feed.market.state(BTC)).toBe('live');
    expect(made.dials).toHaveLength(1);
  });

  test('now and then: failures are forgotten after 30 s of health', () => {
    const btc = new Pair(BTC);
    const venue = new Venue(btc);
    const made = started(venue);
    for (let round = 0; round < 12; round += 1) {
      venue.send(btc.nudge(WRONG));
      live(made, venue, 31);
    }
    expect(made.feed.market.state(BTC)).toBe('live');
    expect(made.feed.health().symbols[BTC]?.resyncs).toBe(12);
    expect(made.log.states).not.toContain('BTC/USD broken checksum');
  });

  test('waits longer before each new subscription', () => {
    const btc = new Pair(BTC);
    const venue = new Venue(btc);
    const times: number[] = [];
    venue.snapshot = (pair) => pair.snapshot(WRONG);
    const made = harness(venue, { seed: 3 });
    venue.onRequest = (request) => {
      if (request.method === 'subscribe' && request.params?.channel === 'book') times.push(made.time.now() - START);
      return true;
    };
    made.feed.start();
    live(made, venue, 10);
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(waits).toHaveLength(4);
    expect(waits[0]).toBe(0);
    for (const [index, limit] of [250, 500, 1000].entries()) {
      expect(waits[index + 1]).toBeGreaterThan(0);
      expect(waits[index + 1]).toBeLessThanOrEqual(limit * MILLISECOND);
    }
  });

  test('is asked for again when the acknowledged subscription brings no snapshot, as seen at the venue', () => {
    const btc = new Pair(BTC);
    const venue = new Venue(btc);
    const made = started(venue);
    let mute = 1;
    venue.snapshot = (pair) => {
      mute -= 1;
      return mute < 0 ? pair.snapshot() : undefined;
    };
    venue.send(btc.nudge(WRONG));
    live(made, venue, 4);
    expect(made.feed.market.state(BTC)).toBe('resyncing');
    live(made, venue, 3);
    expect(made.feed.market.state(BTC)).toBe('live');
    expect(made.log.states.slice(-3)).toEqual([
      'BTC/USD resyncing checksum',
      'BTC/USD resyncing silence',
      'BTC/USD live snapshot',
    ]);
  });

  test('is never subscribed twice at once, whatever goes wrong', () => {
    const btc = new Pair(BTC);
    const venue = new Venue(btc);
    const made = harness(venue);
    let subscribed = 0;
    let worst = 0;
    venue.onRequest = ({ method, params }) => {
      if (params?.channel !== 'book') return true;
      subscribed += method === 'subscribe' ? 1 : -1;
      worst = Math.max(worst, subscribed);
      return true;
    };
    made.feed.start();
    for (let round = 0; round < 50; round += 1) {
      made.advance((round % 7) * 40 * MILLISECOND);
      venue.send(btc.nudge(round % 3 === 0 ? undefined : WRONG));
      venue.send(btc.snapshot(round % 4 === 0 ? WRONG : undefined));
      venue.send(HEARTBEAT);
    }
    made.advance(SECOND);
    expect(worst).toBe(1);
  });

  test('a stale snapshot between unsubscription and subscription does not keep it alive', () => {
    const btc = new Pair(BTC);
    const venue = new Venue(btc);
    const made = started(venue);
    venue.onRequest = (request) => {
      if (request.method === 'unsubscribe') venue.send(btc.snapshot());
      return true;
    };
    venue.send(btc.nudge(WRONG));
    made.advance(MILLISECOND);
    expect(made.log.states.slice(-4)).toEqual([
      'BTC/USD resyncing checksum',
      'BTC/USD live snapshot',
      'BTC/USD subscribing stop',
      'BTC/USD live snapshot',
    ]);
  });
});

describe('a feed that is closed by whoever hears of a state', () => {
  test('says nothing after it, and leaves no timer behind', () => {
    const venue = new Venue(new Pair(BTC));
    venue.snapshot = () => undefined;
    const made: SpotFeed = harness(venue, {
      onEvent: (event) => {
        made.log.push(event);
        if (event.type === 'feed' && event.symbol === BTC && event.state === 'resyncing') void made.feed.close();
      },
    });
    made.feed.start();
    live(made, venue, 60);
    expect(made.log.states.at(-1)).toBe('* closed stop');
    expect(made.log.states.filter((state) => state.startsWith(BTC))).toEqual(['BTC/USD resyncing silence']);
  });
});

describe('resubscribing one symbol, as a cross-check asks for', () => {
  test('makes its book anew and leaves the others alone', () => {
    const btc = new Pair(BTC);
    const eth = new Pair(ETH);
    const venue = new Venue(btc, eth);
    const { feed, log, advance } = started(venue);
    venue.requests.length = 0;
    feed.resubscribe('REST says otherwise', ETH);
    expect(feed.market.state(ETH)).toBe('resyncing');
    expect(feed.market.book(ETH)).toBeUndefined();
    expect(feed.market.state(BTC)).toBe('live');
    advance(MILLISECOND);
    expect(venue.requests).toMatchObject([
      { method: 'unsubscribe', params: { channel: 'book', symbol: [ETH] } },
      { method: 'subscribe', params: { channel: 'book', symbol: [ETH] } },
    ]);
    expect(log.states.slice(-2)).toEqual(['ETH/USD resyncing cross-check', 'ETH/USD live snapshot']);
    expect(feed.statsOf(BTC).snapshots).toBe(1);
    expect(feed.health().symbols[ETH]?.resyncs).toBe(1);
  });

  test('does nothing while a snapshot is on its way, for a symbol that is not followed, or without a connection', () => {
    const venue = new Venue(new Pair(BTC));
    const { feed, log, advance } = started(venue);
    feed.resubscribe('once', BTC);
    feed.resubscribe('twice', BTC);
    feed.resubscribe('never heard of', 'FOO/USD');
    advance(MILLISECOND);
    expect(venue.asked('unsubscribe')).toEqual([`book ${BTC}`]);
    venue.sockets.at(-1)?.terminate();
    advance(0);
    const before = log.states.length;
    feed.resubscribe('offline', BTC);
    expect(log.states).toHaveLength(before);
  });
});
