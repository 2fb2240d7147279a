import { micros, MILLISECOND, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FeedCore, KrakenSpotFeed } from '../src/index.ts';
import { codeOf } from './error-code.ts';
import { EventLog } from './event-log.ts';
import { BTC, ETH, harness, started } from './spot-feed.ts';
import { HEARTBEAT, Pair, Venue, WRONG } from './venue.ts';

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
