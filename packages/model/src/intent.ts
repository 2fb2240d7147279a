import type { Side } from './side.ts';
import type { Lots, Ticks } from './units.ts';

/** What a strategy wants done. A wish: risk may refuse it, the venue may reject it. */
export type Intent = PlaceIntent | AmendIntent | CancelIntent | CancelAllIntent | FlattenIntent;

interface IntentBase {
  readonly strategyId: string;
  /** Why, in a few words: a reason code or a short phrase. Every order can be explained later. */
  readonly reason: string;
  /** 0 to 1. */
  readonly confidence: number;
}

export type OrderType = 'market' | 'limit';
export type TimeInForce = 'gtc' | 'ioc';

/** What an order asks for. */
export interface OrderRequest {
  readonly symbol: string;
  readonly side: Side;
  readonly orderType: OrderType;
  /** `undefined` for a market order. */
  readonly price: Ticks | undefined;
  readonly size: Lots;
  readonly timeInForce: TimeInForce;
  /** Reject rather than take. Limit orders only. */
  readonly postOnly: boolean;
}

export interface PlaceIntent extends IntentBase, OrderRequest {
  readonly type: 'place';
  /** Made by the engine from counters, unique in a run. */
  readonly clientOrderId: string;
}

/** Changes price or size in place; what is left out stays. */
export interface AmendIntent extends IntentBase {
  readonly type: 'amend';
  readonly symbol: string;
  readonly clientOrderId: string;
  readonly price: Ticks | undefined;
  /** The new total size, filled part included (Kraken's `order_qty`). */
  readonly size: Lots | undefined;
}

export interface CancelIntent extends IntentBase {
  readonly type: 'cancel';
  readonly symbol: string;
  readonly clientOrderId: string;
}

export interface CancelAllIntent extends IntentBase {
  readonly type: 'cancelAll';
  /** `undefined`: every symbol. */
  readonly symbol: string | undefined;
}

/** Cancel the symbol's orders and trade its position back to where it started, at market. */
export interface FlattenIntent extends IntentBase {
  readonly type: 'flatten';
  readonly symbol: string;
}

/** Where a strategy writes its intents. The engine stamps strategy and client order id. */
export interface IntentSink {
  /** @returns The client order id under which reports will speak of this order. */
  place(order: OrderRequest, reason: string, confidence?: number): string;
  amend(
    clientOrderId: string,
    change: { readonly price?: Ticks; readonly size?: Lots },
    reason: string,
    confidence?: number,
  ): void;
  cancel(clientOrderId: string, reason: string): void;
  cancelAll(symbol: string | undefined, reason: string): void;
  flatten(symbol: string, reason: string): void;
  /** Says why a side is or is not quoted now (a reason code of the strategies' reference, `QUOTING` when it is). */
  explain(symbol: string, side: Side | undefined, reason: string): void;
}
