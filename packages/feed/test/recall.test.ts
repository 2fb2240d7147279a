import { inProcessDial } from '@kb/kraken';
import { micros, MILLISECOND, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { FeedCore, KrakenMarketFeed } from '../src/index.ts';
import type { FeedHealth, MarketRest, TapeGap } from '../src/index.ts';
import { codeOf } from './error-code.ts';
import { EventLog } from './event-log.ts';
import { BTC, ETH, harness, live, started } from './spot-feed.ts';
import type { SpotFeed } from './spot-feed.ts';
import { HEARTBEAT, Pair, Venue, WRONG } from './venue.ts';

const SYMBOLS = [BTC, ETH];

/** A gap that has an end on either side. */
interface Span extends TapeGap {
  readonly from: Micros;
  readonly afterId: number;
}

function isSpan(gap: TapeGap): gap is Span {
  return gap.from !== undefined && gap.afterId !== undefined;
}

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

  test('asks REST once it starts: for the trades that its past lacks, then for what was missed while nobody listened', async () => {
    const [btc, eth] = [new Pair(BTC), new Pair(ETH)];
    const venue = new Venue(btc, eth);
    const first = firstLife(venue);
    eth.trades(4); // nobody hears these, and it ends before anybody is asked
    venue.send(eth.trades(1));
    first.advance(MILLISECOND);
    const asked: string[] = [];
    const rest: MarketRest = {
      // Tells all that is missing of the oldest gap, and the trade after it.
      trades(symbol, { since }) {
        const [gap] = lacks();
        if (gap === undefined) throw new Error('asked for nothing');
        const { from, to, afterId, beforeId } = gap;
        asked.push(`${symbol} ${afterId} ${beforeId}`);
        expect(Number(since) / 1000).toBeLessThan(from);
        const trades = Array.from({ length: beforeId - afterId }, (_, index) => ({
          tradeId: afterId + 1 + index,
          venueTs: afterId + 1 + index === beforeId ? to : from,
          price: '100.0',
          size: '1.0',
          side: 'buy' as const,
        }));
        return Promise.resolve({ trades, last: since });
      },
      ohlc: () => new Promise(() => undefined),
    };
    const time = first.time;
    const feed = new KrakenMarketFeed({
      url: 'ws://venue.test/v2',
      symbols: SYMBOLS,
      scheduler: time,
      seed: 7,
      dial: inProcessDial(venue.accept, time),
      rest,
    });
    const lacks = (): readonly Span[] => feed.historyOf(ETH).openGaps.filter(isSpan);
    const pass = async (): Promise<void> => {
      time.advance(micros(5 * SECOND));
      for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
    };
    for (const input of first.inputs) feed.recall(input);
    const before = lacks().map(({ afterId, beforeId }) => `${ETH} ${afterId} ${beforeId}`);
    expect(before.length).toBeGreaterThan(0);
    await pass();
    expect(asked).toEqual([]);
    void first.feed.close();
    feed.start();
    for (const _ of before) await pass();
    expect(asked).toEqual(before);
    expect(feed.tradeStatsOf(ETH).recovered).toBeGreaterThanOrEqual(4);
    eth.trades(3);
    venue.send(eth.trades(1));
    await pass();
    await pass();
    expect(asked).toHaveLength(before.length + 1);
    expect(lacks()).toEqual([]);
    feed.start(); // a second time does nothing
    await pass();
    expect(asked).toHaveLength(before.length + 1);
  });

  test('must not have begun', () => {
    const { feed, inputs } = started(new Venue(new Pair()));
    const [input] = inputs;
    expect(input).toBeDefined();
    expect(codeOf(() => input !== undefined && feed.recall(input))).toBe('KB_FEED_BAD_INPUT');
  });
});
