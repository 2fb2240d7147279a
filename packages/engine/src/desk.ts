import { micros } from '@kb/model';
import type {
  AccountView,
  AmendOptions,
  Intent,
  IntentSink,
  Lots,
  MarketView,
  Micros,
  OrderRequest,
  OwnOrder,
  Side,
  StrategyView,
  Ticks,
} from '@kb/model';
import type { Strategy, StrategyEvent } from '@kb/strategies';
import { EngineError } from './errors.ts';
import { optionsOf } from './order-options.ts';
import type { OrderTracker } from './order-tracker.ts';

/** Takes what strategies write. */
export interface IntentHandler {
  nextClientOrderId(strategyId: string): string;
  handle(intent: Intent): void;
  explain(strategyId: string, symbol: string, side: Side | undefined, reason: string): void;
}

/**
 * One strategy at its desk: what it sees (`StrategyView`) and where it writes (`IntentSink`). The desk stamps every intent
 * with the strategy's name and its order ids.
 *
 * Intents are taken only while the strategy is being called, and only about its own orders; an amend or a cancel of an
 * order that is gone does nothing, because it may have ended before the strategy looked again.
 */
export class Desk implements StrategyView, IntentSink {
  readonly strategy: Strategy;
  readonly market: MarketView;
  readonly account: AccountView;
  /** Venue time of the event in hand; the engine moves it. */
  now: Micros = micros(0);
  /** False once the strategy threw: it is not called again. */
  active = true;
  #inCall = false;
  readonly #orders: OrderTracker;
  readonly #handler: IntentHandler;
  /** Last reason told, by symbol and side. */
  readonly #reasons = new Map<string, string>();

  constructor(
    strategy: Strategy,
    market: MarketView,
    account: AccountView,
    orders: OrderTracker,
    handler: IntentHandler,
  ) {
    this.strategy = strategy;
    this.market = market;
    this.account = account;
    this.#orders = orders;
    this.#handler = handler;
  }

  /** Calls the strategy. Whatever it throws comes through. */
  call(event: StrategyEvent, now: Micros): void {
    this.now = now;
    this.#inCall = true;
    try {
      this.strategy.onEvent(event, this, this);
    } finally {
      this.#inCall = false;
    }
  }

  /** @throws EngineError `KB_ENGINE_BAD_INTENT`, as the others do: outside of a call, or a confidence beyond 0 to 1. */
  place(order: OrderRequest, reason: string, confidence = 1): string {
    this.#check(confidence);
    const clientOrderId = this.#handler.nextClientOrderId(this.strategy.id);
    this.#handler.handle({
      type: 'place',
      strategyId: this.strategy.id,
      reason,
      confidence,
      clientOrderId,
      symbol: order.symbol,
      side: order.side,
      orderType: order.orderType,
      price: order.price,
      size: order.size,
      timeInForce: order.timeInForce,
      postOnly: order.postOnly,
      ...optionsOf(order),
    });
    return clientOrderId;
  }

  amend(
    clientOrderId: string,
    change: { readonly price?: Ticks; readonly size?: Lots } & AmendOptions,
    reason: string,
    confidence = 1,
  ): void {
    this.#check(confidence);
    const order = this.#own(clientOrderId);
    if (order === undefined) return;
    this.#handler.handle({
      type: 'amend',
      strategyId: this.strategy.id,
      reason,
      confidence,
      clientOrderId,
      symbol: order.symbol,
      price: change.price,
      size: change.size,
      ...(change.trigger && { trigger: change.trigger }),
      ...(change.displaySize && { displaySize: change.displaySize }),
    });
  }

  cancel(clientOrderId: string, reason: string): void {
    this.#check(1);
    const order = this.#own(clientOrderId);
    if (order === undefined) return;
    this.#handler.handle({
      type: 'cancel',
      strategyId: this.strategy.id,
      reason,
      confidence: 1,
      clientOrderId,
      symbol: order.symbol,
    });
  }

  cancelAll(symbol: string | undefined, reason: string): void {
    this.#check(1);
    this.#handler.handle({ type: 'cancelAll', strategyId: this.strategy.id, reason, confidence: 1, symbol });
  }

  flatten(symbol: string, reason: string): void {
    this.#check(1);
    this.#handler.handle({ type: 'flatten', strategyId: this.strategy.id, reason, confidence: 1, symbol });
  }

  explain(symbol: string, side: Side | undefined, reason: string): void {
    this.#check(1);
    const key = side === undefined ? symbol : `${symbol}\n${side}`;
    if (this.#reasons.get(key) === reason) return;
    this.#reasons.set(key, reason);
    this.#handler.explain(this.strategy.id, symbol, side, reason);
  }

  /** The latest reason told, by symbol and side: `['BTC/USD buy', 'QUOTING']`. */
  reasons(): [string, string][] {
    return [...this.#reasons].map(([key, reason]) => [key.replace('\n', ' '), reason]);
  }

  /** Its order, if it still works and is this strategy's. */
  #own(clientOrderId: string): OwnOrder | undefined {
    const order = this.#orders.get(clientOrderId);
    return order?.strategyId === this.strategy.id ? order : undefined;
  }

  #check(confidence: number): void {
    if (this.#inCall && confidence >= 0 && confidence <= 1) return;
    const { id } = this.strategy;
    throw new EngineError(
      'KB_ENGINE_BAD_INTENT',
      this.#inCall
        ? `${id}: expected a confidence from 0 to 1, was ${confidence}`
        : `${id} wrote an intent outside of onEvent: the engine takes them during the call only`,
    );
  }
}
