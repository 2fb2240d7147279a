import { KbError, lotsToQty, micros, SECOND, ticksToPrice, VirtualScheduler } from '@kb/model';
import type { Micros } from '@kb/model';
import type { AssetPair, RestTrade, SystemStatusAnswer } from '@kb/kraken';
import { describe, expect, test } from 'vitest';
import { FeedCore, RestPollingFeed } from '../src/index.ts';
import type { FeedInput, RestMarket, RestPollingFeedOptions } from '../src/index.ts';
import { codeOf, rejectionOf } from './error-code.ts';
import { EventLog } from './event-log.ts';
import { START } from './venue.ts';

const BTC = 'BTC/USD';
const MINUTE = micros(60 * SECOND);

/** A venue that trades on its own and answers REST calls after a while. */
class PolledVenue {
  readonly time = new VirtualScheduler(START);
  readonly log = new EventLog();
  readonly inputs: FeedInput[] = [];
  readonly calls: string[] = [];
  readonly feed: RestPollingFeed;
  readonly trades: RestTrade[] = [];
  system: SystemStatusAnswer['system'] = 'online';
  bid = 1000;
  isDown = false;
  failure: Error = new KbError('KB_TEST_DOWN', 'the venue is down');

  constructor(options: Partial<RestPollingFeedOptions> = {}) {
    this.feed = new RestPollingFeed({
      rest: this.#rest(),
      symbols: [BTC],
      scheduler: this.time,
      candles: [MINUTE],
      onEvent: this.log.push,
      onInput: (input) => this.inputs.push(input),
      ...options,
    });
  }

  trade(size = '0.50000000'): void {
    const tradeId = this.trades.length + 1;
    const facts = { price: `${this.bid}.50000`, size, side: 'buy', orderType: 'market', misc: '' } as const;
    this.trades.push({ ...facts, tradeId, venueTs: this.time.now() });
  }

  async run(seconds: number): Promise<void> {
    for (let tenth = 0; tenth < seconds * 10; tenth += 1) {
      this.time.advance(micros(100_000));
      for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
    }
  }

  get states(): string[] {
    return this.log.states;
  }

  #rest(): RestMarket {
    const answer = async <T>(call: string, make: () => T): Promise<T> => {
      this.calls.push(call);
      await new Promise<void>((resolve) => this.time.after(micros(50_000), resolve));
      if (this.isDown) throw this.failure;
      return make();
    };
    const level = (price: number, size: string): { price: string; size: string; venueTs: Micros } => ({
      price: `${price}.00000`,
      size,
      venueTs: START,
    });
    return {
      systemStatus: () => answer('status', () => ({ system: this.system, venueTs: this.time.now() })),
      assetPairs: () => answer('pairs', () => new Map([[BTC, PAIR]])),
      ticker: () =>
        answer('ticker', () => {
          const figures = { today: '1.0', day: '2.5' };
          const day = { volume: figures, vwap: figures, low: figures, high: figures, trades: { today: 1, day: 2 } };
          const best = { bid: `${this.bid}.0`, bidSize: '1.000', ask: `${this.bid + 1}.0`, askSize: '2.000' };
          const ticker = { ...best, ...day, last: '990.0', lastSize: '1.0', open: '1000.00', symbol: BTC };
          return new Map([[BTC, { ...ticker, recvTs: this.time.now() }]]);
        }),
      depth: () =>
        answer('depth', () => ({
          symbol: BTC,
          bids: [level(this.bid, '1.250'), level(this.bid - 1, '0.000')],
          asks: [level(this.bid + 1, '2.000')],
        })),
      trades: (_symbol, { since }) =>
        answer(`trades ${since ?? 'latest'}`, () => {
          const trades = this.trades.filter(({ venueTs }) => since === undefined || venueTs > Number(since) / 1000);
          const last = this.trades.at(-1)?.venueTs ?? START;
          return { symbol: BTC, trades, last: `${last}000` };
        }),
    };
  }
}

const PAIR: AssetPair = {
  symbol: BTC,
  id: 'XXBTZUSD',
  altname: 'XBTUSD',
  wsname: 'XBT/USD',
  baseId: 'XXBT',
  quoteId: 'ZUSD',
  aclassBase: 'currency',
  aclassQuote: 'currency',
  pairDecimals: 1,
  lotDecimals: 8,
  costDecimals: 5,
  lotMultiplier: 1,
  leverageBuy: [],
  leverageSell: [],
  fees: [],
  feesMaker: [],
  feeVolumeCurrency: undefined,
  marginCall: undefined,
  marginStop: undefined,
  orderMin: '0.0001',
  costMin: '0.5',
  tickSize: '0.1',
  status: 'online',
  executionVenue: undefined,
  longPositionLimit: undefined,
  shortPositionLimit: undefined,
};

test('asks for the pairs, then in rounds for status, tickers, book and trades, one call a second', async () => {
  const venue = new PolledVenue();
  const ready = venue.feed.ready();
  venue.feed.start();
  venue.trade();
  await venue.run(9.5);
  await ready;
  expect(venue.calls).toEqual([
    'pairs',
    'status',
    'ticker',
    'depth',
    'trades latest',
    'status',
    'ticker',
    'depth',
    `trades ${START}000`,
    'status',
  ]);
  expect(venue.states).toEqual(['* connecting start', '* subscribing connected', 'BTC/USD live snapshot']);
  expect(venue.feed.health()).toMatchObject({ state: 'live', round: 4 * SECOND, rounds: 2, calls: 10, failures: 0 });
});

test('hands on the same kinds of events as a stream, with books that are not verified', async () => {
  const venue = new PolledVenue();
  venue.feed.start();
  venue.trade();
  await venue.run(5);
  venue.bid = 1002;
  venue.trade('0.25000000');
  venue.system = 'post_only';
  await venue.run(8);
  const { market } = venue.feed;
  const books = venue.log.events.filter((event) => event.type === 'book');
  expect(books.map(({ snapshot, verified, venueTs }) => [snapshot, verified, venueTs > 0])).toEqual([
    [true, false, true],
    [true, false, true],
  ]);
  const book = market.book(BTC);
  expect(book && [ticksToPrice(book, book.bestBid() ?? (0 as never)), book.levels('buy')]).toEqual(['1002.0', 1]);
  const trades = venue.log.events.filter((event) => event.type === 'trade');
  expect(trades.map(({ tradeId, historical, size }) => [tradeId, historical, book && lotsToQty(book, size)])).toEqual([
    [1, true, '0.50000000'],
    [2, false, '0.25000000'],
  ]);
  expect(market.ticker(BTC)).toMatchObject({ volume: '2.5', change: '-10.00', changePct: '-1.00' });
  expect(market.instrument(BTC)).toMatchObject({ pricePrecision: 1, status: 'online', minCost: '0.5' });
  expect(market.system).toBe('post_only');
  expect(market.formingCandle(BTC, MINUTE)).toMatchObject({ trades: 2 });
  expect(venue.feed.statsOf(BTC)).toMatchObject({ unchecked: 2, checksumOk: 0, checksumFailed: 0 });
});

test('its inputs, played again, make the same events', async () => {
  const venue = new PolledVenue();
  venue.feed.start();
  for (let step = 0; step < 10; step += 1) {
    venue.trade();
    venue.bid += step % 3;
    await venue.run(4);
  }
  await venue.feed.close();
  const again = new EventLog();
  const options = { symbols: [BTC], depth: 10, candles: [MINUTE], acceptUnchecked: true };
  const core = new FeedCore({ ...options, onEvent: again.push });
  for (const input of venue.inputs) core.handle(input);
  expect(again.lines.length).toBeGreaterThan(40);
  expect(again.lines).toEqual(venue.log.lines);
});

describe('when the venue does not answer', () => {
  test('it is connecting, says why, and begins once it does', async () => {
    const venue = new PolledVenue();
    venue.isDown = true;
    venue.feed.start();
    await venue.run(3);
    expect(venue.states).toContain('* connecting refused');
    expect(venue.feed.health()).toMatchObject({ state: 'connecting', lastFailure: 'the venue is down' });
    venue.isDown = false;
    await venue.run(8);
    expect(venue.feed.health().state).toBe('live');
  });

  test('it does not matter what its client fails with', async () => {
    const venue = new PolledVenue();
    venue.failure = new TypeError('fetch failed');
    venue.isDown = true;
    venue.feed.start();
    await venue.run(3);
    expect(venue.feed.health()).toMatchObject({ state: 'connecting', lastFailure: 'fetch failed' });
    venue.isDown = false;
    await venue.run(8);
    expect(venue.feed.health().state).toBe('live');
  });

  test('books older than three rounds are stale, and live again with the next answer', async () => {
    const venue = new PolledVenue();
    venue.feed.start();
    await venue.run(6);
    expect(venue.feed.market.book(BTC)).toBeDefined();
    venue.isDown = true;
    await venue.run(20);
    expect(venue.states.at(-1)).toBe('BTC/USD stale silence');
    expect(venue.feed.market.book(BTC)).toBeUndefined();
    venue.isDown = false;
    await venue.run(6);
    expect(venue.states.at(-1)).toBe('BTC/USD live snapshot');
  });

  test('trades that were missed meanwhile come all, once each', async () => {
    const venue = new PolledVenue();
    venue.feed.start();
    for (let step = 0; step < 30; step += 1) {
      venue.isDown = step % 5 === 3;
      venue.trade();
      await venue.run(3);
    }
    await venue.run(10);
    const ids = venue.log.events.flatMap((event) => (event.type === 'trade' ? event.tradeId : []));
    expect(ids).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(venue.feed.tradeStatsOf(BTC)).toMatchObject({ gaps: 0, missing: 0 });
  });
});

test('nothing comes after close, not even an answer that was on its way', async () => {
  const venue = new PolledVenue();
  const ready = rejectionOf(venue.feed.ready());
  venue.feed.start();
  await venue.run(0.1);
  await venue.feed.close();
  const { length } = venue.log.events;
  expect(venue.states.at(-1)).toBe('* closed stop');
  await venue.run(10);
  await venue.feed.close();
  expect(venue.log.events).toHaveLength(length);
  expect(venue.calls).toEqual(['pairs']);
  expect(await ready).toBe('KB_FEED_CLOSED');
});

test('a consumer that closes the feed gets what else was in the same answer, then closed, and nothing more', async () => {
  const log = new EventLog();
  const venue: PolledVenue = new PolledVenue({
    onEvent: (event) => {
      log.push(event);
      if (event.type === 'trade') void venue.feed.close();
    },
  });
  for (let count = 0; count < 3; count += 1) venue.trade();
  venue.feed.start();
  await venue.run(10);
  expect(log.count('trade')).toBe(3);
  expect(log.states.at(-1)).toBe('* closed stop');
  expect(log.events.at(-1)).toMatchObject({ type: 'feed', state: 'closed' });
});

test('symbols for which one round would take too long are refused, with everything else that is wrong', () => {
  const symbols = Array.from({ length: 30 }, (_, index) => `A${index}/USD`);
  expect(codeOf(() => new PolledVenue({ symbols }))).toBe('KB_FEED_BAD_OPTIONS');
  expect(() => new PolledVenue({ symbols: [...symbols, 'x'], depth: 7 })).toThrow(/"x".*depth.*round/);
  for (const name of ['callEvery', 'maxRound', 'tickEvery'] as const) {
    expect(() => new PolledVenue({ [name]: micros(0) })).toThrow(`${name}: expected a duration above zero`);
  }
});
