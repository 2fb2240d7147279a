/**
 * What the paper venue costs per market event (a book message or a print). Hot: once per event of a backtest or a live run.
 *
 * The floor is a venue with nothing of ours in it: it keeps its book and nothing else. Two open orders add the buffering
 * until the watermark, the queue of each order in each model, and the fills; the last row also moves both quotes to the back
 * of the best levels every 200 events, with their acceptances, cancels and reports.
 */
import { lots, micros } from '@kb/model';
import type { MarketEvent, PlaceIntent, QueueModelId, Side } from '@kb/model';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchRun } from '../../../scripts/bench-kit.ts';
import { PaperVenue } from '../src/index.ts';
import { marketStream, PAIR, priceOf } from './stream.ts';

export const run: BenchRun = (options) => {
  const events = marketStream(1, options.smoke ? 2_000 : 50_000);
  const both = ['risk-averse', 'uniform'] as const;
  const times = interleave(
    {
      empty: () => play(events, { models: both, level: undefined, moveEvery: Infinity }),
      oneModel: () => play(events, { models: ['risk-averse'], level: 1, moveEvery: Infinity }),
      twoModels: () => play(events, { models: both, level: 1, moveEvery: Infinity }),
      maker: () => play(events, { models: both, level: 0, moveEvery: 200 }),
    },
    events.length,
    options,
  );
  const row = (name: string, median: number): Awaited<ReturnType<BenchRun>>[number] => {
    return { name, median, unit: 'ns/event', against: 'an empty venue', ratio: median / times.empty };
  };
  return [
    { name: 'empty venue', median: times.empty, unit: 'ns/event', against: undefined, ratio: undefined },
    row('two open orders behind the best, one queue model', times.oneModel),
    row('two open orders behind the best, two queue models', times.twoModels),
    row('two quotes at the best, moved every 200 events, two models', times.maker),
  ];
};

interface Played {
  readonly models: readonly QueueModelId[];
  /** Where both orders rest, 0 the best level; no orders when undefined. */
  readonly level: number | undefined;
  readonly moveEvery: number;
}

/** @returns How many reports and shadow fills came. */
function play(events: readonly MarketEvent[], { models, level, moveEvery }: Played): number {
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
      place('buy', level, event.venueTs);
      place('sell', level, event.venueTs);
    }
  }
  return heard;
}
