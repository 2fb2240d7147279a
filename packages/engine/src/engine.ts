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
import { assertNever, lots, micros } from '@kb/model';
import type {
  AmendIntent,
  CancelIntent,
  ExecutionReport,
  FeeRates,
  FillReport,
  Instrument,
  InstrumentEvent,
  Intent,
  MarketEvent,
  MarketView,
  Micros,
  OwnOrder,
  PlaceIntent,
  QueueModelId,
  Side,
  Venue,
  VenueCommand,
} from '@kb/model';
import type { Ledger } from '@kb/portfolio';
import type { RiskEngine } from '@kb/risk';
import type { Strategy, StrategyEvent } from '@kb/strategies';
import { Account } from './account.ts';
import { Desk } from './desk.ts';
import type { IntentHandler } from './desk.ts';
import { EngineError } from './errors.ts';
import { Marks } from './marks.ts';
import { OrderTracker } from './order-tracker.ts';
import type { OutputRecord, OutputSink } from './output.ts';
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
  readonly fees: FeeRates;
  readonly output: OutputSink;
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
  /** Commands that are on record and not yet sent, in their order. */
  #outbox: VenueCommand[] = [];
  #fault: { readonly error: unknown } | undefined;
  #ordersMade = 0;
  #seq = 0;
  #now: Micros = micros(0);
  #recvTs: Micros = micros(0);
  /** Venue time of the last word from the market: a live book is current as of then, however quiet it is. */
  #heardTs: Micros = micros(0);
  #nextMark = 0;
  #halted: string | undefined;

  /** @throws EngineError `KB_ENGINE_BAD_CONFIG` when two strategies have one id. */
  constructor(options: EngineOptions) {
    const { fees, instruments, ledger, market, strategies } = options;
    const ids = strategies.map(({ id }) => id);
    if (new Set(ids).size < ids.length) {
      throw new EngineError('KB_ENGINE_BAD_CONFIG', `Expected strategies of different ids, were ${ids.join(', ')}`);
    }
    this.#options = options;
    this.#instruments = new Map(instruments);
    this.#markEvery = options.markEvery ?? MARK_EVERY;
    this.marks = new Marks(this.#instruments);
    this.#account = new Account(ledger, this.orders, this.#instruments, fees);
    const handler: IntentHandler = {
      nextClientOrderId: (strategyId) => this.#nextClientOrderId(strategyId),
      handle: (intent) => this.#handle(intent),
      explain: (strategyId, symbol, side, reason) => this.#explain(strategyId, symbol, side, reason),
    };
    this.#desks = strategies.map(
      (strategy) => new Desk(strategy, market, this.#account.viewFor(strategy.id), this.orders, handler),
    );
  }

  /** Venue time of the last event. */
  get now(): Micros {
    return this.#now;
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
    if (this.#fault !== undefined) throw this.#fault.error;
    const { venue } = this.#options;
    this.#seq = event.seq;
    // Two channels of one venue may arrive in either order; time as strategies see it never runs back.
    if (event.venueTs > this.#now) this.#now = event.venueTs;
    this.#recvTs = event.recvTs;
    if (event.type !== 'timer') this.#heardTs = this.#now;
    if (event.type === 'book') this.marks.onBook(event);

    try {
      venue.onEvent(event);
      venue.drain(this.#now, event.recvTs, this.#onReport);
    } catch (error) {
      throw this.#broken(error);
    }
    if (event.type === 'instrument') this.#takeInstrument(event);
    for (const { strategyId, report } of this.#refusals.take()) {
      this.orders.refusalTold(strategyId, report);
      this.#tell(strategyId, report);
    }
    for (const desk of this.#desks) if (this.#hears(desk)) this.#call(desk, event);
    this.#dispatch();
    if (this.#now >= this.#nextMark) this.mark();
  }

  /** Writes equity to the output journal now. */
  mark(): void {
    const { ledger } = this.#options;
    const marks = this.marks.asDecimals();
    // A later multiple of the period, so that marks fall on the same instants whatever the events.
    this.#nextMark = (Math.floor(this.#now / this.#markEvery) + 1) * this.#markEvery;
    this.#write({
      type: 'mark',
      on: this.#seq,
      at: this.#now,
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
    this.#write({ type: 'halt', on: this.#seq, at: this.#now, cause });
    for (const order of this.orders.all()) {
      if (order.state !== 'cancelling') this.#send(cancelOf(order, `halted: ${cause}`));
    }
    this.#dispatch();
  }

  /** A fill that another queue model would have had: for the ends of the P&L bracket. */
  shadowFill(model: QueueModelId, fill: FillReport): void {
    this.#write({ type: 'shadow-fill', on: this.#seq, model, fill });
  }

  // --- what comes in ------------------------------------------------------------------------------------------------

  #takeReport(report: ExecutionReport): void {
    const order = this.orders.apply(report);
    this.#write({ type: 'report', on: this.#seq, strategyId: order?.strategyId, report });
    this.tally.report(report);
    if (report.type === 'fill') this.#account.apply(report);
    if (order === undefined) return;
    this.#tell(order.strategyId, report);
    this.#cancelIfOrphaned(order);
  }

  /** An order that turns out to work after its strategy was stopped (its cancel was refused or lost) is cancelled again. */
  #cancelIfOrphaned(order: OwnOrder): void {
    if (order.state !== 'open' || this.orders.get(order.clientOrderId) !== order) return;
    const desk = this.#deskOf(order.strategyId);
    if (desk !== undefined && this.#hears(desk)) return;
    this.#send(cancelOf(order, 'its strategy was stopped'));
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
      desk.call(event, this.#now);
    } catch (error) {
      if (this.#fault === undefined) this.#stopStrategy(desk, error);
    }
    // The strategy may have caught what was not its own.
    if (this.#fault !== undefined) throw this.#fault.error;
  }

  /** Somebody's code threw: that strategy is done, its orders go, the others carry on. */
  #stopStrategy(desk: Desk, error: unknown): void {
    desk.active = false;
    const strategyId = desk.strategy.id;
    const message = error instanceof Error ? error.message : String(error);
    this.tally.strategyErrors += 1;
    this.#write({ type: 'strategy-error', on: this.#seq, at: this.#now, strategyId, message });
    this.#cancelAll(strategyId, undefined, 'strategy stopped by an error');
  }

  // --- what goes out ------------------------------------------------------------------------------------------------

  #nextClientOrderId(strategyId: string): string {
    this.#ordersMade += 1;
    return `${strategyId}-${this.#ordersMade}`;
  }

  #handle(intent: Intent): void {
    switch (intent.type) {
      case 'place':
      case 'amend':
        this.#submitIfAllowed(intent);
        return;
      case 'cancel':
        this.#send(intent);
        return;
      case 'cancelAll':
        this.#cancelAll(intent.strategyId, intent.symbol, intent.reason);
        return;
      case 'flatten':
        this.#flatten(intent.strategyId, intent.symbol, intent.reason);
        return;
      default:
        assertNever(intent);
    }
  }

  #explain(strategyId: string, symbol: string, side: Side | undefined, reason: string): void {
    this.#write({ type: 'explain', on: this.#seq, at: this.#now, strategyId, symbol, side, reason });
  }

  #submitIfAllowed(intent: PlaceIntent | AmendIntent): void {
    const { market, risk } = this.#options;
    const instrument = this.#instruments.get(intent.symbol);
    if (instrument === undefined) {
      this.#refuse(intent, 'UNKNOWN_SYMBOL', `${intent.symbol} is not a pair of this run`);
      return;
    }
    const decision = risk.check(intent, {
      now: this.#now,
      instrument,
      position: this.#account.position(intent.symbol),
      openOrders: this.orders.ofSymbol(intent.symbol),
      mark: this.marks.midOf(intent.symbol),
      dataLive: market.book(intent.symbol) !== undefined,
      bookTs: this.#heardTs,
    });
    if (!decision.ok) {
      this.#refuse(intent, decision.code, decision.text);
      return;
    }
    if (this.#refusals.hasStreaks) this.#refusals.endStreak(this.#subjectOf(intent));
    this.#send(intent);
  }

  /** Writes the command down; it leaves at the end of the event. */
  #send(command: VenueCommand): void {
    const book = this.#options.market.book(command.symbol);
    this.#write({
      type: 'intent',
      on: this.#seq,
      at: this.#now,
      intent: command,
      decisionBid: book?.bestBid(),
      decisionAsk: book?.bestAsk(),
    });
    this.tally.sent(command);
    this.orders.sent(command, this.#now);
    this.#outbox.push(command);
  }

  /** Makes what was written durable, and only then sends it: all commands of an event wait for the disk once. */
  #dispatch(): void {
    const { output, venue } = this.#options;
    const commands = this.#outbox;
    if (commands.length === 0) return;
    this.#outbox = [];
    try {
      output.durable();
      for (const command of commands) venue.submit(command, this.#now);
    } catch (error) {
      throw this.#broken(error);
    }
  }

  #refuse(intent: PlaceIntent | AmendIntent, code: string, text: string): void {
    const { strategyId, symbol, clientOrderId } = intent;
    this.tally.refused(code);
    if (this.#refusals.isNews(this.#subjectOf(intent), code)) {
      const at = this.#now;
      this.#write({ type: 'refused', on: this.#seq, at, strategyId, symbol, clientOrderId, code, text });
    }
    this.orders.refused(intent, this.#now);
    this.#refusals.keep(strategyId, {
      type: intent.type === 'place' ? 'rejected' : 'amend-rejected',
      seq: 0, // no venue numbered it
      symbol,
      venueTs: this.#now,
      recvTs: this.#recvTs,
      clientOrderId,
      venueOrderId: undefined,
      reason: 'risk-refused',
      text: `${code}: ${text}`,
    });
  }

  /** What a refusal is about, so that the next one can be told to be the same. */
  #subjectOf(intent: PlaceIntent | AmendIntent): string {
    const side = intent.type === 'place' ? intent.side : this.orders.get(intent.clientOrderId)?.side;
    return `${intent.strategyId} ${intent.symbol} ${intent.type} ${side ?? ''}`;
  }

  #cancelAll(strategyId: string, symbol: string | undefined, reason: string): void {
    for (const order of this.orders.all()) {
      if (order.strategyId !== strategyId || order.state === 'cancelling') continue;
      if (symbol === undefined || order.symbol === symbol) this.#send(cancelOf(order, reason));
    }
  }

  /** Cancels what rests, then trades the position back at market, less what is on its way back already. */
  #flatten(strategyId: string, symbol: string, reason: string): void {
    for (const order of this.orders.ofStrategy(strategyId, symbol)) {
      const rests = order.orderType !== 'market' && order.state !== 'cancelling';
      if (rests) this.#send(cancelOf(order, reason));
    }
    const position = this.#account.position(symbol);
    const side = position > 0 ? 'sell' : 'buy';
    let size = Math.abs(position);
    for (const order of this.orders.ofSymbol(symbol)) {
      if (order.orderType === 'market' && order.side === side) size -= order.size - order.filled;
    }
    if (position === 0 || size <= 0) return;
    this.#submitIfAllowed({
      type: 'place',
      strategyId,
      reason,
      confidence: 1,
      clientOrderId: this.#nextClientOrderId(strategyId),
      symbol,
      side,
      orderType: 'market',
      price: undefined,
      size: lots(size),
      timeInForce: 'ioc',
      postOnly: false,
    });
  }

  #write(record: OutputRecord): void {
    if (this.#fault !== undefined) throw this.#fault.error;
    try {
      this.#options.output.append(record);
    } catch (error) {
      throw this.#broken(error);
    }
  }

  /** Remembers what broke outside of any strategy; nothing is handled after it. */
  #broken(error: unknown): unknown {
    this.#fault ??= { error };
    return error;
  }
}

function cancelOf(order: OwnOrder, reason: string): CancelIntent {
  const { strategyId, symbol, clientOrderId } = order;
  return { type: 'cancel', strategyId, reason, confidence: 1, symbol, clientOrderId };
}
