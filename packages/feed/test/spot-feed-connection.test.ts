import type { Dial } from '@kb/kraken';
import { micros, MILLISECOND, SECOND } from '@kb/model';
import type { FeedEvent, VirtualScheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import type { KrakenSpotFeedOptions } from '../src/index.ts';
import { codeOf, rejectionOf } from './error-code.ts';
import { BTC, ETH, harness, live, started } from './spot-feed.ts';
import { Pair, START, STATUS, Venue } from './venue.ts';

describe('silence', () => {
  test('is asked after at half time and ends the connection at the deadline', () => {
    const venue = new Venue(new Pair());
    const { feed, log, dials, advance } = started(venue);
    venue.onRequest = () => false; // half open: nothing comes back any more
    venue.requests.length = 0;
    advance(2.5 * SECOND);
    expect(venue.requests.map(({ method }) => method)).toEqual(['ping']);
    advance(2.4 * SECOND);
    expect(feed.market.state(BTC)).toBe('live');
    advance(0.1 * SECOND);
    expect(log.states.slice(-2)).toEqual(['* stale silence', '* connecting silence']);
    expect(feed.market.book(BTC)).toBeUndefined();
    venue.onRequest = () => true;
    advance(SECOND);
    expect(dials).toHaveLength(2);
    expect(feed.market.state(BTC)).toBe('live');
    expect(feed.health()).toMatchObject({ connects: 2, reconnects: { silence: 1 } });
  });

  test('of the market is not silence: heartbeats and pongs keep the connection', () => {
    const venue = new Venue(new Pair());
    const made = started(venue);
    live(made, venue, 30);
    made.advance(30 * SECOND); // no heartbeat, but pings are answered
    expect(made.dials).toHaveLength(1);
    expect(made.feed.market.state(BTC)).toBe('live');
  });

  test('pings give round-trip times', () => {
    const venue = new Venue(new Pair());
    const made = started(venue);
    venue.onRequest = (request, socket) => {
      made.time.after(micros(30 * MILLISECOND), () => socket.send(`{"method":"pong","req_id":${request.req_id}}`));
      return false;
    };
    live(made, venue, 60);
    expect(made.feed.health()).toMatchObject({ rttLast: 30 * MILLISECOND, rttP50: 30 * MILLISECOND });
  });
});

describe('a lost connection', () => {
  test('freezes everything, comes back, and subscribes everything again', () => {
    const venue = new Venue(new Pair(BTC), new Pair(ETH));
    const { feed, log, advance } = started(venue);
    venue.requests.length = 0;
    venue.sockets.at(-1)?.terminate();
    advance(0);
    expect(feed.market.state(BTC)).toBe('connecting');
    advance(SECOND);
    expect(venue.asked('subscribe')).toEqual(['instrument', `book ${BTC},${ETH}`, `trade ${BTC},${ETH}`]);
    expect(log.states.slice(-4)).toEqual([
      '* connecting disconnect',
      '* subscribing connected',
      'BTC/USD live snapshot',
      'ETH/USD live snapshot',
    ]);
  });

  test('across a change of precision needs no second subscription', () => {
    const venue = new Venue(new Pair(BTC));
    const made = started(venue);
    const finer = new Pair(BTC, { grid: { pricePrecision: 2, qtyPrecision: 8 } });
    (venue.pairs as Map<string, Pair>).set(BTC, finer);
    venue.requests.length = 0;
    venue.sockets.at(-1)?.terminate();
    made.advance(SECOND);
    expect(made.feed.market.book(BTC)?.pricePrecision).toBe(2);
    expect(made.log.states.slice(-3)).toEqual([
      '* connecting disconnect',
      '* subscribing connected',
      'BTC/USD live snapshot',
    ]);
    expect(venue.asked('unsubscribe')).toEqual([]);
  });

  test.each([1000, 1001, 1006, 1008, 1012, 1013])('is mended after close code %i', (code) => {
    const venue = new Venue(new Pair());
    const made = started(venue);
    venue.sockets.at(-1)?.close(code, 'bye');
    made.advance(7 * SECOND);
    expect(made.feed.market.state(BTC)).toBe('live');
    const last = made.log.events.findLast(
      (event): event is FeedEvent => event.type === 'feed' && event.state === 'connecting',
    );
    expect(last?.detail).toContain(String(code));
  });

  test('is reported as oversize when a frame was too large', () => {
    const venue = new Venue(new Pair());
    const made = started(venue);
    venue.sockets.at(-1)?.close(1009);
    made.advance(0);
    expect(made.log.states.at(-1)).toBe('* connecting oversize');
  });

  test('frames of the old one are dropped', () => {
    const btc = new Pair();
    const handlers: Parameters<Dial>[1][] = [];
    const dial: Dial = (_url, each) => {
      handlers.push(each);
      return { send: () => {}, close: () => {}, terminate: () => {} };
    };
    const { feed, advance } = harness(new Venue(btc), { dial });
    feed.start();
    handlers[0]?.onOpen();
    handlers[0]?.onMessage(Buffer.from(STATUS));
    advance(5 * SECOND); // silence: the feed dials again, while the old socket has not noticed yet
    advance(SECOND);
    handlers[1]?.onOpen();
    handlers[1]?.onMessage(Buffer.from(STATUS));
    const before = feed.frames;
    handlers[0]?.onMessage(Buffer.from(btc.snapshot()));
    handlers[0]?.onClose(1006, '');
    expect(feed.frames).toBe(before);
    expect(feed.market.state(BTC)).toBe('subscribing');
    handlers[1]?.onMessage(Buffer.from(btc.snapshot()));
    expect(feed.market.state(BTC)).toBe('live');
  });
});

describe('a venue that is not there', () => {
  const refusing: Dial = (_url, handlers) => {
    handlers.onClose(1006, 'connect ECONNREFUSED');
    return { send: () => {}, close: () => {}, terminate: () => {} };
  };

  function attempts(options: Partial<KrakenSpotFeedOptions>, duration: number): number[] {
    const times: number[] = [];
    let time: VirtualScheduler;
    const made = harness(new Venue(new Pair()), {
      ...options,
      dial: (url, handlers) => {
        times.push((time ?? made.time).now() - START);
        return refusing(url, handlers);
      },
    });
    time = made.time;
    made.feed.start();
    made.advance(duration);
    return times;
  }

  test('is tried eight times within 8 s, then ever less often, at most every 30 s', () => {
    const times = attempts({}, 600 * SECOND);
    const waits = times.slice(1).map((each, index) => each - (times[index] ?? 0));
    const limits = [250, 500, 1000, 1000, 1000, 1000, 1000, 1000].map((each) => each * MILLISECOND);
    for (const [index, wait] of waits.entries()) expect(wait).toBeLessThanOrEqual(limits[index] ?? 30 * SECOND);
    expect(Math.max(...waits)).toBeGreaterThan(15 * SECOND);
    expect(times.length).toBeGreaterThan(20);
    expect(times.length).toBeLessThan(80);
  });

  test('is tried at the same times with the same seed, and at others with another', () => {
    expect(attempts({ seed: 1 }, 60 * SECOND)).toEqual(attempts({ seed: 1 }, 60 * SECOND));
    expect(attempts({ seed: 1 }, 60 * SECOND)).not.toEqual(attempts({ seed: 2 }, 60 * SECOND));
  });

  test('the classic preset waits 1, 2, 4 … 30 s', () => {
    const times = attempts({ backoff: 'classic' }, 122 * SECOND);
    expect(times.map((each) => each / SECOND)).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 121]);
  });

  test('a refused handshake is tried again no sooner than it asks', () => {
    const times: number[] = [];
    const made = harness(new Venue(new Pair()), {
      dial: (_url, handlers) => {
        times.push(made.time.now() - START);
        made.time.after(micros(0), () =>
          times.length === 1
            ? handlers.onClose(1006, 'HTTP 429', 429, micros(20 * SECOND))
            : handlers.onClose(1006, 'HTTP 503', 503),
        );
        return { send: () => {}, close: () => {}, terminate: () => {} };
      },
    });
    made.feed.start();
    made.advance(26 * SECOND);
    expect(times.map((each) => each / SECOND)).toEqual([0, 20, 25]);
    expect(made.log.states.slice(1)).toContain('* connecting refused');
    expect(made.feed.health().reconnects).toEqual({ refused: 3 });
  });

  test('is given up after a while, when that was asked for', async () => {
    const fatal: string[] = [];
    const { feed, log, advance } = harness(new Venue(new Pair()), {
      dial: refusing,
      giveUpAfter: micros(20 * SECOND),
      onFatal: (error) => fatal.push(error.code),
    });
    const ready = rejectionOf(feed.ready());
    feed.start();
    advance(60 * SECOND);
    expect(await ready).toBe('KB_FEED_UNREACHABLE');
    expect(fatal).toEqual(['KB_FEED_UNREACHABLE']);
    expect(log.states.at(-1)).toBe('* closed disconnect');
    expect(codeOf(() => feed.start())).toBe('KB_FEED_UNREACHABLE');
    await feed.close();
  });

  test('time without a connection counts anew after each one', () => {
    const venue = new Venue(new Pair());
    const made = started(venue, { giveUpAfter: micros(20 * SECOND) });
    live(made, venue, 60);
    for (let round = 0; round < 3; round += 1) {
      venue.sockets.at(-1)?.terminate();
      live(made, venue, 15);
    }
    expect(made.feed.market.state(BTC)).toBe('live');
  });
});

describe('a flapping venue', () => {
  test('never gets more than 100 connects in ten minutes, and the state says that the feed waits', () => {
    const venue = new Venue(new Pair());
    const made = harness(venue, {
      backoff: { first: micros(1), earlyCap: micros(1), earlyCount: 0, cap: micros(1), jitter: false },
    });
    venue.onConnect = (socket) => made.time.after(micros(SECOND), () => socket.terminate());
    made.feed.start();
    made.advance(3600 * SECOND);
    const { dials } = made;
    expect(dials.length).toBeGreaterThan(500);
    const spans = dials.slice(100).map((start, index) => start - (dials[index] ?? 0));
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(600 * SECOND);
    const details = made.log.events.flatMap((event) => (event.type === 'feed' ? [event.detail] : []));
    expect(details).toContainEqual(expect.stringContaining('connection budget: 100 connects in 600.000 s used up'));
  });

  test('does not reset the back-off before 30 s of health', () => {
    const venue = new Venue(new Pair());
    const made = harness(venue, { backoff: 'classic' });
    venue.onConnect = (socket) => made.time.after(micros(SECOND), () => socket.terminate());
    made.feed.start();
    made.advance(200 * SECOND);
    const waits = made.dials.slice(1).map((each, index) => Math.round((each - (made.dials[index] ?? 0)) / SECOND) - 1);
    expect(waits.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 30, 30]);
    venue.onConnect = () => {};
    live(made, venue, 62);
    const before = made.dials.length;
    venue.sockets.at(-1)?.terminate();
    made.advance(1.1 * SECOND);
    expect(made.dials).toHaveLength(before + 1);
  });
});
