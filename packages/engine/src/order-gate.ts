import { assertNever, lots } from '@kb/model';
import type {
  AmendIntent,
  CancelIntent,
  Instrument,
  Intent,
  MarketView,
  OwnOrder,
  PlaceIntent,
  Side,
  VenueCommand,
} from '@kb/model';
import type { RiskEngine } from '@kb/risk';
import type { Account } from './account.ts';
import type { IntentHandler } from './desk.ts';
import type { Marks } from './marks.ts';
import type { Moment } from './moment.ts';
import type { OrderTracker } from './order-tracker.ts';
import type { Outlet } from './outlet.ts';
import type { Refusals } from './refusals.ts';
import type { Tally } from './tally.ts';

export interface OrderGateOptions {
  readonly market: MarketView;
  /** Live: the rules in force. */
  readonly instruments: ReadonlyMap<string, Instrument>;
  readonly risk: RiskEngine;
  readonly account: Account;
  readonly marks: Marks;
  readonly orders: OrderTracker;
  readonly refusals: Refusals;
  readonly tally: Tally;
  readonly outlet: Outlet;
  readonly moment: Moment;
}

/**
 * Where intents pass on their way out: orders and amends are asked of risk, wishes that speak of many orders become commands
 * that name one, and what is allowed is written down and posted.
 */
export class OrderGate implements IntentHandler {
  readonly #options: OrderGateOptions;
  #ordersMade = 0;

  constructor(options: OrderGateOptions) {
    this.#options = options;
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
        this.cancelAll(intent.strategyId, intent.symbol, intent.reason);
        return;
      case 'flatten':
        this.#flatten(intent.strategyId, intent.symbol, intent.reason);
        return;
      default:
        assertNever(intent);
    }
  }

  explain(strategyId: string, symbol: string, side: Side | undefined, reason: string): void {
    const { moment, outlet } = this.#options;
    outlet.write({ type: 'explain', on: moment.seq, at: moment.now, strategyId, symbol, side, reason });
  }

  /** Cancels one order. */
  cancel(order: OwnOrder, reason: string): void {
    this.#send(cancelOf(order, reason));
  }

  /** Cancels a strategy's working orders, of one symbol or all. */
  cancelAll(strategyId: string, symbol: string | undefined, reason: string): void {
    for (const order of this.#options.orders.all()) {
      if (order.strategyId !== strategyId || order.state === 'cancelling') continue;
      if (symbol === undefined || order.symbol === symbol) this.cancel(order, reason);
    }
  }

  #submitIfAllowed(intent: PlaceIntent | AmendIntent): void {
    const { account, instruments, market, marks, moment, orders, refusals, risk } = this.#options;
    const instrument = instruments.get(intent.symbol);
    if (instrument === undefined) {
      this.#refuse(intent, 'UNKNOWN_SYMBOL', `${intent.symbol} is not a pair of this run`);
      return;
    }
    const decision = risk.check(intent, {
      now: moment.now,
      instrument,
      position: account.position(intent.symbol),
      openOrders: orders.ofSymbol(intent.symbol),
      mark: marks.midOf(intent.symbol),
      dataLive: market.book(intent.symbol) !== undefined,
      bookTs: moment.heardTs,
    });
    if (!decision.ok) {
      this.#refuse(intent, decision.code, decision.text);
      return;
    }
    if (refusals.hasStreaks) refusals.endStreak(this.#subjectOf(intent));
    this.#send(intent);
  }

  /** Writes the command down; it leaves at the end of the event. */
  #send(command: VenueCommand): void {
    const { market, moment, orders, outlet, risk, tally } = this.#options;
    const cancelled = command.type === 'cancel' ? orders.get(command.clientOrderId) : undefined;
    if (cancelled !== undefined) risk.cancelling(cancelled, moment.now);
    const book = market.book(command.symbol);
    outlet.write({
      type: 'intent',
      on: moment.seq,
      at: moment.now,
      intent: command,
      decisionBid: book?.bestBid(),
      decisionAsk: book?.bestAsk(),
    });
    tally.sent(command);
    orders.sent(command, moment.now);
    outlet.post(command);
  }

  #refuse(intent: PlaceIntent | AmendIntent, code: string, text: string): void {
    const { moment, orders, outlet, refusals, tally } = this.#options;
    const { strategyId, symbol, clientOrderId } = intent;
    const { now, recvTs, seq } = moment;
    tally.refused(code);
    if (refusals.isNews(this.#subjectOf(intent), code)) {
      outlet.write({ type: 'refused', on: seq, at: now, strategyId, symbol, clientOrderId, code, text });
    }
    orders.refused(intent, now);
    refusals.keep(strategyId, {
      type: intent.type === 'place' ? 'rejected' : 'amend-rejected',
      seq: 0, // no venue numbered it
      symbol,
      venueTs: now,
      recvTs,
      clientOrderId,
      venueOrderId: undefined,
      reason: 'risk-refused',
      text: `${code}: ${text}`,
    });
  }

  /** What a refusal is about, so that the next one can be told to be the same. */
  #subjectOf(intent: PlaceIntent | AmendIntent): string {
    const side = intent.type === 'place' ? intent.side : this.#options.orders.get(intent.clientOrderId)?.side;
    return `${intent.strategyId} ${intent.symbol} ${intent.type} ${side ?? ''}`;
  }

  /** Cancels what rests, then trades the position back at market, less what is on its way back already. */
  #flatten(strategyId: string, symbol: string, reason: string): void {
    const { account, orders } = this.#options;
    const position = account.position(symbol);
    const side = position > 0 ? 'sell' : 'buy';
    let size = Math.abs(position);
    for (const order of orders.ofSymbol(symbol)) {
      if (order.orderType === 'market') size -= order.side === side ? order.size - order.filled : 0;
      else if (order.strategyId === strategyId && order.state !== 'cancelling') this.cancel(order, reason);
    }
    if (position === 0 || size <= 0) return;
    this.#submitIfAllowed({
      type: 'place',
      strategyId,
      reason,
      confidence: 1,
      clientOrderId: this.nextClientOrderId(strategyId),
      symbol,
      side,
      orderType: 'market',
      price: undefined,
      size: lots(size),
      timeInForce: 'ioc',
      postOnly: false,
    });
  }
}

function cancelOf(order: OwnOrder, reason: string): CancelIntent {
  const { strategyId, symbol, clientOrderId } = order;
  return { type: 'cancel', strategyId, reason, confidence: 1, symbol, clientOrderId };
}
