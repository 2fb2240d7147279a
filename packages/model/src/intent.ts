import type { Side } from './side.ts';
import type { Lots, Micros, Ticks } from './units.ts';

/** What a strategy wants done. A wish: risk may refuse it, the venue may reject it. */
export type Intent = PlaceIntent | AmendIntent | CancelIntent | CancelAllIntent | FlattenIntent;

interface IntentBase {
  readonly strategyId: string;
  /** Why, in a few words: a reason code or a short phrase. Every order can be explained later. */
  readonly reason: string;
  /** 0 to 1. */
  readonly confidence: number;
}

/** Orders that wait at the venue, out of the book, until a reference price reaches their trigger. */
export type TriggeredOrderType =
  | 'stop-loss'
  | 'stop-loss-limit'
  | 'take-profit'
  | 'take-profit-limit'
  | 'trailing-stop'
  | 'trailing-stop-limit';

/**
 * `iceberg`: a limit order that shows a slice of itself · `settle-position`: trades the whole margin position back at market.
 * Source: Kraken WebSocket v2, `add_order`.
 */
export type OrderType = 'market' | 'limit' | 'iceberg' | TriggeredOrderType | 'settle-position';

/** `fok`: all of it at once or nothing · `gtd`: until `expiresAt`. */
export type TimeInForce = 'gtc' | 'ioc' | 'fok' | 'gtd';

/** A distance from another price, signed: in percent (decimal text, four decimals at most) or in ticks. */
export type PriceOffset =
  | { readonly type: 'percent'; readonly percent: string }
  | { readonly type: 'quote'; readonly offset: Ticks };

/** A price as it is, or a distance from the reference price of the moment in which the order arrives. */
export type PriceSpec = { readonly type: 'static'; readonly price: Ticks } | PriceOffset;

/** What a triggered order waits for. */
export interface OrderTrigger {
  /** The last trade's price or the index; where no index is told, the last trade's too. */
  readonly reference: 'last' | 'index';
  /** Of a trailing stop: its distance from the extreme, a positive offset. */
  readonly price: PriceSpec;
}

/** Which of two own orders ends where they would trade with each other: the one that comes, the one that rests, or both. */
export type SelfTradePrevention = 'cancel-newest' | 'cancel-oldest' | 'cancel-both';

/** The order that each fill of another one places on the other side, in the size of the fill. */
export interface CloseOrder {
  readonly orderType: 'limit' | TriggeredOrderType;
  readonly price?: Ticks;
  readonly trigger?: OrderTrigger;
  readonly limitOffset?: PriceOffset;
}

/** What few orders ask for. What is left out is the venue's default. */
export interface OrderOptions {
  /** Iceberg orders: lots that show, a fifteenth of what remains at least. */
  readonly displaySize?: Lots;
  /** Triggered orders. */
  readonly trigger?: OrderTrigger;
  /** `trailing-stop-limit`: the limit's signed distance from the price at which it triggers. */
  readonly limitOffset?: PriceOffset;
  /** `gtd`: when it expires, venue time; five seconds to 31 days after its arrival. */
  readonly expiresAt?: Micros;
  /** Trades a margin position back only, never past zero. */
  readonly reduceOnly?: boolean;
  /** `cancel-newest` when left out. */
  readonly selfTrade?: SelfTradePrevention;
  /** Placed by each fill. */
  readonly close?: CloseOrder;
  /** Funded on margin at this leverage; spot when left out. */
  readonly leverage?: number;
  /** What its fees are charged in: the quote currency when left out (Kraken's order flags `fcib` and `fciq`). */
  readonly feeIn?: 'base' | 'quote';
}

/** What an order asks for. */
export interface OrderRequest extends OrderOptions {
  readonly symbol: string;
  readonly side: Side;
  readonly orderType: OrderType;
  /** The limit; `undefined` where there is none (market, `stop-loss`, …) or it is made from `limitOffset`. */
  readonly price: Ticks | undefined;
  /** Of `settle-position`: at most this much of the position. */
  readonly size: Lots;
  readonly timeInForce: TimeInForce;
  /** Reject rather than take. Limit and iceberg orders only. */
  readonly postOnly: boolean;
}

export interface PlaceIntent extends IntentBase, OrderRequest {
  readonly type: 'place';
  /** Made by the engine from counters, unique in a run. */
  readonly clientOrderId: string;
}

/** Changes price or size in place; what is left out stays. */
export interface AmendIntent extends IntentBase, AmendOptions {
  readonly type: 'amend';
  readonly symbol: string;
  readonly clientOrderId: string;
  readonly price: Ticks | undefined;
  /** The new total size, filled part included (Kraken's `order_qty`). */
  readonly size: Lots | undefined;
}

/** What only amends of some kinds of order change. */
export interface AmendOptions {
  /** Of an order that still waits for its trigger; of a trailing stop a distance. */
  readonly trigger?: PriceSpec;
  /** Of an iceberg. */
  readonly displaySize?: Lots;
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
    change: { readonly price?: Ticks; readonly size?: Lots } & AmendOptions,
    reason: string,
    confidence?: number,
  ): void;
  cancel(clientOrderId: string, reason: string): void;
  cancelAll(symbol: string | undefined, reason: string): void;
  flatten(symbol: string, reason: string): void;
  /** Says why a side is or is not quoted now (a reason code of the strategies' reference, `QUOTING` when it is). */
  explain(symbol: string, side: Side | undefined, reason: string): void;
}
