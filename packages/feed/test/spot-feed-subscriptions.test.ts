import type { Dial } from '@kb/kraken';
import { MILLISECOND, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { rejectionOf } from './error-code.ts';
import { BTC, ETH, harness, live, started } from './spot-feed.ts';
import type { SpotFeed } from './spot-feed.ts';
import { failure, Pair, Venue } from './venue.ts';

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
  const made: SpotFeed = harness(venue, {
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
