import { micros } from '@kb/model';
import type { Instrument } from '@kb/model';
import type { MarketHistory } from '../history/market-history.ts';
import type { PrintedTrade } from '../wire/data-frames.ts';
import type { PublicCall, PublicMethod } from './call.ts';
import type { Json } from './json-text.ts';
import { longPrice, quantity, seconds } from './numbers.ts';
import { askedPair, keyOf } from './pairs.ts';
import { numberedInMicros } from './trade-numbers.ts';

/** Trades of one answer, unless fewer are asked for. */
const MOST_TRADES = 1_000;

/**
 * The first trades after `since`, or without it the latest. `last` is for the next `since`: nanoseconds, as text.
 *
 * Trades of one microsecond are numbered in the nanoseconds, so that paging loses none where a page ends between them; that holds for up to
 * a thousand trades of one microsecond. A `since` of up to eleven digits is in seconds (UNCONFIRMED; ccxt sends it so).
 */
export const trades: PublicMethod = (call) => {
  const pair = askedPair(call);
  const count = Math.min(call.params.whole('count', 1, 1e6) ?? MOST_TRADES, MOST_TRADES);
  const since = askedSince(call);
  const { history, listing } = pair.market;
  const found =
    since === undefined
      ? numberedInMicros(history.trades(count + MOST_TRADES)).slice(-count)
      : tradesAfter(history, since, count);
  const last = found.at(-1)?.nanos ?? since ?? BigInt(call.at) * 1000n;
  return {
    [keyOf(pair, call.slashKeys)]: found.map((trade) => row(trade, listing.instrument)),
    last: String(last),
  };
};

function askedSince({ params }: PublicCall): bigint | undefined {
  const text = params.text('since');
  if (text === undefined) return undefined;
  // ccxt and others send fractions of seconds at times.
  const parts = /^(\d{1,20})(?:\.(\d{1,9}))?$/.exec(text);
  if (parts === null) throw params.invalid('since');
  const [, whole = '', fraction = ''] = parts;
  return whole.length > 11 ? BigInt(whole) : BigInt(whole + fraction.padEnd(9, '0'));
}

type NumberedTrade = PrintedTrade & { readonly nanos: bigint };

function tradesAfter(history: MarketHistory, since: bigint, count: number): readonly NumberedTrade[] {
  const micro = since / 1000n;
  if (micro > BigInt(Number.MAX_SAFE_INTEGER)) return [];
  // From the microsecond of `since` on, since some of its trades may come after it.
  const candidates = history.trades(count + MOST_TRADES, micros(Number(micro) - 1));
  return numberedInMicros(candidates)
    .filter(({ nanos }) => nanos > since)
    .slice(0, count);
}

function row({ price, size, venueTs, taker, orderType, tradeId }: PrintedTrade, pair: Instrument): Json {
  return [
    longPrice(price, pair),
    quantity(size, pair),
    seconds(venueTs, 6),
    taker === 'buy' ? 'b' : 's',
    orderType === 'market' ? 'm' : 'l',
    '',
    tradeId,
  ];
}
