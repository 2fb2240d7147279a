import { startExchange } from '@kb/exchange-sim';
import { KrakenV1Feed } from '@kb/feed';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { MarketEvent } from '@kb/model';
import { expect, test } from 'vitest';

const START = micros(1_795_000_000 * SECOND);
const SYMBOLS = ['BTC/USD', 'ETH/USD'];

test('over real sockets the v1 feed has the tickers and the trades of the exchange', async () => {
  const venueClock = new VirtualScheduler(START);
  const exchange = await startExchange({ pairs: SYMBOLS, scheduler: venueClock });
  const { exchange: venue } = exchange;
  const made: string[] = [];
  const last = new Map<string, number>();
  venue.listen({
    onTrade: ({ symbol, price, size }) => {
      made.push(`${symbol} ${price} ${size}`);
      last.set(symbol, price);
    },
  });
  const told: string[] = [];
  const waiting: { readonly met: () => boolean; readonly resolve: () => void }[] = [];
  const clock = new VirtualScheduler(START);
  const feed: KrakenV1Feed = new KrakenV1Feed({
    url: exchange.wsUrl,
    symbols: SYMBOLS,
    instruments: SYMBOLS.map((symbol) => venue.truth(symbol).instrument),
    scheduler: clock,
    seed: 1,
    onEvent: (event: MarketEvent) => {
      if (event.type === 'trade') told.push(`${event.symbol} ${event.price} ${event.size}`);
      for (const { met, resolve } of waiting) if (met()) resolve();
    },
  });
  const until = (met: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      waiting.push({ met, resolve });
      if (met()) resolve();
    });
  try {
    const ready = feed.ready();
    feed.start();
    await ready;
    expect([made, told]).toEqual([[], []]);
    for (let second = 0; second < 60; second += 1) venueClock.advance(micros(SECOND));
    await until(() => told.length >= made.length);
    expect(made.length).toBeGreaterThan(20);
    expect(told.toSorted()).toEqual(made.toSorted());
    for (const symbol of SYMBOLS) {
      // Tickers follow trades: the last one tells the last trade.
      await until(() => feed.market.ticker(symbol)?.last === last.get(symbol));
      const { bid = 0, ask = 0, volume } = feed.market.ticker(symbol)!;
      expect(bid).toBeGreaterThan(0);
      expect(ask).toBeGreaterThan(bid);
      expect(Number(volume)).toBeGreaterThan(0);
      const { pricePrecision, qtyPrecision } = venue.truth(symbol).instrument;
      expect(feed.gridOf(symbol)).toEqual({ pricePrecision, qtyPrecision });
    }
    expect(feed.health()).toMatchObject({ state: 'live', connects: 1, malformed: 0, unknown: 0 });
  } finally {
    const closed = feed.close();
    clock.advance(micros(10 * SECOND));
    await closed;
    await exchange.close();
  }
});
