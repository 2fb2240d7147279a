import type { Grid, Lots, Micros, Side, Ticks } from '@kb/model';
import { candleEnd } from '../history/market-history.ts';
import type { Candle, CandleInterval, WindowFigures } from '../history/market-history.ts';
import type { FrameWriter } from './frame-writer.ts';

/** Levels in the order in which they go out: a price and the size after it, in parallel. */
export interface LevelList {
  readonly prices: readonly Ticks[];
  readonly sizes: readonly Lots[];
}

/** One maker's part of a taker's order. */
export interface PrintedTrade {
  readonly tradeId: number;
  readonly taker: Side;
  readonly price: Ticks;
  readonly size: Lots;
  readonly orderType: 'limit' | 'market';
  readonly venueTs: Micros;
}

/** Best prices and what rests there; `undefined` where a side is empty. */
export interface TopOfBook {
  readonly bid: Ticks | undefined;
  readonly bidSize: Lots;
  readonly ask: Ticks | undefined;
  readonly askSize: Lots;
}

export type FrameType = 'snapshot' | 'update';

/** `{"channel":"book",…}`. @param symbol As a JSON string, quotes included. */
export function bookFrame(
  writer: FrameWriter,
  type: FrameType,
  symbol: string,
  grid: Grid,
  bids: LevelList,
  asks: LevelList,
  checksum: number,
  at: Micros,
): Uint8Array {
  writer.ascii('{"channel":"book","type":"').ascii(type).ascii('","data":[{"symbol":').ascii(symbol);
  writer.ascii(',"bids":[');
  writeLevels(writer, bids, grid);
  writer.ascii('],"asks":[');
  writeLevels(writer, asks, grid);
  writer.ascii('],"checksum":').decimal(checksum, 0).ascii(',"timestamp":"').time(at).ascii('"}]}');
  return writer.take();
}

function writeLevels(writer: FrameWriter, { prices, sizes }: LevelList, grid: Grid): void {
  const { pricePrecision, qtyPrecision } = grid;
  for (let i = 0; i < prices.length; i += 1) {
    writer.ascii(i === 0 ? '{"price":' : ',{"price":').decimal(prices[i] ?? 0, pricePrecision);
    writer
      .ascii(',"qty":')
      .decimal(sizes[i] ?? 0, qtyPrecision)
      .ascii('}');
  }
}

/** `{"channel":"trade",…}`. */
export function tradeFrame(
  writer: FrameWriter,
  type: FrameType,
  symbol: string,
  grid: Grid,
  trades: readonly PrintedTrade[],
): Uint8Array {
  writer.ascii('{"channel":"trade","type":"').ascii(type).ascii('","data":[');
  let separator = '{"symbol":';
  for (const trade of trades) {
    writer.ascii(separator).ascii(symbol).ascii(',"side":"').ascii(trade.taker);
    writer.ascii('","price":').decimal(trade.price, grid.pricePrecision);
    writer.ascii(',"qty":').decimal(trade.size, grid.qtyPrecision);
    writer.ascii(',"ord_type":"').ascii(trade.orderType).ascii('","trade_id":').decimal(trade.tradeId, 0);
    writer.ascii(',"timestamp":"').time(trade.venueTs).ascii('"}');
    separator = ',{"symbol":';
  }
  writer.ascii(']}');
  return writer.take();
}

/**
 * `{"channel":"ticker",…}`: fields of an empty side, and of a market that never traded, are left out; figures of 24 hours without a
 * trade are zero.
 */
export function tickerFrame(
  writer: FrameWriter,
  type: FrameType,
  symbol: string,
  grid: Grid,
  top: TopOfBook,
  last: Ticks | undefined,
  day: WindowFigures,
  at: Micros,
): Uint8Array {
  const { pricePrecision, qtyPrecision } = grid;
  writer.ascii('{"channel":"ticker","type":"').ascii(type).ascii('","data":[{"symbol":').ascii(symbol);
  if (top.bid !== undefined) {
    writer.ascii(',"bid":').decimal(top.bid, pricePrecision);
    writer.ascii(',"bid_qty":').decimal(top.bidSize, qtyPrecision);
  }
  if (top.ask !== undefined) {
    writer.ascii(',"ask":').decimal(top.ask, pricePrecision);
    writer.ascii(',"ask_qty":').decimal(top.askSize, qtyPrecision);
  }
  if (last !== undefined) writer.ascii(',"last":').decimal(last, pricePrecision);
  writer.ascii(',"volume":').decimal(day.volume, qtyPrecision);
  writer.ascii(',"vwap":').decimal(day.vwap ?? 0, pricePrecision);
  writer.ascii(',"low":').decimal(day.low ?? 0, pricePrecision);
  writer.ascii(',"high":').decimal(day.high ?? 0, pricePrecision);
  const { open, last: close } = day;
  const change = open === undefined || close === undefined ? 0 : close - open;
  writer.ascii(',"change":').decimal(change, pricePrecision);
  // A price is at least one tick, so an open of zero stands for none.
  writer.ascii(',"change_pct":').decimal(Math.round((change * 10_000) / (open ?? 1)), 2);
  writer.ascii(',"timestamp":"').time(at).ascii('"}]}');
  return writer.take();
}

/**
 * `{"channel":"ohlc",…}`. A candle's own `timestamp` is its end, as in the official example (whose text says otherwise);
 * `interval_begin` is what candles are told apart by.
 */
export function ohlcFrame(
  writer: FrameWriter,
  type: FrameType,
  symbol: string,
  grid: Grid,
  interval: CandleInterval,
  candles: readonly Candle[],
  at: Micros,
): Uint8Array {
  const { pricePrecision, qtyPrecision } = grid;
  writer.ascii('{"channel":"ohlc","type":"').ascii(type).ascii('","timestamp":"').timeNs(at).ascii('","data":[');
  let separator = '{"symbol":';
  for (const candle of candles) {
    writer.ascii(separator).ascii(symbol);
    writer.ascii(',"open":').decimal(candle.open, pricePrecision);
    writer.ascii(',"high":').decimal(candle.high, pricePrecision);
    writer.ascii(',"low":').decimal(candle.low, pricePrecision);
    writer.ascii(',"close":').decimal(candle.close, pricePrecision);
    writer.ascii(',"trades":').decimal(candle.trades, 0);
    writer.ascii(',"volume":').decimal(candle.volume, qtyPrecision);
    writer.ascii(',"vwap":').decimal(candle.vwap, pricePrecision);
    writer.ascii(',"interval_begin":"').timeNs(candle.start);
    writer.ascii('","interval":').decimal(interval, 0);
    writer.ascii(',"timestamp":"').time(candleEnd(candle, interval)).ascii('"}');
    separator = ',{"symbol":';
  }
  writer.ascii(']}');
  return writer.take();
}
