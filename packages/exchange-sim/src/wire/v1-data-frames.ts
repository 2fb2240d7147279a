import type { Grid, Lots, Micros, Ticks } from '@kb/model';
import { candleEnd } from '../history/market-history.ts';
import type { Candle, CandleInterval, SpreadPoint, WindowFigures } from '../history/market-history.ts';
import type { LevelList, PrintedTrade, TopOfBook } from './data-frames.ts';
import type { FrameWriter } from './frame-writer.ts';

/*
 * Data of WebSocket v1: `[channelID, payload, channelName, pair]`, every decimal a string. `pair` comes as a JSON string, quotes included.
 */

/** Prices have at least so many decimals, however few the pair has. */
export const V1_PRICE_DECIMALS = 5;
export const V1_QTY_DECIMALS = 8;

/** Levels and when each of them got its size, in parallel. */
export interface TimedLevelList extends LevelList {
  readonly moments: readonly { readonly at: Micros }[];
}

/** `[336,{"as":[…],"bs":[…]},"book-10","XBT/USD"]`. */
export function v1BookSnapshotFrame(
  writer: FrameWriter,
  channelId: number,
  depth: number,
  pair: string,
  grid: Grid,
  bids: TimedLevelList,
  asks: TimedLevelList,
): Uint8Array {
  writer.ascii('[').decimal(channelId, 0).ascii(',{"as":[');
  writeLevels(writer, asks, grid, undefined);
  writer.ascii('],"bs":[');
  writeLevels(writer, bids, grid, undefined);
  writer.ascii(']}');
  return ending(writer, 'book-', depth, pair);
}

/**
 * `[336,{"a":[…],"c":"…"},"book-10","XBT/USD"]`; with both sides two objects, the checksum in the second. A level that is said because it
 * entered the window bears an `r` and its older time.
 * @param since When the first change of the update happened.
 */
export function v1BookUpdateFrame(
  writer: FrameWriter,
  channelId: number,
  depth: number,
  pair: string,
  grid: Grid,
  bids: TimedLevelList,
  asks: TimedLevelList,
  checksum: number,
  since: Micros,
): Uint8Array {
  writer.ascii('[').decimal(channelId, 0).ascii(',{');
  if (asks.prices.length > 0) {
    writer.ascii('"a":[');
    writeLevels(writer, asks, grid, since);
    writer.ascii(bids.prices.length > 0 ? ']},{' : '],');
  }
  if (bids.prices.length > 0) {
    writer.ascii('"b":[');
    writeLevels(writer, bids, grid, since);
    writer.ascii('],');
  }
  writer.ascii('"c":"').decimal(checksum, 0).ascii('"}');
  return ending(writer, 'book-', depth, pair);
}

/** @param since Of an update: what is older in it is republished. */
function writeLevels(writer: FrameWriter, levels: TimedLevelList, grid: Grid, since: Micros | undefined): void {
  const { prices, sizes, moments } = levels;
  for (let i = 0; i < prices.length; i += 1) {
    const at = moments[i]?.at ?? 0;
    writer.ascii(i === 0 ? '[' : ',[');
    price(writer, prices[i], grid).ascii(',');
    qty(writer, sizes[i], grid).ascii(',');
    time(writer, at);
    writer.ascii(since !== undefined && at < since ? ',"r"]' : ']');
  }
}

/** `[0,[["5541.20000","0.15850568","1534614057.321597","s","l",""]],"trade","XBT/USD"]`. */
export function v1TradeFrame(
  writer: FrameWriter,
  channelId: number,
  pair: string,
  grid: Grid,
  trades: readonly PrintedTrade[],
): Uint8Array {
  writer.ascii('[').decimal(channelId, 0);
  let separator = ',[[';
  for (const trade of trades) {
    writer.ascii(separator);
    price(writer, trade.price, grid).ascii(',');
    qty(writer, trade.size, grid).ascii(',');
    time(writer, trade.venueTs);
    writer.ascii(trade.taker === 'buy' ? ',"b"' : ',"s"').ascii(trade.orderType === 'market' ? ',"m",""]' : ',"l",""]');
    separator = ',[';
  }
  writer.ascii(']');
  return ending(writer, 'trade', undefined, pair);
}

/**
 * `[0,{"a":[…],"b":[…],"c":[…],"v":[…],"p":[…],"t":[…],"l":[…],"h":[…],"o":[…]},"ticker","XBT/USD"]`: the last six today and in the last
 * 24 hours. What there is not is written as zero (UNCONFIRMED; pairs that trade are never without).
 */
export function v1TickerFrame(
  writer: FrameWriter,
  channelId: number,
  pair: string,
  grid: Grid,
  top: TopOfBook,
  last: PrintedTrade | undefined,
  today: WindowFigures,
  day: WindowFigures,
): Uint8Array {
  writer.ascii('[').decimal(channelId, 0).ascii(',{"a":');
  writeBest(writer, top.ask, top.askSize, grid);
  writer.ascii(',"b":');
  writeBest(writer, top.bid, top.bidSize, grid);
  writer.ascii(',"c":[');
  price(writer, last?.price, grid).ascii(',');
  qty(writer, last?.size, grid).ascii('],"v":[');
  qty(writer, today.volume, grid).ascii(',');
  qty(writer, day.volume, grid).ascii('],"p":');
  writePrices(writer, today.vwap, day.vwap, grid);
  writer.ascii(',"t":[').decimal(today.trades, 0).ascii(',').decimal(day.trades, 0).ascii('],"l":');
  writePrices(writer, today.low, day.low, grid);
  writer.ascii(',"h":');
  writePrices(writer, today.high, day.high, grid);
  writer.ascii(',"o":');
  writePrices(writer, today.open, day.open, grid);
  writer.ascii('}');
  return ending(writer, 'ticker', undefined, pair);
}

/** A price, the whole units of its volume as a number, and its volume. */
function writeBest(writer: FrameWriter, best: Ticks | undefined, size: Lots, grid: Grid): void {
  writer.ascii('[');
  price(writer, best, grid).ascii(',');
  writer.decimal(Math.floor(size / 10 ** grid.qtyPrecision), 0).ascii(',');
  qty(writer, size, grid).ascii(']');
}

function writePrices(writer: FrameWriter, first: Ticks | undefined, second: Ticks | undefined, grid: Grid): void {
  writer.ascii('[');
  price(writer, first, grid).ascii(',');
  price(writer, second, grid).ascii(']');
}

/** `[42,[time, end, open, high, low, close, vwap, volume, count],"ohlc-5","XBT/USD"]`, the count a number. */
export function v1OhlcFrame(
  writer: FrameWriter,
  channelId: number,
  pair: string,
  grid: Grid,
  interval: CandleInterval,
  candle: Candle,
): Uint8Array {
  writer.ascii('[').decimal(channelId, 0).ascii(',[');
  time(writer, candle.updatedAt).ascii(',');
  time(writer, candleEnd(candle, interval)).ascii(',');
  price(writer, candle.open, grid).ascii(',');
  price(writer, candle.high, grid).ascii(',');
  price(writer, candle.low, grid).ascii(',');
  price(writer, candle.close, grid).ascii(',');
  price(writer, candle.vwap, grid).ascii(',');
  qty(writer, candle.volume, grid).ascii(',').decimal(candle.trades, 0).ascii(']');
  return ending(writer, 'ohlc-', interval, pair);
}

/** `[325,[bid, ask, time, bid volume, ask volume],"spread","XBT/USD"]`. */
export function v1SpreadFrame(
  writer: FrameWriter,
  channelId: number,
  pair: string,
  grid: Grid,
  point: SpreadPoint,
): Uint8Array {
  writer.ascii('[').decimal(channelId, 0).ascii(',[');
  price(writer, point.bid, grid).ascii(',');
  price(writer, point.ask, grid).ascii(',');
  time(writer, point.at).ascii(',');
  qty(writer, point.bidSize, grid).ascii(',');
  qty(writer, point.askSize, grid).ascii(']');
  return ending(writer, 'spread', undefined, pair);
}

function price(writer: FrameWriter, count: Ticks | undefined, grid: Grid): FrameWriter {
  return writer
    .ascii('"')
    .padded(count ?? 0, grid.pricePrecision, V1_PRICE_DECIMALS)
    .ascii('"');
}

function qty(writer: FrameWriter, count: Lots | undefined, grid: Grid): FrameWriter {
  return writer
    .ascii('"')
    .padded(count ?? 0, grid.qtyPrecision, V1_QTY_DECIMALS)
    .ascii('"');
}

/** Seconds with six decimals. */
function time(writer: FrameWriter, at: number): FrameWriter {
  return writer.ascii('"').decimal(at, 6).ascii('"');
}

function ending(writer: FrameWriter, channel: string, parameter: number | undefined, pair: string): Uint8Array {
  writer.ascii(',"').ascii(channel);
  if (parameter !== undefined) writer.decimal(parameter, 0);
  writer.ascii('",').ascii(pair).ascii(']');
  return writer.take();
}
