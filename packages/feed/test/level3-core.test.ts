import { micros, ticks } from '@kb/model';
import type { Level3Event, MarketEvent } from '@kb/model';
import { level3SnapshotOf } from '@kb/orderbook';
import { describe, expect, test } from 'vitest';
import { FeedCore } from '../src/index.ts';
import type { FeedCoreOptions } from '../src/index.ts';
import { EventLog } from './event-log.ts';
import type { Order } from './level3-venue.ts';
import { Level3Pair } from './level3-venue.ts';
import { instrumentFrame, Pair, START } from './venue.ts';

const BTC = 'BTC/USD';

interface Bench {
  readonly core: FeedCore;
  readonly log: EventLog;
  readonly resyncs: string[];
  readonly frame: (text: string) => void;
}

function bench(options: FeedCoreOptions = {}): Bench {
  const log = new EventLog();
  const resyncs: string[] = [];
  const core = new FeedCore({
    onEvent: log.push,
    onResync: (symbol, cause) => resyncs.push(`${symbol} ${cause}`),
    ...options,
  });
  const frame = (text: string): void => core.handle({ type: 'frame', recvTs: START, frame: Buffer.from(text) });
  return { core, log, resyncs, frame };
}

describe('a book of orders', () => {
  test('is live with its first verified snapshot, and then equal to the venue’s after every message', () => {
    const pair = new Level3Pair();
    const seen: string[] = [];
    const { core, log, frame } = bench({
      depth: 10,
      onEvent(event: MarketEvent) {
        log.push(event);
        if (event.type !== 'level3') return;
        expect(event.verified).toBe(true);
        expect(level3SnapshotOf(event.book)).toEqual(level3SnapshotOf(pair.book));
        seen.push(`${event.snapshot ? 'snapshot' : 'update'} ${event.changes.bids.length + event.changes.asks.length}`);
      },
    });
    frame(pair.snapshot());
    frame(pair.join('B90'));
    frame(
      pair.update([
        { event: 'modify', side: 'buy', id: 'B0', price: 1000, size: 7 },
        { event: 'delete', side: 'sell', id: 'S0', price: 1001, size: 0 },
      ]),
    );
    expect(seen).toEqual(['snapshot 24', 'update 1', 'update 2']);
    expect(log.states).toEqual(['BTC/USD live snapshot']);
    expect(core.statsOf(BTC)).toMatchObject({ snapshots: 1, updates: 2, checksumOk: 3, misfits: 0, skipped: 0 });
    expect(core.market.book(BTC)?.sizeAt('buy', 0)).toBe(7 + 101 + 5);
    expect(core.market.prices(BTC).at(-1)).toMatchObject({ bid: 1000, ask: 1001 });
    expect(core.unknown).toBe(0);
  });

  test('freezes alone when a checksum fails, and comes back with the next snapshot', () => {
    const [btc, eth] = [new Level3Pair(BTC), new Level3Pair('ETH/USD')];
    const { core, log, resyncs, frame } = bench();
    frame(btc.snapshot());
    frame(eth.snapshot());
    frame(btc.join('B90', 1));
    expect(core.market.book(BTC)).toBeUndefined();
    frame(btc.join('B91'));
    frame(eth.join('B90'));
    expect(resyncs).toEqual(['BTC/USD checksum']);
    expect(core.statsOf(BTC)).toMatchObject({ checksumFailed: 1, skipped: 1 });
    expect(core.market.state('ETH/USD')).toBe('live');
    frame(btc.snapshot());
    expect(core.market.book(BTC)?.bestBid()).toBe(ticks(1000));
    expect(log.states).toEqual([
      'BTC/USD live snapshot',
      'ETH/USD live snapshot',
      'BTC/USD resyncing checksum',
      'BTC/USD live snapshot',
    ]);
  });

  test('sees by the checksum that the queue has another order', () => {
    const pair = new Level3Pair();
    const { resyncs, frame } = bench();
    const [first, second] = [/\{"order_id":"B0".*?\}/, /\{"order_id":"B1".*?\}/];
    const text = pair.snapshot();
    const [b0, b1] = [first.exec(text)?.[0] ?? '', second.exec(text)?.[0] ?? ''];
    frame(text.replace(`${b0},${b1}`, `${b1},${b0}`));
    expect(resyncs).toEqual(['BTC/USD checksum']);
  });

  test('counts what does not fit while the checksum holds', () => {
    const pair = new Level3Pair();
    const { core, frame } = bench();
    frame(pair.snapshot());
    frame(pair.update([{ event: 'delete', side: 'buy', id: 'NOBODY', price: 900, size: 0 }]));
    expect(core.statsOf(BTC)).toMatchObject({ misfits: 1, checksumOk: 2, checksumFailed: 0 });
  });

  test('freezes when a frame of its channel cannot be read, and when its precision changes', () => {
    const pair = new Level3Pair();
    const { resyncs, core, frame } = bench();
    frame(instrumentFrame([new Pair(BTC)]));
    frame(pair.snapshot());
    frame(pair.join('B90').replace('"order_qty":0.00000005', '"order_qty":null'));
    expect(resyncs).toEqual(['BTC/USD malformed']);
    frame(pair.snapshot());
    expect(core.market.state(BTC)).toBe('live');
    frame(instrumentFrame([new Pair(BTC, { grid: { pricePrecision: 2, qtyPrecision: 8 } })], 'update'));
    expect(resyncs).toEqual(['BTC/USD malformed', 'BTC/USD precision']);
    expect(core.market.book(BTC)).toBeUndefined();
  });

  describe('whose venue sends a level that comes into view', () => {
    /** Two orders at once at the best bid, the later one first: as they stand, or as they came. */
    function twoAtOnce(pair: Level3Pair, price: number): string {
      const add = (id: string, size: number): Order => ({
        event: 'add',
        side: 'buy',
        id: `${id}${price}`,
        price,
        size,
      });
      return pair.update([add('LATE', 7), add('EARLY', 8)], undefined, 'unordered');
    }

    test('in the order of its queue, is subscribed anew once, and never again', () => {
      const pairs = [new Level3Pair(BTC, 'sent'), new Level3Pair('ETH/USD', 'sent')];
      const { core, resyncs, frame } = bench();
      for (const pair of pairs) frame(pair.snapshot());
      for (let round = 0; round < 8; round += 1) {
        for (const pair of pairs) {
          if (core.market.state(pair.symbol) !== 'live') frame(pair.snapshot());
          frame(twoAtOnce(pair, 500 - round));
          frame(pair.update([{ event: 'delete', side: 'buy', id: `B${round}`, price: 1000, size: 0 }]));
        }
      }
      for (const pair of pairs) {
        frame(pair.update([]));
        expect(core.market.state(pair.symbol)).toBe('live');
      }
      expect(resyncs).toEqual(['BTC/USD checksum', 'ETH/USD checksum']);
    });

    test('in any order, is never subscribed anew; told wrongly, it is each time', () => {
      const run = (options: FeedCoreOptions): string[] => {
        const pair = new Level3Pair(BTC, 'timestamp');
        const { core, resyncs, frame } = bench(options);
        for (let round = 0; round < 4; round += 1) {
          if (core.market.state(BTC) !== 'live') frame(pair.snapshot());
          frame(twoAtOnce(pair, 1000 - round));
        }
        return resyncs;
      };
      expect(run({})).toEqual([]);
      expect(run({ queueBy: 'timestamp' })).toEqual([]);
      expect(run({ queueBy: 'sent' })).toHaveLength(4);
    });

    test('goes on by its rule when checksums fail for another reason', () => {
      const pair = new Level3Pair(BTC, 'timestamp');
      const { resyncs, frame } = bench();
      for (let round = 0; round < 5; round += 1) {
        frame(pair.snapshot());
        frame(pair.join(`N${round}`, 1));
      }
      frame(pair.snapshot());
      frame(twoAtOnce(pair, 1000));
      expect(resyncs).toHaveLength(5);
    });
  });

  test('is not mixed with one of levels: whichever was there first goes on, the other is counted', () => {
    const [levels, orders] = [new Pair(BTC), new Level3Pair(BTC)];
    const first = bench();
    first.frame(levels.snapshot());
    first.frame(orders.snapshot());
    first.frame(levels.nudge());
    expect(first.core.statsOf(BTC)).toMatchObject({ snapshots: 1, updates: 1, skipped: 1, checksumOk: 2 });
    const second = bench();
    second.frame(orders.snapshot());
    second.frame(levels.snapshot());
    second.frame(orders.join('B90'));
    expect(second.core.statsOf(BTC)).toMatchObject({ snapshots: 1, updates: 1, skipped: 1, checksumOk: 2 });
  });

  test('is kept to the depth of the acknowledgement, and waits after an unsubscribe', () => {
    const { core, log, frame } = bench({ depth: 100 });
    const ack = (method: string): string =>
      `{"method":"${method}","req_id":1,"result":{"channel":"level3","symbol":"${BTC}","depth":10,"snapshot":true},"success":true}`;
    frame(ack('subscribe'));
    frame(new Level3Pair().snapshot());
    expect(core.market.book(BTC)?.depth).toBe(10);
    frame(ack('unsubscribe'));
    expect(log.states).toEqual(['BTC/USD live snapshot', 'BTC/USD subscribing stop']);
  });

  test('takes messages without a checksum only where that is allowed, and says so', () => {
    const text = new Level3Pair().snapshot().replace(/"checksum":\d+,/, '');
    const strict = bench();
    strict.frame(text);
    expect(strict.resyncs).toEqual(['BTC/USD checksum']);
    const told: Level3Event[] = [];
    const lenient = bench({
      acceptUnchecked: true,
      onEvent: (event) => void (event.type === 'level3' && told.push(event)),
    });
    lenient.frame(text);
    expect(told.map(({ verified }) => verified)).toEqual([false]);
    expect(lenient.core.statsOf(BTC)).toMatchObject({ unchecked: 1 });
    expect(told[0]?.venueTs).toBe(micros(START));
  });
});
