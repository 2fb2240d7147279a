import { isoToMicros, priceToTicks, qtyToLots } from '@kb/model';
import type {
  CloseOrder,
  Instrument,
  OrderOptions,
  OrderRequest,
  OrderTrigger,
  OrderType,
  PriceOffset,
  PriceSpec,
  SelfTradePrevention,
  Side,
  TimeInForce,
  TriggeredOrderType,
} from '@kb/model';

/** A signed distance from another price: in percent, or in the quote currency. Decimal text, as all that follows. */
export type PlainOffset = { readonly percent: string } | { readonly distance: string };

/** A price, or a distance from the reference price when the order arrives. */
export type PlainPrice = { readonly price: string } | PlainOffset;

/** What a triggered order waits for; of a trailing stop its distance, above zero. */
export type PlainTrigger = PlainPrice & {
  /** `last`, the last trade, when left out; `index` needs `onIndex`. */
  readonly reference?: 'last' | 'index';
};

/** What each fill of an order is to place on the other side, in its size. */
export interface PlainClose {
  readonly orderType: 'limit' | TriggeredOrderType;
  readonly price?: string;
  readonly trigger?: PlainTrigger;
  readonly limitOffset?: PlainOffset;
}

export interface PlainOrder {
  readonly symbol: string;
  readonly side: Side;
  /** When left out: `limit` with a price, `market` without. */
  readonly orderType?: OrderType;
  /** The limit; left out where there is none. */
  readonly price?: string;
  readonly size: string;
  readonly postOnly?: boolean;
  /** What does not trade at once is cancelled: short for `timeInForce: 'ioc'`. */
  readonly immediateOrCancel?: boolean;
  /** `gtc` when left out, `gtd` with `expiresAt`. */
  readonly timeInForce?: TimeInForce;
  /** RFC 3339 in UTC. */
  readonly expiresAt?: string;
  /** Of an iceberg: what shows. */
  readonly displaySize?: string;
  readonly trigger?: PlainTrigger;
  /** Of a `trailing-stop-limit`: its limit's distance from where it triggers. */
  readonly limitOffset?: PlainOffset;
  readonly reduceOnly?: boolean;
  /** What ends when two of your orders meet; `cancel-newest` when left out. */
  readonly selfTrade?: SelfTradePrevention;
  readonly close?: PlainClose;
  /** On margin; spot when left out. */
  readonly leverage?: number;
  /** What its fees are charged in; `quote` when left out. */
  readonly feeIn?: 'base' | 'quote';
  /** Made here when left out. */
  readonly clientOrderId?: string;
}

/** An order in ticks and lots. @throws ModelError for text that is no price, size or time of the pair. */
export function orderRequest(order: PlainOrder, pair: Instrument): OrderRequest {
  const { expiresAt, immediateOrCancel = false, postOnly = false, price, side, size, symbol } = order;
  const usual = immediateOrCancel ? 'ioc' : expiresAt === undefined ? 'gtc' : 'gtd';
  return {
    symbol,
    side,
    orderType: order.orderType ?? (price === undefined ? 'market' : 'limit'),
    price: price === undefined ? undefined : priceToTicks(pair, price),
    size: qtyToLots(pair, size),
    timeInForce: order.timeInForce ?? usual,
    postOnly,
    ...orderOptions(order, pair),
  };
}

/** A price, or a distance, in ticks. @throws ModelError for text that is none. */
export function priceSpec(plain: PlainPrice, pair: Instrument): PriceSpec {
  if ('price' in plain) return { type: 'static', price: priceToTicks(pair, plain.price) };
  return priceOffset(plain, pair);
}

function orderOptions(order: PlainOrder, pair: Instrument): OrderOptions {
  const { close, displaySize, expiresAt, feeIn, leverage, limitOffset, reduceOnly, selfTrade, trigger } = order;
  return {
    ...(displaySize === undefined ? {} : { displaySize: qtyToLots(pair, displaySize) }),
    ...(trigger === undefined ? {} : { trigger: orderTrigger(trigger, pair) }),
    ...(limitOffset === undefined ? {} : { limitOffset: priceOffset(limitOffset, pair) }),
    ...(expiresAt === undefined ? {} : { expiresAt: isoToMicros(expiresAt) }),
    ...(reduceOnly === undefined ? {} : { reduceOnly }),
    ...(selfTrade === undefined ? {} : { selfTrade }),
    ...(close === undefined ? {} : { close: closeOrder(close, pair) }),
    ...(leverage === undefined ? {} : { leverage }),
    ...(feeIn === undefined ? {} : { feeIn }),
  };
}

function closeOrder({ limitOffset, orderType, price, trigger }: PlainClose, pair: Instrument): CloseOrder {
  return {
    orderType,
    ...(price === undefined ? {} : { price: priceToTicks(pair, price) }),
    ...(trigger === undefined ? {} : { trigger: orderTrigger(trigger, pair) }),
    ...(limitOffset === undefined ? {} : { limitOffset: priceOffset(limitOffset, pair) }),
  };
}

function orderTrigger(trigger: PlainTrigger, pair: Instrument): OrderTrigger {
  return { reference: trigger.reference ?? 'last', price: priceSpec(trigger, pair) };
}

function priceOffset(offset: PlainOffset, pair: Instrument): PriceOffset {
  if ('percent' in offset) return { type: 'percent', percent: offset.percent };
  return { type: 'quote', offset: priceToTicks(pair, offset.distance) };
}
