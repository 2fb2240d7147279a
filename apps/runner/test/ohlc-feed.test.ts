import { SimExchange } from '@kb/exchange-sim';
import { FeedCore, KrakenSpotFeed } from '@kb/feed';
import type { HealthEvent, HistoryStats } from '@kb/feed';
import { inProcessDial } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { Micros } from '@kb/model';
import { expect, onTestFinished, test } from 'vitest';
import { lightMarkets } from './rehearsal/light-markets.ts';

const BTC = 'BTC/USD';
const MINUTE: Micros = micros(60 * SECOND);
const FIVE: Micros = micros(5 * MINUTE);

interface Outcome {
  readonly feed: KrakenSpotFeed;
  readonly health: readonly HealthEvent[];
  readonly history: HistoryStats;
}

/** A feed with candles, built from trades and streamed, for so many minutes of an exchange that has run for a while. */
function rehearse(minutes: number, oneOhlcInterval: boolean): Outcome {
  const scheduler = new VirtualScheduler(micros(1_795_000_000 * SECOND));
  const exchange = new SimExchange({ markets: lightMarkets(1), seed: 8, scheduler, oneOhlcInterval });
  exchange.start();
  const candles = [MINUTE, FIVE];
  const core = new FeedCore({ symbols: [BTC], depth: 10, candles });
  const health: HealthEvent[] = [];
  const feed = new KrakenSpotFeed({
    url: 'ws://exchange.test/v2',
    symbols: [BTC],
    channels: ['instrument', 'book', 'trade', 'ohlc'],
    candles,
    scheduler,
    seed: 1,
    dial: inProcessDial(exchange.accept, scheduler),
    onInput: (input) => core.handle(input),
    onHealth: (event) => health.push(event),
  });
  onTestFinished(async () => {
    exchange.stop();
    const closed = feed.close();
    scheduler.advance(micros(5 * SECOND));
    await closed;
  });
  scheduler.advance(micros(7 * MINUTE + 20 * SECOND));
  feed.start();
  scheduler.advance(micros(minutes * MINUTE));
  return { feed, health, history: core.historyOf(BTC) };
}

test('candles of the stream give a past, make the first bar whole, and agree with all that are built from trades', () => {
  const { feed, history } = rehearse(12, false);
  const [ofMinute, ofFive] = history.candles;
  expect(ofMinute).toMatchObject({ disagreed: 0, partial: 0 });
  expect(ofMinute?.closed).toBeGreaterThan(15); // from before the feed was there
  expect(ofMinute?.agreed).toBeGreaterThanOrEqual(10);
  expect(ofMinute?.backfilled).toBeGreaterThan(5);
  expect(ofFive).toMatchObject({ disagreed: 0, partial: 0 });
  expect(ofFive?.closed).toBeGreaterThanOrEqual(3);
  expect(feed.health().symbols[BTC]?.candlesOff).toEqual([]);
});

test('an exchange that takes one interval a symbol streams the first, and the second is known to be off', () => {
  const { feed, health, history } = rehearse(6, true);
  expect(health.filter(({ type }) => type === 'candles-off')).toMatchObject([{ symbol: BTC, interval: FIVE }]);
  expect(feed.health()).toMatchObject({ state: 'live', symbols: { [BTC]: { candlesOff: [FIVE] } } });
  expect(history.candles[0]).toMatchObject({ disagreed: 0, partial: 0 });
});
