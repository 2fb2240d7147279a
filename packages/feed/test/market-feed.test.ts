import { inProcessDial } from '@kb/kraken';
import { countToDecimal, micros, MILLISECOND, SECOND, VirtualScheduler } from '@kb/model';
import type { SystemStatus } from '@kb/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import { KrakenMarketFeed } from '../src/index.ts';
import type { DeltaRecord, HealthEvent, KrakenMarketFeedOptions, MarketRest, RestDepth } from '../src/index.ts';
import { codeOf } from './error-code.ts';
import { EventLog } from './event-log.ts';
import { GRID, HEARTBEAT, Pair, START, Venue, WRONG } from './venue.ts';

const BTC = 'BTC/USD';
const ETH = 'ETH/USD';

/** REST beside a venue: 50 ms away, true unless told to lie, and down when told. */
class Rest implements MarketRest {
  readonly asked: string[] = [];
  answer: 'down' | 'lie' | 'truth' = 'truth';
  readonly #venue: Venue;
  readonly #time: VirtualScheduler;

  constructor(venue: Venue, time: VirtualScheduler) {
    this.#venue = venue;
    this.#time = time;
  }

  trades(symbol: string, { since }: { readonly since: string }): ReturnType<MarketRest['trades']> {
    return this.#later(`trades ${symbol}`, { trades: [], last: since });
  }

  ohlc(symbol: string): ReturnType<MarketRest['ohlc']> {
    return this.#later(`ohlc ${symbol}`, { candles: [] });
  }

  depth(symbol: string, { count }: { readonly count: number }): Promise<RestDepth> {
    const { bid, ask } = this.#venue.pairs.get(symbol)?.best ?? { bid: 0, ask: 0 };
    const off = this.answer === 'lie' ? 100 : 0;
    const side = (best: number, step: number): { price: string }[] =>
      Array.from({ length: count }, (_, index) => ({
        price: countToDecimal(best + off + index * step, GRID.pricePrecision),
      }));
    return this.#later(`depth ${symbol} ${count}`, { bids: side(bid, -1), asks: side(ask, 1) });
  }

  systemStatus(): Promise<{ readonly system: SystemStatus }> {
    return this.#later('systemStatus', { system: 'maintenance' });
  }

  #later<Answer>(call: string, answer: Answer): Promise<Answer> {
    this.asked.push(call);
    return new Promise((resolve, reject) => {
      this.#time.after(micros(50 * MILLISECOND), () => {
        if (this.answer === 'down') reject(new Error('unreachable'));
        else resolve(answer);
      });
    });
  }
}

/** A live feed of two symbols with REST beside it. */
async function world(options: Partial<KrakenMarketFeedOptions> = {}) {
  const time = new VirtualScheduler(START);
  const pairs = { [BTC]: new Pair(BTC, { now: START }), [ETH]: new Pair(ETH, { now: START }) };
  const venue = new Venue(pairs[BTC], pairs[ETH]);
  const rest = new Rest(venue, time);
  const log = new EventLog();
  const health: HealthEvent[] = [];
  const records: DeltaRecord[] = [];
  const feed = new KrakenMarketFeed({
    url: 'ws://venue.test/v2',
    symbols: [BTC, ETH],
    scheduler: time,
    seed: 7,
    dial: inProcessDial(venue.accept, time),
    rest,
    onEvent: log.push,
    onHealth: (event) => health.push(event),
    delta: { onRecord: (record) => records.push(record) },
    ...options,
  });
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 100) {
      time.advance(micros(Math.min(100, left) * MILLISECOND));
      for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
    }
  };
  /** The market jumps by two ticks, which is a fifth of a percent. */
  const jump = async (symbol: typeof BTC | typeof ETH, ms = 200): Promise<void> => {
    const pair = pairs[symbol];
    const { ask } = pair.best;
    venue.send(
      pair.update({
        asks: [
          [ask, 0],
          [ask + 1, 0],
          [ask + 8, 50],
          [ask + 9, 50],
        ],
        bids: [[ask + 1, 7]],
      }),
    );
    await pass(ms);
  };
  const beat = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      venue.send(HEARTBEAT);
      await pass(1000);
    }
  };
  onTestFinished(async () => {
    const closing = feed.close();
    await pass(2000);
    await closing;
  });
  feed.start();
  await pass(100);
  return { time, venue, rest, feed, log, health, records, pass, jump, beat };
}

describe('a sudden move', () => {
  test('is checked over REST once, and the book that REST tells is the one that is there', async () => {
    const { rest, feed, records, jump } = await world();
    await jump(BTC);
    expect(rest.asked).toEqual([`depth ${BTC} 1`]);
    expect(records.map(({ type, symbol }) => `${type} ${symbol}`)).toEqual([
      `delta ${BTC}`,
      `sent ${BTC}`,
      `agreed ${BTC}`,
    ]);
    expect(feed.deltaStatsOf(BTC)).toMatchObject({ deltas: 1, sent: 1, agreed: 1, mismatched: 0, failed: 0 });
    expect(feed.deltaStatsOf(ETH)).toMatchObject({ deltas: 0, sent: 0 });
  });

  test('within a second of another is not, which is told and counted in health and its snapshots', async () => {
    const { rest, feed, records, health, jump, beat } = await world();
    await jump(BTC);
    await jump(BTC);
    await jump(ETH);
    expect(rest.asked).toHaveLength(1);
    expect(records.filter(({ type }) => type === 'suppressed')).toMatchObject([
      { symbol: BTC, reason: 'cooldown' },
      { symbol: ETH, reason: 'global-limit' },
    ]);
    const delta = { deltas: 2, sent: 1, agreed: 1, suppressed: { cooldown: 1, 'global-limit': 0 } };
    expect(feed.health().symbols).toMatchObject({ [BTC]: { delta }, [ETH]: { delta: { deltas: 1, sent: 0 } } });
    await beat(10);
    expect(health.findLast(({ type }) => type === 'snapshot')).toMatchObject({
      health: { syncFailures: { crossChecks: 0, backfills: 0 }, symbols: { [BTC]: { delta } } },
    });
  });

  test('that REST contradicts twice makes the subscription of that one symbol anew', async () => {
    const { venue, rest, feed, log, jump, beat } = await world();
    rest.answer = 'lie';
    await jump(BTC);
    expect(venue.asked('unsubscribe')).toEqual([]);
    await beat(2);
    await jump(BTC);
    expect(venue.asked('unsubscribe')).toEqual([`book ${BTC}`]);
    expect(log.events.filter((event) => event.type === 'feed' && event.cause === 'cross-check')).toMatchObject([
      { symbol: BTC, state: 'resyncing', detail: expect.stringContaining('REST') as string },
    ]);
    await beat(2);
    expect(feed.health()).toMatchObject({
      state: 'live',
      symbols: { [BTC]: { resyncs: 1, delta: { mismatched: 2 } }, [ETH]: { resyncs: 0 } },
    });
  });

  test('is a failed check when REST is down, and a sync failure of its symbol', async () => {
    const { rest, feed, records, jump } = await world();
    rest.answer = 'down';
    await jump(ETH);
    expect(records.at(-1)).toMatchObject({ type: 'failed', symbol: ETH, detail: 'unreachable' });
    expect(feed.health()).toMatchObject({
      state: 'live',
      syncFailures: { crossChecks: 1, backfills: 0 },
      symbols: {
        [ETH]: { delta: { failed: 1 }, syncFailures: { crossChecks: 1 } },
        [BTC]: { syncFailures: { crossChecks: 0 } },
      },
    });
  });

  test('may be foreseen by a predictor, whose hits are counted', async () => {
    const { feed, jump, venue, beat } = await world({
      delta: { predict: (symbol) => (symbol === BTC ? 20 : undefined) },
    });
    venue.send([...venue.pairs.values()][0]?.nudge() ?? '');
    await beat(1);
    await jump(BTC);
    expect(feed.health().symbols[BTC]?.delta?.predictions).toMatchObject({ hits: 1, precision: 1, recall: 1 });
  });

  test('is nobody’s business when that is said, or when the client cannot ask for books', async () => {
    const off = await world({ delta: false });
    await off.jump(BTC);
    expect([off.rest.asked, off.feed.deltaStatsOf(BTC), off.feed.health().symbols[BTC]?.delta]).toEqual([
      [],
      undefined,
      undefined,
    ]);
    const { rest } = off;
    const past = { trades: rest.trades.bind(rest), ohlc: rest.ohlc.bind(rest) };
    const blind = await world({ rest: past, delta: {} });
    await blind.jump(BTC);
    expect(blind.feed.deltaStatsOf(BTC)).toBeUndefined();
  });

  test('is checked by thresholds that make sense, or there is no feed', () => {
    const make = (): KrakenMarketFeed => new KrakenMarketFeed({ symbols: [BTC], delta: { thresholdBps: 0 } });
    expect(codeOf(make)).toBe('KB_FEED_BAD_OPTIONS');
  });
});

test('a repair that REST does not answer is a sync failure of its symbol', async () => {
  const { rest, feed, venue, beat } = await world({ backfill: { retryAfter: micros(5 * SECOND) } });
  rest.answer = 'down';
  const pair = venue.pairs.get(BTC);
  venue.send(pair?.trades(1, { firstId: 102 }) ?? '');
  venue.send(pair?.trades(1, { firstId: 104 }) ?? '');
  await beat(4);
  expect(feed.health()).toMatchObject({
    syncFailures: { backfills: 1 },
    symbols: { [BTC]: { syncFailures: { backfills: 1 } }, [ETH]: { syncFailures: { backfills: 0 } } },
  });
});

describe('without a word of its own from the user, REST', () => {
  test('judges a book whose checksum fails again and again: here the checksum is wrong, and the book is not', async () => {
    const { venue, rest, feed, beat } = await world({ allowUnverified: true });
    venue.snapshot = (pair) => pair.snapshot(pair.symbol === BTC ? WRONG : undefined);
    feed.resubscribe('a test');
    await beat(15);
    expect(feed.health()).toMatchObject({
      state: 'unverified',
      crossChecks: { asked: 1, agreed: 1 },
      symbols: { [BTC]: { state: 'unverified' }, [ETH]: { state: 'live' } },
    });
    expect(rest.asked).toContain(`depth ${BTC} 10`);
  });

  test('tells the state of a venue that cannot be reached', async () => {
    const { rest, log, beat } = await world({
      dial: (_url, handlers) => {
        handlers.onClose(1006, 'connect ECONNREFUSED');
        return { send: () => {}, close: () => {}, terminate: () => {} };
      },
    });
    await beat(61);
    expect(rest.asked).toEqual(['systemStatus']);
    expect(log.events.filter(({ type }) => type === 'status')).toMatchObject([{ system: 'maintenance' }]);
  });
});
