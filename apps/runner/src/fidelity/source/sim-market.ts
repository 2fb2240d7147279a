import { FLOW_PRESETS, Matcher, QueueReactive, s2For, ZeroIntelligence } from '@kb/exchange-sim';
import type { Flow } from '@kb/exchange-sim';
import { instrument, lots, opposite, ticks } from '@kb/model';
import type { Instrument, Lots, Side, Ticks } from '@kb/model';
import type { BookSide, OrderRow } from '../order-row.ts';
import type { SimKind } from './sim-kinds.ts';

/** The pair of all simulated markets. No least size: phantoms are one lot. */
export const SIM_PAIR: Instrument = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8 });

const START = ticks(600_000);
/** Own orders have ids that the flow never draws, so that it stays the same with and without them. */
const FIRST_OWN = 2 ** 45;

export interface SimMarketOptions {
  readonly kind: SimKind;
  readonly seed: number;
  /** Hears of everything that happens to resting orders, own ones told apart by `isOwn`. */
  readonly onRow: (row: OrderRow, isOwn: boolean) => void;
}

/** One simulated market in virtual time, whose every order is told as a row. */
export class SimMarket {
  /** Time of what happens now, in microseconds. */
  time = 0;
  readonly #matcher: Matcher;
  readonly #flow: Flow;
  readonly #onRow: SimMarketOptions['onRow'];
  /** Lots shown by each resting order, as last told. */
  readonly #shown = new Map<number, number>();
  #own = 0;

  constructor({ kind, seed, onRow }: SimMarketOptions) {
    this.#onRow = onRow;
    this.#matcher = new Matcher({
      onTrade: (_trade, maker, _taker, side, price, size) => this.#traded(maker, opposite(side), price, size),
      onQueued: (id, side, price, displayed) => {
        this.#shown.set(id, displayed);
        this.#tell('add', id, side, price, displayed);
      },
      onResized: (id, side, price, displayed) => this.#shrunk(id, side, price, displayed),
      onUnqueued: (id, side, price) => {
        const left = this.#shown.get(id) ?? 0;
        this.#shown.delete(id);
        if (left > 0) this.#tell('delete', id, side, price, left);
      },
      onLevel: () => undefined,
      onDone: () => undefined,
    });
    this.#flow = makeFlow(kind, this.#matcher, seed);
  }

  /** When the flow acts next. */
  get nextAt(): number {
    return this.#flow.nextAt;
  }

  /** Lets the flow act once. */
  step(): void {
    this.time = this.#flow.nextAt;
    this.#flow.step();
  }

  /** Id of the next own order. */
  get nextOwnId(): number {
    return FIRST_OWN + this.#own;
  }

  /** Places an own limit order, with that id. */
  place(side: BookSide, price: number, size: number, at: number): void {
    this.time = at;
    const id = this.nextOwnId;
    this.#own += 1;
    this.#matcher.limit(id, side, ticks(price), lots(size));
  }

  cancel(id: number, at: number): void {
    this.time = at;
    this.#matcher.cancel(id);
  }

  #traded(id: number, side: Side, price: Ticks, size: Lots): void {
    this.#shown.set(id, (this.#shown.get(id) ?? size) - size);
    this.#tell('trade', id, side, price, size);
  }

  /** After a trade the rows have said so already. */
  #shrunk(id: number, side: Side, price: Ticks, displayed: Lots): void {
    const before = this.#shown.get(id) ?? displayed;
    this.#shown.set(id, displayed);
    if (displayed < before) this.#tell('reduce', id, side, price, before - displayed);
  }

  #tell(kind: OrderRow['kind'], id: number, side: Side, price: number, size: number): void {
    this.#onRow({ time: this.time, kind, id, side, price, size }, id >= FIRST_OWN);
  }
}

function makeFlow(kind: SimKind, matcher: Matcher, seed: number): Flow {
  const common = { instrument: SIM_PAIR, matcher, seed, startPrice: START };
  if (kind === 's2') return new QueueReactive({ ...common, flow: s2For({ price: 60_000, tickSize: 0.1 }) });
  const preset = { moving: 'pilot-a', pinned: 'pilot-b', light: 'pilot-c' } as const;
  return new ZeroIntelligence({ ...common, flow: FLOW_PRESETS[preset[kind]] });
}
