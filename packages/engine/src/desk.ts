import { micros } from '@kb/model';
import type {
  AccountView,
  Intent,
  IntentSink,
  Lots,
  MarketView,
  Micros,
  OrderRequest,
  Side,
  StrategyView,
  Ticks,
} from '@kb/model';
import type { Strategy } from '@kb/strategies';
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
 */
export class Desk implements StrategyView, IntentSink {
  readonly strategy: Strategy;
  readonly market: MarketView;
  readonly account: AccountView;
  /** Venue time of the event in hand; the engine moves it. */
  now: Micros = micros(0);
  /** False once the strategy threw: it is not called again. */
  active = true;
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

  place(order: OrderRequest, reason: string, confidence = 1): string {
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
    });
    return clientOrderId;
  }

  amend(
    clientOrderId: string,
    change: { readonly price?: Ticks; readonly size?: Lots },
    reason: string,
    confidence = 1,
  ): void {
    const order = this.#orders.get(clientOrderId);
    if (order === undefined) return; // it ended before the strategy looked again
    this.#handler.handle({
      type: 'amend',
      strategyId: this.strategy.id,
      reason,
      confidence,
      clientOrderId,
      symbol: order.symbol,
      price: change.price,
      size: change.size,
    });
  }

  cancel(clientOrderId: string, reason: string): void {
    const order = this.#orders.get(clientOrderId);
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
    this.#handler.handle({ type: 'cancelAll', strategyId: this.strategy.id, reason, confidence: 1, symbol });
  }

  flatten(symbol: string, reason: string): void {
    this.#handler.handle({ type: 'flatten', strategyId: this.strategy.id, reason, confidence: 1, symbol });
  }

  explain(symbol: string, side: Side | undefined, reason: string): void {
    const key = side === undefined ? symbol : `${symbol}\n${side}`;
    if (this.#reasons.get(key) === reason) return;
    this.#reasons.set(key, reason);
    this.#handler.explain(this.strategy.id, symbol, side, reason);
  }

  /** The latest reason told, by symbol and side: `['BTC/USD buy', 'QUOTING']`. */
  reasons(): [string, string][] {
    return [...this.#reasons].map(([key, reason]) => [key.replace('\n', ' '), reason]);
  }
}
