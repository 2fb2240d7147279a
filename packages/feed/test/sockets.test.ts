import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { micros, SECOND, ticks, VirtualScheduler } from '@kb/model';
import type { FeedEvent, MarketEvent } from '@kb/model';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KrakenSpotFeed, webSocketDial } from '../src/index.ts';
import type { KrakenSpotFeedOptions } from '../src/index.ts';
import { rejectionOf } from './error-code.ts';
import { EventLog } from './event-log.ts';
import { listen, textFrame } from './socket-server.ts';
import type { SocketServer } from './socket-server.ts';
import { HEARTBEAT, Pair, START, STATUS, Venue, WRONG } from './venue.ts';

// Real sockets on loopback; time is virtual, so that no test waits for a timer and none fires unasked.

const BTC = 'BTC/USD';
const ETH = 'ETH/USD';

let btc: Pair;
let eth: Pair;
let venue: Venue;
let server: SocketServer;
let time: VirtualScheduler;
let log: EventLog;
let feed: KrakenSpotFeed;

beforeEach(async () => {
  btc = new Pair(BTC);
  eth = new Pair(ETH);
  venue = new Venue(btc, eth);
  server = await listen(venue.accept);
  time = new VirtualScheduler(START);
  log = new EventLog();
  feed = make();
});

afterEach(async () => {
  const closed = feed.close();
  time.advance(micros(10 * SECOND)); // drops the socket that does not answer the goodbye
  await closed;
  await server.close();
});

function make(options: Partial<KrakenSpotFeedOptions> = {}): KrakenSpotFeed {
  return new KrakenSpotFeed({
    url: server.url,
    symbols: [BTC, ETH],
    scheduler: time,
    seed: 1,
    onEvent: log.push,
    ...options,
  });
}

/** Starts, and waits until both symbols are live. */
async function live(): Promise<void> {
  const ready = feed.ready();
  feed.start();
  await ready;
}

/** Lets the feed connect again, and waits until both symbols are live. */
async function back(): Promise<void> {
  const ready = feed.ready();
  time.advance(micros(SECOND));
  await ready;
}

/** Waits for what an action leads to. */
async function after(action: () => void, outcome: Promise<MarketEvent>): Promise<MarketEvent> {
  action();
  return outcome;
}

const isBookOf =
  (symbol: string) =>
  (event: MarketEvent): boolean =>
    event.type === 'book' && event.symbol === symbol;

test('a feed is ready, verified and trading news comes', async () => {
  await live();
  await after(
    () => venue.send(btc.trades(2)),
    log.next((event) => event.type === 'trade' && event.tradeId === 102),
  );
  expect(feed.statsOf(BTC)).toMatchObject({ snapshots: 1, checksumOk: 1, checksumFailed: 0 });
  expect(server.webSockets[0]?.extensions).toBe('');
  expect(feed.health()).toMatchObject({ state: 'live', connects: 1, frames: feed.frames });
  expect(feed.health().bytes).toBeGreaterThan(1000);
});

test('a socket killed in the middle of a message: the half is discarded, everything comes back', async () => {
  await live();
  const frames = feed.frames;
  const whole = textFrame(Buffer.from(btc.nudge()));
  const lost = await after(() => {
    const [tcp] = server.tcp;
    tcp?.write(whole.subarray(0, whole.length >> 1), () => tcp.resetAndDestroy());
  }, log.nextState('connecting'));
  expect(lost).toMatchObject({ cause: 'disconnect' });
  expect(feed.frames).toBe(frames);
  expect(feed.market.book(BTC)).toBeUndefined();
  await back();
  await after(() => venue.send(btc.nudge()), log.next(isBookOf(BTC)));
  expect(feed.statsOf(BTC)).toMatchObject({ snapshots: 2, updates: 1, checksumOk: 3, checksumFailed: 0 });
});

test('a half-open socket: silence for 5 s ends it', async () => {
  await live();
  venue.onRequest = () => false;
  const stale = log.nextState('stale');
  time.advance(micros(5 * SECOND));
  expect(await stale).toMatchObject({ cause: 'silence', recvTs: START + 5 * SECOND });
  venue.onRequest = () => true;
  await back();
  expect(feed.health()).toMatchObject({ connects: 2, reconnects: { silence: 1 } });
});

test.each([
  ['429 Too Many Requests\r\nRetry-After: 30', 30],
  ['429 Too Many Requests\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT', 5],
  ['503 Service Unavailable', 5],
  ['403 Forbidden', 5],
])('a refused handshake, HTTP %s, is tried again after %i s', async (head, wait) => {
  server.refuseWith = `HTTP/1.1 ${head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
  const refused = await after(
    () => feed.start(),
    log.next((event) => event.type === 'feed' && event.cause === 'refused'),
  );
  expect((refused as FeedEvent).detail).toContain(`handshake refused: HTTP ${head.slice(0, 3)}`);
  server.refuseWith = undefined;
  time.advance(micros((wait - 1) * SECOND));
  expect(feed.health().connects).toBe(1);
  await back();
  expect(feed.health()).toMatchObject({ connects: 2, reconnects: { refused: 1 } });
});

test('a wrong checksum, once: one symbol is resynchronised, the other is not disturbed', async () => {
  await live();
  const resynced = log.nextState('live', BTC);
  venue.send(btc.nudge(WRONG));
  venue.send(eth.nudge());
  await resynced;
  expect(feed.statsOf(BTC)).toMatchObject({ snapshots: 2, checksumFailed: 1 });
  expect(feed.statsOf(ETH)).toMatchObject({ snapshots: 1, updates: 1, checksumOk: 2 });
  expect(venue.asked('unsubscribe')).toEqual([`book ${BTC}`]);
  expect(server.tcp).toHaveLength(1);
});

test('a wrong checksum, always: the symbol is broken after five, the other lives', async () => {
  venue.snapshot = (pair) => pair.snapshot(pair === btc ? WRONG : undefined);
  const hour = micros(3600 * SECOND);
  feed = make({ tickEvery: hour, pingEvery: hour, frameDeadline: hour, ackTimeout: hour, snapshotTimeout: hour });
  const broken = log.nextState('broken', BTC);
  const ended = broken.then(() => true);
  feed.start();
  // Of all timers only the pauses between subscriptions are ever due within the second.
  while (!(await Promise.race([ended, new Promise<false>((resolve) => setImmediate(resolve, false))]))) {
    if ((time.nextDue() ?? hour) <= time.now() + SECOND) time.advance(micros(SECOND));
  }
  expect(await broken).toMatchObject({ cause: 'checksum' });
  expect(feed.statsOf(BTC)).toMatchObject({ snapshots: 5, checksumFailed: 5 });
  expect(feed.market.state(ETH)).toBe('live');
});

test('a snapshot in mid-stream, an update twice and an update before any snapshot do no harm', async () => {
  venue.snapshot = (pair) => {
    venue.send(pair.nudge()); // before the snapshot
    return pair.snapshot();
  };
  await live();
  const update = btc.nudge();
  for (const frame of [update, update, btc.snapshot(), btc.nudge()]) venue.send(frame);
  await after(() => venue.send(eth.nudge()), log.next(isBookOf(ETH)));
  expect(feed.statsOf(BTC)).toEqual({
    snapshots: 2,
    updates: 3,
    checksumOk: 5,
    checksumFailed: 0,
    unchecked: 0,
    crossed: 0,
    skipped: 1,
    misfits: 0,
  });
});

test('a dropped update is noticed with the next one, and mended', async () => {
  await live();
  btc.update({ asks: [[1002, 0]] }); // never sent
  const resynced = log.nextState('live', BTC);
  venue.send(btc.nudge());
  await resynced;
  expect(feed.statsOf(BTC)).toMatchObject({ checksumFailed: 1, snapshots: 2 });
  expect(feed.market.book(BTC)?.sizeOf('sell', ticks(1002))).toBe(0);
});

test('a frame of more than 1 MiB ends the connection with 1009, and it comes back', async () => {
  await live();
  const goodbye = once(server.webSockets[0]!, 'close');
  const lost = await after(() => venue.send(`"${'x'.repeat(1024 * 1024)}"`), log.nextState('connecting'));
  expect(lost).toMatchObject({ cause: 'oversize' });
  expect((await goodbye)[0]).toBe(1009);
  await back();
  expect(feed.health().reconnects).toEqual({ oversize: 1 });
});

test('a frame of just under 1 MiB is taken', async () => {
  await live();
  await after(
    () => {
      venue.send(`"${'x'.repeat(1024 * 1024 - 2)}"`);
      venue.send(btc.nudge());
    },
    log.next(isBookOf(BTC)),
  );
  expect(server.tcp).toHaveLength(1);
});

test('invalid UTF-8 ends the connection, and it comes back', async () => {
  await live();
  const lost = await after(
    () => server.tcp[0]?.write(textFrame(Buffer.from([0x22, 0xff, 0xfe, 0x22]))),
    log.nextState('connecting'),
  );
  expect((lost as FeedEvent).detail).toContain('1007');
  await back();
});

test('__proto__ keys pollute nothing and stop nothing', async () => {
  await live();
  await after(
    () => {
      venue.send('{"__proto__":{"polluted":1},"channel":"__proto__"}');
      venue.send(btc.nudge().replace('"checksum"', '"__proto__":{"polluted":1},"checksum"'));
    },
    log.next(isBookOf(BTC)),
  );
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(feed.statsOf(BTC).checksumOk).toBe(2);
});

test('an unknown pair is refused, the others are live', async () => {
  feed = make({ symbols: [BTC, 'FOO/USD'] });
  const up = log.nextState('live', BTC);
  const ready = rejectionOf(feed.ready());
  feed.start();
  expect(await ready).toBe('KB_FEED_REFUSED');
  await up;
});

test('the venue saying goodbye is a disconnect with its reason', async () => {
  await live();
  const lost = await after(() => server.webSockets[0]?.close(1012, 'restart'), log.nextState('connecting'));
  expect((lost as FeedEvent).detail).toContain('closed with 1012: restart');
  await back();
});

describe('closing', () => {
  test('while connecting drops the socket: the server never answers the handshake', async () => {
    const silent = createServer();
    const connected = once(silent, 'connection');
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    feed = make({ url: `ws://127.0.0.1:${(silent.address() as AddressInfo).port}` });
    feed.start();
    const [socket] = (await connected) as [Socket];
    socket.on('error', () => {});
    socket.resume();
    await feed.close();
    silent.close();
    await once(silent, 'close'); // only when no socket is left
    expect(log.states).toEqual(['* connecting start', '* closed stop']);
  });

  test('says goodbye with 1000', async () => {
    await live();
    const goodbye = once(server.webSockets[0]!, 'close');
    await feed.close();
    expect((await goodbye)[0]).toBe(1000);
  });
});

describe('a dial', () => {
  interface Outcome {
    readonly code: number;
    readonly detail: string;
  }

  function outcome(url: string): Promise<Outcome> {
    return new Promise((resolve) => {
      webSocketDial()(url, {
        onOpen: () => {},
        onMessage: () => {},
        onClose: (code, detail) => resolve({ code, detail }),
      });
    });
  }

  test('to nobody is told, not thrown', async () => {
    await server.close();
    expect(await outcome(server.url)).toMatchObject({ code: 1006, detail: expect.stringContaining('ECONNREFUSED') });
    server = await listen(venue.accept);
  });

  test('to no address is told, not thrown', async () => {
    expect(await outcome('ws://venue.test/#fragment')).toMatchObject({ code: 1006 });
    expect(await outcome('no address')).toMatchObject({ code: 1006 });
  });

  test('hands on frames byte for byte, and sends nothing once it is closed', async () => {
    const frames: string[] = [];
    const received = new Promise<void>((resolve) => {
      const socket = webSocketDial()(server.url, {
        onOpen: () => {},
        onMessage: (frame) => {
          frames.push(Buffer.from(frame).toString());
          if (frames.length === 1) venue.send(HEARTBEAT);
          else socket.close();
        },
        onClose: () => {
          socket.send('too late');
          socket.close();
          socket.terminate();
          resolve();
        },
      });
    });
    await received;
    expect(frames).toEqual([STATUS, HEARTBEAT]);
  });
});
