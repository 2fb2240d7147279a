// oxlint-disable typescript/no-non-null-assertion -- every level has its size and its queue
/** A seeded stream of book messages and prints: 20 levels a side around a fixed mid, one event in about 5 ms of venue time. */
import { instrument, KeyedRandom, lots, micros, ticks } from '@kb/model';
import type { BookChanges, Instrument, Lots, MarketEvent, Micros, Side, Ticks } from '@kb/model';
import { L2Book } from '@kb/orderbook';

export const PAIR: Instrument = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8 });
const LEVELS = 20;
/** Orders of a level, where they come and go, and lots of one that is left after a print. */
const MOST_ORDERS = 12;
const SMALLEST = 10_000;
export const BEST_BID = 600_000;
export const BEST_ASK = 600_001;

/**
 * One in eight events is a print at the best, followed by the book message that it causes, 1 ms later.
 *
 * @param change How a level that a book message names gets its new size: `random`, which no order explains, or by `orders` that
 *   come and go whole, as real ones do.
 */
export function marketStream(seed: number, count: number, change: 'random' | 'orders' = 'random'): MarketEvent[] {
  const random = new KeyedRandom(seed, 'paper-stream');
  let draws = 0;
  const draw = (): number => random.at((draws += 1));
  const size = (): number => Math.floor(10 ** (6 + 2.5 * draw())); // 0.01 to 3 BTC
  const sizes: Record<Side, number[]> = {
    buy: Array.from({ length: LEVELS }, size),
    sell: Array.from({ length: LEVELS }, size),
  };
  /** What stands at each level, first to last, where orders come and go. */
  const queues: Record<Side, number[][]> = {
    buy: sizes.buy.map((whole) => [whole]),
    sell: sizes.sell.map((whole) => [whole]),
  };
  const renew = (side: Side, level: number): void => {
    if (change === 'random') {
      sizes[side][level] = size();
      return;
    }
    const queue = queues[side][level]!;
    if (queue.length < 2 || (queue.length < MOST_ORDERS && draw() < 0.5)) queue.push(size());
    else queue.splice(Math.floor(queue.length * draw()), 1);
    sizes[side][level] = queue.reduce((sum, each) => sum + each);
  };
  const book = new L2Book(PAIR.symbol, PAIR, 100);
  let now = 1_000_000;
  let tradeId = 1;
  const events: MarketEvent[] = [];
  const base = (): { seq: number; venueTs: Micros; recvTs: Micros; symbol: string } => {
    const venueTs = micros(now);
    return { seq: events.length + 1, venueTs, recvTs: venueTs, symbol: PAIR.symbol };
  };
  const sendBook = (changes: BookChanges): void => {
    events.push({ type: 'book', ...base(), book, changes, snapshot: changes.snapshot, verified: true });
  };
  sendBook({
    snapshot: true,
    bidCount: LEVELS,
    bidPrices: sizes.buy.map((_, level) => priceOf('buy', level)),
    bidSizes: sizes.buy.map((count) => lots(count)),
    askCount: LEVELS,
    askPrices: sizes.sell.map((_, level) => priceOf('sell', level)),
    askSizes: sizes.sell.map((count) => lots(count)),
  });
  while (events.length < count) {
    now += 1 + Math.floor(10_000 * draw());
    const side: Side = draw() < 0.5 ? 'buy' : 'sell';
    if (draw() < 1 / 8) {
      const front = change === 'random' ? sizes[side][0]! : queues[side][0]![0]!;
      const printed = lots(Math.ceil(front * 0.3 * draw()));
      const taker = side === 'buy' ? 'sell' : 'buy';
      events.push({
        type: 'trade',
        ...base(),
        tradeId,
        price: priceOf(side, 0),
        size: printed,
        taker,
        historical: false,
      });
      tradeId += 1;
      now += 1_000;
      sizes[side][0] = Math.max(1_000, (sizes[side][0] ?? 0) - printed);
      queues[side][0]![0] = Math.max(SMALLEST, front - printed);
      sendBook(update(side, [0], sizes[side]));
      continue;
    }
    const level = Math.floor(LEVELS * draw() * draw());
    renew(side, level);
    const second = Math.floor(LEVELS * draw());
    if (draw() < 0.3) renew(side, second);
    sendBook(update(side, [level, second], sizes[side]));
  }
  return events;
}

export function priceOf(side: Side, level: number): Ticks {
  return ticks(side === 'buy' ? BEST_BID - level : BEST_ASK + level);
}

function update(side: Side, levels: readonly number[], sizes: readonly number[]): BookChanges {
  const prices = levels.map((level) => priceOf(side, level));
  const values: Lots[] = levels.map((level) => lots(sizes[level] ?? 0));
  const bids = side === 'buy';
  return {
    snapshot: false,
    bidCount: bids ? prices.length : 0,
    bidPrices: bids ? prices : [],
    bidSizes: bids ? values : [],
    askCount: bids ? 0 : prices.length,
    askPrices: bids ? [] : prices,
    askSizes: bids ? [] : values,
  };
}
