import { SECOND } from '@kb/model';
import type { TrialOrder } from '../estimate/estimator.ts';
import { LOOKS, OutcomeTable } from '../measure/outcome-table.ts';
import type { ContextName, Outcome } from '../measure/outcome-table.ts';
import type { BookSide, OrderRow } from '../order-row.ts';
import { SIM_PAIR, SimMarket } from '../source/sim-market.ts';
import type { SimKind } from '../source/sim-kinds.ts';
import { TrueBook } from '../truth/true-book.ts';
import { Audience } from './audience.ts';
import type { Column } from './audience.ts';
import { MidHistory } from './mid-history.ts';
import { QuotePlan, ROUND_SECONDS } from './quote-plan.ts';
import type { Quote } from './quote-plan.ts';

export interface QuotedMarketOptions {
  readonly kind: SimKind;
  readonly seed: number;
  /** Size of a quote, as a share of what trades while it stands. */
  readonly share: number;
  readonly windows: readonly number[];
  /** Whether the models that see single orders take part. */
  readonly orders: boolean;
  /** True: the orders are really sent. False: they exist on paper only, and the strategy goes by that column's fills. */
  readonly isReal: boolean;
  readonly followed: string;
  /** Length of the blocks whose profits are looked at, in seconds. */
  readonly blockSeconds: number;
}

interface Placed {
  readonly order: TrialOrder;
  readonly context: Omit<Record<ContextName, number>, 'move'>;
  readonly placedAt: number;
  /** Id in the simulator, when it was really sent. */
  readonly id: number | undefined;
  /** First the truth, then each column: microseconds of the first fill, lots, and ticks × lots. */
  readonly filledAt: Float64Array;
  readonly filled: Float64Array;
  readonly paid: Float64Array;
}

/** What an order traded in truth and by each column, the truth first. */
export interface TradedOrder {
  /** Block in which it was placed. */
  readonly block: number;
  readonly side: BookSide;
  /** Lots, and ticks × lots. */
  readonly filled: Float64Array;
  readonly paid: Float64Array;
}

/**
 * A simulated market with the strategy in it, really or on paper. Where it is real, the public streams are those of the same market
 * with the own displayed size taken off; prints stay as they are, as a public tape shows them.
 */
export class QuotedMarket {
  readonly table: OutcomeTable;
  /** Orders whose fate is known. */
  readonly traded: TradedOrder[] = [];
  /** Mid at the end of each block that is over. */
  readonly blockMids: number[] = [];
  /** Lots: traded by all, by the strategy in truth. */
  volume = 0;
  ownVolume = 0;
  rows = 0;
  readonly #options: QuotedMarketOptions;
  readonly #market: SimMarket;
  /** Without the own orders. */
  readonly #book = new TrueBook();
  readonly #mids = new MidHistory(120 * SECOND);
  readonly #plan: QuotePlan;
  readonly #block: number;
  readonly #audiences: readonly Audience[];
  readonly #followedAt: number;
  #open: Placed[] = [];
  readonly #placed = new Map<number, Placed>();
  readonly #byId = new Map<number, Placed>();
  #number = 0;
  #held = 0;

  constructor(options: QuotedMarketOptions) {
    const { kind, seed, share, windows } = options;
    this.#options = options;
    this.#plan = new QuotePlan(seed, share);
    this.#block = options.blockSeconds * SECOND;
    const columns: Column[] = [];
    this.#audiences = windows.map((window) => this.#audience(window, columns));
    this.table = new OutcomeTable(columns);
    this.#followedAt = 1 + columns.findIndex(({ name }) => name === options.followed);
    this.#market = new SimMarket({ kind, seed, onRow: (row, isOwn) => this.#row(row, isOwn) });
    while (this.#plan.nextAt < WARM_UP) this.#plan.skip();
  }

  /** Public messages, over all streams. */
  get messages(): number {
    return this.#audiences.reduce((sum, { stream }) => sum + stream.messages, 0);
  }

  /** The mid that others make. */
  get mid(): number | undefined {
    return this.#book.mid();
  }

  get nextAt(): number {
    return Math.min(this.#market.nextAt, this.#plan.nextAt);
  }

  get isQuoteNext(): boolean {
    return this.#plan.nextAt < this.#market.nextAt;
  }

  /** Does the next thing: an event of the market, or a round of quotes. */
  step(): void {
    const at = this.nextAt;
    this.#endBlocks(at);
    for (const { stream } of this.#audiences) stream.advance(at);
    if (this.isQuoteNext) this.#quote(at);
    else this.#market.step();
  }

  /** Does all that is due before a time, in microseconds. */
  run(until: number): void {
    while (this.nextAt < until) this.step();
  }

  /** Blocks that are over by then. */
  #endBlocks(at: number): void {
    while (at >= (this.blockMids.length + 1) * this.#block) this.blockMids.push(this.#book.mid() ?? 0);
  }

  #row(row: OrderRow, isOwn: boolean): void {
    this.rows += 1;
    const { kind, side, price, size, time } = row;
    if (kind === 'trade') this.volume += size;
    if (isOwn) {
      const placed = this.#byId.get(row.id);
      if (kind !== 'trade' || placed === undefined) return;
      this.ownVolume += size;
      this.#filled(placed, 0, time, size, price);
      // The tape shows it; the book without us does not move.
      for (const { stream } of this.#audiences) stream.print(row);
      return;
    }
    this.#book.apply(row);
    const total = this.#book.total(side, price);
    for (const audience of this.#audiences) audience.row(row, total);
    const mid = this.#book.mid();
    if (mid !== undefined) this.#mids.add(time, mid);
  }

  #quote(at: number): void {
    const [bid, ask] = [this.#book.best('buy'), this.#book.best('sell')];
    for (const placed of this.#open) this.#cancel(placed, at);
    this.#resolve(at);
    if (bid === undefined || ask === undefined || bid >= ask) {
      this.#plan.skip();
      return;
    }
    const quotes = this.#plan.quotes(bid, ask, (this.volume / at) * SECOND, this.#held);
    this.#open = quotes.map((quote) => this.#send(quote, at, ask - bid));
  }

  #send({ side, price, size }: Quote, at: number, spread: number): Placed {
    const order: TrialOrder = { number: this.#number, side, price, size };
    this.#number += 1;
    const columns = this.table.estimates.length + 1;
    const placed: Placed = {
      order,
      context: {
        block: Math.floor(at / BOOTSTRAP_BLOCK),
        life: (this.#plan.nextAt - at) / SECOND,
        distance: 0,
        spread,
        ahead: this.#book.total(side, price),
        rate: 0,
        volatility: this.#mids.moved(at - 60 * SECOND),
      },
      placedAt: at,
      id: this.#options.isReal ? this.#market.nextOwnId : undefined,
      filledAt: new Float64Array(columns).fill(Number.NaN),
      filled: new Float64Array(columns),
      paid: new Float64Array(columns),
    };
    this.#placed.set(order.number, placed);
    if (placed.id !== undefined) {
      this.#byId.set(placed.id, placed);
      this.#market.place(side, price, size, at);
    }
    for (const audience of this.#audiences) audience.place(order, at);
    return placed;
  }

  #cancel({ id, order }: Placed, at: number): void {
    if (id !== undefined) this.#market.cancel(id, at);
    for (const audience of this.#audiences) audience.cancel(order, at);
  }

  /** Writes down orders of two rounds ago: by now it is known how the mid moved after them. */
  #resolve(at: number): void {
    for (const [number, placed] of this.#placed) {
      if (at - placed.placedAt < (2 * ROUND_SECONDS + 2) * SECOND) return;
      this.#placed.delete(number);
      if (placed.id !== undefined) this.#byId.delete(placed.id);
      const outcomes = [...placed.filledAt.keys()].map((column) => this.#outcome(placed, column));
      const [truth, ...estimates] = outcomes;
      if (truth === undefined) return;
      const move = this.#moveFrom(placed, placed.placedAt, 30);
      this.table.push({ ...placed.context, move }, truth, estimates);
      const { filled, paid, order } = placed;
      this.traded.push({ block: Math.floor(placed.placedAt / this.#block), side: order.side, filled, paid });
    }
  }

  #outcome(placed: Placed, column: number): Outcome {
    const filledAt = placed.filledAt[column] ?? Number.NaN;
    return {
      fill: (filledAt - placed.placedAt) / SECOND,
      share: (placed.filled[column] ?? 0) / placed.order.size,
      marks: LOOKS.map((seconds) => this.#moveFrom(placed, filledAt, seconds)),
      queue: [],
    };
  }

  #moveFrom({ order }: Placed, time: number, seconds: number): number {
    if (Number.isNaN(time)) return Number.NaN;
    const move = this.#mids.before(time + seconds * SECOND) - this.#mids.before(time);
    return order.side === 'buy' ? move : -move;
  }

  #filled(placed: Placed, column: number, at: number, size: number, price: number): void {
    const { order, filledAt, filled, paid } = placed;
    if (Number.isNaN(filledAt[column])) filledAt[column] = at;
    filled[column] = (filled[column] ?? 0) + size;
    paid[column] = (paid[column] ?? 0) + price * size;
    if (column === (this.#options.isReal ? 0 : this.#followedAt)) this.#held += order.side === 'buy' ? size : -size;
  }

  #audience(window: number, columns: Column[]): Audience {
    const first = 1 + columns.length;
    const audience = new Audience({
      pair: SIM_PAIR,
      window,
      orders: this.#options.orders,
      apart: false, // a quote joins the best of its side, so it cannot reach one of the other
      onFill: (number, column, at, size, price) => {
        const placed = this.#placed.get(number);
        if (placed !== undefined) this.#filled(placed, first + column, at, size, price);
      },
    });
    columns.push(...audience.columns);
    return audience;
  }
}

const BOOTSTRAP_BLOCK = 300 * SECOND;
/** The market trades alone for so long, which tells how much trades in it. */
const WARM_UP = 300 * SECOND;
