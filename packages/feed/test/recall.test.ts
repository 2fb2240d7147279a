import { inProcessDial } from '@kb/kraken';
import { micros, MILLISECOND, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FeedCore, KrakenMarketFeed } from '../src/index.ts';
import type { FeedHealth, FeedInput, MarketRest } from '../src/index.ts';
import { codeOf } from './error-code.ts';
import { EventLog } from './event-log.ts';
import { BTC, ETH, harness, live, started } from './spot-feed.ts';
import type { SpotFeed } from './spot-feed.ts';
import { HEARTBEAT, Pair, Venue, WRONG } from './venue.ts';

const SYMBOLS = [BTC, ETH];

/** A first life of ten seconds, with a wrong checksum, a lost connection and a gap in the trades. */
function firstLife(venue: Venue): SpotFeed {
  const [btc, eth] = [venue.pairs.get(BTC), venue.pairs.get(ETH)];
  if (btc === undefined || eth === undefined) throw new Error('expected two pairs');
  const made = started(venue, { symbols: SYMBOLS });
  for (let round = 0; round < 20; round += 1) {
    venue.send(round === 5 ? btc.nudge(WRONG) : btc.nudge());
    venue.send(eth.nudge());
    venue.send(eth.trades(2));
    venue.send(HEARTBEAT);
    if (round === 12) venue.sockets.at(-1)?.terminate();
    made.advance(0.5 * SECOND);
  }
  live(made, venue, 5);
  return made;
}

function ofConnection({ latency, rttLast, clockAhead, outages, symbols }: FeedHealth): unknown {
  return { latency, rttLast, clockAhead, outages, resyncs: Object.values(symbols).map(({ resyncs }) => resyncs) };
}

describe('a feed that is told of its past', () => {
  test.each(['was closed', 'went without a word'])('is where the one that %s was, and goes on', (end) => {
    const [btc, eth] = [new Pair(BTC), new Pair(ETH)];
    const venue = new Venue(btc, eth);
    const first = firstLife(venue);
    if (end === 'was closed') void first.feed.close();
    const before = [...first.inputs];

    const gaps: string[] = [];
    const second = harness(venue, { symbols: SYMBOLS, onGap: (symbol) => gaps.push(symbol) });
    const unused = second.feed.health();
    for (const input of before) second.feed.recall(input);
    expect(second.log.lines).toEqual(first.log.lines);
    expect(second.feed.statsOf(BTC)).toEqual(first.feed.statsOf(BTC));
    // Nothing of what was is asked for again, or counted as this connection's.
    expect([second.inputs, second.dials, gaps]).toEqual([[], [], []]);
    expect(ofConnection(second.feed.health())).toEqual(ofConnection(unused));
    expect(ofConnection(first.feed.health())).not.toEqual(ofConnection(unused));

    const told = second.log.states.length;
    eth.trades(3); // nobody hears these
    second.advance(10 * SECOND);
    second.feed.start();
    expect(second.log.states.slice(told)).toEqual(['* connecting start']);
    const [lastHeard, gap] = second.log.events.slice(-2);
    expect((gap?.venueTs ?? 0) - (lastHeard?.venueTs ?? 0)).toBeGreaterThan(4 * SECOND);
    expect(second.feed.market.book(BTC)).toBeUndefined();
    second.advance(MILLISECOND);
    venue.send(btc.nudge());
    venue.send(eth.trades(1));
    live(second, venue, 3);
    expect(second.feed.market.state(BTC)).toBe('live');
    expect(second.feed.tradeStatsOf(ETH).missing).toBe(first.feed.tradeStatsOf(ETH).missing + 3);

    const log = new EventLog();
    const core = new FeedCore({ symbols: SYMBOLS, depth: 10, onEvent: log.push });
    for (const input of [...before, ...second.inputs]) core.handle(input);
    expect(log.lines).toEqual(second.log.lines);
  });

  test('asks REST for what was missed while nobody listened, and for nothing before', () => {
    const [btc, eth] = [new Pair(BTC), new Pair(ETH)];
    const venue = new Venue(btc, eth);
    const first = firstLife(venue);
    const asked: string[] = [];
    const rest: MarketRest = {
      trades: (symbol) => {
        asked.push(`trades ${symbol}`);
        return new Promise(() => undefined);
      },
      ohlc: () => new Promise(() => undefined),
    };
    const time = first.time;
    const inputs: FeedInput[] = [];
    const feed = new KrakenMarketFeed({
      url: 'ws://venue.test/v2',
      symbols: SYMBOLS,
      scheduler: time,
      seed: 7,
      dial: inProcessDial(venue.accept, time),
      rest,
      onInput: (input) => inputs.push(input),
    });
    for (const input of first.inputs) feed.recall(input);
    time.advance(micros(5 * SECOND));
    expect(asked).toEqual([]);
    void first.feed.close();
    eth.trades(3);
    feed.start();
    time.advance(micros(MILLISECOND));
    venue.send(eth.trades(1));
    time.advance(micros(5 * SECOND));
    expect(asked).toEqual([`trades ${ETH}`]);
  });

  test('must not have begun', () => {
    const { feed, inputs } = started(new Venue(new Pair()));
    const [input] = inputs;
    expect(input).toBeDefined();
    expect(codeOf(() => input !== undefined && feed.recall(input))).toBe('KB_FEED_BAD_INPUT');
  });
});
