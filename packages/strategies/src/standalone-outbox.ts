import type { Intent, IntentSink, Lots, OrderRequest, Side, Ticks } from '@kb/model';
import { StrategyError } from './errors.ts';
import type { Strategy } from './strategy.ts';

export type ExplainListener = (side: Side | undefined, reason: string) => void;

/** Keeps what one strategy writes during a call, for one symbol, until it is taken. */
export class StandaloneOutbox implements IntentSink {
  readonly #strategyId: string;
  readonly #idPrefix: string;
  readonly #symbol: string;
  readonly #onExplain: ExplainListener | undefined;
  #intents: Intent[] = [];
  #orders = 0;

  constructor({ id }: Strategy, idPrefix: string, symbol: string, onExplain: ExplainListener | undefined) {
    this.#strategyId = id;
    this.#idPrefix = idPrefix;
    this.#symbol = symbol;
    this.#onExplain = onExplain;
  }

  /** Everything written since the last time, in its order. */
  take(): readonly Intent[] {
    const intents = this.#intents;
    this.#intents = [];
    return intents;
  }

  nextId(): string {
    this.#orders += 1;
    return `${this.#idPrefix}-${this.#orders}`;
  }

  /** @throws StrategyError `KB_STRATEGY_BAD_INPUT`: another symbol, or an order that a `PlainIntent` cannot say. */
  place(order: OrderRequest, reason: string, confidence = 1): string {
    this.#checkSymbol(order.symbol);
    this.#checkKind(order);
    const clientOrderId = this.nextId();
    this.#intents.push({ type: 'place', ...this.#stamp(reason, confidence), clientOrderId, ...order });
    return clientOrderId;
  }

  amend(
    clientOrderId: string,
    { price, size }: { readonly price?: Ticks; readonly size?: Lots },
    reason: string,
    confidence = 1,
  ): void {
    const symbol = this.#symbol;
    this.#intents.push({ type: 'amend', ...this.#stamp(reason, confidence), symbol, clientOrderId, price, size });
  }

  cancel(clientOrderId: string, reason: string): void {
    this.#intents.push({ type: 'cancel', ...this.#stamp(reason, 1), symbol: this.#symbol, clientOrderId });
  }

  cancelAll(symbol: string | undefined, reason: string): void {
    if (symbol !== undefined) this.#checkSymbol(symbol);
    this.#intents.push({ type: 'cancelAll', ...this.#stamp(reason, 1), symbol });
  }

  flatten(symbol: string, reason: string): void {
    this.#checkSymbol(symbol);
    this.#intents.push({ type: 'flatten', ...this.#stamp(reason, 1), symbol });
  }

  explain(_symbol: string, side: Side | undefined, reason: string): void {
    this.#onExplain?.(side, reason);
  }

  #stamp(reason: string, confidence: number): { strategyId: string; reason: string; confidence: number } {
    return { strategyId: this.#strategyId, reason, confidence };
  }

  #checkKind({ orderType, timeInForce }: OrderRequest): void {
    const isPlain = orderType === 'market' || orderType === 'limit';
    if (isPlain && (timeInForce === 'gtc' || timeInForce === 'ioc')) return;
    const text = `its order is ${orderType} ${timeInForce}, and other bots are told of market and limit orders, gtc and ioc`;
    throw new StrategyError('KB_STRATEGY_BAD_INPUT', this.#strategyId, [text]);
  }

  #checkSymbol(symbol: string): void {
    if (symbol === this.#symbol) return;
    const text = `its order is for ${symbol}, and this trades ${this.#symbol} alone`;
    throw new StrategyError('KB_STRATEGY_BAD_INPUT', this.#strategyId, [text]);
  }
}
