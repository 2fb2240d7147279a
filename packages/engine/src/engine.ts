/**
 * The loop: one event in, everything it causes out, in a fixed order, on one thread.
 *
 *   venue (resting orders move, reports fall due) → account → strategies → risk → output journal → venue
 *
 * What all of them want sent is on record, and as durable as the run asks for, before the venue gets any of it.
 *
 * Nothing here reads a clock, draws a random number or waits: the same events give the same output records, byte for byte.
 * Event source and venue are all that differs between backtest, paper, shadow and live.
 */
import { micros } from '@kb/model';
import type {
  AccountReport,
  ExecutionReport,
  FeeRates,
  FillReport,
  Instrument,
  InstrumentEvent,
  MarketEvent,
  MarketView,
  Micros,
  OwnOrder,
  QueueModelId,
  Venue,
} from '@kb/model';
import type { Ledger } from '@kb/portfolio';
import type { RiskEngine } from '@kb/risk';
import type { Strategy, StrategyEvent } from '@kb/strategies';
import { Account } from './account.ts';
import { Desk } from './desk.ts';
import { EngineError } from './errors.ts';
import { Marks } from './marks.ts';
import { Moment } from './moment.ts';
import { OrderGate } from './order-gate.ts';
import { OrderTracker } from './order-tracker.ts';
import { Outlet } from './outlet.ts';
import type { OutputSink } from './output.ts';
import { Refusals } from './refusals.ts';
import { Tally } from './tally.ts';

export interface EngineOptions {
  readonly market: MarketView;
  /** The pairs of this run: an order in any other is refused. Instrument events keep their rules up to date. */
  readonly instruments: ReadonlyMap<string, Instrument>;
  /** Told in this order. */
  readonly strategies: readonly Strategy[];
  readonly risk: RiskEngine;
  readonly ledger: Ledger;
  readonly venue: Venue;
  /** Rates that stay, or how to ask for a pair's: asked again after each fill and each mark. */
  readonly fees: FeeRates | ((symbol: string) => FeeRates);
  readonly output: OutputSink;
  /** Hears of every fill of the run's own orders once it is booked. */
  readonly onFill?: (fill: FillReport) => void;
  /** How often equity is written to the output journal, in venue time; every minute unless given. */
  readonly markEvery?: Micros;
}

const MARK_EVERY = micros(60_000_000);

/**
 * One run's loop.
 *
 * What goes wrong inside a strategy ends that strategy alone. What goes wrong in the output sink or the venue comes out of
 * the call that it happened in, and of every later one: a run that cannot be recorded must not go on.
 */
export class Engine {
  readonly orders: OrderTracker = new OrderTracker();
  readonly marks: Marks;
  readonly tally: Tally = new Tally();
  readonly #options: EngineOptions;
  readonly #instruments: Map<string, Instrument>;
  readonly #account: Account;
  readonly #desks: readonly Desk[];
  readonly #markEvery: number;
  readonly #onReport = (report: ExecutionReport): void => this.#takeReport(report);
  readonly #refusals = new Refusals();
  readonly #moment = new Moment();
  readonly #outlet: Outlet;
  readonly #gate: OrderGate;
  #nextMark = 0;
  #halted: string | undefined;

  /** @throws EngineError `KB_ENGINE_BAD_CONFIG` when two strategies have one id. */
  constructor(options: EngineOptions) {
    const { fees, instruments, ledger, market, output, risk, strategies, venue } = options;
    const ids = strategies.map(({ id }) => id);
    if (new Set(ids).size < ids.length) {
      throw new EngineError('KB_ENGINE_BAD_CONFIG', `Expected strategies of different ids, were ${ids.join(', ')}`);
    }
    this.#options = options;
    this.#instruments = new Map(instruments);
    this.#markEvery = options.markEvery ?? MARK_EVERY;
    this.marks = new Marks(this.#instruments);
    const feesOf = typeof fees === 'function' ? fees : (): FeeRates => fees;
    this.#account = new Account(ledger, this.orders, this.#instruments, feesOf);
    this.#outlet = new Outlet(output, venue, this.#moment);
    this.#gate = new OrderGate({
      market,
      instruments: this.#instruments,
      risk,
      account: this.#account,
      marks: this.marks,
      orders: this.orders,
      refusals: this.#refusals,
      tally: this.tally,
      outlet: this.#outlet,
      moment: this.#moment,
    });
    this.#desks = strategies.map(
      (strategy) => new Desk(strategy, market, this.#account.viewFor(strategy.id), this.orders, this.#gate),
    );
  }

  /** Venue time of the last event. */
  get now(): Micros {
    return this.#moment.now;
  }

  /** Why the run was halted, if it was. */
  get halted(): string | undefined {
    return this.#halted;
  }

  /** Signed lots gained or lost since the start. */
  position(symbol: string): number {
    return this.#account.position(symbol);
  }

  /** What each strategy last said about why it is or is not quoting. */
  reasons(): [string, string][] {
    return this.#desks.flatMap((desk) => desk.reasons());
  }

  /** Handles one market event to the end. @throws what the output sink or the venue threw, now or before. */
  process(event: MarketEvent): void {
    const { venue } = this.#options;
    this.#outlet.check();
    this.#moment.moveTo(event);
    if (event.type === 'book' || event.type === 'level3') this.marks.onBook(event);

    try {
      venue.onEvent(event);
      venue.drain(this.#moment.now, event.recvTs, this.#onReport);
    } catch (error) {
      throw this.#outlet.broken(error);
    }
    if (event.type === 'instrument') this.#takeInstrument(event);
    for (const { strategyId, report } of this.#refusals.take()) {
      this.orders.refusalTold(strategyId, report);
      this.#tell(strategyId, report);
    }
    for (const desk of this.#desks) if (this.#hears(desk)) this.#call(desk, event);
    this.#outlet.dispatch();
    if (this.#moment.now >= this.#nextMark) this.mark();
  }

  /** Writes equity to the output journal now. */
  mark(): void {
    const { ledger } = this.#options;
    const marks = this.marks.asDecimals();
    this.#account.forgetFees(); // volume grows old without anything else happening
    // A later multiple of the period, so that marks fall on the same instants whatever the events.
    this.#nextMark = (Math.floor(this.#moment.now / this.#markEvery) + 1) * this.#markEvery;
    this.#outlet.write({
      type: 'mark',
      on: this.#moment.seq,
      at: this.#moment.now,
      equity: ledger.equity(marks)?.toFixed(),
      pnl: ledger.pnl(marks)?.total.toFixed(),
      position: Object.fromEntries([...this.#instruments.keys()].map((symbol) => [symbol, this.position(symbol)])),
    });
  }

  /** Stops all strategies for good and cancels every working order. The first cause stays. */
  halt(cause: string): void {
    if (this.#halted !== undefined) return;
    this.#halted = cause;
    this.#options.risk.kill(cause);
    this.#outlet.write({ type: 'halt', on: this.#moment.seq, at: this.#moment.now, cause });
    for (const order of this.orders.all()) {
      if (order.state !== 'cancelling') this.#gate.cancel(order, `halted: ${cause}`);
    }
    this.#outlet.dispatch();
  }

  /** What the venue says of the account, not of an order: rollovers of margin positions are booked, all of it is written down. */
  accountReport(report: AccountReport): void {
    this.#outlet.write({ type: 'account', on: this.#moment.seq, report });
    this.#account.applyAccountReport(report);
  }

  /** A fill that another queue model would have had: for the ends of the P&L bracket. */
  shadowFill(model: QueueModelId, fill: FillReport): void {
    this.#outlet.write({ type: 'shadow-fill', on: this.#moment.seq, model, fill });
  }

  #takeReport(report: ExecutionReport): void {
    const order = this.orders.apply(report);
    this.#outlet.write({ type: 'report', on: this.#moment.seq, strategyId: order?.strategyId, report });
    this.tally.report(report);
    if (report.type === 'fill') {
      this.#account.apply(report);
      this.#options.onFill?.(report);
    }
    if (order === undefined) return;
    this.#tell(order.strategyId, report);
    this.#cancelIfOrphaned(order);
  }

  /** An order that turns out to work after its strategy was stopped (its cancel was refused or lost) is cancelled again. */
  #cancelIfOrphaned(order: OwnOrder): void {
    if (order.state !== 'open' || this.orders.get(order.clientOrderId) !== order) return;
    const desk = this.#deskOf(order.strategyId);
    if (desk !== undefined && this.#hears(desk)) return;
    this.#gate.cancel(order, 'its strategy was stopped');
  }

  #takeInstrument({ symbol, instrument }: InstrumentEvent): void {
    const before = this.#instruments.get(symbol);
    if (before === undefined) return;
    const { pricePrecision, qtyPrecision } = instrument;
    if (before.pricePrecision === pricePrecision && before.qtyPrecision === qtyPrecision) {
      this.#instruments.set(symbol, instrument);
      return;
    }
    // Orders, positions and marks are counted in the old steps: nothing that follows could be told right.
    const was = `${before.pricePrecision} and ${before.qtyPrecision}`;
    this.halt(`decimals of ${symbol} changed from ${was} to ${pricePrecision} and ${qtyPrecision}`);
  }

  #tell(strategyId: string, report: ExecutionReport): void {
    const desk = this.#deskOf(strategyId);
    if (desk !== undefined && this.#hears(desk)) this.#call(desk, report);
  }

  #hears(desk: Desk): boolean {
    return desk.active && this.#halted === undefined;
  }

  #deskOf(strategyId: string): Desk | undefined {
    for (const desk of this.#desks) if (desk.strategy.id === strategyId) return desk;
    return undefined;
  }

  #call(desk: Desk, event: StrategyEvent): void {
    try {
      desk.call(event, this.#moment.now);
    } catch (error) {
      if (!this.#outlet.isBroken) this.#stopStrategy(desk, error);
    }
    this.#outlet.check(); // the strategy may have caught what was not its own
  }

  /** Somebody's code threw: that strategy is done, its orders go, the others carry on. */
  #stopStrategy(desk: Desk, error: unknown): void {
    desk.active = false;
    const strategyId = desk.strategy.id;
    const message = error instanceof Error ? error.message : String(error);
    this.tally.strategyErrors += 1;
    this.#outlet.write({ type: 'strategy-error', on: this.#moment.seq, at: this.#moment.now, strategyId, message });
    this.#gate.cancelAll(strategyId, undefined, 'strategy stopped by an error');
  }
}
