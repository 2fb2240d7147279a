import { micros } from '@kb/model';
import type { Side } from '@kb/model';
import { derivedTradeId } from '../accounts/ids.ts';
import type { Asset, Listing } from '../listings/listing.ts';
import type { VenueMarket } from '../venue.ts';
import type { PrintedTrade } from '../wire/data-frames.ts';
import type { PublicCall, PublicMethod } from './call.ts';
import type { Json, JsonMembers } from './json-text.ts';
import { isoMicros, isoNanos, longPrice, nanosOf, quantity } from './numbers.ts';
import { pairNamed } from './pairs.ts';
import { numberedInMicros } from './trade-numbers.ts';

/** Levels a side of `PreTrade`. */
const LEVELS = 10;
/** Trades of one answer of `PostTrade`, unless fewer are asked for. */
const MOST_TRADES = 1_000;
/** More than a market keeps. */
const ALL_TRADES = 1_000_000;
/** Kraken's Market Identifier Code. */
const VENUE = 'PGSL';

/**
 * The ten best levels of a side, with the number of their orders: what has to be published before trades.
 *
 * `submission_ts` is of the order that came to the level last, `publication_ts` when the level got its size. Digits are those of other
 * market data. Both UNCONFIRMED, as the first is in answers of 2026 and not in the documentation.
 * @see https://docs.kraken.com/api-reference/transparency/pre-trade-data
 */
export const preTrade: PublicMethod = ({ venue, params }) => {
  const { market } = pairNamed(venue, params.required('symbol'));
  return {
    ...reference(market.listing),
    venue: VENUE,
    system: 'CLOB',
    bids: levels(market, 'buy'),
    asks: levels(market, 'sell'),
  };
};

function levels({ publisher, listing: { instrument } }: VenueMarket, side: Side): Json {
  const orders = Map.groupBy(publisher.orders(side, LEVELS), ({ price }) => price);
  return publisher.levels(side, LEVELS).map(({ price, size, at }) => {
    const queue = orders.get(price) ?? [];
    return {
      side: side === 'buy' ? 'BUY' : 'SELL',
      price: longPrice(price, instrument),
      qty: quantity(size, instrument),
      count: queue.length,
      submission_ts: isoMicros(queue.reduce((latest, order) => (order.at > latest ? order.at : latest), micros(0))),
      publication_ts: isoMicros(at),
    };
  });
}

/**
 * Trades of one pair or of all, oldest first: the first `count` after `from_ts`, or without it the latest; up to and including `to_ts`. As
 * far back as each market remembers. `last_ts` is for the next `from_ts`.
 *
 * Trades of one microsecond are numbered in the nanoseconds, as in `Trades`, so that paging loses none. That the oldest come first is
 * documented; one client notes that the newest did (UNCONFIRMED).
 * @see https://docs.kraken.com/api-reference/transparency/post-trade-data
 */
export const postTrade: PublicMethod = (call) => {
  const { params, at } = call;
  const count = params.whole('count', 1, MOST_TRADES) ?? MOST_TRADES;
  const from = askedNanos(call, 'from_ts');
  const to = askedNanos(call, 'to_ts');
  const isAsked = (nanos: bigint): boolean => (from === undefined || nanos > from) && (to === undefined || nanos <= to);
  const found = numberedInMicros(candidates(call, count, from, to)).filter(({ nanos }) => isAsked(nanos));
  const rows = from === undefined ? found.slice(-count) : found.slice(0, count);
  return {
    last_ts: isoNanos(rows.at(-1)?.nanos ?? from ?? nanosOf(at)),
    count: rows.length,
    trades: rows.map(({ listing, trade, nanos }) => row(listing, trade, nanos)),
  };
};

interface Traded {
  readonly listing: Listing;
  readonly trade: PrintedTrade;
  readonly venueTs: PrintedTrade['venueTs'];
}

/** At least all that may be asked for, in the order of time. */
function candidates(call: PublicCall, count: number, from: bigint | undefined, to: bigint | undefined): Traded[] {
  // All of a microsecond has to be there for its trades to get the same numbers each time: a thousand more are enough for that.
  const most = from === undefined && to !== undefined ? ALL_TRADES : count + MOST_TRADES;
  const since = from === undefined ? undefined : from / 1000n - 1n;
  if (since !== undefined && since > BigInt(Number.MAX_SAFE_INTEGER)) return [];
  return askedMarkets(call)
    .flatMap(({ listing, history }) =>
      history
        .trades(most, since === undefined ? undefined : micros(Number(since)))
        .map((trade) => ({ listing, trade, venueTs: trade.venueTs })),
    )
    .toSorted((one, other) => one.venueTs - other.venueTs);
}

function askedMarkets({ venue, params }: PublicCall): readonly VenueMarket[] {
  const symbol = params.text('symbol');
  if (symbol !== undefined) return [pairNamed(venue, symbol).market];
  return [...venue.markets.values()].filter(({ listing }) => listing.instrument.status !== 'delisted');
}

function row(listing: Listing, { tradeId, price, size }: PrintedTrade, nanos: bigint): Json {
  const { instrument } = listing;
  const at = isoNanos(nanos);
  return {
    trade_id: derivedTradeId('public', instrument.symbol, tradeId),
    price: longPrice(price, instrument),
    quantity: quantity(size, instrument),
    ...reference(listing),
    trade_venue: VENUE,
    trade_ts: at,
    publication_venue: VENUE,
    publication_ts: at,
  };
}

const FIAT: ReadonlySet<string> = new Set(['USD', 'EUR', 'GBP', 'CAD', 'AUD', 'JPY', 'CHF']);

/**
 * What both methods say of a pair. Currencies have no long names here, so the description has the short ones, and no Digital Token
 * Identifiers, for which Kraken, too, writes an empty text. Notations are in units for tokens, in money for fiat (UNCONFIRMED: the
 * documentation knows `NOML` or `UNIT` of a base and `MONE` of a quote, and clients have seen `UNIT` of a quote).
 */
function reference({ instrument: { symbol }, base, quote }: Listing): JsonMembers {
  const isFiat = ({ id }: Asset): boolean => FIAT.has(id);
  return {
    symbol,
    description: `${base.id} / ${quote.id}`,
    base_asset: base.id,
    base_notation: isFiat(base) ? 'NOML' : 'UNIT',
    base_dti_code: '',
    base_dti_short_name: '',
    quote_asset: quote.id,
    quote_notation: isFiat(quote) ? 'MONE' : 'UNIT',
    quote_dti_code: '',
    quote_dti_short_name: '',
  };
}

const ISO_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** A time of ISO 8601, in nanoseconds; `undefined` when it was not sent. @throws Refusal for anything else. */
function askedNanos({ params }: PublicCall, name: string): bigint | undefined {
  const text = params.text(name);
  if (text === undefined) return undefined;
  const [, whole = '', fraction = '', zone = ''] = ISO_TIME.exec(text) ?? [];
  const millis = Date.parse(whole + zone);
  // Nothing has traded before 1970.
  if (!(millis >= 0)) throw params.invalid(name);
  return BigInt(millis) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
