import { micros, SECOND, ticks, VirtualScheduler } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { flowMaker } from '../src/exchange/market-flow.ts';
import { knownListing } from '../src/listings/make-listing.ts';
import { Market, rescaled } from '../src/market/market.ts';
import type { TrueTrade, TruthListener } from '../src/market/market.ts';
import { Timeline } from '../src/market/timeline.ts';
import { FrameWriter } from '../src/wire/frame-writer.ts';
import { PlainBook } from './plain-book.ts';

const START = micros(1_785_641_750_000_000);

/** A market with the demo's flow on a timeline of its own, and a subscriber of its book. */
function market(seed = 1): {
  readonly market: Market;
  readonly frames: string[];
  readonly truth: Set<TruthListener>;
  readonly now: () => typeof START;
  advance(seconds: number): void;
  /** As the exchange does after a command: the market may be due again. */
  rearm(): void;
} {
  const scheduler = new VirtualScheduler(START);
  const timeline: Timeline = new Timeline(scheduler, START, (at) => void made.publish(at));
  const truth = new Set<TruthListener>();
  const made = new Market({
    listing: knownListing('BTC/USD'),
    startPrice: ticks(600_000),
    makeFlow: flowMaker('demo', seed),
    startAt: START,
    writer: new FrameWriter(),
    clock: () => timeline.at,
    orderIdText: (id) => `O${id}`,
    truthListeners: truth,
  });
  timeline.add(made);
  timeline.start();
  const frames: string[] = [];
  const topic = { protocol: 'v2', channel: 'book', depth: 10 } as const;
  made.publisher.join(topic, { send: (frame) => frames.push(Buffer.from(frame).toString('utf8')) }, true, START);
  return {
    market: made,
    frames,
    truth,
    now: () => timeline.at,
    advance: (seconds) => scheduler.advance(micros(seconds * SECOND)),
    rearm: () => timeline.rearm(),
  };
}

describe('a market', () => {
  test('publishes what its flow does, and its history knows the trades', () => {
    const { market: made, frames, advance } = market();
    advance(30);
    const book = new PlainBook(10);
    expect(frames.map((frame) => book.apply(frame)).filter((problem) => problem !== '')).toEqual([]);
    expect(frames.length).toBeGreaterThan(500);
    expect(made.last()).toBe(made.recentTrades.at(-1)?.price);
    expect(made.index()).toBe(Math.round(made.reference ?? 0));
  });

  test('stands still in a status in which nothing is matched, and goes on where it stood', () => {
    const [still, other] = [market(), market()];
    still.advance(10);
    other.advance(10);
    const before = still.frames.length;
    still.market.setStatus('cancel_only', still.now());
    still.advance(60);
    expect(still.frames).toHaveLength(before);
    still.market.setStatus('online', micros(START + 70 * SECOND));
    still.rearm();
    other.advance(10);
    still.advance(10);
    const untimed = (frames: readonly string[]): string[] =>
      frames.map((frame) => frame.replace(/,"timestamp":"[^"]*"/, ''));
    expect(untimed(still.frames).slice(0, before + 100)).toEqual(untimed(other.frames).slice(0, before + 100));
  });

  test('begins anew under other precisions, with a snapshot for everybody, near the same price', () => {
    const { market: made, frames, advance, now } = market();
    advance(5);
    const { listing } = made;
    const before = made.last() ?? ticks(0);
    const changed = { ...listing, instrument: { ...listing.instrument, pricePrecision: 2, qtyPrecision: 6 } };
    frames.length = 0;
    made.restart(changed, rescaled(before, 1, changed.instrument), now());
    made.publish(now());
    expect(frames).toHaveLength(1);
    expect(frames[0]).toMatch(/"type":"snapshot".*"bids":\[\{"price":\d{5}\.\d\d,"qty":\d+\.\d{6}\}/);
    advance(5);
    const book = new PlainBook(10);
    expect(frames.map((frame) => book.apply(frame)).filter((problem) => problem !== '')).toEqual([]);
    expect(Math.abs((made.last() ?? 0) / 10 - before) / before).toBeLessThan(0.01);
    const ids = made.recentTrades.map(({ tradeId }) => tradeId);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });

  test('tells the truth: who traded with whom, and where an order joined its queue', () => {
    const { market: made, truth, advance } = market();
    const trades: TrueTrade[] = [];
    let queued = 0;
    let wrong = 0;
    truth.add({
      onTrade: (trade) => trades.push(trade),
      onQueued: (_symbol, order) => {
        queued += 1;
        const queue = made.orders.queue(order.side, order.price);
        if (queue.at(-1)?.id !== order.id || order.position !== queue.length - 1) wrong += 1;
      },
    });
    advance(5);
    expect(queued).toBeGreaterThan(100);
    expect(wrong).toBe(0);
    expect(trades.map(({ tradeId }) => tradeId).slice(-20)).toEqual(
      made.recentTrades.slice(-20).map(({ tradeId }) => tradeId),
    );
    expect(trades.every(({ makerOrderId, takerOrderId }) => makerOrderId !== takerOrderId)).toBe(true);
  });
});
