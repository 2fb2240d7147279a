/*
 * ccxt's unified structures, as its kraken class fills them: every key is there, and what Kraken does not tell is `undefined`.
 * They are copies that the caller may change. Numbers are doubles, as in ccxt; inside, everything is exact.
 * Source: ccxt 4.5, base/types and kraken.
 */

type Text = string | undefined;
type Amount = number | undefined;

export interface CcxtFee {
  currency: Text;
  cost: Amount;
  rate?: Amount;
}

/** A trade, public or own. */
export interface CcxtTrade {
  id: Text;
  /** Id of the own order. */
  order: Text;
  /** An own trade's `PlainReport`: which rule made it, and what stood ahead. */
  info: unknown;
  /** Milliseconds, the venue's clock. */
  timestamp: number;
  datetime: string;
  symbol: string;
  type: Text;
  side: Text;
  takerOrMaker: Text;
  price: number;
  amount: number;
  cost: number;
  fee: CcxtFee;
  fees: CcxtFee[];
}

export interface CcxtOrder {
  id: Text;
  clientOrderId: Text;
  /** What was last heard of it: a `PlainReport`. */
  info: unknown;
  /** Milliseconds, the venue's clock: when it was accepted. */
  timestamp: Amount;
  datetime: Text;
  lastTradeTimestamp: Amount;
  /** When it ended. */
  lastUpdateTimestamp: Amount;
  status: Text;
  symbol: Text;
  type: Text;
  timeInForce: Text;
  postOnly: boolean | undefined;
  side: Text;
  price: Amount;
  triggerPrice: Amount;
  stopPrice: Amount;
  takeProfitPrice: Amount;
  stopLossPrice: Amount;
  cost: Amount;
  amount: Amount;
  filled: Amount;
  average: Amount;
  remaining: Amount;
  reduceOnly: boolean | undefined;
  fee: CcxtFee | undefined;
  fees: CcxtFee[];
  trades: CcxtTrade[];
}

export interface CcxtBalance {
  free: number;
  used: number;
  total: number;
}

/** By asset, and by `free`, `used` and `total`. ccxt types it as a dictionary of the former, and so does this. */
export interface CcxtBalances {
  [asset: string]: CcxtBalance;
  // oxlint-disable-next-line typescript/no-explicit-any -- ccxt's own type: no other one fits beside the index signature
  info: any;
}

export interface CcxtMarket {
  id: string;
  lowercaseId: Text;
  symbol: string;
  base: string;
  quote: string;
  settle: undefined;
  baseId: string;
  quoteId: string;
  settleId: undefined;
  type: 'spot';
  spot: boolean;
  margin: boolean;
  swap: boolean;
  future: boolean;
  option: boolean;
  index: undefined;
  active: boolean;
  contract: boolean;
  linear: undefined;
  inverse: undefined;
  subType: undefined;
  taker: Amount;
  maker: Amount;
  contractSize: undefined;
  expiry: undefined;
  expiryDatetime: undefined;
  strike: undefined;
  optionType: undefined;
  precision: { amount: number; price: number };
  limits: Record<'leverage' | 'amount' | 'price' | 'cost', { min: Amount; max: Amount }>;
  marginModes: { cross: undefined; isolated: undefined };
  created: undefined;
  /** The pair as an `Instrument` of `@kb/model`. */
  info: unknown;
  tierBased: boolean;
  percentage: boolean;
  wsId: string;
  altname: string;
}

export interface CcxtTradingFee {
  info: unknown;
  symbol: string;
  maker: number;
  taker: number;
  percentage: boolean;
  tierBased: boolean;
}

export interface CcxtOrderBook {
  symbol: string;
  bids: [number, number][];
  asks: [number, number][];
  timestamp: undefined;
  datetime: undefined;
  nonce: undefined;
}

export interface CcxtTicker {
  symbol: string;
  info: unknown;
  timestamp: undefined;
  datetime: undefined;
  high: Amount;
  low: Amount;
  bid: Amount;
  bidVolume: Amount;
  ask: Amount;
  askVolume: Amount;
  vwap: Amount;
  open: Amount;
  close: Amount;
  last: Amount;
  previousClose: undefined;
  change: Amount;
  percentage: Amount;
  average: Amount;
  quoteVolume: Amount;
  baseVolume: Amount;
  indexPrice: undefined;
  markPrice: undefined;
}

/** Newest last; with `since` the first `limit` from there on, without it the last ones. Source: ccxt, filterBySinceLimit. */
export function sinceLimit<T extends { readonly timestamp: Amount }>(
  sorted: readonly T[],
  since: number | undefined,
  limit: number | undefined,
): T[] {
  if (since === undefined) return limit === undefined ? [...sorted] : sorted.slice(Math.max(0, sorted.length - limit));
  return sorted.filter(({ timestamp = 0 }) => timestamp >= since).slice(0, limit);
}

/** Milliseconds as ccxt writes a time. */
export function isoOf(timestamp: number): string {
  return new Date(timestamp).toISOString();
}

/** Venue time of a report, RFC 3339 with microseconds, as milliseconds. */
export function millisecondsOf(time: string): number {
  return Date.parse(time);
}
