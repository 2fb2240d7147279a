import { inProcessDial } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import type { PastMarket } from '../src/backfill/past-market.ts';
import { KrakenMarketFeed } from '../src/sources/kraken-market-feed.ts';
import { MINUTE, page, settled, Stage, SYMBOL } from './backfill-stage.ts';
import { Pair, START as VENUE_START, Venue } from './venue.ts';

describe('a backfill', () => {
  test('takes symbols in turn', async () => {
    const symbols = ['BTC/USD', 'ETH/USD', 'SOL/USD'];
    const stage = new Stage({ candles: [MINUTE, micros(5 * MINUTE)] }, symbols);
    for (const symbol of symbols) stage.trade(100, symbol);
    for (let call = 0; call < 6; call += 1) {
      await stage.wait(1);
      await stage.desk.tell({ candles: [] });
    }
    const asked = symbols.flatMap((symbol) => [`ohlc ${symbol} 1 all`]);
    expect(stage.desk.asked.slice(0, 6)).toEqual([...asked, ...asked.map((call) => call.replace(' 1 ', ' 5 '))]);
  });

  test('asks and supplies nothing after close', async () => {
    const stage = await new Stage().begun();
    stage.trade(103);
    await stage.wait(1);
    const { signal } = stage.desk;
    stage.backfill.close();
    expect(signal?.aborted).toBe(true);
    await stage.desk.tell(page([100, 0], [101, 1], [102, 2], [103, 3]));
    stage.trade(110);
    await stage.wait(200);
    expect(stage.supplied).toEqual([]);
    expect(stage.desk.asked).toHaveLength(1);
    expect(stage.events).toEqual([]);
    stage.backfill.close();
  });

  test('ends with its feed', async () => {
    const stage = await new Stage().begun();
    stage.state('closed');
    stage.trade(103);
    await stage.wait(100);
    expect(stage.desk.asked).toEqual([]);
  });

  test('refuses what cannot work, all at once', () => {
    const make = (): Stage => new Stage({ pages: 0, margin: micros(0), retryAfter: micros(-1) });
    expect(make).toThrow(expect.objectContaining({ code: 'KB_FEED_BAD_OPTIONS' }));
    expect(make).toThrow(/pages: .*margin: .*retryAfter: /);
  });
});

test('a feed with REST has candles of before, and repairs what its stream lost', async () => {
  const scheduler = new VirtualScheduler(micros(VENUE_START + 30 * SECOND));
  const pair = new Pair(SYMBOL, { now: scheduler.now() });
  const venue = new Venue(pair);
  const asked: string[] = [];
  const past: PastMarket = {
    trades: (symbol, { since }) => {
      asked.push(`trades ${symbol}`);
      const rows = [101, 102, 103, 104].map((tradeId) => ({
        tradeId,
        venueTs: micros(VENUE_START + 30 * SECOND + tradeId),
        price: '100.0',
        size: '1',
        side: 'buy' as const,
      }));
      return Promise.resolve({ trades: rows, last: since });
    },
    ohlc: (symbol, { interval }) => {
      asked.push(`ohlc ${symbol} ${interval}`);
      const at = { price: '100.0' };
      const bar = { open: at.price, high: at.price, low: at.price, close: at.price, vwap: at.price };
      const candles = [-2, -1, 0].map((minute) => ({
        ...bar,
        start: micros(VENUE_START + minute * MINUTE),
        volume: '1',
        trades: 1,
        closed: minute < 0,
      }));
      return Promise.resolve({ candles });
    },
  };
  const outcomes: string[] = [];
  const feed = new KrakenMarketFeed({
    symbols: [SYMBOL],
    candles: [MINUTE],
    dial: inProcessDial(venue.accept, scheduler),
    scheduler,
    rest: past,
    onBackfill: ({ kind, outcome }) => outcomes.push(`${kind} ${outcome}`),
  });
  const pass = async (): Promise<void> => {
    for (let step = 0; step < 10; step += 1) {
      scheduler.advance(micros(100_000));
      await settled();
    }
  };
  feed.start();
  await pass();
  venue.send(pair.trades(1, { firstId: 102 }));
  await pass();
  venue.send(pair.trades(1, { firstId: 104 }));
  await pass();
  expect(asked).toEqual(['ohlc BTC/USD 1', 'trades BTC/USD', 'trades BTC/USD']);
  expect(outcomes).toEqual(['bars done', 'trades done', 'trades done']);
  expect([...feed.market.candles(SYMBOL, MINUTE)]).toHaveLength(2);
  expect(feed.market.formingCandle(SYMBOL, MINUTE)).toMatchObject({ partial: false, trades: 4 });
  expect(feed.backfillStats).toMatchObject({ calls: 3, trades: 2, bars: 2 });
  venue.send(pair.trades(1, { firstId: 110 }));
  const closing = feed.close();
  await pass();
  await closing;
  expect(asked).toHaveLength(3);
});
