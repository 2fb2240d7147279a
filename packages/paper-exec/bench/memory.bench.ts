/**
 * Whether a venue that is kept busy for two months grows: 10,000 orders a day for 60 days, each cancelled six orders later unless it
 * has filled by then, as a third do; heap after a full collection at the end of some days, central and both ends. It
 * rises and falls by some megabytes over weeks: the second month tells that from growth. And whether it slows down: nanoseconds of an order, with its sixteen market events, on day 10, when the code is warm, and on the last one.
 */
import { lots, micros } from '@kb/model';
import type { MarketEvent, Micros, PlaceIntent, Side } from '@kb/model';
import type { BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { PaperVenue } from '../src/index.ts';
import { marketStream, PAIR, priceOf } from './stream.ts';

/** Market events from one order to the next. */
const EVENTS = 16;
/** Orders after which one is cancelled, if it still stands. */
const LIFE = 6;

export const run: BenchRun = ({ smoke }) => {
  const perDay = smoke ? 200 : 10_000;
  const months = new BusyMonths(perDay);
  const measured = new Map<number, { readonly held: number; readonly perOrder: number }>();
  for (let day = 1; day <= LAST_DAY; day += 1) {
    const start = process.hrtime.bigint();
    months.day();
    const perOrder = Number(process.hrtime.bigint() - start) / perDay;
    if (DAYS.includes(day)) measured.set(day, { held: heldBytes(), perOrder });
  }
  const first = measured.get(1) ?? NOTHING;
  const warm = measured.get(10) ?? NOTHING;
  const last = measured.get(LAST_DAY) ?? NOTHING;
  const held = DAYS.map((day): BenchRow => {
    const { held: bytes } = measured.get(day) ?? NOTHING;
    const against = day === 1 ? undefined : 'that after day 1';
    const ratio = day === 1 ? undefined : bytes / first.held;
    return {
      name: `heap after day ${day}, ${day * perDay} orders`,
      median: bytes / 2 ** 20,
      unit: 'MB',
      against,
      ratio,
    };
  });
  return [
    ...held,
    { name: 'an order on day 10', median: warm.perOrder, unit: 'ns/order', against: undefined, ratio: undefined },
    {
      name: `an order on day ${LAST_DAY}`,
      median: last.perOrder,
      unit: 'ns/order',
      against: 'that of day 10',
      ratio: last.perOrder / warm.perOrder,
    },
    {
      name: 'fills that the strategy heard of',
      median: months.fills,
      unit: 'fills',
      against: undefined,
      ratio: undefined,
    },
  ];
};

const LAST_DAY = 60;
const DAYS: readonly number[] = [1, 10, 20, 30, LAST_DAY];
const NOTHING = { held: Number.NaN, perOrder: Number.NaN };

/** A venue on a market that repeats itself, later each time. */
class BusyMonths {
  fills = 0;
  readonly #perDay: number;
  readonly #events: readonly MarketEvent[] = marketStream(1, 20_000);
  readonly #span: number;
  readonly #trades: number;
  readonly #venue: PaperVenue;
  #at = 0;
  #rounds = 0;
  #orders = 0;

  constructor(perDay: number) {
    this.#perDay = perDay;
    this.#span = (this.#events.at(-1)?.venueTs ?? 0) + 1;
    this.#trades = this.#events.length;
    this.#venue = new PaperVenue({
      instruments: [PAIR],
      latency: { feed: micros(5_000), entry: micros(15_000), ack: micros(5_000) },
      fees: { maker: '0.0025', taker: '0.0040' },
      balances: { USD: '1000000000000', BTC: '100000000' },
      models: ['central', 'risk-averse', 'uniform'],
      onShadowFill: () => undefined,
    });
    this.#next();
  }

  day(): void {
    for (let order = 0; order < this.#perDay; order += 1) {
      let now = micros(0);
      for (let count = 0; count < EVENTS; count += 1) now = this.#next();
      const side = order % 2 === 0 ? 'buy' : 'sell';
      this.#venue.submit(placed(side, this.#orders), now);
      if (this.#orders >= LIFE) this.#venue.submit(cancelled(this.#orders - LIFE), now);
      this.#orders += 1;
    }
  }

  /** @returns When it was, in the venue's time. */
  #next(): Micros {
    if (this.#at === this.#events.length) {
      this.#at = 0;
      this.#rounds += 1;
    }
    const event = this.#events[this.#at]!;
    this.#at += 1;
    const venueTs = micros(event.venueTs + this.#rounds * this.#span);
    const later = { ...event, venueTs, recvTs: venueTs };
    this.#venue.onEvent(
      later.type === 'trade' ? { ...later, tradeId: later.tradeId + this.#rounds * this.#trades } : later,
    );
    this.#venue.drain(venueTs, venueTs, (report) => (this.fills += report.type === 'fill' ? 1 : 0));
    return venueTs;
  }
}

function placed(side: Side, order: number): PlaceIntent {
  return {
    type: 'place',
    strategyId: 'bench',
    reason: 'bench',
    confidence: 1,
    clientOrderId: `order-${order}`,
    symbol: PAIR.symbol,
    side,
    orderType: 'limit',
    price: priceOf(side, order % 3),
    size: lots(1_000_000),
    timeInForce: 'gtc',
    postOnly: true,
  };
}

function cancelled(order: number): Parameters<PaperVenue['submit']>[0] {
  const who = { strategyId: 'bench', reason: 'bench', confidence: 1 };
  return { type: 'cancel', ...who, symbol: PAIR.symbol, clientOrderId: `order-${order}` };
}

/** Bytes that are still needed. */
function heldBytes(): number {
  if (globalThis.gc === undefined) throw new Error('Run with --expose-gc');
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
