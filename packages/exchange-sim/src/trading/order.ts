import type { Lots, Micros, Side, Ticks } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { Fill } from '../accounts/account.ts';
import type { Listing } from '../listings/listing.ts';

export const ORDER_KINDS = [
  'market',
  'limit',
  'iceberg',
  'stop-loss',
  'stop-loss-limit',
  'take-profit',
  'take-profit-limit',
  'trailing-stop',
  'trailing-stop-limit',
  'settle-position',
] as const;
export type OrderKind = (typeof ORDER_KINDS)[number];

/**
 * A price as it was asked for: `static` is the price itself; `quote` and `pct` are offsets in quote currency or percent. `sign` is
 * `auto` where REST wrote `#`: the direction that fits order type and side. `value` is decimal text, signed.
 */
export interface PriceSpec {
  readonly value: string;
  readonly type: 'static' | 'quote' | 'pct';
  readonly sign?: 'auto';
}

/** Conditional close: one order of the opposite side for each fill of the primary. */
export interface ConditionalClose {
  readonly kind: OrderKind;
  readonly limitPrice?: PriceSpec;
  readonly trigger?: PriceSpec;
}

/**
 * A new order as any protocol asks for it, read but not judged: numbers are decimal text as sent. Absent means not sent.
 * Names follow WebSocket v2.
 */
export interface OrderRequest {
  readonly symbol: string;
  readonly side: Side;
  readonly kind: OrderKind;
  /** Base units. */
  readonly qty?: string;
  /** Quote units: market buys (`cash_order_qty`, `viqc`). */
  readonly cashQty?: string;
  readonly limitPrice?: PriceSpec;
  readonly trigger?: PriceSpec;
  readonly triggerReference?: 'last' | 'index';
  /** Iceberg. */
  readonly displayQty?: string;
  readonly timeInForce?: 'gtc' | 'gtd' | 'ioc' | 'fok';
  readonly effectiveAt?: Micros;
  readonly expireAt?: Micros;
  readonly postOnly?: boolean;
  readonly reduceOnly?: boolean;
  /** `max` is what WebSocket's `margin: true` means. */
  readonly leverage?: number | 'max';
  readonly selfTrade?: 'cancel_newest' | 'cancel_oldest' | 'cancel_both';
  readonly feeIn?: 'base' | 'quote';
  readonly userref?: number;
  readonly clOrdId?: string;
  readonly deadline?: Micros;
  readonly conditional?: ConditionalClose;
  readonly validateOnly?: boolean;
}

/** What an amend changes; what is left out stays. */
export interface AmendRequest {
  /** Base units, also where the order was to buy for money. */
  readonly qty?: string;
  readonly limitPrice?: PriceSpec;
  readonly trigger?: PriceSpec;
  readonly displayQty?: string;
  readonly postOnly?: boolean;
  readonly deadline?: Micros;
}

/** Legacy edit: cancels and places anew. */
export interface EditRequest {
  readonly symbol: string;
  /** Base units, also where the order was to buy for money. */
  readonly qty?: string;
  readonly limitPrice?: PriceSpec;
  readonly trigger?: PriceSpec;
  readonly displayQty?: string;
  readonly postOnly?: boolean;
  readonly reduceOnly?: boolean;
  readonly feeIn?: 'base' | 'quote';
  readonly userref?: number;
  readonly deadline?: Micros;
  readonly validateOnly?: boolean;
}

/** Names one order: by the exchange's id or by the client's own. */
export type OrderRef = { readonly orderId: string } | { readonly clOrdId: string } | { readonly userref: number };

/** `pending` scheduled or just received · `open` also while partially filled or a stop that has not triggered. */
export type OrderStatus = 'pending' | 'open' | 'closed' | 'canceled' | 'expired';

/** How a triggered order stands. Prices in ticks. */
export interface TriggerState {
  readonly reference: 'last' | 'index';
  /** As asked for. */
  readonly asked: PriceSpec;
  /** Where it triggers now: moves with the peak for trailing stops. */
  readonly price: Ticks;
  /** Best price since the order came, for trailing stops. */
  readonly peak: Ticks | undefined;
  readonly triggered: boolean;
  readonly triggeredAt: Micros | undefined;
}

/** One change of an order by its owner (`user`) or by the exchange (`restated`). `original` is how it came, told with the first change. */
export interface Amend {
  readonly id: string;
  readonly type: 'original' | 'user' | 'restated';
  readonly at: Micros;
  readonly qty: Lots;
  readonly remaining: Lots;
  readonly limitPrice: Ticks | undefined;
}

/** An order as its owner may see it. Live: the desk changes it; read, and do not keep across calls. */
export interface Order {
  readonly id: string;
  readonly account: string;
  readonly symbol: string;
  /** The pair's rules when the order came: its prices and sizes are in their digits. */
  readonly listing: Listing;
  /** As asked for; time in force, trigger reference, self-trade prevention and fee currency are filled in where they were left out. */
  readonly request: OrderRequest;
  readonly status: OrderStatus;
  readonly receivedAt: Micros;
  /** When it went live; `undefined` before. */
  readonly openedAt: Micros | undefined;
  readonly closedAt: Micros | undefined;
  /** Of creation or the last amend: what the rate counter goes by. */
  readonly touchedAt: Micros;
  readonly qty: Lots;
  readonly filled: Lots;
  /** Sum over fills, in quote currency. */
  readonly cost: Decimal;
  readonly fee: Decimal;
  /** The effective limit; `undefined` for market types, and for `*-limit` offsets before they trigger. */
  readonly limitPrice: Ticks | undefined;
  readonly displayQty: Lots | undefined;
  readonly trigger: TriggerState | undefined;
  readonly leverage: number;
  readonly expireAt: Micros | undefined;
  /** `User requested`, `Post only order`, …; `undefined` while open and when wholly filled. */
  readonly reason: string | undefined;
  /** Oldest first; an order that has very many keeps the newest thousand. */
  readonly fills: readonly Fill[];
  /** Oldest first, bounded likewise; empty while it is as it came. */
  readonly amends: readonly Amend[];
  /** Set for the order a conditional close came from. */
  readonly refId: string | undefined;
  readonly liquidated: boolean;
}

/** What happens to an order, in order. Names follow `exec_type` of WebSocket v2. */
export type OrderEvent =
  | {
      readonly type: 'pending_new' | 'new' | 'filled' | 'status' | 'iceberg_refill';
      readonly order: Order;
      readonly at: Micros;
    }
  | { readonly type: 'trade'; readonly order: Order; readonly at: Micros; readonly fill: Fill }
  | {
      readonly type: 'canceled' | 'expired' | 'restated';
      readonly order: Order;
      readonly at: Micros;
      readonly reason: string;
    }
  | { readonly type: 'amended'; readonly order: Order; readonly at: Micros; readonly amend: Amend };
