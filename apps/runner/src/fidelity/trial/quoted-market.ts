import { SECOND } from '@kb/model';
import type { Estimator, TrialOrder } from '../estimate/estimator.ts';
import { PaperEstimator } from '../estimate/paper-estimator.ts';
import { HourLedger } from '../measure/hour-ledger.ts';
import { LOOKS, OutcomeTable } from '../measure/outcome-table.ts';
import type { ContextName, Outcome } from '../measure/outcome-table.ts';
import type { OrderRow } from '../order-row.ts';
import { PeerDesk } from '../peers/peer-desk.ts';
import { SIM_PAIR, SimMarket } from '../source/sim-market.ts';
import type { SimKind } from '../source/sim-market.ts';
import { PublicStream } from '../stream/public-stream.ts';
import { TrueBook } from '../truth/true-book.ts';
import { MidHistory } from './mid-history.ts';
import { QuotePlan, ROUND_SECONDS } from './quote-plan.ts';
import type { Quote } from './quote-plan.ts';

export interface QuotedMarketOptions {
  readonly kind: SimKind;
  readonly seed: number;
  /** Size of a quote, as a share of what trades while it stands. */
  readonly share: number;
  readonly windows: readonly number[];
  /** True: the orders are really sent. False: they exist on paper only, and the strategy goes by that column's fills. */
  readonly isReal: boolean;
  readonly followed: string;
}

interface Placed {
  readonly order: TrialOrder;
  readonly context: Omit<Record<ContextName, number>, 'move'>;
  readonly placedAt: number;
  /** Id in the simulator, when it was really sent. */
  readonly id: number | undefined;
  /** First the truth, then each column: microseconds of the first fill, and lots. */
  readonly filledAt: Float64Array;
  readonly filled: Float64Array;
}

/**
 * A simulated market with the strategy in it, really or on paper. Where it is real, the public streams are those of the same market
 * with the own displayed size taken off; prints stay as they are, as a public tape shows them.
 */
export class QuotedMarket {
  readonly table: OutcomeTable;
  /** The truth's first, then one for each column of the table. */
  readonly ledgers: readonly HourLedger[];
  /** Mid at the end of each hour. */
  readonly hourMids: number[] = [];
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
  readonly #streams: PublicStream[] = [];
  readonly #estimators: Estimator[] = [];
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
    const columns: { name: string; window: number }[] = [];
    for (const window of windows) this.#listen(window, columns);
    this.table = new OutcomeTable(columns);
    this.ledgers = [undefined, ...columns].map(() => new HourLedger());
    this.#followedAt = 1 + columns.findIndex(({ name }) => name === options.followed);
    this.#market = new SimMarket({ kind, seed, onRow: (row, isOwn) => this.#row(row, isOwn) });
    while (this.#plan.nextAt < WARM_UP) this.#plan.skip();
  }

  /** Public messages, over all streams. */
  get messages(): number {
    return this.#streams.reduce((sum, { messages }) => sum + messages, 0);
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
    this.#endHours(at);
    for (const stream of this.#streams) stream.advance(at);
    if (this.isQuoteNext) this.#quote(at);
    else this.#market.step();
  }

  /** Hours that are over by then. */
  #endHours(at: number): void {
    while (at >= (this.hourMids.length + 1) * HOUR) this.hourMids.push(this.#book.mid() ?? 0);
  }

  #row(row: OrderRow, isOwn: boolean): void {
    this.rows += 1;
    const { kind, side, price, size, time } = row;
    if (kind === 'trade') {
      this.volume += size;
      for (const stream of this.#streams) stream.print(row);
    }
    if (isOwn) {
      const placed = this.#byId.get(row.id);
      if (kind !== 'trade' || placed === undefined) return;
      this.ownVolume += size;
      this.#filled(placed, 0, time, size, price);
      return;
    }
    this.#book.apply(row);
    const total = this.#book.total(side, price);
    for (const stream of this.#streams) stream.level(time, side, price, total);
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
        block: Math.floor(at / BLOCK),
        life: ROUND_SECONDS,
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
    };
    this.#placed.set(order.number, placed);
    if (placed.id !== undefined) {
      this.#byId.set(placed.id, placed);
      this.#market.place(side, price, size, at);
    }
    for (const estimator of this.#estimators) estimator.place(order, at);
    return placed;
  }

  #cancel({ id, order }: Placed, at: number): void {
    if (id !== undefined) this.#market.cancel(id, at);
    for (const estimator of this.#estimators) estimator.cancel(order, at);
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
    const { order, filledAt, filled } = placed;
    if (Number.isNaN(filledAt[column])) filledAt[column] = at;
    filled[column] = (filled[column] ?? 0) + size;
    this.ledgers[column]?.fill(Math.floor(at / HOUR), order.side, price, size);
    if (column === (this.#options.isReal ? 0 : this.#followedAt)) this.#held += order.side === 'buy' ? size : -size;
  }

  #listen(window: number, columns: { name: string; window: number }[]): void {
    const first = columns.length + 1;
    const from =
      (offset: number) =>
      (number: number, column: number, at: number, size: number, price: number): void => {
        const placed = this.#placed.get(number);
        if (placed !== undefined) this.#filled(placed, offset + column, at, size, price);
      };
    const paper = new PaperEstimator({ pair: SIM_PAIR, window, onFill: from(first) });
    const peers = new PeerDesk(from(first + paper.columns.length));
    for (const name of [...paper.columns, ...peers.columns]) columns.push({ name, window });
    const stream = new PublicStream(window, SIM_PAIR.symbol, SIM_PAIR, [peers, paper]);
    peers.watch(stream);
    this.#streams.push(stream);
    this.#estimators.push(paper, peers);
  }
}

const HOUR = 3_600 * SECOND;
const BLOCK = 300 * SECOND;
/** The market trades alone for so long, which tells how much trades in it. */
const WARM_UP = 300 * SECOND;
