import type { Grid, Lots, Micros, Side, Ticks } from '@kb/model';
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

/** Figures of a ticker; `undefined` where there has been no trade or a side is empty. */
export interface TickerFigures {
  readonly bid: Ticks | undefined;
  readonly bidSize: Lots;
  readonly ask: Ticks | undefined;
  readonly askSize: Lots;
  readonly last: Ticks | undefined;
  readonly volume: number;
  readonly vwap: number;
  readonly low: number;
  readonly high: number;
  readonly change: number;
  /** In hundredths of a percent. */
  readonly changePct: number;
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

/** `{"channel":"ticker",…}`; fields without a value are left out. */
export function tickerFrame(
  writer: FrameWriter,
  type: FrameType,
  symbol: string,
  grid: Grid,
  ticker: TickerFigures,
  at: Micros,
): Uint8Array {
  const { pricePrecision, qtyPrecision } = grid;
  writer.ascii('{"channel":"ticker","type":"').ascii(type).ascii('","data":[{"symbol":').ascii(symbol);
  if (ticker.bid !== undefined) {
    writer.ascii(',"bid":').decimal(ticker.bid, pricePrecision);
    writer.ascii(',"bid_qty":').decimal(ticker.bidSize, qtyPrecision);
  }
  if (ticker.ask !== undefined) {
    writer.ascii(',"ask":').decimal(ticker.ask, pricePrecision);
    writer.ascii(',"ask_qty":').decimal(ticker.askSize, qtyPrecision);
  }
  if (ticker.last !== undefined) writer.ascii(',"last":').decimal(ticker.last, pricePrecision);
  writer.ascii(',"volume":').decimal(ticker.volume, qtyPrecision);
  writer.ascii(',"vwap":').decimal(ticker.vwap, pricePrecision);
  writer.ascii(',"low":').decimal(ticker.low, pricePrecision);
  writer.ascii(',"high":').decimal(ticker.high, pricePrecision);
  writer.ascii(',"change":').decimal(ticker.change, pricePrecision);
  writer.ascii(',"change_pct":').decimal(ticker.changePct, 2);
  writer.ascii(',"timestamp":"').time(at).ascii('"}]}');
  return writer.take();
}
