import { inProcessDial, RestError } from '@kb/kraken';
import { instrument, lots, micros, microsToIso, SECOND, ticks, VirtualScheduler } from '@kb/model';
import type { Candle, Micros } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { Backfill } from '../src/backfill/backfill.ts';
import type { BackfillOptions } from '../src/backfill/backfill.ts';
import type { BackfillEvent } from '../src/backfill/backfill-events.ts';
import type { PastBar, PastBars, PastMarket, PastTrade, PastTrades } from '../src/backfill/past-market.ts';
import { readBar, readTrade } from '../src/backfill/read-past.ts';
import type { CandlesInput, TradesInput } from '../src/core/feed-input.ts';
import { FeedCore } from '../src/core/feed-core.ts';
import { KrakenMarketFeed } from '../src/sources/kraken-market-feed.ts';
import { Pair, START as VENUE_START, Venue } from './venue.ts';

const SYMBOL = 'BTC/USD';
const pairOf = (symbol: string) => instrument({ symbol, pricePrecision: 1, qtyPrecision: 8 });
const MINUTE = micros(60 * SECOND);
const START = micros(Math.floor(1_795_000_000 / 300) * 300 * SECOND);

/** A REST client that a test answers by hand. */
class Desk implements PastMarket {
  readonly asked: string[] = [];
  readonly #open: { resolve: (answer: never) => void; reject: (error: unknown) => void; signal: AbortSignal }[] = [];

  trades(symbol: string, { since, signal }: { since: string; signal: AbortSignal }): Promise<PastTrades> {
    return this.#ask(`trades ${symbol} ${(Number(since.slice(0, -3)) - START) / SECOND}`, signal);
  }

  ohlc(
    symbol: string,
    { interval, since, signal }: { interval: number; since: Micros | undefined; signal: AbortSignal },
  ): Promise<PastBars> {
    const from = since === undefined ? 'all' : (since - START) / SECOND;
    return this.#ask(`ohlc ${symbol} ${interval} ${from}`, signal);
  }

  get signal(): AbortSignal | undefined {
    return this.#open[0]?.signal;
  }

  async tell(answer: PastBars | PastTrades): Promise<void> {
    this.#open.shift()?.resolve(answer as never);
    await settled();
  }

  async refuse(error: unknown = new Error('unreachable')): Promise<void> {
    this.#open.shift()?.reject(error);
    await settled();
  }

  #ask<Answer>(call: string, signal: AbortSignal): Promise<Answer> {
    this.asked.push(call);
    return new Promise((resolve, reject) => {
      this.#open.push({ resolve, reject, signal });
    });
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
}

/** A core with a backfill, on a clock that is the venue's too. */
class Stage {
  readonly scheduler = new VirtualScheduler(START);
  readonly desk = new Desk();
  readonly events: BackfillEvent[] = [];
  readonly supplied: (CandlesInput | TradesInput)[] = [];
  readonly core: FeedCore;
  readonly backfill: Backfill;
  #tradeId = 100;

  constructor(options: Partial<BackfillOptions> = {}, symbols: readonly string[] = [SYMBOL]) {
    const candles = options.candles ?? [MINUTE];
    this.core = new FeedCore({
      symbols,
      instruments: symbols.map(pairOf),
      candles,
      onEvent: (event) => this.backfill.onEvent(event),
      onGap: (symbol, gap) => this.backfill.onGap(symbol, gap),
    });
    this.backfill = new Backfill({
      rest: this.desk,
      scheduler: this.scheduler,
      market: this.core.market,
      supply: (input) => {
        this.supplied.push(input);
        this.core.handle(input);
      },
      onBackfill: (event) => this.events.push(event),
      ...options,
      candles,
    });
  }

  /** A trade on the stream, now. */
  trade(tradeId: number, symbol = SYMBOL, price = '60000.0'): void {
    const at = microsToIso(this.scheduler.now());
    const data = `{"symbol":"${symbol}","side":"buy","price":${price},"qty":1.00000000,"ord_type":"limit","trade_id":${tradeId},"timestamp":"${at}"}`;
    const frame = Buffer.from(`{"channel":"trade","type":"update","data":[${data}]}`);
    this.core.handle({ type: 'frame', recvTs: this.scheduler.now(), frame });
  }

  state(state: 'closed' | 'connecting' | 'subscribing'): void {
    const recvTs = this.scheduler.now();
    this.core.handle({ type: 'state', recvTs, symbol: undefined, state, cause: 'disconnect', detail: '' });
  }

  /** Lets seconds pass, with a tick at the end of each, and the venue's time in the answer to a ping. */
  async wait(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.scheduler.advance(micros(SECOND));
      const recvTs = this.scheduler.now();
      const time = microsToIso(recvTs);
      const pong = `{"method":"pong","req_id":1,"time_in":"${time}","time_out":"${time}"}`;
      this.core.handle({ type: 'frame', recvTs, frame: Buffer.from(pong) });
      this.core.handle({ type: 'tick', recvTs });
      this.scheduler.advance(micros(0));
      await settled();
    }
  }

  /** Has begun, with all of before repaired: nothing is asked any more. */
  async begun(): Promise<this> {
    this.trade(this.#tradeId);
    await this.wait(1);
    await this.desk.tell({ candles: [row(0, { closed: false })] });
    await this.wait(1);
    await this.desk.tell(page([99, 0], [100, 0]));
    await this.wait(1);
    this.desk.asked.length = 0;
    this.events.length = 0;
    this.supplied.length = 0;
    return this;
  }

  get candles(): Candle[] {
    return [...this.core.market.candles(SYMBOL, MINUTE)];
  }
}

/** Rows of trades: id, and seconds since the start. */
function page(...rows: readonly (readonly [id: number, seconds: number, price?: string])[]): PastTrades {
  const trades = rows.map(([tradeId, seconds, price = '60000.00000']): PastTrade => ({
    tradeId,
    venueTs: micros(START + Math.round(seconds * SECOND)),
    price,
    size: '0.50000000',
    side: 'sell',
  }));
  return { trades, last: `${trades.at(-1)?.venueTs ?? START}999` };
}

function row(minute: number, { closed = true, ...rest }: Partial<PastBar> = {}): PastBar {
  const price = '60000.0';
  const start = micros(START + minute * MINUTE);
  const prices = { open: price, high: price, low: price, close: price, vwap: price };
  return { start, ...prices, volume: '2.00000000', trades: 3, closed, ...rest };
}

function refusal(retryable: boolean): RestError {
  const fault = { code: 'KB_KRAKEN_REST_VENUE_ERROR', kind: 'request', outcome: 'refused', message: 'no' } as const;
  return new RestError({ ...fault, retryable }, 'Trades', START, 1);
}

const kinds = (events: readonly BackfillEvent[]): string[] => events.map(({ kind, outcome }) => `${kind} ${outcome}`);

describe('at the start', () => {
  test('bars of before are asked for first, then the trades of the one that is running', async () => {
    const stage = new Stage();
    await stage.wait(30);
    stage.trade(100);
    expect(stage.desk.asked).toEqual([]); // never during the call that tells it
    await stage.wait(1);
    expect(stage.desk.asked).toEqual(['ohlc BTC/USD 1 all']);
    await stage.desk.tell({ candles: [row(-2), row(-1), row(0, { closed: false })] });
    await stage.wait(1);
    expect(stage.candles.map(({ start, partial }) => [(start - START) / MINUTE, partial])).toEqual([
      [-2, false],
      [-1, false],
    ]);
    expect(stage.desk.asked.slice(1)).toEqual(['trades BTC/USD -0.000002']);
    await stage.desk.tell(page([97, -1], [98, 4], [99, 20], [100, 30]));
    await stage.wait(30);
    expect(stage.candles.at(-1)).toMatchObject({ start: START, partial: false, trades: 3 });
    await stage.wait(60);
    expect(stage.desk.asked).toHaveLength(2);
    expect(kinds(stage.events)).toEqual(['bars done', 'trades done']);
    expect(stage.events[1]).toMatchObject({ from: START, to: START + 30 * SECOND, trades: 2, calls: 1 });
  });

  test('only as far back as the pages reach: what is longer is told by the venue once it is over', async () => {
    const candles = [MINUTE, micros(5 * MINUTE)];
    const stage = new Stage({ candles, pages: 1 });
    await stage.wait(90);
    stage.trade(100);
    await stage.wait(1);
    await stage.desk.tell({ candles: [row(0), row(1, { closed: false, trades: 1000 })] });
    await stage.wait(1);
    await stage.desk.tell({ candles: [row(0, { closed: false, trades: 1001 })] });
    await stage.wait(1);
    expect(stage.desk.asked).toEqual(['ohlc BTC/USD 1 all', 'ohlc BTC/USD 5 all', 'trades BTC/USD 59.999998']);
    await stage.desk.tell(page([99, 61], [100, 90]));
    await stage.wait(210);
    // The five minutes were over two seconds before.
    expect(stage.desk.asked.slice(3)).toEqual(['ohlc BTC/USD 5 -1']);
    await stage.desk.tell({ candles: [row(0, { trades: 1010 }), row(5, { closed: false })] });
    const [five] = stage.core.market.candles(SYMBOL, micros(5 * MINUTE));
    expect(five).toMatchObject({ trades: 1010, partial: false, revision: 1 });
    expect(stage.candles.filter(({ partial }) => partial)).toEqual([]);
  });

  test('a gap that shows while bars are awaited is closed after what was before', async () => {
    const stage = new Stage();
    await stage.wait(30);
    stage.trade(100);
    await stage.wait(1);
    stage.trade(101);
    await stage.wait(2);
    stage.trade(103); // second 33
    await stage.desk.tell({ candles: [row(-1), row(0, { closed: false })] });
    await stage.wait(1);
    await stage.desk.tell(page([98, 4], [99, 20], [100, 30]));
    await stage.wait(1);
    await stage.desk.tell(page([101, 31], [102, 32], [103, 33]));
    await stage.wait(30);
    expect(stage.events.slice(1)).toMatchObject([
      { outcome: 'done', from: START, to: START + 30 * SECOND, trades: 2 },
      { outcome: 'done', from: START + 31 * SECOND, to: START + 33 * SECOND, trades: 1 },
    ]);
    expect(stage.candles.at(-1)).toMatchObject({ start: START, partial: false, trades: 6 });
  });

  test('no trades are asked for when the bar that was running is over by then', async () => {
    const stage = new Stage();
    await stage.wait(55);
    stage.trade(100);
    await stage.wait(10);
    await stage.desk.tell({ candles: [row(-1), row(0, { closed: false })] });
    await stage.wait(10);
    expect(stage.desk.asked).toEqual(['ohlc BTC/USD 1 all', 'ohlc BTC/USD 1 -1']);
    await stage.desk.tell({ candles: [row(0), row(1, { closed: false })] });
    await stage.wait(10);
    expect(stage.desk.asked).toHaveLength(2);
    expect(stage.candles.map(({ partial }) => partial)).toEqual([false, false]);
  });

  test('nothing is asked where no candles are wanted', async () => {
    const stage = new Stage({ candles: [] });
    stage.trade(100);
    await stage.wait(100);
    expect(stage.desk.asked).toEqual([]);
  });
});

describe('trades of a gap', () => {
  test('are read page by page from just before it, and supplied as far as a page is certain', async () => {
    const stage = await new Stage().begun();
    await stage.wait(7); // second 10
    stage.trade(106);
    await stage.wait(1);
    expect(stage.desk.asked).toEqual(['trades BTC/USD -0.001002']);
    // The page may have ended within the moment of 103.
    await stage.desk.tell(page([100, 0], [101, 2], [102, 3], [103, 3]));
    expect(stage.supplied).toMatchObject([{ from: START, to: START + 3 * SECOND - 4, trades: [{ tradeId: 101 }] }]);
    await stage.wait(1);
    expect(stage.desk.asked[1]).toBe('trades BTC/USD 2.999998');
    await stage.desk.tell(page([102, 3], [103, 3], [104, 3], [105, 9], [106, 10], [107, 11]));
    expect(stage.supplied[1]).toMatchObject({
      from: START + 3 * SECOND - 4,
      to: START + 10 * SECOND,
      trades: [{ tradeId: 102 }, { tradeId: 103 }, { tradeId: 104 }, { tradeId: 105 }],
    });
    expect(stage.core.tradeStatsOf(SYMBOL)).toMatchObject({ recovered: 6, duplicates: 0 });
    expect(stage.events).toMatchObject([
      { kind: 'trades', outcome: 'done', trades: 5, calls: 2, duration: 2 * SECOND },
    ]);
    await stage.wait(60);
    expect(stage.candles).toMatchObject([{ partial: false, trades: 8 }]);
  });

  test('of a moment that fills a page are read on from the mark of the venue, if they follow by id', async () => {
    const stage = await new Stage().begun();
    await stage.wait(7);
    stage.trade(105);
    await stage.wait(1);
    await stage.desk.tell(page([100, 0], [101, 2], [102, 2]));
    await stage.wait(1);
    await stage.desk.tell(page([101, 2], [102, 2])); // no more fit
    await stage.wait(1);
    expect(stage.desk.asked[2]).toBe('trades BTC/USD 2');
    await stage.desk.tell(page([103, 2], [104, 4], [105, 10]));
    expect(kinds(stage.events)).toEqual(['trades done']);
    expect(stage.core.tradeStatsOf(SYMBOL).recovered).toBe(1 + 4);
  });

  test('of gaps that touch are read in one go, and each is over with what is certain of it', async () => {
    const stage = await new Stage().begun();
    stage.trade(102); // second 3
    await stage.wait(3);
    stage.trade(104); // second 6
    await stage.wait(1);
    // The first of the two was asked for while the second was not known.
    await stage.desk.tell(page([100, 0], [101, 1], [102, 3], [103, 5]));
    expect(stage.supplied).toMatchObject([
      { to: START + 5 * SECOND - 4, trades: [{ tradeId: 101 }, { tradeId: 102 }] },
    ]);
    await stage.wait(1);
    await stage.desk.tell(page([103, 5], [104, 6]));
    expect(stage.supplied[1]).toMatchObject({ from: START + 5 * SECOND - 4, to: START + 6 * SECOND });
    expect(stage.events).toMatchObject([{ from: START, to: START + 6 * SECOND, calls: 2, trades: 3, outcome: 'done' }]);
    expect(stage.core.tradeStatsOf(SYMBOL)).toMatchObject({ missing: 2, recovered: 1 + 2, duplicates: 1 });
  });

  test('go before bars, even those that are over: the venue’s are not taken while trades may still come', async () => {
    const stage = await new Stage().begun();
    await stage.wait(67);
    stage.trade(102);
    await stage.wait(1);
    await stage.desk.tell({ trades: [], last: '0' }); // behind
    await stage.wait(2);
    expect(stage.desk.asked.map((call) => call.split(' ')[0])).toEqual(['trades', 'trades']);
    await stage.desk.tell(page([100, 0], [101, 30], [102, 70]));
    await stage.wait(20);
    expect(stage.desk.asked).toHaveLength(2);
    expect(stage.candles).toMatchObject([{ partial: false, trades: 3 }]);
  });

  test.each<[string, PastTrades]>([
    ['an answer skips some, though it begins before them', page([99, 0], [102, 3], [103, 10])],
    ['the venue no longer has them', page([102, 3], [103, 10])],
    ['one of them cannot be read', page([100, 0], [101, 2, '60000.05'], [102, 3], [103, 10])],
  ])('are left to bars where %s', async (_why, answer) => {
    const stage = await new Stage().begun();
    await stage.wait(7);
    stage.trade(103);
    await stage.wait(1);
    await stage.desk.tell(answer);
    expect(kinds(stage.events)).toEqual(['trades left']);
    expect(stage.supplied).toEqual([]);
    await stage.wait(52);
    expect(stage.candles).toMatchObject([{ partial: true }]);
    expect(stage.desk.asked[1]).toBe('ohlc BTC/USD 1 -1');
    await stage.desk.tell({ candles: [row(0, { trades: 5 }), row(1, { closed: false })] });
    expect(stage.candles).toMatchObject([{ partial: false, trades: 5 }]);
    expect(stage.backfill.stats).toMatchObject({ gapsLeft: 1, bars: 1, calls: 4 });
  });

  test('are left to bars when the pages are used up; what was told stays', async () => {
    const stage = await new Stage({ pages: 2 }).begun();
    await stage.wait(7);
    stage.trade(110);
    await stage.wait(1);
    await stage.desk.tell(page([100, 0], [101, 2]));
    await stage.wait(1);
    await stage.desk.tell(page([101, 2], [102, 3], [103, 4]));
    await stage.wait(5);
    expect(stage.events).toMatchObject([{ outcome: 'left', detail: 'not within 2 pages', trades: 2 }]);
    expect(stage.desk.asked).toHaveLength(2);
  });

  test('are asked for again in a moment when the venue is behind its own stream', async () => {
    const stage = await new Stage().begun();
    stage.trade(103);
    await stage.wait(1);
    await stage.desk.tell(page([100, 0]));
    await stage.wait(1);
    await stage.desk.tell({ trades: [], last: page([100, 0]).last });
    await stage.wait(1);
    expect(stage.desk.asked).toEqual(['trades BTC/USD -0.001002', 'trades BTC/USD 0']);
    await stage.wait(1);
    expect(stage.desk.asked[2]).toBe('trades BTC/USD 0');
    await stage.desk.tell(page([101, 1], [102, 2], [103, 3]));
    expect(kinds(stage.events)).toEqual(['trades done']);
  });

  test('are not asked for where the venue began to number anew', async () => {
    const stage = await new Stage().begun();
    stage.trade(5);
    await stage.wait(10);
    expect(stage.desk.asked).toEqual([]);
    expect(stage.backfill.stats.gapsLeft).toBe(1);
  });
});

describe('after a failure', () => {
  test('it is tried again after a minute', async () => {
    const stage = await new Stage({ candles: [] }).begun();
    stage.trade(103);
    await stage.wait(1);
    expect(stage.desk.asked).toHaveLength(1);
    await stage.desk.refuse(refusal(true));
    await stage.wait(59);
    expect(stage.desk.asked).toHaveLength(1);
    await stage.wait(1);
    expect(stage.desk.asked).toHaveLength(2);
    await stage.desk.tell(page([100, 0], [101, 1], [102, 2], [103, 3]));
    expect(kinds(stage.events)).toEqual(['trades failed', 'trades done']);
    expect(stage.backfill.stats).toMatchObject({ failures: 1, gapsClosed: 1, trades: 2 });
  });

  test('a reconnect is earlier', async () => {
    const stage = await new Stage({ candles: [] }).begun();
    stage.trade(103);
    await stage.wait(1);
    await stage.desk.refuse();
    await stage.wait(5);
    stage.state('connecting');
    await stage.wait(1);
    stage.state('subscribing');
    await stage.wait(1);
    expect(stage.desk.asked).toHaveLength(2);
  });

  test('that will not go away, trades are left to bars at once', async () => {
    const stage = await new Stage().begun();
    stage.trade(103);
    await stage.wait(1);
    await stage.desk.refuse(refusal(false));
    await stage.wait(10);
    expect(stage.events).toMatchObject([{ kind: 'trades', outcome: 'left', detail: 'Trades: no' }]);
    expect(stage.desk.asked).toHaveLength(1);
  });

  test('more gaps than are kept apart are left, the oldest first', async () => {
    const stage = await new Stage().begun();
    for (let gap = 0; gap < 40; gap += 1) {
      stage.trade(102 + gap * 2);
      await stage.wait(1);
    }
    expect(stage.events).toHaveLength(8);
    expect(stage.events[7]).toMatchObject({ outcome: 'left', detail: 'more than 32 gaps are waiting', calls: 0 });
    await stage.desk.tell(page(...Array.from({ length: 81 }, (_, index) => [100 + index, index] as const)));
    expect(stage.backfill.stats).toMatchObject({ gapsLeft: 8, gapsClosed: 1 + 1, calls: 3 });
    expect(stage.core.tradeStatsOf(SYMBOL)).toMatchObject({ missing: 40, recovered: 1 + 32 });
  });
});

describe('bars', () => {
  /** A minute with a gap that no trades can fill. */
  async function withPartial(): Promise<Stage> {
    const stage = await new Stage().begun();
    stage.trade(103);
    await stage.wait(1);
    await stage.desk.refuse(refusal(false));
    stage.desk.asked.length = 0;
    stage.events.length = 0;
    return stage;
  }

  test('are asked for two seconds after the end, and never believed before they were over at the venue', async () => {
    const stage = await withPartial();
    await stage.wait(57); // 61
    expect(stage.desk.asked).toEqual([]);
    await stage.wait(2);
    expect(stage.desk.asked).toEqual(['ohlc BTC/USD 1 -1']);
    await stage.wait(60);
    // When it was asked, the next minute was not over, whatever it says now.
    await stage.desk.tell({ candles: [row(0), row(1), row(2, { closed: false })] });
    expect(stage.supplied.map(({ type }) => type)).toEqual(['candles']);
    expect(stage.supplied).toMatchObject([{ candles: [{ start: START }] }]);
  });

  test('that are still running when they should be over are asked for again', async () => {
    const stage = await withPartial();
    await stage.wait(60);
    await stage.desk.tell({ candles: [row(0, { closed: false })] });
    expect(stage.supplied).toEqual([]);
    await stage.wait(9);
    expect(stage.desk.asked).toHaveLength(1);
    await stage.wait(1);
    expect(stage.desk.asked).toHaveLength(2);
    await stage.desk.tell({ candles: [row(0), row(1, { closed: false })] });
    expect(stage.candles).toMatchObject([{ partial: false, trades: 3 }]);
  });

  test('that cannot be read are counted, and not asked for for ever', async () => {
    const stage = await withPartial();
    await stage.wait(60);
    await stage.desk.tell({ candles: [row(0, { high: '1.0' }), row(1, { closed: false })] });
    expect(stage.events).toMatchObject([{ kind: 'bars', bars: 0, unreadable: 1 }]);
    await stage.wait(300);
    expect(stage.desk.asked).toHaveLength(1);
  });

  test('have their turn where trades take long', async () => {
    const stage = await withPartial();
    await stage.wait(56); // the minute ends
    stage.trade(105);
    await stage.wait(1);
    for (let call = 0; call < 5; call += 1) {
      await stage.desk.tell({ trades: [], last: '0' }); // behind
      await stage.wait(2);
    }
    expect(stage.desk.asked.filter((call) => call.startsWith('ohlc'))).toEqual([]);
    await stage.desk.tell({ trades: [], last: '0' });
    await stage.wait(2);
    expect(stage.desk.asked.at(-1)).toBe('ohlc BTC/USD 1 -1');
  });

  test('wait while the stream is away, whose next trade shows what is missing', async () => {
    const stage = await withPartial();
    stage.state('connecting');
    await stage.wait(200);
    expect(stage.desk.asked).toEqual([]);
    stage.state('subscribing');
    stage.trade(103);
    await stage.wait(2);
    expect(stage.desk.asked).toEqual(['ohlc BTC/USD 1 -1']);
  });
});

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

describe('what REST tells', () => {
  const grid = { pricePrecision: 1, qtyPrecision: 8 };
  const trade: PastTrade = { tradeId: 7, venueTs: START, price: '60000.10000', size: '0.5', side: 'sell' };

  test('is read in ticks and lots', () => {
    expect(readTrade(trade, grid)).toEqual({
      tradeId: 7,
      venueTs: START,
      price: ticks(600_001),
      size: lots(50_000_000),
      taker: 'sell',
    });
    expect(readBar({ ...row(0), vwap: '60000.06', volume: '200000000.00000001' }, grid)).toMatchObject({
      open: 600_000,
      // More lots than a double can count, and a vwap finer than a tick.
      volume: '20000000000000001',
      turnover: String((6_000_006n * 20_000_000_000_000_001n + 5n) / 10n),
    });
  });

  test.each<Partial<PastTrade>>([
    { price: '60000.15' },
    { size: '0.000000001' },
    { price: '0' },
    { size: '0.0' },
    { price: 'x' },
  ])('is refused where a trade has %o', (change) => {
    expect(readTrade({ ...trade, ...change }, grid)).toBeUndefined();
  });

  test.each<Partial<PastBar>>([
    { open: '60000.15' },
    { low: '60000.1' },
    { high: '59999.9' },
    { volume: '0.000000001' },
    { volume: '0' },
    { trades: 0 },
    { vwap: 'NaN' },
    { volume: '1e400' },
  ])('is refused where a bar has %o', (change) => {
    expect(readBar({ ...row(0), ...change }, grid)).toBeUndefined();
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
