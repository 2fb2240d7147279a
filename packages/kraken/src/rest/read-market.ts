import type { Side } from '@kb/model';
import type {
  DepthAnswer,
  DepthLevel,
  OhlcAnswer,
  OhlcRow,
  RestTrade,
  SpreadAnswer,
  SpreadPoint,
  Ticker,
  TodayAndDay,
  TradesAnswer,
} from './answers.ts';
import type { Place } from './place.ts';
import { readRows } from './rows.ts';
import type { OnSkipped } from './rows.ts';

/** Gives the v2 name for the key that an answer has a pair under. */
export type NameOfKey = (key: string, place: Place) => string;

/** By v2 name. */
export function readTickers(result: Place, nameOf: NameOfKey, onSkipped?: OnSkipped): ReadonlyMap<string, Ticker> {
  const tickers = readRows(result, (key, place) => readTicker(nameOf(key, place), place), onSkipped);
  return new Map(tickers.map((ticker) => [ticker.symbol, ticker]));
}

function readTicker(symbol: string, place: Place): Ticker {
  const [ask, , askSize] = columns(place.member('a'), 3);
  const [bid, , bidSize] = columns(place.member('b'), 3);
  const [last, lastSize] = columns(place.member('c'), 2);
  const both = (name: string): TodayAndDay<string> => {
    const [today, day] = columns(place.member(name), 2);
    return { today: today.decimal(), day: day.decimal() };
  };
  const [tradesToday, tradesDay] = columns(place.member('t'), 2);
  return {
    symbol,
    ask: ask.decimal(),
    askSize: askSize.decimal(),
    bid: bid.decimal(),
    bidSize: bidSize.decimal(),
    last: last.decimal(),
    lastSize: lastSize.decimal(),
    volume: both('v'),
    vwap: both('p'),
    trades: { today: tradesToday.count(), day: tradesDay.count() },
    low: both('l'),
    high: both('h'),
    open: place.member('o').decimal(),
  };
}

/** Rows of [start, open, high, low, close, vwap, volume, count]. */
export function readOhlc(result: Place, nameOf: NameOfKey): OhlcAnswer {
  const { symbol, place } = thePair(result, nameOf);
  const last = result.member('last').seconds();
  const candles = place.items().map((row): OhlcRow => {
    const [start, open, high, low, close, vwap, volume, trades] = columns(row, 8);
    const startTs = start.seconds();
    return {
      start: startTs,
      open: open.decimal(),
      high: high.decimal(),
      low: low.decimal(),
      close: close.decimal(),
      vwap: vwap.decimal(),
      volume: volume.decimal(),
      trades: trades.count(),
      closed: startTs <= last,
    };
  });
  return { symbol, candles, last };
}

export function readDepth(result: Place, nameOf: NameOfKey): DepthAnswer {
  const { symbol, place } = thePair(result, nameOf);
  return { symbol, asks: levels(place.member('asks')), bids: levels(place.member('bids')) };
}

function levels(side: Place): readonly DepthLevel[] {
  return side.items().map((row) => {
    const [price, size, at] = columns(row, 3);
    return { price: price.decimal(), size: size.decimal(), venueTs: at.seconds() };
  });
}

/** Rows of [price, volume, time, b or s, m or l, misc, trade id]. */
export function readTrades(result: Place, nameOf: NameOfKey): TradesAnswer {
  const { symbol, place } = thePair(result, nameOf);
  const trades = place.items().map((row): RestTrade => {
    const [price, size, at, side, orderType, misc, tradeId] = columns(row, 7);
    return {
      price: price.decimal(),
      size: size.decimal(),
      venueTs: at.seconds(),
      side: SIDES[side.oneOf(['b', 's'])],
      orderType: ORDER_TYPES[orderType.oneOf(['m', 'l'])],
      misc: misc.text(),
      tradeId: tradeId.count(),
    };
  });
  return { symbol, trades, last: result.member('last').wholeText() };
}

const SIDES: Readonly<Record<'b' | 's', Side>> = { b: 'buy', s: 'sell' };
const ORDER_TYPES: Readonly<Record<'m' | 'l', RestTrade['orderType']>> = { m: 'market', l: 'limit' };

/** Rows of [time, bid, ask]. */
export function readSpread(result: Place, nameOf: NameOfKey): SpreadAnswer {
  const { symbol, place } = thePair(result, nameOf);
  const points = place.items().map((row): SpreadPoint => {
    const [at, bid, ask] = columns(row, 3);
    return { venueTs: at.seconds(), bid: bid.decimal(), ask: ask.decimal() };
  });
  return { symbol, points, last: result.member('last').seconds() };
}

/** The one pair that the answer is about, beside `last`. */
function thePair(result: Place, nameOf: NameOfKey): { readonly symbol: string; readonly place: Place } {
  const pairs = result.members().filter(([key]) => key !== 'last');
  const [first] = pairs;
  if (first === undefined || pairs.length > 1) throw result.fail(`expected one pair, found ${pairs.length}`);
  const [key, place] = first;
  return { symbol: nameOf(key, place), place };
}

type Columns<Length extends number, Taken extends Place[] = []> = Taken['length'] extends Length
  ? readonly [...Taken]
  : Columns<Length, [...Taken, Place]>;

function columns<Length extends number>(place: Place, length: Length): Columns<Length> {
  const items = place.row(length);
  if (!isLongEnough(items, length)) throw place.fail(`expected ${length} elements`);
  return items;
}

function isLongEnough<Length extends number>(
  items: readonly Place[],
  length: Length,
): items is Columns<Length> & readonly Place[] {
  return items.length >= length;
}
