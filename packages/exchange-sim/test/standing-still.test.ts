import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { SimExchange, standardMarkets } from '../src/index.ts';
import { playOnVisit, recordedMarkets } from '../src/tape/recorded-markets.ts';
import { openTape } from '../src/tape/tape-feeder.ts';
import { connect } from './client.ts';
import type { TestClient } from './client.ts';
import { record, RECORDED_AT, textOf } from './recording.ts';

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

describe('while the exchange is not online', () => {
  test('nobody trades, the agents that keep triangles consistent neither', () => {
    const scheduler = new VirtualScheduler(START);
    const markets = standardMarkets(['BTC/USD', 'XRP/USD', 'XRP/BTC'], () => 'demo');
    const exchange = new SimExchange({ markets, seed: 1, scheduler });
    exchange.start();
    let [closed, trades, unexpected] = [false, 0, 0];
    exchange.listen({
      onTrade: () => {
        trades += 1;
        if (closed) unexpected += 1;
      },
    });
    // Halted at forty moments, in some of which the triangle is open.
    for (let round = 0; round < 40; round += 1) {
      closed = true;
      exchange.setSystemStatus('maintenance');
      scheduler.advance(micros(2 * SECOND));
      closed = false;
      exchange.setSystemStatus('online');
      scheduler.advance(micros(SECOND));
    }
    expect(trades).toBeGreaterThan(100);
    expect(unexpected).toBe(0);
  });
});

describe('a recording', () => {
  async function onTape(): Promise<{ exchange: SimExchange; scheduler: VirtualScheduler; visit: () => TestClient }> {
    const scheduler = new VirtualScheduler(START);
    const feeder = await openTape(record(20, 25));
    const markets = recordedMarkets(feeder);
    const exchange = new SimExchange({ markets, sources: [feeder], warmUp: micros(0), seed: 1, scheduler });
    exchange.start();
    playOnVisit(feeder, exchange);
    const visit = (): TestClient => {
      const client = connect(exchange.accept, scheduler);
      client.send('subscribe', { channel: 'book', symbol: ['BTC/USD'], depth: 25 });
      return client;
    };
    return { exchange, scheduler, visit };
  }

  test('begins a moment after the first visit, however late that is', async () => {
    const { scheduler, visit } = await onTape();
    scheduler.advance(micros(600 * SECOND));
    const client = visit();
    scheduler.advance(micros(SECOND / 20));
    const first = client.on('book')[0];
    expect(first).toMatchObject({ type: 'snapshot' });
    expect(first?.data[0].bids).toEqual([]);
    scheduler.advance(micros(SECOND));
    expect(client.on('book').at(-1)?.data[0].checksum).toBeGreaterThan(0);
    expect(client.on('book').length).toBeGreaterThan(10);
  });

  test('stands still while the exchange is not online, and goes on where it stood', async () => {
    const [halted, other] = [await onTape(), await onTape()];
    const clients = [halted.visit(), other.visit()] as const;
    for (const { scheduler } of [halted, other]) scheduler.advance(micros(3 * SECOND));
    halted.exchange.setSystemStatus('maintenance');
    halted.scheduler.advance(micros(1));
    const before = clients[0].on('book').length;
    halted.scheduler.advance(micros(60 * SECOND));
    expect(clients[0].on('book')).toHaveLength(before);
    halted.exchange.setSystemStatus('online');
    for (const { scheduler } of [halted, other]) scheduler.advance(micros(5 * SECOND));
    const [after, expected] = clients.map((client) => client.on('book').map(({ data }) => data[0].checksum as number));
    expect(after?.length).toBeGreaterThan(before + 100);
    expect(after).toEqual(expected?.slice(0, after?.length));
  });

  describe.each([
    ['in maintenance', 'maintenance'],
    ['in which orders can only be cancelled', 'cancel_only'],
    ['in which nobody may take', 'post_only'],
    ['that a fault keeps quiet', undefined],
  ] as const)('of a pair %s', (_what, status) => {
    /** Three seconds, then five in which the pair stands still. */
    async function closed(): Promise<{ client: TestClient; seconds: (count: number) => void; open: () => void }> {
      const { exchange, scheduler, visit } = await onTape();
      const client = visit();
      client.send('subscribe', { channel: 'book', symbol: ['ETH/USD'], depth: 25 });
      client.send('subscribe', { channel: 'trade', symbol: ['BTC/USD'] });
      const seconds = (count: number): void => scheduler.advance(micros(count * SECOND));
      const set = (still: boolean): void => {
        if (status === undefined) exchange.freeze('BTC/USD', still);
        else exchange.setPairStatus('BTC/USD', still ? status : 'online');
        seconds(0);
      };
      seconds(3);
      set(true);
      client.frames.length = 0;
      seconds(5);
      return { client, seconds, open: () => set(false) };
    }

    test('nothing of it is published, while the other pairs go on in their time', async () => {
      const { client } = await closed();
      const [own, other] = ['BTC/USD', 'ETH/USD'].map((symbol) =>
        client.frames.filter((text) => text.includes(symbol)),
      );
      expect(own).toEqual([]);
      expect(other?.length).toBeGreaterThan(100);
    });

    test('afterwards it is at once where the recording is, without the trades between', async () => {
      const { client, seconds, open } = await closed();
      open();
      expect(client.on('trade')).toEqual([]);
      const isBook = (text: string): boolean => text.startsWith('{"channel":"book"') && text.includes('"BTC/USD"');
      const checksumOf = (text = ''): string | undefined => /"checksum":\d+/.exec(text)?.[0];
      // The tape began a tenth of a second after the visit.
      const recorded = record(20, 25).filter(({ dir, recvTs }) => dir === 'rx' && recvTs <= RECORDED_AT + 7.9 * SECOND);
      expect(checksumOf(client.frames.findLast(isBook))).toBe(checksumOf(recorded.map(textOf).findLast(isBook)));
      seconds(5);
      expect(client.on('trade').length).toBeGreaterThan(0);
    });
  });

  test('keeps its precision: another one is refused, and the market goes on', async () => {
    const { exchange, scheduler, visit } = await onTape();
    const client = visit();
    scheduler.advance(micros(2 * SECOND));
    expect(() => exchange.changePrecision('BTC/USD', 2, 6)).toThrow(/recording/);
    const before = client.on('book').length;
    scheduler.advance(micros(2 * SECOND));
    expect(client.on('book').length).toBeGreaterThan(before + 50);
  });
});
