import { FaultInjector, parseFaults, SimExchange } from '@kb/exchange-sim';
import type { TrueTrade } from '@kb/exchange-sim';
import { KrakenMarketFeed } from '@kb/feed';
import type { BackfillEvent } from '@kb/feed';
import { inProcessDial } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { Candle } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { fetchIn, pass } from './in-process-rest.ts';
import { lightMarkets } from './rehearsal/light-markets.ts';

const START = micros(1_795_000_020 * SECOND);
const MINUTE = micros(60 * SECOND);
const INTERVALS = [MINUTE, micros(5 * MINUTE)];

/** An exchange that is ten minutes old when the feed comes, and has faults from then on for twelve. */
async function live(faults: readonly string[]) {
  const scheduler = new VirtualScheduler(START);
  const exchange = new SimExchange({ markets: lightMarkets(2), seed: 7, scheduler });
  const made: TrueTrade[] = [];
  exchange.listen({ onTrade: (trade) => made.push(trade) });
  exchange.start();
  scheduler.advance(micros(10 * MINUTE));

  const injector = new FaultInjector({ scheduler, seed: 7, target: exchange });
  const events: BackfillEvent[] = [];
  const feed = new KrakenMarketFeed({
    symbols: exchange.symbols,
    candles: INTERVALS,
    scheduler,
    seed: 7,
    dial: inProcessDial(injector.wrap(exchange.accept), scheduler),
    rest: {
      fetch: fetchIn(
        injector.wrapRest((request) => exchange.rest(request)),
        scheduler,
      ),
    },
    onBackfill: (event) => events.push(event),
  });
  feed.start();
  for (const spec of parseFaults(faults)) injector.inject(spec);
  await pass(scheduler, micros(12 * MINUTE));
  injector.clear();
  await pass(scheduler, micros(7 * MINUTE));
  const missed = exchange.symbols.map((symbol) => feed.tradeStatsOf(symbol).missing);
  const reconnects = feed.health().connects - 1;
  const stats = feed.backfillStats;
  const closing = feed.close();
  await pass(scheduler, micros(SECOND));
  await closing;
  exchange.stop();
  return { exchange, feed, made, events, missed, reconnects, stats };
}

/** What the exchange knows of a bar; its four prices are the close before when nothing traded. */
function barOf(made: readonly TrueTrade[], symbol: string, { start, interval }: Candle) {
  const all = made.filter((trade) => trade.symbol === symbol && trade.venueTs < start + interval);
  const own = all.filter(({ venueTs }) => venueTs >= start);
  const before = all.at(-1 - own.length)?.price ?? own[0]?.price;
  const prices = own.length === 0 ? [Number(before)] : own.map(({ price }) => Number(price));
  return {
    start,
    open: prices[0],
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices.at(-1),
    volume: own.reduce((sum, { size }) => sum + BigInt(size), 0n),
    turnover: own.reduce((sum, { price, size }) => sum + BigInt(price) * BigInt(size), 0n),
    trades: own.length,
    partial: false,
  };
}

function figures({ start, open, high, low, close, volume, trades, partial }: Candle): unknown {
  return { start, open, high, low, close, volume, trades, partial };
}

describe('a feed that repairs itself over REST, on the local exchange, has whole and true candles of before and after its start', () => {
  test.each([
    ['when nothing goes wrong', []],
    ['when trades are lost and connections reset', ['drop=20%,for=12m,channel=trade', 'reset@90s,every=4m,count=3']],
    [
      'when the exchange is deaf for a while',
      ['halfopen=70s@100s', 'drop=5%,for=12m,channel=trade', 'quiet@6m,for=3m'],
    ],
    [
      'when REST fails too',
      [
        'drop=10%,for=12m,channel=trade',
        'close=1012@3m,every=5m,count=3',
        'service=EService:Unavailable@4m,for=3m',
        'html=502,count=3',
        'restcut@8m,count=4',
        'ratelimit=public@9m,count=4',
      ],
    ],
  ])('%s', { timeout: 20_000 }, async (_name, faults) => {
    const { exchange, feed, made, events, missed, reconnects, stats } = await live(faults);
    for (const symbol of exchange.symbols) {
      for (const interval of INTERVALS) {
        const candles = [...feed.market.candles(symbol, interval)];
        expect(candles.filter(({ partial }) => partial)).toEqual([]);
        // Ten minutes before the feed, and all that closed since. (What made the exchange's first book was not listened to.)
        const known = candles.filter(({ start }) => start >= START);
        expect(known.length).toBeGreaterThanOrEqual(Math.floor((29 * MINUTE) / interval) - 1);
        for (const candle of known) {
          const { turnover, ...bar } = barOf(made, symbol, candle);
          expect(figures(candle)).toEqual(bar);
          // The venue's vwap is rounded down to a tick.
          expect(turnover - candle.turnover).toBeGreaterThanOrEqual(0n);
          expect(turnover - candle.turnover).toBeLessThanOrEqual(candle.volume);
        }
      }
    }
    expect([sum(missed) > 0, reconnects > 0]).toEqual([faults.length > 0, faults.length > 0]);
    expect(stats).toMatchObject({
      trades: sum(events.map((event) => (event.kind === 'trades' ? event.trades : 0))),
      bars: sum(events.map((event) => (event.kind === 'bars' ? event.bars : 0))),
      gapsClosed: events.filter(({ kind, outcome }) => kind === 'trades' && outcome === 'done').length,
      unreadable: 0,
    });
  });
});

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
