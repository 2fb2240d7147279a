import type { MarketTruth, SimExchange } from '@kb/exchange-sim';
import type { Accept, ServerSocket } from '@kb/kraken';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { Side } from '@kb/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import { rehearseOverSockets, VirtualRehearsal } from './rehearsal/feed-rehearsal.ts';
import type { RehearsalOptions, RehearsalReport } from './rehearsal/feed-rehearsal.ts';

const CHECKSUM_LEVELS = 10;
const BTC = 'BTC/USD';

/** What becomes of a frame on its way; `undefined` loses it. */
type Fault = (frame: string, exchange: SimExchange, socket: ServerSocket) => string | undefined;

function rehearse(seconds: number, options: Partial<RehearsalOptions> = {}): RehearsalReport {
  const rehearsal = new VirtualRehearsal({ seed: 1, symbols: 3, depth: 25, ...options });
  onTestFinished(() => rehearsal.close());
  rehearsal.advance(micros(seconds * SECOND));
  rehearsal.compareAll();
  return rehearsal.report();
}

/** The same with a fault in between, which befalls one frame: the first that `strike` changes after five seconds. */
function rehearseWith(strike: Fault): RehearsalReport & { readonly struck: number } {
  let struck = 0;
  const wrap = (accept: Accept, exchange: SimExchange): Accept => {
    const from = exchange.truth(BTC).venueTs + 5 * SECOND;
    return (socket) =>
      accept({
        send: (frame) => {
          const text = Buffer.from(frame).toString('latin1');
          const isDue = struck === 0 && exchange.truth(BTC).venueTs >= from;
          const changed = isDue ? strike(text, exchange, socket) : text;
          if (changed !== text) struck += 1;
          if (changed !== undefined) socket.send(Buffer.from(changed, 'latin1'));
        },
        close: (code, reason) => socket.close(code, reason),
        terminate: () => socket.terminate(),
        get bufferedBytes() {
          return socket.bufferedBytes;
        },
      });
  };
  const report = rehearse(30, { wrap });
  return { ...report, struck };
}

/** Whether an update of BTC/USD tells of levels beyond the ten best only, which no checksum covers. */
function isDeep(frame: string, truth: MarketTruth): boolean {
  if (!isUpdate(frame)) return false;
  return [...levelsIn(frame, 'buy'), ...levelsIn(frame, 'sell')].length > 0 && isDeepSide('buy') && isDeepSide('sell');

  function isDeepSide(side: Side): boolean {
    const tenth = priceOf(truth, side, CHECKSUM_LEVELS - 1);
    return levelsIn(frame, side).every((price) => (side === 'buy' ? price < tenth : price > tenth));
  }
}

function isUpdate(frame: string): boolean {
  return frame.startsWith(`{"channel":"book","type":"update","data":[{"symbol":"${BTC}"`);
}

function levelsIn(frame: string, side: Side): number[] {
  const list = new RegExp(side === 'buy' ? '"bids":\\[(.*?)\\]' : '"asks":\\[(.*?)\\]').exec(frame)?.[1] ?? '';
  return [...list.matchAll(/"price":([\d.]+)/g)].map(([, price]) => Number(price));
}

function priceOf({ orders, instrument }: MarketTruth, side: Side, rank: number): number {
  const prices: number[] = [];
  orders.walk(side, (price) => prices.push(price) <= rank);
  return (prices[rank] ?? Number.NaN) / 10 ** instrument.pricePrecision;
}

describe('a feed on the local exchange', () => {
  test('never calls a book good that is not the true one: 20 symbols, ten simulated minutes, every level of 25', () => {
    const report = rehearse(600, { symbols: 20 });
    expect(report).toMatchObject({ divergences: [], resyncs: 0, reconnects: 0, missedTrades: 0, notLive: [] });
    // Every frame of a book became an event that was compared, and every book was compared once more at the end.
    expect(report.books).toEqual({ compared: report.sent.books + 20, divergent: 0, unknown: 0 });
    expect(report.trades).toMatchObject({ divergent: 0, unknown: 0 });
    expect(report.trades.compared).toBeGreaterThanOrEqual(report.sent.trades);
    expect(report.received).toBe(report.sent.frames);
    expect(report.framesPerSecond).toBeGreaterThan(9);
  });

  test.each([10, 100, 1000])('at depth %i too', (depth) => {
    const report = rehearse(20, { depth });
    expect(report).toMatchObject({ divergences: [], resyncs: 0, notLive: [] });
    expect(report.books).toEqual({ compared: report.sent.books + 3, divergent: 0, unknown: 0 });
  });

  test('hears the same over real sockets, where its books are compared with those of the time of the message', async () => {
    const time = new VirtualScheduler(micros(1_795_000_000 * SECOND));
    const pass = (step: number): void => time.advance(micros(step));
    const options = { seed: 1, symbols: 5, depth: 25 };
    const report = await rehearseOverSockets(options, time, micros(20 * SECOND), micros(SECOND), pass);
    expect(report).toMatchObject({ divergences: [], resyncs: 0, reconnects: 0, notLive: [] });
    expect(report.books).toEqual({ compared: report.sent.books + 5, divergent: 0, unknown: 0 });
    expect(report.trades).toMatchObject({ divergent: 0, unknown: 0 });
    expect(report.framesPerSecond).toBeGreaterThan(5);
  });
});

describe('the rehearsal finds', () => {
  test('a frame that was lost and whose levels no checksum covers', () => {
    const report = rehearseWith((frame, exchange) => (isDeep(frame, exchange.truth(BTC)) ? undefined : frame));
    expect(report.struck).toBe(1);
    expect(report.resyncs).toBe(0); // the feed noticed nothing
    expect(report.books.divergent).toBeGreaterThan(0);
    expect(report.divergences[0]).toMatch(/^BTC\/USD at \d+: (buy|sell)( level \d\d)?: expected/);
  });

  test('a size that was changed where no checksum covers it', () => {
    const report = rehearseWith((frame, exchange) =>
      isDeep(frame, exchange.truth(BTC)) ? frame.replace(/("qty":0\.)\d/, '$19') : frame,
    );
    expect(report.struck).toBe(1);
    expect(report.resyncs).toBe(0);
    expect(report.books.divergent).toBeGreaterThan(0);
  });

  test('nothing where the feed itself sees that a frame is lost, and gets a new book', () => {
    const report = rehearseWith((frame, exchange) => {
      const [price] = isUpdate(frame) ? levelsIn(frame, 'buy') : [];
      return price === priceOf(exchange.truth(BTC), 'buy', 0) ? undefined : frame;
    });
    expect(report).toMatchObject({ struck: 1, resyncs: 1, divergences: [], notLive: [] });
  });

  test('nothing where a connection is lost, and the next one brings new books and the trades between', () => {
    const report = rehearseWith((_frame, _exchange, socket) => {
      socket.terminate();
      return undefined;
    });
    expect(report).toMatchObject({ struck: 1, reconnects: 1, missedTrades: 0, divergences: [], notLive: [] });
    expect(report.books.unknown + report.trades.unknown).toBe(0);
  });

  test('a trade that was not made so', () => {
    const report = rehearseWith((frame) =>
      frame.startsWith('{"channel":"trade","type":"update"') ? frame.replace(/buy|sell/, other) : frame,
    );
    expect(report.struck).toBe(1);
    expect(report.trades.divergent).toBe(1);
    expect(report.divergences[0]).toMatch(/trade \d+: expected (buy|sell) .*, was (buy|sell)/);
  });

  test('a trade that never came', () => {
    const report = rehearseWith((frame) =>
      frame.startsWith('{"channel":"trade","type":"update"') ? undefined : frame,
    );
    expect(report.struck).toBe(1);
    expect(report.missedTrades).toBeGreaterThan(0);
  });
});

function other(side: string): string {
  return side === 'buy' ? 'sell' : 'buy';
}
