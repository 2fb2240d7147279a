import { inProcessDial } from '@kb/kraken';
import type { Accept, Dial } from '@kb/kraken';
import { micros, MILLISECOND, SECOND, VirtualScheduler } from '@kb/model';
import type { FeedEvent, Micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FeedCore, KrakenSpotFeed } from '../src/index.ts';
import type { FeedInput, KrakenSpotFeedOptions } from '../src/index.ts';
import { codeOf, rejectionOf } from './error-code.ts';
import { EventLog } from './event-log.ts';
import { failure, HEARTBEAT, Pair, START, STATUS, Venue, WRONG } from './venue.ts';

const BTC = 'BTC/USD';
const ETH = 'ETH/USD';

interface Harness {
  readonly time: VirtualScheduler;
  readonly feed: KrakenSpotFeed;
  readonly log: EventLog;
  readonly inputs: FeedInput[];
  /** When each connection attempt started. */
  readonly dials: Micros[];
  readonly advance: (duration: number) => void;
}

/** A feed over an in-process venue: time moves only when the test says so. */
function harness(venue: Venue | Accept, options: Partial<KrakenSpotFeedOptions> = {}): Harness {
  const time = new VirtualScheduler(START);
  const log = new EventLog();
  const inputs: FeedInput[] = [];
  const dials: Micros[] = [];
  const connect = inProcessDial(venue instanceof Venue ? venue.accept : venue, time);
  const feed = new KrakenSpotFeed({
    url: 'ws://venue.test/v2',
    symbols: venue instanceof Venue ? [...venue.pairs.keys()] : [BTC],
    scheduler: time,
    seed: 7,
    dial: (url, handlers) => {
      dials.push(time.now());
      return connect(url, handlers);
    },
    onEvent: log.push,
    onInput: (input) => inputs.push(input),
    ...options,
  });
  return { time, feed, log, inputs, dials, advance: (duration) => time.advance(micros(duration)) };
}

function started(venue: Venue, options: Partial<KrakenSpotFeedOptions> = {}): Harness {
  const made = harness(venue, options);
  made.feed.start();
  made.advance(MILLISECOND);
  return made;
}

/** Lets the venue speak for a while, a heartbeat a second, as Kraken does. */
function live({ advance }: Harness, venue: Venue, secondsLong: number): void {
  for (let second = 0; second < secondsLong; second += 1) {
    advance(SECOND);
    venue.send(HEARTBEAT);
  }
  advance(MILLISECOND);
}

describe('connecting', () => {
  test('waits for the status, subscribes each channel once, and is ready when every symbol is live', async () => {
    const venue = new Venue(new Pair(BTC), new Pair(ETH));
    const { feed, log, advance } = harness(venue);
    const ready = feed.ready();
    expect(venue.requests).toEqual([]);
    feed.start();
    feed.start(); // does nothing
    advance(MILLISECOND);
    await ready;
    expect(venue.requests).toEqual([
      { method: 'subscribe', params: { channel: 'instrument', snapshot: true }, req_id: 1 },
      { method: 'subscribe', params: { channel: 'book', symbol: [BTC, ETH], depth: 10, snapshot: true }, req_id: 2 },
      { method: 'subscribe', params: { channel: 'trade', symbol: [BTC, ETH], snapshot: true }, req_id: 3 },
    ]);
    expect(log.states).toEqual([
      '* connecting start',
      '* subscribing connected',
      'BTC/USD live snapshot',
      'ETH/USD live snapshot',
    ]);
    expect(feed.health()).toMatchObject({ state: 'live', connects: 1, reconnects: {} });
    await feed.ready(); // at once
  });

  test('does not subscribe before the status, and gives up on a connection that sends none', () => {
    const venue = new Venue(new Pair());
    venue.greeting = undefined;
    const { log, dials, advance } = started(venue);
    advance(9 * SECOND);
    expect(venue.asked('subscribe')).toEqual([]);
    advance(2 * SECOND);
    expect(log.states).toEqual(['* connecting start', '* connecting silence']);
    expect(dials.length).toBe(2);
  });

  test('gives up on a handshake that does not end', () => {
    const terminated: number[] = [];
    const dial: Dial = () => ({ send: () => {}, close: () => {}, terminate: () => terminated.push(1) });
    const { feed, log, advance } = harness(new Venue(new Pair()), { dial });
    feed.start();
    advance(10 * SECOND);
    expect(terminated).toEqual([1]);
    expect(log.states).toEqual(['* connecting start', '* connecting silence']);
  });

  test('tolerates data before acknowledgements, and acknowledgements twice', () => {
    const venue = new Venue(new Pair());
    const late: string[] = [];
    venue.ack = (text) => {
      late.push(text);
      return undefined;
    };
    const made = started(venue);
    expect(made.feed.market.state(BTC)).toBe('live');
    for (const text of [...late, ...late]) venue.send(text);
    live(made, venue, 20);
    expect(venue.asked('subscribe')).toHaveLength(3);
    expect(made.feed.health().symbols[BTC]).toMatchObject({ state: 'live', resyncs: 0 });
  });

  test('asks again for what is not acknowledged, three times, then calls the symbol broken and tries again later', () => {
    const venue = new Venue(new Pair(BTC), new Pair(ETH));
    let lost = true;
    venue.ack = (text, request, symbol) =>
      lost && request.params?.channel === 'trade' && symbol === ETH ? undefined : text;
    const made = started(venue);
    live(made, venue, 16);
    expect(made.feed.market.state(ETH)).toBe('broken');
    expect(made.feed.market.state(BTC)).toBe('live');
    expect(venue.asked('subscribe').filter((each) => each.startsWith('trade'))).toEqual([
      `trade ${BTC},${ETH}`,
      `trade ${ETH}`,
      `trade ${ETH}`,
    ]);
    expect(made.log.states.at(-1)).toBe('ETH/USD broken silence');
    lost = false;
    live(made, venue, 31);
    expect(made.feed.market.state(ETH)).toBe('live');
    expect(made.log.states.slice(-2)).toEqual(['ETH/USD resyncing silence', 'ETH/USD live snapshot']);
  });

  test('asks three times on each connection, however often it asked on the one before', () => {
    const venue = new Venue(new Pair());
    venue.ack = (text, request) => (request.params?.channel === 'trade' ? undefined : text);
    const made = started(venue);
    live(made, venue, 12);
    expect(venue.asked('subscribe').filter((each) => each.startsWith('trade'))).toHaveLength(3);
    venue.sockets.at(-1)?.terminate();
    venue.requests.length = 0;
    live(made, venue, 14);
    expect(made.feed.market.state(BTC)).toBe('live');
    live(made, venue, 3);
    expect(venue.asked('subscribe').filter((each) => each.startsWith('trade'))).toHaveLength(3);
    expect(made.feed.market.state(BTC)).toBe('broken');
  });

  test('an answer that comes after the symbol was given up ends that subscription', () => {
    const venue = new Venue(new Pair(BTC), new Pair(ETH));
    const late: string[] = [];
    venue.ack = (text, request, symbol) => {
      if (request.params?.channel !== 'trade' || symbol !== ETH || request.method !== 'subscribe') return text;
      late.push(text);
      return undefined;
    };
    const made = started(venue);
    live(made, venue, 16);
    expect(made.feed.market.state(ETH)).toBe('broken');
    venue.requests.length = 0;
    venue.send(late[0]!); // to the request that was for both symbols
    live(made, venue, 1);
    expect(venue.asked('unsubscribe')).toEqual([`trade ${ETH}`]);
    expect(made.feed.market.state(BTC)).toBe('live');
  });

  test('a pair that is refused is broken, alone, and ready() says which', async () => {
    const venue = new Venue(new Pair(BTC), new Pair(ETH));
    const made = harness(venue, { symbols: [BTC, 'FOO/USD', ETH] });
    const ready = rejectionOf(made.feed.ready());
    made.feed.start();
    live(made, venue, 60);
    expect(await ready).toBe('KB_FEED_REFUSED');
    await expect(made.feed.ready()).rejects.toThrowError('FOO/USD: book: Currency pair not supported FOO/USD');
    expect(made.feed.market.state('FOO/USD')).toBe('broken');
    expect(made.feed.market.state(BTC)).toBe('live');
    expect(made.feed.market.state(ETH)).toBe('live');
    expect(made.log.states.filter((state) => state.startsWith('FOO'))).toEqual(['FOO/USD broken refused']);
    expect(venue.asked('subscribe')).toHaveLength(3);
  });

  test('"Already subscribed" is as good as an acknowledgement', () => {
    const venue = new Venue(new Pair());
    venue.ack = (text, request) =>
      request.params?.channel === 'trade' ? failure(request, 'Already subscribed') : text;
    const made = started(venue);
    live(made, venue, 20);
    expect(made.feed.market.state(BTC)).toBe('live');
    expect(venue.asked('subscribe')).toHaveLength(3);
  });

  test('a refusal that may pass is tried again', () => {
    const venue = new Venue(new Pair());
    let busy = 2;
    venue.ack = (text, request) => {
      if (request.params?.channel !== 'trade' || busy === 0) return text;
      busy -= 1;
      return failure(request, 'EService:Unavailable');
    };
    const made = started(venue);
    live(made, venue, 5);
    expect(made.feed.market.state(BTC)).toBe('live');
    expect(venue.asked('subscribe').filter((each) => each.startsWith('trade'))).toHaveLength(3);
  });

  test('without an answer to the instrument channel the connection is made anew', () => {
    const venue = new Venue(new Pair());
    venue.onRequest = (request) => request.params?.channel !== 'instrument';
    const made = started(venue);
    live(made, venue, 17);
    expect(made.log.states).toContain('* connecting silence');
    expect(made.dials).toHaveLength(2);
  });
});

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

describe('closing', () => {
  test('ends with a closed event, a goodbye and no timer left', async () => {
    const venue = new Venue(new Pair());
    const { feed, log, time, advance } = started(venue);
    const closed = feed.close();
    expect(feed.close()).toBe(closed);
    advance(MILLISECOND);
    await closed;
    expect(log.states.at(-1)).toBe('* closed stop');
    expect(feed.market.book(BTC)).toBeUndefined();
    const count = log.events.length;
    advance(3600 * SECOND);
    expect(log.events).toHaveLength(count);
    expect(time.nextDue()).toBeUndefined();
    expect(venue.asked('unsubscribe')).toEqual([]);
    expect(await rejectionOf(feed.ready())).toBe('KB_FEED_CLOSED');
    expect(feed.health().state).toBe('closed');
  });

  test.each([
    ['before it was started', 'new'],
    ['while it is dialing', 'dialing'],
    ['between two attempts', 'waiting'],
  ])('works %s', async (_name, when) => {
    const venue = new Venue(new Pair());
    const { feed, time, advance } = harness(venue);
    if (when !== 'new') feed.start();
    if (when === 'waiting') {
      venue.onConnect = (socket) => socket.terminate();
      advance(0);
    }
    const closed = feed.close();
    advance(3 * SECOND);
    await closed;
    expect(time.nextDue()).toBeUndefined();
    expect(codeOf(() => feed.start())).toBe('KB_FEED_CLOSED');
  });

  test.each(['connecting', 'subscribing', 'live', 'stale'])('works from inside a %s event', async (state) => {
    const venue = new Venue(new Pair());
    let closed: Promise<void> | undefined;
    const made: Harness = harness(venue, {
      onEvent: (event) => {
        made.log.push(event);
        if (event.type === 'feed' && event.state === state) closed = made.feed.close();
      },
    });
    made.feed.start();
    made.advance(MILLISECOND);
    venue.onRequest = () => false;
    made.advance(60 * SECOND);
    await closed;
    expect(made.log.states.filter((each) => each === '* closed stop')).toHaveLength(1);
    expect(made.log.states.at(-1)).toBe('* closed stop');
    expect(made.time.nextDue()).toBeUndefined();
    expect(made.dials.length).toBeLessThanOrEqual(1);
  });

  test.each(['open', 'rx', 'close'])('works from inside the tap of the wire, at %s: no event follows', (at) => {
    const btc = new Pair();
    const venue = new Venue(btc);
    let armed = false;
    const made: Harness = harness(venue, {
      onWire: (_recvTs, dir) => {
        if (armed && dir === at) void made.feed.close();
      },
    });
    if (at !== 'open') {
      made.feed.start();
      made.advance(MILLISECOND);
    }
    armed = true;
    if (at === 'open') made.feed.start();
    else if (at === 'rx') venue.send(btc.trades(1));
    else venue.onRequest = () => false; // silence drops the connection
    made.advance(10 * SECOND);
    expect(made.log.states.at(-1)).toBe('* closed stop');
    expect(made.log.events.at(-1)).toMatchObject({ type: 'feed', state: 'closed' });
    expect(made.time.nextDue()).toBeUndefined();
  });

  test('drops a socket that does not answer the goodbye', async () => {
    const calls: string[] = [];
    let handlers: Parameters<Dial>[1] | undefined;
    const { feed, advance } = harness(new Venue(new Pair()), {
      dial: (_url, each) => {
        handlers = each;
        return {
          send: () => {},
          close: () => calls.push('close'),
          terminate: () => {
            calls.push('terminate');
            each.onClose(1006, '');
          },
        };
      },
    });
    feed.start();
    handlers?.onOpen();
    const closed = feed.close();
    advance(2 * SECOND);
    await closed;
    expect(calls).toEqual(['close', 'terminate']);
  });
});

describe('inputs', () => {
  test('played through a fresh core give the same events, whatever happened', () => {
    const btc = new Pair(BTC);
    const eth = new Pair(ETH);
    const venue = new Venue(btc, eth);
    const made = started(venue, { symbols: [BTC, ETH, 'FOO/USD'] });
    for (let round = 0; round < 60; round += 1) {
      venue.send(round % 13 === 5 ? btc.nudge(WRONG) : btc.nudge());
      venue.send(eth.nudge());
      venue.send(eth.trades(2));
      venue.send(round % 17 === 3 ? '{"channel":"book","type":"update","data":[{' : HEARTBEAT);
      if (round % 29 === 11) venue.sockets.at(-1)?.terminate();
      if (round === 40) made.feed.resubscribe('test');
      made.advance(0.7 * SECOND);
    }
    void made.feed.close();
    const log = new EventLog();
    const core = new FeedCore({ symbols: [BTC, ETH, 'FOO/USD'], depth: 10, onEvent: log.push });
    for (const input of made.inputs) core.handle(input);
    expect(log.lines).toEqual(made.log.lines);
    expect(log.lines.length).toBeGreaterThan(300);
    expect(new Set(made.log.states).size).toBeGreaterThan(7);
    expect(core.statsOf(BTC)).toEqual(made.feed.statsOf(BTC));
  });

  test('are told before they are handled', () => {
    const venue = new Venue(new Pair());
    const order: string[] = [];
    const made = harness(venue, {
      onInput: (input) => order.push(`in ${input.type}`),
      onEvent: (event) => order.push(`out ${event.type}`),
    });
    made.feed.start();
    expect(order).toEqual(['in state', 'out feed']);
    made.advance(SECOND);
    expect(order.slice(-2)).toEqual(['in tick', 'out timer']);
  });

  test('ticks come at their cadence', () => {
    const venue = new Venue(new Pair());
    const { log, advance } = started(venue, { tickEvery: micros(100 * MILLISECOND) });
    advance(SECOND);
    expect(log.count('timer')).toBe(10);
  });
});

test('resubscribing brings every snapshot anew, as a recording that rotates needs', () => {
  const venue = new Venue(new Pair(BTC), new Pair(ETH));
  const { feed, log, advance } = started(venue);
  venue.requests.length = 0;
  feed.resubscribe('rotated');
  expect(feed.market.state(BTC)).toBe('subscribing');
  advance(MILLISECOND);
  expect(feed.market.state(BTC)).toBe('live');
  expect(feed.statsOf(ETH).snapshots).toBe(2);
  expect(venue.asked('unsubscribe')).toHaveLength(5);
  expect(log.states).toContain('ETH/USD subscribing start');
});

test('resubscribing from inside the tap, at the first request of another resubscription, asks for nothing twice', () => {
  const venue = new Venue(new Pair());
  const made: Harness = harness(venue, {
    onWire: (_recvTs, dir, raw) => {
      if (dir === 'tx' && String(raw).includes('"unsubscribe"')) made.feed.resubscribe('again');
    },
  });
  made.feed.start();
  made.advance(MILLISECOND);
  made.feed.resubscribe('rotated');
  made.advance(MILLISECOND);
  expect(venue.asked('unsubscribe').toSorted()).toEqual([`book ${BTC}`, 'instrument', `trade ${BTC}`]);
  expect(made.feed.market.state(BTC)).toBe('live');
});

test('everything on the wire can be tapped, in order', () => {
  const venue = new Venue(new Pair());
  const wire: [string, string][] = [];
  const { feed, advance } = started(venue, {
    channels: ['book'],
    onWire: (_recvTs, dir, raw) =>
      wire.push([
        dir,
        Buffer.from(raw as string)
          .toString()
          .slice(0, 22),
      ]),
  });
  void feed.close();
  advance(MILLISECOND);
  expect(wire).toEqual([
    ['open', 'ws://venue.test/v2'],
    ['rx', '{"channel":"status","t'],
    ['tx', '{"method":"subscribe",'],
    ['rx', '{"method":"subscribe",'],
    ['rx', '{"channel":"book","typ'],
    ['close', '1000'],
  ]);
});

test('bad options are told all at once', () => {
  const options = {
    url: 'http://x',
    symbols: ['BTCUSD', ETH, ETH],
    channels: ['books', 'trade'] as unknown as ['book'],
    depth: 11,
    seed: 0.5,
    frameDeadline: micros(0),
    backoff: 'slow' as 'fast',
    connectBudget: { connects: 0, per: micros(1) },
  };
  expect(codeOf(() => new KrakenSpotFeed(options))).toBe('KB_FEED_BAD_OPTIONS');
  for (const name of [
    'url',
    'BTCUSD',
    'twice',
    'books',
    'level3 among',
    'depth',
    'seed',
    'frameDeadline',
    'backoff',
    'Budget',
  ]) {
    expect(() => new KrakenSpotFeed(options)).toThrowError(name);
  }
  expect(codeOf(() => new KrakenSpotFeed({ symbols: [] }))).toBe('KB_FEED_BAD_OPTIONS');
});

describe('a feed that is closed by whoever hears of a state', () => {
  test('says nothing after it, and leaves no timer behind', () => {
    const venue = new Venue(new Pair(BTC));
    venue.snapshot = () => undefined;
    const made: Harness = harness(venue, {
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
