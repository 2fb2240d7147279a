import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { SimExchange, standardMarkets } from '../src/index.ts';

const START = micros(1_785_641_750_000_000);
const ALICE = { name: 'alice', balances: { USD: '100000', BTC: '2' } };

interface Stage {
  readonly exchange: SimExchange;
  seconds(count: number): void;
  /** Events that the flow of BTC/USD makes in ten seconds from now on. */
  inTenSeconds(): number;
}

function stage(): Stage {
  const scheduler = new VirtualScheduler(START);
  const markets = standardMarkets(['BTC/USD'], () => 'demo');
  const exchange = new SimExchange({ markets, accounts: [ALICE], seed: 1, scheduler });
  exchange.start();
  const seconds = (count: number): void => scheduler.advance(micros(count * SECOND));
  const events = (): number => Object.values(exchange.truth('BTC/USD').counts).reduce((sum, count) => sum + count, 0);
  seconds(1);
  return {
    exchange,
    seconds,
    inTenSeconds: () => {
      const before = events();
      seconds(10);
      return events() - before;
    },
  };
}

/** The demo's market makes about 130 events a second. */
const LIVELY = 500;

describe('after standing still a market goes on at once', () => {
  test("when the dead man's switch came due in a maintenance", () => {
    const { exchange, seconds, inTenSeconds } = stage();
    exchange.desk.cancelAllAfter('alice', 60, exchange.now());
    exchange.flush();
    exchange.setSystemStatus('maintenance');
    seconds(600);
    exchange.setSystemStatus('online');
    expect(inTenSeconds()).toBeGreaterThan(LIVELY);
  });

  test("when the dead man's switch came due while the exchange was stopped", () => {
    const { exchange, seconds, inTenSeconds } = stage();
    exchange.desk.cancelAllAfter('alice', 60, exchange.now());
    exchange.flush();
    exchange.stop();
    seconds(600);
    exchange.start();
    expect(inTenSeconds()).toBeGreaterThan(LIVELY);
  });

  test('when its pair was closed and the exchange stopped at one time', () => {
    const { exchange, seconds, inTenSeconds } = stage();
    exchange.setPairStatus('BTC/USD', 'cancel_only');
    exchange.stop();
    seconds(600);
    exchange.start();
    exchange.setPairStatus('BTC/USD', 'online');
    expect(inTenSeconds()).toBeGreaterThan(LIVELY);
  });

  test('when its precision changed meanwhile', () => {
    const { exchange, seconds, inTenSeconds } = stage();
    exchange.setPairStatus('BTC/USD', 'cancel_only');
    seconds(600);
    exchange.changePrecision('BTC/USD', 2, 6);
    exchange.setPairStatus('BTC/USD', 'online');
    expect(inTenSeconds()).toBeGreaterThan(LIVELY);
  });
});

describe('another precision', () => {
  test('of a market that has not traded begins at the price of its book', () => {
    const markets = standardMarkets(['ATOM/USD'], () => 'demo');
    const exchange = new SimExchange({ markets, seed: 1, scheduler: new VirtualScheduler(START), warmUp: micros(0) });
    const { instrument, orders, recentTrades } = exchange.truth('ATOM/USD');
    expect(recentTrades).toEqual([]);
    const before = (orders.best('buy') ?? 0) / 10 ** instrument.pricePrecision;
    exchange.changePrecision('ATOM/USD', instrument.pricePrecision + 1, instrument.qtyPrecision);
    const changed = exchange.truth('ATOM/USD');
    const after = (changed.orders.best('buy') ?? 0) / 10 ** changed.instrument.pricePrecision;
    expect(Math.abs(after / before - 1)).toBeLessThan(0.01);
  });

  test('gives no order an id that another one had', () => {
    const { exchange, seconds } = stage();
    const queued: number[] = [];
    exchange.listen({ onQueued: (_symbol, { id }) => queued.push(id) });
    seconds(1);
    const latest = Math.max(...queued.splice(0));
    exchange.changePrecision('BTC/USD', 2, 6);
    seconds(1);
    expect(Math.min(...queued)).toBeGreaterThan(latest);
  });
});
