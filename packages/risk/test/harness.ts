import { instrument, lots, micros, ticks } from '@kb/model';
import type { AmendIntent, Instrument, OwnOrder, PlaceIntent, Side } from '@kb/model';
import type { RiskContext, RiskLimits } from '../src/index.ts';

/** Tick 0.1, lot 10^-8, minimum 0.00005 and 0.5 USD: BTC/USD as Kraken lists it. */
export const BTC: Instrument = instrument({
  symbol: 'BTC/USD',
  pricePrecision: 1,
  qtyPrecision: 8,
  minQty: '0.00005',
  minCost: '0.5',
});

/** Lots in a bitcoin. */
export const COIN = 100_000_000;

/** Limits wide enough that a test meets only the ones it sets. */
export const WIDE: RiskLimits = {
  maxOrderNotional: { USD: '1000000000' },
  maxPosition: { 'BTC/USD': '1000000' },
  ordersPerSecond: 1000,
  ordersPerMinute: 1000,
};

/** Flat, nothing open, mid 30,000, book of this instant. */
export function context(change: Partial<RiskContext> = {}): RiskContext {
  return {
    now: micros(1_000_000),
    instrument: BTC,
    position: 0,
    openOrders: [],
    mark: 300_000,
    dataLive: true,
    bookTs: micros(1_000_000),
    ...change,
  };
}

/** A limit order for a quantity in bitcoin, at a price in ticks. */
export function place(side: Side, coins: number, price = 300_000): PlaceIntent {
  return {
    type: 'place',
    strategyId: 's',
    reason: 'test',
    confidence: 1,
    clientOrderId: 'new',
    symbol: 'BTC/USD',
    side,
    orderType: 'limit',
    price: ticks(price),
    size: lots(Math.round(coins * COIN)),
    timeInForce: 'gtc',
    postOnly: false,
  };
}

export function market(side: Side, coins: number): PlaceIntent {
  return { ...place(side, coins), orderType: 'market', price: undefined, timeInForce: 'ioc' };
}

/** One of our working orders. */
export function open(id: string, side: Side, coins: number, change: Partial<OwnOrder> = {}): OwnOrder {
  const { symbol, orderType, price, size, timeInForce, postOnly } = place(side, coins);
  return {
    clientOrderId: id,
    strategyId: 's',
    symbol,
    side,
    orderType,
    price,
    size,
    timeInForce,
    postOnly,
    filled: lots(0),
    state: 'open',
    sentAt: micros(0),
    ...change,
  };
}

export function amend(id: string, change: { coins?: number; price?: number }): AmendIntent {
  return {
    type: 'amend',
    strategyId: 's',
    reason: 'test',
    confidence: 1,
    symbol: 'BTC/USD',
    clientOrderId: id,
    price: change.price === undefined ? undefined : ticks(change.price),
    size: change.coins === undefined ? undefined : lots(Math.round(change.coins * COIN)),
  };
}

/** What a call throws, as its code. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'nothing thrown';
}
