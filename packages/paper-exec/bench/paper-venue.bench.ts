/**
 * What the paper venue costs per market event (a book message of one or two levels, or a print). Hot: once per event of a backtest
 * or a live run.
 *
 * The floor is the same events through a book alone. An empty venue adds its clocks and nothing else. Two open orders add the buffering
 * until the watermark, the queue of each order in each model, and the fills; the last row also moves both quotes to the back
 * of the best levels every 200 events, with their acceptances, cancels and reports. A hundred orders stand on nineteen levels a side.
 * "Three by size" are the models that need a level's size alone; `central` infers orders as well: sizes that change at random, as here, are
 * the dearest for that, because no order explains any cancel. In "whole orders" rows orders come and go whole, as real ones do.
 */
import { lots, micros } from '@kb/model';
import type { MarketEvent, PlaceIntent, QueueModelId, Side } from '@kb/model';
import { L2Book } from '@kb/orderbook';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { PaperVenue, QUEUE_MODEL_IDS } from '../src/index.ts';
import { marketStream, PAIR, priceOf } from './stream.ts';

export const run: BenchRun = (options) => {
  const events = marketStream(1, options.smoke ? 2_000 : 50_000);
  const whole = marketStream(1, options.smoke ? 2_000 : 50_000, 'orders');
  const one = ['risk-averse'] as const;
  const bySize = ['risk-averse', 'power-blend', 'uniform'] as const;
  const central = ['central', 'risk-averse', 'uniform'] as const;
  const none = { level: undefined, orders: 0, moveEvery: Infinity };
  const behind = { level: 1, orders: 2, moveEvery: Infinity };
  const hundred = { level: 1, orders: 100, moveEvery: Infinity };
  const times = interleave(
    {
      book: () => bookAlone(events),
      empty: () => play(events, { models: bySize, ...none }),
      following: () => play(events, { models: central, ...none }),
      twoOne: () => play(events, { models: one, ...behind }),
      twoBySize: () => play(events, { models: bySize, ...behind }),
      twoInferred: () => play(events, { models: ['fingerprint'], ...behind }),
      twoCentral: () => play(events, { models: central, ...behind }),
      twoWhole: () => play(whole, { models: central, ...behind }),
      twoAll: () => play(events, { models: QUEUE_MODEL_IDS, ...behind }),
      maker: () => play(events, { models: central, level: 0, orders: 2, moveEvery: 200 }),
      hundredOne: () => play(events, { models: one, ...hundred }),
      hundredBySize: () => play(events, { models: bySize, ...hundred }),
      hundredCentral: () => play(events, { models: central, ...hundred }),
      hundredWhole: () => play(whole, { models: central, ...hundred }),
    },
    events.length,
    options,
  );
  const row = (name: string, median: number): BenchRow => {
    return { name, median, unit: 'ns/event', against: 'the book alone', ratio: median / times.book };
  };
  return [
    { name: 'the book alone', median: times.book, unit: 'ns/event', against: undefined, ratio: undefined },
    row('empty venue', times.empty),
    row('empty venue that infers orders', times.following),
    row('two open orders behind the best, one queue model', times.twoOne),
    row('two open orders behind the best, three by size', times.twoBySize),
    row('two open orders behind the best, fingerprint', times.twoInferred),
    row('two open orders behind the best, central and both ends', times.twoCentral),
    row('two open orders, central and both ends, whole orders', times.twoWhole),
    row('two open orders behind the best, all eight models', times.twoAll),
    row('two quotes at the best, moved often, central and both ends', times.maker),
    row('a hundred open orders, one queue model', times.hundredOne),
    row('a hundred open orders, three by size', times.hundredBySize),
    row('a hundred open orders, central and both ends', times.hundredCentral),
    row('a hundred open orders, central and both ends, whole orders', times.hundredWhole),
  ];
};

/** @returns Something of the book, so that it cannot be left out. */
function bookAlone(events: readonly MarketEvent[]): number {
  const book = new L2Book(PAIR.symbol, PAIR, 100);
  let sum = 0;
  for (const event of events) {
    if (event.type !== 'book') continue;
    book.apply(event.changes);
    sum += book.bestBid() ?? 0;
  }
  return sum;
}

interface Played {
  readonly models: readonly QueueModelId[];
  /** Where both orders rest, 0 the best level; no orders when undefined. */
  readonly level: number | undefined;
  /** How many, half of them a side, on that level and the 19 behind it. */
  readonly orders: number;
  readonly moveEvery: number;
}

/** @returns How many reports and shadow fills came. */
function play(events: readonly MarketEvent[], { models, level, orders: count, moveEvery }: Played): number {
  let heard = 0;
  const venue = new PaperVenue({
    instruments: [PAIR],
    latency: { feed: micros(5_000), entry: micros(15_000), ack: micros(5_000) },
    fees: { maker: '0.0025', taker: '0.0040' },
    balances: { USD: '1000000000', BTC: '100000' },
    models,
    onShadowFill: () => (heard += 1),
  });
  let orders = 0;
  const place = (side: Side, at: number, now: PlaceIntent['size'] | number): void => {
    orders += 1;
    venue.submit(
      {
        type: 'place',
        strategyId: 'bench',
        reason: 'bench',
        confidence: 1,
        clientOrderId: `${side}-${orders}`,
        symbol: PAIR.symbol,
        side,
        orderType: 'limit',
        price: priceOf(side, at),
        size: lots(20_000_000),
        timeInForce: 'gtc',
        postOnly: true,
      },
      micros(now),
    );
  };
  const cancel = (clientOrderId: string, now: number): void => {
    const { symbol } = PAIR;
    venue.submit(
      { type: 'cancel', strategyId: 'bench', reason: 'bench', confidence: 1, symbol, clientOrderId },
      micros(now),
    );
  };
  for (let index = 0; index < events.length; index += 1) {
    const event = events[index]!;
    venue.onEvent(event);
    venue.drain(event.venueTs, event.recvTs, () => (heard += 1));
    if (level !== undefined && (index === 1 || index % moveEvery === 0)) {
      if (orders >= 2) {
        cancel(`buy-${orders - 1}`, event.venueTs);
        cancel(`sell-${orders}`, event.venueTs);
      }
      for (let pair = 0; pair < count / 2; pair += 1) {
        place('buy', level + (pair % 19), event.venueTs);
        place('sell', level + (pair % 19), event.venueTs);
      }
    }
  }
  return heard;
}
