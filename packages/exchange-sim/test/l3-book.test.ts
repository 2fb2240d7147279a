import { micros, SECOND, ticks, VirtualScheduler } from '@kb/model';
import type { Level3View, Side } from '@kb/model';
import { L3Book, level3Changes, level3ChecksumOf } from '@kb/orderbook';
import type { L3BookOptions, PlainOrder } from '@kb/orderbook';
import { describe, expect, test } from 'vitest';
import type { MarketFlow } from '../src/exchange/market-flow.ts';
import { flowMaker } from '../src/exchange/market-flow.ts';
import { knownListing } from '../src/listings/make-listing.ts';
import { Market } from '../src/market/market.ts';
import type { MatcherView } from '../src/market/market.ts';
import { Timeline } from '../src/market/timeline.ts';
import { FrameWriter } from '../src/wire/frame-writer.ts';
import { BTC, Listener, orderIdText, RandomMarket } from './random-market.ts';

const START = micros(1_785_641_750_000_000);
const DEPTHS = [10, 100, 1000];

/** A client's book beside the frames that it is made from. */
class Follower {
  readonly listener = new Listener();
  readonly book: L3Book;
  readonly problems: string[] = [];
  frames = 0;

  constructor(depth: number, options?: L3BookOptions) {
    this.book = new L3Book(BTC.symbol, BTC, depth, options);
  }

  /** Applies what came. A book that does not hold its checksum is started again from a snapshot of the market, as a client does. */
  catchUp(resubscribe: () => void): void {
    for (const frame of this.listener.take()) {
      this.frames += 1;
      if (!this.#apply(frame)) {
        resubscribe();
        this.listener.take().forEach((snapshot) => this.#apply(snapshot));
        return;
      }
    }
  }

  #apply(frame: string): boolean {
    const { book } = this;
    const { snapshot, bids, asks, checksum } = parse(frame);
    const misfits = book.apply(level3Changes({ snapshot, bids, asks }, BTC));
    if (misfits > 0) this.problems.push(`frame ${this.frames}: ${misfits} changes do not fit`);
    if (book.checksum() !== level3ChecksumOf(book))
      this.problems.push(`frame ${this.frames}: not what it is from scratch`);
    if (book.isCrossed()) this.problems.push(`frame ${this.frames}: crossed`);
    if (book.checksum() === checksum) return true;
    this.problems.push(`frame ${this.frames}: checksum`);
    return false;
  }
}

/** JSON.parse would lose zeros at the end, so the numbers become text first. */
function parse(frame: string): { snapshot: boolean; bids: PlainOrder[]; asks: PlainOrder[]; checksum: number } {
  const quoted = frame.replaceAll(/"(limit_price|order_qty)":([\d.]+)/g, '"$1":"$2"');
  const { type, data } = JSON.parse(quoted) as {
    type: 'snapshot' | 'update';
    data: [{ bids: PlainOrder[]; asks: PlainOrder[]; checksum: number }];
  };
  return { snapshot: type === 'snapshot', ...data[0] };
}

/** Every order in the best levels, in the order of the queues, as the book has them. */
function ordersOf(book: Level3View, side: Side): string[] {
  const orders: string[] = [];
  for (let index = 0; index < book.levels(side); index += 1) {
    for (const { orderId, price, size } of book.ordersAt(side, book.priceAt(side, index)!)) {
      orders.push(`${orderId} ${price} ${size} behind ${book.queueAhead(orderId)}`);
    }
  }
  return orders;
}

/** The same as the matcher has them. */
function truthOf(matcher: MatcherView, side: Side, depth: number): string[] {
  const orders: string[] = [];
  let levels = 0;
  matcher.walk(side, (price) => {
    let ahead = 0;
    for (const { id, displayed } of matcher.queue(side, price)) {
      orders.push(`${orderIdText(id)} ${price} ${displayed} behind ${ahead}`);
      ahead += displayed;
    }
    levels += 1;
    return levels < depth;
  });
  return orders;
}

function expectTruth({ book }: Follower, matcher: MatcherView): void {
  for (const side of ['buy', 'sell'] as const) expect(ordersOf(book, side)).toEqual(truthOf(matcher, side, book.depth));
}

describe('the book that a client builds from level3 frames', () => {
  test.each<[MarketFlow, number]>([
    ['busy', 3],
    ['thin', 5],
    ['demo', 1],
  ])('is the book of the matcher in a market of flow %s for %i simulated minutes', (flow, minutes) => {
    const scheduler = new VirtualScheduler(START);
    const timeline: Timeline = new Timeline(scheduler, START, (at) => void market.publish(at));
    const market = new Market({
      listing: knownListing('BTC/USD'),
      startPrice: ticks(600_000),
      makeFlow: flowMaker(flow, 7),
      startAt: START,
      writer: new FrameWriter(),
      clock: () => timeline.at,
      orderIdText,
      truthListeners: new Set(),
    });
    timeline.add(market);
    timeline.start();
    const followers = DEPTHS.map((depth) => new Follower(depth));
    for (const { listener, book } of followers) {
      market.publisher.join({ protocol: 'v2', channel: 'level3', depth: book.depth }, listener, true, timeline.at);
    }
    for (let second = 0; second < 60 * minutes; second += 1) {
      scheduler.advance(micros(SECOND));
      for (const follower of followers) {
        follower.catchUp(() => undefined);
        expect(follower.problems).toEqual([]);
        if (second % 10 === 0) expectTruth(follower, market.orders);
      }
    }
    for (const follower of followers) {
      expectTruth(follower, market.orders);
      expect(follower.frames).toBeGreaterThan(25 * minutes);
    }
  });

  test.each([1, 2])('is that of the matcher whatever is amended, when queues are read as sent (seed %i)', (seed) => {
    for (const { problems, frames } of followRandomMarket(seed, { queueBy: 'sent' })) {
      expect(problems).toEqual([]);
      expect(frames).toBeGreaterThan(1000);
    }
  });

  // This exchange moves an order's timestamp, but not its place, when it is amended to less: such a level may come into view
  // in another order than its timestamps say. UNCONFIRMED for Kraken.
  test('fails no more than its checksum when they are read by timestamp, and a snapshot mends it', () => {
    const problems = followRandomMarket(3, { queueBy: 'timestamp' }).flatMap((follower) => follower.problems);
    expect(problems.filter((problem) => !problem.endsWith(': checksum'))).toEqual([]);
  });
});

/** Amends, icebergs and sweeps at random, followed by those who read the order of queues in one way. */
function followRandomMarket(seed: number, options: L3BookOptions): Follower[] {
  const market = new RandomMarket(seed);
  const followers = DEPTHS.map((depth) => new Follower(depth, options));
  const join = ({ listener, book }: Follower): void => {
    const topic = { protocol: 'v2', channel: 'level3', depth: book.depth } as const;
    market.publisher.leave(topic, listener);
    market.join(topic, true, listener);
  };
  for (let step = 0; step < 200; step += 1) market.step(30);
  for (const follower of followers) join(follower);
  for (let step = 0; step < 1500; step += 1) {
    market.step(30);
    for (const follower of followers) follower.catchUp(() => join(follower));
  }
  for (const follower of followers) expectTruth(follower, market.matcher);
  return followers;
}
