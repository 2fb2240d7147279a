/**
 * The loop: one event in, everything it causes out, in a fixed order, on one thread.
 *
 *   venue (resting orders move, reports fall due) → account → strategies → risk → output journal → venue
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
import type { Strategy } from '@kb/strategies';
import { Account } from './account.ts';
import { Desk } from './desk.ts';
import type { IntentHandler } from './desk.ts';
import { Marks } from './marks.ts';
import { OrderTracker } from './order-tracker.ts';
import type { OutputSink } from './output.ts';
import { Tally } from './tally.ts';

export interface EngineOptions {
  readonly market: MarketView;
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly strategies: readonly Strategy[];
  readonly risk: RiskEngine;
  readonly ledger: Ledger;
  readonly venue: Venue;
  readonly fees: FeeRates;
  readonly output: OutputSink;
  /** How often equity is written to the output journal, in venue time. */
  readonly markEvery?: Micros;
}

const MARK_EVERY = micros(60_000_000);

export class Engine implements IntentHandler {
  readonly orders: OrderTracker = new OrderTracker();
  readonly marks: Marks;
  readonly tally: Tally = new Tally();
  readonly #options: EngineOptions;
  readonly #account: Account;
  readonly #desks: readonly Desk[];
  readonly #markEvery: number;
  readonly #onReport = (report: ExecutionReport): void => this.#takeReport(report);
  /** Refusals of our own risk engine, told to the strategy with the next event: never inside its own call. */
  #refusals: { readonly strategyId: string; readonly report: ExecutionReport }[] = [];
  readonly #lastRefusal = new Map<string, string>();
  #ordersMade = 0;
  #seq = 0;
  #now: Micros = micros(0);
  #recvTs: Micros = micros(0);
  /** Venue time of the last word from the market: a live book is current as of then, however quiet it is. */
  #heardTs: Micros = micros(0);
  #nextMark = 0;
  #halted: string | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#markEvery = options.markEvery ?? MARK_EVERY;
    this.marks = new Marks(options.instruments);
    this.#account = new Account(options.ledger, this.orders, options.instruments, options.fees);
    this.#desks = options.strategies.map(
      (strategy) => new Desk(strategy, options.market, this.#account.viewFor(strategy.id), this.orders, this),
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

  /** Handles one market event to the end. */
  process(event: MarketEvent): void {
    const { venue } = this.#options;
    this.#seq = event.seq;
    // Two channels of one venue may arrive in either order; time as strategies see it never runs back.
    if (event.venueTs > this.#now) this.#now = event.venueTs;
    this.#recvTs = event.recvTs;
    if (event.type !== 'timer') this.#heardTs = this.#now;
    if (event.type === 'book') this.marks.onBook(event);

    venue.onEvent(event);
    venue.drain(this.#now, event.recvTs, this.#onReport);
    this.#tellRefusals();
    for (const desk of this.#desks) {
      if (!desk.active || this.#halted !== undefined) continue;
      desk.now = this.#now;
      this.#call(desk, event);
    }
    if (this.#now >= this.#nextMark) this.mark();
  }

  /** Writes equity to the output journal now. */
  mark(): void {
    const { instruments, ledger, output } = this.#options;
    const marks = this.marks.asDecimals();
    // A later multiple of the period, so that marks fall on the same instants whatever the events.
    this.#nextMark = (Math.floor(this.#now / this.#markEvery) + 1) * this.#markEvery;
    output.append({
      type: 'mark',
      on: this.#seq,
      at: this.#now,
      equity: ledger.equity(marks)?.toFixed(),
      pnl: ledger.pnl(marks)?.total.toFixed(),
      position: Object.fromEntries([...instruments.keys()].map((symbol) => [symbol, this.position(symbol)])),
    });
  }

  /** Stops all strategies for good and cancels every working order. */
  halt(cause: string): void {
    if (this.#halted !== undefined) return;
    this.#halted = cause;
    this.#options.risk.kill(cause);
    this.#options.output.append({ type: 'halt', on: this.#seq, at: this.#now, cause });
    for (const order of this.orders.all()) this.#send(cancelOf(order, `halted: ${cause}`));
  }

  /** A fill that another queue model would have had: for the ends of the P&L bracket. */
  shadowFill(model: QueueModelId, fill: FillReport): void {
    this.#options.output.append({ type: 'shadow-fill', on: this.#seq, model, fill });
  }

  nextClientOrderId(strategyId: string): string {
    this.#ordersMade += 1;
    return `${strategyId}-${this.#ordersMade}`;
  }

  handle(intent: Intent): void {
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
        this.#cancelAll(intent.strategyId, intent.symbol, intent.reason);
        this.#closePosition(intent.strategyId, intent.symbol, intent.reason);
        return;
      default:
        assertNever(intent);
    }
  }

  explain(strategyId: string, symbol: string, side: Side | undefined, reason: string): void {
    this.#options.output.append({ type: 'explain', on: this.#seq, at: this.#now, strategyId, symbol, side, reason });
  }

  #call(desk: Desk, event: MarketEvent | ExecutionReport): void {
    try {
      desk.strategy.onEvent(event, desk, desk);
    } catch (error) {
      this.#stopStrategy(desk, error);
    }
  }

  /** Somebody's code threw: that strategy is done, its orders go, the others carry on. */
  #stopStrategy(desk: Desk, error: unknown): void {
    desk.active = false;
    const strategyId = desk.strategy.id;
    const message = error instanceof Error ? error.message : String(error);
    this.tally.strategyErrors += 1;
    this.#options.output.append({ type: 'strategy-error', on: this.#seq, at: this.#now, strategyId, message });
    this.#cancelAll(strategyId, undefined, 'strategy stopped by an error');
  }

  #takeReport(report: ExecutionReport): void {
    const order = this.orders.apply(report);
    this.#options.output.append({ type: 'report', on: this.#seq, strategyId: order?.strategyId, report });
    this.tally.report(report);
    if (report.type === 'fill') this.#account.apply(report);
    if (order !== undefined) this.#tell(order.strategyId, report);
  }

  #tell(strategyId: string, report: ExecutionReport): void {
    const desk = this.#desks.find((candidate) => candidate.strategy.id === strategyId);
    if (desk === undefined || !desk.active || this.#halted !== undefined) return;
    desk.now = this.#now;
    this.#call(desk, report);
  }

  #tellRefusals(): void {
    if (this.#refusals.length === 0) return;
    const refusals = this.#refusals;
    this.#refusals = [];
    for (const { strategyId, report } of refusals) this.#tell(strategyId, report);
  }

  #submitIfAllowed(intent: PlaceIntent | AmendIntent): void {
    const { instruments, market, risk } = this.#options;
    const instrument = instruments.get(intent.symbol);
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
    if (decision.ok) this.#send(intent);
    else this.#refuse(intent, decision.code, decision.text);
  }

  #send(command: VenueCommand): void {
    const { market, output, venue } = this.#options;
    const book = market.book(command.symbol);
    output.append({
      type: 'intent',
      on: this.#seq,
      at: this.#now,
      intent: command,
      decisionBid: book?.bestBid(),
      decisionAsk: book?.bestAsk(),
    });
    output.durable();
    this.tally.sent(command);
    this.orders.sent(command, this.#now);
    venue.submit(command, this.#now);
  }

  #refuse(intent: PlaceIntent | AmendIntent, code: string, text: string): void {
    const { strategyId, symbol, clientOrderId } = intent;
    this.tally.refused(code);
    const about = `${strategyId} ${symbol} ${intent.type} ${intent.type === 'place' ? intent.side : ''}`;
    if (this.#lastRefusal.get(about) !== code) {
      this.#lastRefusal.set(about, code);
      const at = this.#now;
      this.#options.output.append({
        type: 'refused',
        on: this.#seq,
        at,
        strategyId,
        symbol,
        clientOrderId,
        code,
        text,
      });
    }
    const report: ExecutionReport = {
      type: intent.type === 'place' ? 'rejected' : 'amend-rejected',
      seq: 0, // no venue numbered it
      symbol,
      venueTs: this.#now,
      recvTs: this.#recvTs,
      clientOrderId,
      venueOrderId: undefined,
      reason: 'risk-refused',
      text: `${code}: ${text}`,
    };
    this.#refusals.push({ strategyId, report });
  }

  #cancelAll(strategyId: string, symbol: string | undefined, reason: string): void {
    for (const order of [...this.orders.all()]) {
      if (order.strategyId !== strategyId || order.state === 'cancelling') continue;
      if (symbol !== undefined && order.symbol !== symbol) continue;
      this.#send(cancelOf(order, reason));
    }
  }

  #closePosition(strategyId: string, symbol: string, reason: string): void {
    const position = this.#account.position(symbol);
    if (position === 0) return;
    this.#submitIfAllowed({
      type: 'place',
      strategyId,
      reason,
      confidence: 1,
      clientOrderId: this.nextClientOrderId(strategyId),
      symbol,
      side: position > 0 ? 'sell' : 'buy',
      orderType: 'market',
      price: undefined,
      size: lots(Math.abs(position)),
      timeInForce: 'ioc',
      postOnly: false,
    });
  }
}

function cancelOf(order: OwnOrder, reason: string): CancelIntent {
  const { strategyId, symbol, clientOrderId } = order;
  return { type: 'cancel', strategyId, reason, confidence: 1, symbol, clientOrderId };
}
