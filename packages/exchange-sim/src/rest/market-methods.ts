import { micros, SECOND } from '@kb/model';
import type { Instrument, Lots, Micros, Side, Ticks } from '@kb/model';
import { CANDLE_INTERVALS } from '../history/market-history.ts';
import type { Candle, CandleInterval, WindowFigures } from '../history/market-history.ts';
import type { VenueMarket } from '../venue.ts';
import type { PublicCall, PublicMethod } from './call.ts';
import type { Json } from './json-text.ts';
import { longPrice, pairPrice, quantity, shortQuantity, wholeQuantity, wholeSeconds } from './numbers.ts';
import { askedPair, askedPairs, keyOf } from './pairs.ts';

/** Levels of `Depth`; more are asked for by some clients, and get these (UNCONFIRMED). */
const MOST_LEVELS = 500;

/** Best prices, the last trade, and figures of today (since 00:00 UTC) and of the last 24 hours. All pairs when none is named. */
export const ticker: PublicMethod = (call) => {
  const pairs = askedPairs(call);
  return Object.fromEntries(pairs.map((pair) => [keyOf(pair, call.slashKeys), tickerOf(pair.market, call.at)]));
};

function tickerOf({ listing, orders, history }: VenueMarket, at: Micros): Json {
  const pair = listing.instrument;
  const today = history.today(at);
  const day = history.day(at);
  const best = (side: Side): Json => {
    const price = orders.best(side);
    const size = price === undefined ? undefined : orders.total(side, price);
    return bestOf(price, size, pair);
  };
  const both = (figure: (window: WindowFigures) => Ticks | undefined): Json => [
    longPrice(figure(today), pair),
    longPrice(figure(day), pair),
  ];
  const { lastTrade } = history;
  return {
    a: best('sell'),
    b: best('buy'),
    c: [longPrice(lastTrade?.price, pair), quantity(lastTrade?.size, pair)],
    v: [quantity(today.volume, pair), quantity(day.volume, pair)],
    p: both(({ vwap }) => vwap),
    t: [today.trades, day.trades],
    l: both(({ low }) => low),
    h: both(({ high }) => high),
    // A day that has not traded yet opens where the last one closed (UNCONFIRMED).
    o: longPrice(today.open ?? lastTrade?.price, pair),
  };
}

function bestOf(price: Ticks | undefined, size: Lots | undefined, pair: Instrument): Json {
  if (price === undefined || size === undefined) return [longPrice(undefined, pair), '0', '0.000'];
  return [longPrice(price, pair), wholeQuantity(size, pair), shortQuantity(size, pair)];
}

/** Candles that began after `since`, at most 720, the running one last. `last` is the newest that is finished. */
export const ohlc: PublicMethod = (call) => {
  const pair = askedPair(call);
  const interval = askedInterval(call);
  const { listing, history } = pair.market;
  const candles = history.candles(interval, call.at);
  const since = call.params.whole('since', 0, 1e12);
  const rows = candles
    .filter(({ start }) => since === undefined || start > since * SECOND)
    .map((candle) => candleRow(candle, listing.instrument));
  const span = interval * 60;
  const running = Math.floor(wholeSeconds(call.at) / span) * span;
  const finished = candles.at(-2)?.start;
  return {
    [keyOf(pair, call.slashKeys)]: rows,
    last: finished === undefined ? running - span : wholeSeconds(finished),
  };
};

function askedInterval({ params }: PublicCall): CandleInterval {
  const asked = params.text('interval') ?? '1';
  const interval = CANDLE_INTERVALS.find((minutes) => String(minutes) === asked);
  if (interval === undefined) throw params.invalid('interval');
  return interval;
}

function candleRow(candle: Candle, pair: Instrument): Json {
  const { start, open, high, low, close, vwap, volume, trades } = candle;
  const prices = [open, high, low, close, vwap].map((price) => pairPrice(price, pair));
  return [wholeSeconds(start), ...prices, quantity(volume, pair), trades];
}

/** Levels with the time when each got its size. */
export const depth: PublicMethod = (call) => {
  const pair = askedPair(call);
  const count = Math.min(call.params.whole('count', 1, 1e6) ?? 100, MOST_LEVELS);
  const { publisher, listing } = pair.market;
  const rows = (side: Side): Json =>
    publisher
      .levels(side, count)
      .map(({ price, size, at }) => [
        longPrice(price, listing.instrument),
        shortQuantity(size, listing.instrument),
        wholeSeconds(at),
      ]);
  return { [keyOf(pair, call.slashKeys)]: { asks: rows('sell'), bids: rows('buy') } };
};

/** The best prices after each change, in this second or later: at most 200. */
export const spread: PublicMethod = (call) => {
  const pair = askedPair(call);
  const { history, listing } = pair.market;
  // Nine thousand million seconds are about what can be counted in microseconds.
  const since = call.params.whole('since', 0, 9e9);
  // Unlike candles and trades these include the time itself, so that none of a second is lost.
  const points = history.spreads(since === undefined ? undefined : micros(since * SECOND - 1));
  const rows = points.map(({ at, bid, ask }) => [
    wholeSeconds(at),
    longPrice(bid, listing.instrument),
    longPrice(ask, listing.instrument),
  ]);
  const last = wholeSeconds(points.at(-1)?.at ?? call.at);
  return { [keyOf(pair, call.slashKeys)]: rows, last };
};
