import { startExchange } from '@kb/exchange-sim';
import type { RunningExchange } from '@kb/exchange-sim';
import { instrumentOf, KrakenRest } from '@kb/kraken';
import type { CallObservation, DepthLevel, OhlcRow, RestTrade } from '@kb/kraken';
import { lotsToQty, micros, priceToTicks, SECOND, VirtualScheduler } from '@kb/model';
import { Decimal } from 'decimal.js';
import { describe, expect, test } from 'vitest';

const START = micros(1_795_000_000 * SECOND);
const PAIRS = ['BTC/USD', 'ETH/USD', 'SHIB/USD'];

/** A client and an exchange over real sockets, each with a clock of its own that only a test moves. */
interface Stage {
  readonly exchange: RunningExchange;
  readonly rest: KrakenRest;
  /** `Depth 1 ok`: method, attempt and outcome of all that was sent. */
  readonly calls: readonly string[];
}

async function onStage(
  run: (stage: Stage) => Promise<void>,
  slashKeys: 'legacy' | 'as-asked' = 'legacy',
): Promise<void> {
  const venueClock = new VirtualScheduler(START);
  const exchange = await startExchange({ pairs: PAIRS, scheduler: venueClock, restOptions: { slashKeys } });
  venueClock.advance(micros(125 * SECOND));
  const clock = new VirtualScheduler(START);
  const calls: string[] = [];
  const onCall = ({ method, attempt, outcome }: CallObservation): void => {
    calls.push(`${method} ${attempt} ${outcome}`);
    // A failure is followed by a back-off of at most 2^attempt seconds: here it takes no time.
    if (outcome !== 'ok') setImmediate(() => clock.advance(micros(2 ** attempt * SECOND)));
  };
  const rest = new KrakenRest({
    baseUrl: exchange.restUrl,
    scheduler: clock,
    rateLimit: { calls: 100, per: micros(SECOND) },
    callsPerMinute: 1000,
    onCall,
  });
  try {
    await run({ exchange, rest, calls });
  } finally {
    await rest.close();
    await exchange.close();
  }
}

describe('the REST client and the local exchange agree', () => {
  test('on the clock, the status and the assets', async () => {
    await onStage(async ({ exchange, rest }) => {
      expect((await rest.time()).venueTs).toBe(Math.floor(exchange.exchange.now() / SECOND) * SECOND);
      expect((await rest.systemStatus()).system).toBe('online');
      exchange.exchange.setSystemStatus('cancel_only');
      expect((await rest.systemStatus()).system).toBe('cancel_only');
      const assets = await rest.assets();
      expect(assets.get('BTC')).toMatchObject({ id: 'XXBT', altname: 'XBT', decimals: 10 });
      expect([...assets.keys()]).toEqual(expect.arrayContaining(['BTC', 'ETH', 'SHIB', 'USD']));
    });
  });

  test('on the rules of all pairs', async () => {
    await onStage(async ({ exchange, rest }) => {
      const pairs = await rest.assetPairs();
      expect([...pairs.keys()].toSorted()).toEqual(PAIRS.toSorted());
      for (const pair of pairs.values()) {
        expect(instrumentOf(pair)).toEqual(exchange.exchange.truth(pair.symbol).instrument);
      }
      expect([...(await rest.assetPairs(['XXBTZUSD'])).keys()]).toEqual(['BTC/USD']);
    });
  });

  test.each(['legacy', 'as-asked'] as const)('on books and best prices, with %s keys', async (slashKeys) => {
    await onStage(async ({ exchange, rest }) => {
      const tickers = await rest.ticker(PAIRS);
      for (const symbol of PAIRS) {
        const { instrument, recentTrades } = exchange.exchange.truth(symbol);
        const top = exchange.exchange.topOfBook(symbol)!;
        const inTicks = (text: string): number => priceToTicks(instrument, text);
        const rounded = (levels: readonly { readonly price: string; readonly qty: string }[]) =>
          levels.map(({ price, qty }) => [inTicks(price), new Decimal(qty).toFixed(3, Decimal.ROUND_HALF_UP)]);
        const told = (levels: readonly DepthLevel[]) => levels.map(({ price, size }) => [inTicks(price), size]);
        const book = await rest.depth(symbol, { count: 10 });
        expect(book.symbol).toBe(symbol);
        expect(told(book.bids)).toEqual(rounded(top.bids));
        expect(told(book.asks)).toEqual(rounded(top.asks));
        const best = [top.bids[0], top.asks[0]].map((level) => inTicks(level!.price));
        const ticker = tickers.get(symbol)!;
        expect([ticker.bid, ticker.ask].map(inTicks)).toEqual(best);
        expect(inTicks(ticker.last)).toBe(recentTrades.at(-1)!.price);
        const { points } = await rest.spread(symbol);
        expect([points.at(-1)!.bid, points.at(-1)!.ask].map(inTicks)).toEqual(best);
      }
    }, slashKeys);
  });

  test('on trades, page by page, and on candles made of them', async () => {
    await onStage(async ({ exchange, rest }) => {
      const { instrument, recentTrades } = exchange.exchange.truth('BTC/USD');
      const all: RestTrade[] = [];
      for (let since = '0'; ;) {
        const page = await rest.trades('XBTUSD', { since, count: 7 });
        all.push(...page.trades);
        if (page.trades.length === 0) break;
        since = page.last;
      }
      expect(all.map(({ tradeId }) => tradeId)).toEqual(all.map((_, i) => i + all[0]!.tradeId));
      expect(all.slice(-recentTrades.length)).toEqual(
        recentTrades.map(({ tradeId, taker, size, orderType, venueTs }) =>
          expect.objectContaining({ tradeId, side: taker, size: lotsToQty(instrument, size), orderType, venueTs }),
        ),
      );
      const { candles } = await rest.ohlc('BTC/USD', { interval: 1 });
      const traded = candles.filter(({ trades }) => trades > 0);
      expect(traded.length).toBeGreaterThan(1);
      expect(candles.filter(({ closed }) => !closed)).toEqual([candles.at(-1)]);
      for (const candle of traded) expect(figures(candle)).toEqual(candleOf(all, candle));
    });
  });

  test('that a pair is not listed', async () => {
    await onStage(async ({ rest }) => {
      const refused = { kind: 'request', outcome: 'refused', venueErrors: ['EQuery:Unknown asset pair'], attempts: 1 };
      await expect(rest.depth('NO/PAIR')).rejects.toMatchObject(refused);
    });
  });
});

describe('faults of the exchange', () => {
  test('a call that was too soon and a page of HTML are told as what they are, and repeated', async () => {
    await onStage(async ({ exchange, rest, calls }) => {
      exchange.inject('ratelimit=public');
      exchange.inject('html=502');
      expect((await rest.depth('BTC/USD')).symbol).toBe('BTC/USD');
      expect(calls.toSorted()).toEqual(['Depth 1 rate-limit', 'Depth 2 service', 'Depth 3 ok']);
    });
  });

  test('a connection that is cut is a network error, and repeated', async () => {
    await onStage(async ({ exchange, rest, calls }) => {
      exchange.inject('restcut');
      await rest.time();
      expect(calls).toEqual(['Time 1 network', 'Time 2 ok']);
    });
  });

  test('an outage opens the breaker, and the last repeat, the one that may try, opens it again', async () => {
    await onStage(async ({ exchange, rest, calls }) => {
      exchange.inject('service=EService:Unavailable,for=ever');
      await expect(rest.time()).rejects.toMatchObject({
        code: 'KB_KRAKEN_REST_VENUE_ERROR',
        kind: 'service',
        outcome: 'unknown',
        retryable: true,
        attempts: 6,
      });
      expect(calls).toEqual([1, 2, 3, 4, 5, 6].map((attempt) => `Time ${attempt} service`));
      await expect(rest.systemStatus()).rejects.toMatchObject({ code: 'KB_KRAKEN_REST_CIRCUIT_OPEN', attempts: 0 });
      expect(calls).toHaveLength(6);
    });
  });
});

/** What a candle says, as numbers of the same trades would. */
function figures({ open, high, low, close, volume, trades }: OhlcRow): readonly (number | string)[] {
  return [...[open, high, low, close, volume].map((text) => new Decimal(text).toFixed()), trades];
}

function candleOf(all: readonly RestTrade[], { start }: OhlcRow): readonly (number | string)[] {
  const own = all.filter(({ venueTs }) => venueTs >= start && venueTs < start + 60 * SECOND);
  const prices = own.map(({ price }) => new Decimal(price));
  const [open, close] = [prices[0]!, prices.at(-1)!];
  const volume = own.reduce((sum, { size }) => sum.plus(size), new Decimal(0));
  return [
    ...[open, Decimal.max(...prices), Decimal.min(...prices), close, volume].map((each) => each.toFixed()),
    own.length,
  ];
}
