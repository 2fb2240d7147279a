import { inProcessDial } from '@kb/kraken';
import type { Accept } from '@kb/kraken';
import { micros, microsToIso, MILLISECOND, SECOND, VirtualScheduler } from '@kb/model';
import type { FeedCause, FeedEvent, FeedState, Micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { KrakenSpotFeed } from '../src/index.ts';
import type { HealthEvent, KrakenSpotFeedOptions, Recovery, RoundTrip } from '../src/index.ts';
import { ClockOffset, latencyOf } from '../src/health/clock-offset.ts';
import { LatencyMeter, RateMeter } from '../src/health/latency-meter.ts';
import { OutageLog } from '../src/health/outage-log.ts';
import { EventLog } from './event-log.ts';
import { HEARTBEAT, Pair, START, Venue, WRONG } from './venue.ts';

const BTC = 'BTC/USD';
const ETH = 'ETH/USD';

/** A venue with a clock of its own, behind a line that takes time. */
class FarVenue {
  readonly time = new VirtualScheduler(START);
  readonly pairs = [new Pair(BTC), new Pair(ETH)] as const;
  readonly venue = new Venue(...this.pairs);
  readonly log = new EventLog();
  readonly told: HealthEvent[] = [];
  readonly feed: KrakenSpotFeed;
  /** Of the venue's clock, against ours. */
  clockAhead = 0;
  /** How long everything takes that is sent from now on. Nothing overtakes. */
  delay: number = MILLISECOND;
  #lastArrival = 0;

  constructor(options: Partial<KrakenSpotFeedOptions> = {}) {
    this.venue.onRequest = (request, socket) => {
      if (request.method !== 'ping') return true;
      const now = microsToIso(this.now);
      socket.send(`{"method":"pong","req_id":${request.req_id},"time_in":"${now}","time_out":"${now}"}`);
      return false;
    };
    this.feed = new KrakenSpotFeed({
      url: 'ws://venue.test/v2',
      symbols: [BTC, ETH],
      scheduler: this.time,
      seed: 1,
      pingEvery: micros(SECOND),
      dial: inProcessDial(this.#far(this.venue.accept), this.time),
      onEvent: this.log.push,
      onHealth: (event) => this.told.push(event),
      ...options,
    });
    this.feed.start();
  }

  /** The venue's clock now. */
  get now(): Micros {
    return micros(this.time.now() + this.clockAhead);
  }

  /** Lets time pass; every 100 ms both books change and every second there is a heartbeat. */
  run(tenths: number): void {
    for (let tenth = 0; tenth < tenths; tenth += 1) {
      this.time.advance(micros(100 * MILLISECOND));
      if (tenth % 10 === 0) this.venue.send(HEARTBEAT);
      for (const pair of this.pairs) {
        pair.now = this.now - MILLISECOND; // it moves its clock on by one itself
        this.venue.send(pair.nudge());
      }
    }
  }

  of(type: HealthEvent['type']): HealthEvent[] {
    return this.told.filter((event) => event.type === type);
  }

  #far(accept: Accept): Accept {
    return (socket) => {
      const later = (task: () => void): void => {
        this.#lastArrival = Math.max(this.#lastArrival, this.time.now() + this.delay);
        this.time.after(micros(this.#lastArrival - this.time.now()), task);
      };
      return accept({
        send: (frame) => later(() => socket.send(frame)),
        close: (code, reason) => later(() => socket.close(code, reason)),
        terminate: () => socket.terminate(),
        bufferedBytes: 0,
      });
    };
  }
}

describe('latency', () => {
  test('is told by the venue’s clock, however wrong ours is', () => {
    for (const clockAhead of [-7 * SECOND, 0, 3600 * SECOND]) {
      const world = new FarVenue();
      world.clockAhead = clockAhead;
      world.delay = 40 * MILLISECOND;
      world.run(200);
      const { clockAhead: ours, latency } = world.feed.health();
      // The way back takes 40 ms and the way there none: NTP halves what it cannot tell apart.
      expect(ours).toBe(-clockAhead + 20 * MILLISECOND);
      expect(latency.book.total.count).toBeGreaterThan(300);
      expect(latency.book.total.p50).toBeGreaterThanOrEqual(20 * MILLISECOND);
      expect(latency.book.total.max).toBeLessThan(20.1 * MILLISECOND);
    }
  });

  test('is reckoned from the answer that was least long on its way, the newest of equals', () => {
    const offset = new ClockOffset();
    expect(offset.ahead).toBeUndefined();
    const note = (sent: number, venue: number, received: number): void =>
      offset.note({ sent: micros(sent), venueIn: micros(venue), venueOut: micros(venue), received: micros(received) });
    note(100, 60, 120); // 20 on the way
    expect(offset.ahead).toBe(50);
    note(200, 0, 300);
    expect(offset.ahead).toBe(50);
    note(400, 395, 420);
    expect(offset.ahead).toBe(15);
    offset.forget();
    expect(offset.ahead).toBeUndefined();
    expect(latencyOf(micros(100), micros(105), 10)).toBe(0);
  });

  test('of the last minute forgets what is older', () => {
    const meter = new LatencyMeter();
    meter.record(micros(900), micros(0));
    for (let second = 0; second < 60; second += 1) meter.record(micros(10), micros((second + 30) * SECOND));
    const { minute, total } = meter.summary(micros(89 * SECOND));
    expect([minute.count, minute.max, total.count, total.max]).toEqual([60, 10, 61, 900]);
    expect(new LatencyMeter().summary(micros(0)).minute).toEqual({ count: 0, p50: 0, p90: 0, p99: 0, max: 0 });
  });
});

test('every answered ping is told with our times and the venue’s', () => {
  const trips: RoundTrip[] = [];
  const world = new FarVenue({ onRoundTrip: (trip) => trips.push(trip) });
  world.clockAhead = -SECOND;
  world.delay = 40 * MILLISECOND;
  world.run(100);
  expect(trips.length).toBeGreaterThan(7);
  for (const { sent, received, venueIn, venueOut } of trips.slice(1)) {
    expect(received - sent).toBe(40 * MILLISECOND);
    expect([venueIn, venueOut]).toEqual([sent - SECOND, sent - SECOND]);
  }
});

test('frames are counted by the second and by the minute', () => {
  const rate = new RateMeter();
  for (let second = 0; second < 100; second += 1) {
    for (let frame = 0; frame < (second === 99 ? 30 : 10); frame += 1) rate.count(micros(second * SECOND + frame));
  }
  expect(rate.rates(micros(100 * SECOND))).toEqual({ second: 30, minute: (58 * 10 + 30) / 59 });
  expect(rate.rates(micros(400 * SECOND))).toEqual({ second: 0, minute: 0 });
  expect(new RateMeter().rates(micros(0))).toEqual({ second: 0, minute: 0 });
});

describe('falling behind', () => {
  test('makes the feed stale until everything late has come, and a snapshot after it', () => {
    const world = new FarVenue();
    world.run(40);
    expect(world.feed.health()).toMatchObject({ state: 'live', isLagging: false });
    world.log.events.length = 0;
    world.delay = 2.5 * SECOND;
    world.run(38);
    expect(world.feed.health()).toMatchObject({ isLagging: true, lags: 1 });
    expect(world.feed.market.book(BTC)).toBeUndefined();
    world.delay = MILLISECOND;
    world.run(60);
    expect(world.feed.health()).toMatchObject({ state: 'live', isLagging: false, lags: 1 });
    const states = world.log.states.filter((state) => !state.startsWith(ETH));
    expect(states).toEqual([
      '* stale lagging',
      '* subscribing lagging',
      'BTC/USD subscribing start',
      'BTC/USD live snapshot',
    ]);
    expect(world.of('lag')).toMatchObject([{ state: 'began' }, { state: 'over' }]);
    expect(world.of('outage')).toMatchObject([{ cause: 'lagging' }]);
    const { outages } = world.feed.health();
    expect(outages.lagging?.count).toBe(1);
    expect(outages.lagging?.longest).toBeGreaterThan(SECOND);
  });

  test('ends with the answer to any later ping, when the one that raised the doubt is lost', () => {
    const world = new FarVenue();
    world.run(40);
    world.delay = 2.5 * SECOND;
    const answer = world.venue.onRequest;
    let pings = 0;
    world.venue.onRequest = (request, socket) => {
      if (request.method === 'ping') pings += 1;
      return request.method === 'ping' && pings < 8 ? false : answer(request, socket);
    };
    world.run(40);
    expect(world.feed.health()).toMatchObject({ isLagging: true });
    world.delay = MILLISECOND;
    world.run(100);
    expect(world.feed.health()).toMatchObject({ state: 'live', isLagging: false });
  });

  test('is not what it is when a clock was set: the ping comes back at once', () => {
    const world = new FarVenue();
    world.run(40);
    world.log.events.length = 0;
    world.clockAhead = -5 * SECOND;
    world.run(60);
    expect(world.log.states).toEqual([]);
    expect(world.feed.health()).toMatchObject({ state: 'live', lags: 0 });
    expect(world.feed.health().latency.book.minute.p50).toBeLessThan(SECOND);
  });
});

describe('what is over', () => {
  test('is told with its cause and how long it took: a resync of one symbol, an outage of all', () => {
    const world = new FarVenue();
    world.run(20);
    world.venue.send(world.pairs[0].nudge(WRONG));
    world.run(20);
    expect(world.of('resync')).toMatchObject([{ symbol: BTC, cause: 'checksum' }]);
    world.venue.sockets.at(-1)?.terminate();
    world.run(50);
    expect(world.of('outage')).toMatchObject([{ cause: 'disconnect' }]);
    const { symbols, outages } = world.feed.health();
    expect(symbols[BTC]?.recoveries.checksum).toMatchObject({ count: 1 });
    expect(symbols[ETH]?.recoveries).toEqual({});
    expect(outages.disconnect).toMatchObject({ count: 1 });
  });

  test('counts from the first sign of it to the last symbol, and no symbol that was given up holds it back', () => {
    const told: Recovery[] = [];
    const log = new OutageLog([BTC, ETH], (recovery) => told.push(recovery));
    const say = (at: number, symbol: string | undefined, state: FeedState, cause: FeedCause): void => {
      const base = { type: 'feed', seq: at, venueTs: micros(at), recvTs: micros(at) } as const;
      const event: FeedEvent = { ...base, symbol, state, cause, detail: '' };
      log.onState(event);
    };
    say(0, undefined, 'connecting', 'start');
    say(1, BTC, 'live', 'snapshot');
    say(2, ETH, 'live', 'snapshot');
    expect(told).toEqual([]); // the way to being live for the first time
    say(10, undefined, 'stale', 'silence');
    say(11, undefined, 'connecting', 'silence');
    say(12, undefined, 'subscribing', 'connected');
    say(15, BTC, 'live', 'snapshot');
    say(16, ETH, 'resyncing', 'checksum');
    say(19, ETH, 'live', 'snapshot');
    say(30, undefined, 'connecting', 'disconnect');
    say(31, ETH, 'broken', 'refused');
    say(35, BTC, 'live', 'snapshot');
    say(40, undefined, 'connecting', 'disconnect');
    say(42, BTC, 'live', 'snapshot');
    say(47, ETH, 'broken', 'checksum');
    expect(told.map(({ type, cause, duration }) => [type, cause, duration])).toEqual([
      ['outage', 'silence', 9],
      ['outage', 'disconnect', 5],
      ['outage', 'disconnect', 7],
    ]);
  });

  test('is told as a gap when trades are missing', () => {
    const world = new FarVenue();
    world.run(5);
    world.venue.send(world.pairs[0].trades(2));
    world.venue.send(world.pairs[0].trades(1, { firstId: 110 }));
    world.run(5);
    expect(world.of('gap')).toMatchObject([{ symbol: BTC, missing: 7 }]);
  });
});

test('all of it is told every now and then, as plain data', () => {
  const world = new FarVenue({ healthEvery: micros(5 * SECOND), candles: [micros(60 * SECOND)] });
  world.run(120);
  world.venue.send(world.pairs[0].trades(3));
  world.run(40);
  const snapshots = world.of('snapshot');
  expect(snapshots).toHaveLength(3);
  const last = snapshots.at(-1);
  expect(last?.type === 'snapshot' && JSON.parse(JSON.stringify(last.health))).toMatchObject({
    state: 'live',
    framesPerSecond: { second: expect.any(Number) },
    symbols: { [BTC]: { bookAge: expect.any(Number), history: { trades: 3, candles: { '60000000': 0 } } } },
  });
  const before = world.told.length;
  void world.feed.close();
  world.time.advance(micros(60 * SECOND));
  expect(world.of('snapshot').length).toBe(3);
  expect(world.told.length).toBe(before);
});
