/**
 * Whether a run that is kept busy for a month grows: 10,000 orders a day for 30 days, each cancelled after three others unless it has
 * filled by then, under every queue model, with the ledgers and the bracket of a paper session; heap after a full collection at the end of
 * days 1, 10, 20 and 30. And whether it slows down: nanoseconds of an order, with its eight book messages and the prints among
 * them, on day 10, when the code is warm, and on day 30.
 */
import { lots, micros, ticks } from '@kb/model';
import type { FillReport, IntentSink, MarketEvent, StrategyView } from '@kb/model';
import { PaperVenue, QUEUE_MODEL_IDS } from '@kb/paper-exec';
import { Ledger } from '@kb/portfolio';
import { RiskEngine } from '@kb/risk';
import type { Strategy, StrategyEvent } from '@kb/strategies';
import type { BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { OrderBracket } from '../src/bracket/order-bracket.ts';
import { Engine } from '../src/index.ts';
import { Market } from '../test/support/market.ts';
import { makerConfig } from '../test/support/outputs.ts';
import { DecodedMarket } from './decoded-market.ts';

const SYMBOL = 'SOL/USD';
const CONFIG = makerConfig();
const FEES = { maker: '0.0002', taker: '0.0004' };
const EVERY = 8;
const DAYS: readonly number[] = [1, 10, 20, 30];
const NOTHING = { held: Number.NaN, perOrder: Number.NaN };

export const run: BenchRun = ({ smoke }) => {
  const perDay = smoke ? 200 : 10_000;
  const month = new BusyMonth(smoke ? 800 : 10_000);
  const measured = new Map<number, { readonly held: number; readonly perOrder: number }>();
  for (let day = 1; day <= 30; day += 1) {
    const start = process.hrtime.bigint();
    const orders = month.placeUntil(day * perDay);
    const perOrder = Number(process.hrtime.bigint() - start) / orders;
    if (DAYS.includes(day)) measured.set(day, { held: heldBytes(), perOrder });
  }
  const at = (day: number): typeof NOTHING => measured.get(day) ?? NOTHING;
  const rows = DAYS.map((day): BenchRow => ({
    name: `heap after day ${day}, ${day * perDay} orders`,
    median: at(day).held / 2 ** 20,
    unit: 'MB',
    against: day === 1 ? undefined : 'that after day 1',
    ratio: day === 1 ? undefined : at(day).held / at(1).held,
  }));
  const warm = at(10).perOrder;
  const last = at(30).perOrder;
  return [
    ...rows,
    { name: 'an order on day 10', median: warm, unit: 'ns/order', against: undefined, ratio: undefined },
    { name: 'an order on day 30', median: last, unit: 'ns/order', against: 'that of day 10', ratio: last / warm },
    { name: 'fills', median: month.engine.tally.fills, unit: 'fills', against: undefined, ratio: undefined },
  ];
};

/** A run on a market that repeats itself, later each time. */
class BusyMonth {
  readonly engine: Engine;
  readonly #market: DecodedMarket;
  readonly #strategy = new Churn();
  readonly #span: number;
  #rounds = 0;

  constructor(steps: number) {
    this.#market = new DecodedMarket(new Market({ seed: 7 }).inputs(steps), SYMBOL, CONFIG.depth);
    const { events, only } = this.#market;
    this.#span = (events.at(-1)?.venueTs ?? 0) - (events[0]?.venueTs ?? 0) + 1;
    const instruments = [only];
    const balances = { SOL: '1000000', USD: '100000000' };
    const ledgerOf = (): Ledger => new Ledger({ instruments, balances, reporting: 'USD' });
    const ends = { pessimistic: ledgerOf(), optimistic: ledgerOf() };
    const bracket = new OrderBracket(instruments, QUEUE_MODEL_IDS);
    this.engine = new Engine({
      market: this.#market,
      instruments: new Map([[only.symbol, only]]),
      strategies: [this.#strategy],
      risk: new RiskEngine({ ...CONFIG.limits, maxPositionNotional: { USD: '1000000000' } }),
      ledger: ledgerOf(),
      venue: new PaperVenue({
        instruments,
        latency: CONFIG.latency,
        fees: FEES,
        balances,
        models: QUEUE_MODEL_IDS,
        onShadowFill: (model, fill) => {
          if (model === 'risk-averse') ends.pessimistic.apply(fill);
          else if (model === 'uniform') ends.optimistic.apply(fill);
          bracket.apply(model, fill);
        },
      }),
      fees: FEES,
      output: { append: () => {}, durable: () => {} },
      onFill: (fill: FillReport) => bracket.apply('central', fill),
    });
  }

  /** Goes on until so many orders have been placed, and to the end of the market's round. @returns How many more there are. */
  placeUntil(orders: number): number {
    const before = this.#strategy.placed;
    while (this.#strategy.placed < orders) {
      const later = this.#rounds * this.#span;
      const trades = this.#rounds * this.#market.count;
      this.#market.play((event) => this.engine.process(shifted(event, later, trades)));
      this.#rounds += 1;
    }
    return this.#strategy.placed - before;
  }
}

function shifted(event: MarketEvent, later: number, trades: number): MarketEvent {
  const venueTs = micros(event.venueTs + later);
  const moved = { ...event, venueTs, recvTs: venueTs };
  return moved.type === 'trade' ? { ...moved, tradeId: moved.tradeId + trades } : moved;
}

/** Places an order near the best every few book messages, on alternate sides, and cancels the one before the last three. */
class Churn implements Strategy {
  readonly id = 'churn';
  placed = 0;
  #books = 0;
  readonly #recent: string[] = [];

  onEvent(event: StrategyEvent, _view: StrategyView, out: IntentSink): void {
    if (event.type !== 'book') return;
    this.#books += 1;
    const { book } = event;
    const bid = book.bestBid();
    const ask = book.bestAsk();
    if (this.#books % EVERY !== 0 || bid === undefined || ask === undefined) return;
    const behind = this.placed % 3;
    const side = this.placed % 2 === 0 ? 'buy' : 'sell';
    const price = ticks(side === 'buy' ? bid - behind : ask + behind);
    const terms = { orderType: 'limit', timeInForce: 'gtc', postOnly: true } as const;
    this.#recent.push(out.place({ symbol: SYMBOL, side, price, size: lots(5_000_000), ...terms }, 'churn'));
    this.placed += 1;
    const oldest = this.#recent.length > 3 ? this.#recent.shift() : undefined;
    if (oldest !== undefined) out.cancel(oldest, 'churn');
  }

  snapshot(): unknown {
    return null;
  }

  restore(): void {}
}

/** Bytes that are still needed. */
function heldBytes(): number {
  if (globalThis.gc === undefined) throw new Error('Run with --expose-gc');
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
