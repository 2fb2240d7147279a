import type { PlainLevel } from '@kb/orderbook';
import type { PlainBook, PlainTrade } from '../paper-account.ts';
import { BadRequest } from './errors.ts';
import { isoOf } from './structures.ts';

/** A whole order book as ccxt hands it out (`fetchOrderBook`, `watchOrderBook`). */
export interface CcxtBookInput {
  readonly symbol?: string | undefined;
  readonly bids: readonly (readonly unknown[])[];
  readonly asks: readonly (readonly unknown[])[];
  /** Milliseconds. */
  readonly timestamp?: number | undefined;
  readonly datetime?: string | undefined;
}

/** A public trade as ccxt hands it out (`fetchTrades`, `watchTrades`). */
export interface CcxtTradeInput {
  readonly id?: string | undefined;
  readonly symbol?: string | undefined;
  readonly timestamp?: number | undefined;
  readonly datetime?: string | undefined;
  readonly price?: number | undefined;
  readonly amount?: number | undefined;
  readonly side?: string | undefined;
}

/** RFC 3339, or milliseconds since 1970. */
export type FedTime = string | number;

/** @throws BadRequest when there is no symbol, or no time. */
export function plainBook(book: PlainBook | CcxtBookInput, time: FedTime | undefined): PlainBook {
  if ('snapshot' in book) return book;
  const { asks, bids } = book;
  // What levels really are is looked at where they are read.
  const levels = { bids: bids as readonly PlainLevel[], asks: asks as readonly PlainLevel[] };
  return { symbol: symbolOf(book), time: timeOf(book, time), snapshot: true, ...levels };
}

/** @throws BadRequest when there is no symbol, time, price, amount or side. */
export function plainTrade(trade: PlainTrade | CcxtTradeInput, time: FedTime | undefined): PlainTrade {
  if ('size' in trade) return trade;
  const { amount, id, price, side } = trade;
  if (price === undefined || amount === undefined || (side !== 'buy' && side !== 'sell')) {
    throw new BadRequest('kraken (paper): a trade needs a price, an amount and a side');
  }
  return {
    symbol: symbolOf(trade),
    time: timeOf(trade, time),
    price: String(price),
    size: String(amount),
    side,
    ...(id !== undefined && /^\d{1,15}$/.test(id) ? { tradeId: Number(id) } : {}),
  };
}

/** RFC 3339. */
export function isoText(time: FedTime): string {
  return typeof time === 'string' ? time : isoOf(time);
}

function symbolOf({ symbol }: { readonly symbol?: string | undefined }): string {
  if (symbol === undefined) throw new BadRequest('kraken (paper): data without a symbol');
  return symbol;
}

/** ccxt's Kraken order books over REST have no time of their own. */
function timeOf(
  { datetime, timestamp }: { readonly datetime?: string | undefined; readonly timestamp?: number | undefined },
  time: FedTime | undefined,
): string {
  const known = time ?? datetime ?? timestamp;
  if (known === undefined) throw new BadRequest('kraken (paper): data without a time: give it beside the data');
  return isoText(known);
}
