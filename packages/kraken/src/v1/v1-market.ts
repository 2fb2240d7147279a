import { micros } from '@kb/model';
import type { Grid, Lots, Micros, Ticks } from '@kb/model';
import type { BookBuffer } from '../book-buffer.ts';
import { DecodeFault, quote } from '../json-tree.ts';
import type { JsonArray, JsonNode, JsonObject } from '../json-tree.ts';
import type { OhlcMessage, SpreadMessage, TickerMessage, TradeMessage, WireTrade } from '../messages.ts';
import { priceChange } from '../price-change.ts';
import { arrayOf, badField, objectOf, optional, required, unsignedBigCountOf } from '../tree-fields.ts';
import { decimalsAt, itemAt, priceAt, sizeAt, textAt, textOf, timeAt } from './v1-fields.ts';

/** What the payloads of one data frame are about. */
export interface V1Subject {
  readonly symbol: string;
  readonly grid: Grid;
}

/** Whether a book payload is a snapshot. */
export function isV1Snapshot(payload: JsonObject): boolean {
  return optional(payload, 'as') !== undefined || optional(payload, 'bs') !== undefined;
}

/** Fills the reused message with a snapshot, or with an update, whose sides may come in one object or in two. */
export function fillV1Book(payloads: readonly JsonObject[], subject: V1Subject, into: BookBuffer): BookBuffer {
  const snapshot = payloads.some(isV1Snapshot);
  // Nobody may see a message that is half this frame and half the one before.
  into.bidCount = 0;
  into.askCount = 0;
  const [bidName, askName] = snapshot ? ['bs', 'as'] : ['b', 'a'];
  const bids = fill(levelsOf(payloads, bidName), subject.grid, into.bidPrices, into.bidSizes);
  const asks = fill(levelsOf(payloads, askName), subject.grid, into.askPrices, into.askSizes);
  const newest = Math.max(bids.newest, asks.newest);
  into.symbol = subject.symbol;
  into.snapshot = snapshot;
  into.checksum = checksumOf(payloads);
  into.venueTs = newest < 0 ? undefined : micros(newest);
  into.bidCount = bids.count;
  into.askCount = asks.count;
  return into;
}

/** The decimals of a snapshot's first level; `undefined` without any. */
export function gridOfV1Book(payloads: readonly JsonObject[]): Grid | undefined {
  const [level] = [...levelsOf(payloads, 'as'), ...levelsOf(payloads, 'bs')];
  return (
    level && { pricePrecision: decimalsAt(level, 0, 'the price'), qtyPrecision: decimalsAt(level, 1, 'the volume') }
  );
}

/** @param nextId Numbers the trades: v1 sends no ids. */
export function v1TradesFromTree(payload: JsonNode, { symbol, grid }: V1Subject, nextId: () => number): TradeMessage {
  const rows = arrayOf(payload, 'the trades').items.map((node) => arrayOf(node, 'a trade'));
  // All are read before any is numbered: a frame that is refused must not use up ids.
  const read = rows.map((row): Omit<WireTrade, 'tradeId'> => ({
    symbol,
    side: sideOf(itemAt(row, 3, 'the side')),
    price: priceAt(row, 0, 'the price', grid),
    size: sizeAt(row, 1, 'the volume', grid),
    orderType: textAt(row, 4, 'the order type') === 'm' ? 'market' : 'limit',
    venueTs: timeAt(row, 2, 'the time'),
  }));
  return { type: 'trade', snapshot: false, trades: read.map((trade) => ({ ...trade, tradeId: nextId() })) };
}

export function v1TickerFromTree(payload: JsonNode, { symbol, grid }: V1Subject): TickerMessage {
  const data = objectOf(payload, 'the ticker');
  const list = (name: string): JsonArray => arrayOf(required(data, name), `"${name}"`);
  const day = (name: string): string => textAt(list(name), 1, `"${name}" of 24 hours`);
  const [bid, ask, last] = [list('b'), list('a'), list('c')];
  const { change, percent } = priceChange(day('o'), textAt(last, 0, 'the last price'));
  return {
    type: 'ticker',
    snapshot: false,
    symbol,
    bid: priceAt(bid, 0, 'the bid', grid),
    bidSize: coarseSizeAt(bid, grid),
    ask: priceAt(ask, 0, 'the ask', grid),
    askSize: coarseSizeAt(ask, grid),
    last: priceAt(last, 0, 'the last price', grid),
    volume: day('v'),
    vwap: day('p'),
    low: day('l'),
    high: day('h'),
    change,
    changePct: percent,
    venueTs: undefined,
  };
}

export function v1SpreadFromTree(payload: JsonNode, { symbol, grid }: V1Subject): SpreadMessage {
  const row = arrayOf(payload, 'the spread');
  return {
    type: 'spread',
    symbol,
    bid: priceAt(row, 0, 'the bid', grid),
    ask: priceAt(row, 1, 'the ask', grid),
    venueTs: timeAt(row, 2, 'the time'),
    bidSize: sizeAt(row, 3, 'the bid volume', grid),
    askSize: sizeAt(row, 4, 'the ask volume', grid),
  };
}

export function v1OhlcFromTree(payload: JsonNode, { symbol, grid }: V1Subject, interval: Micros): OhlcMessage {
  const row = arrayOf(payload, 'the candle');
  const count = itemAt(row, 8, 'the count');
  if (count.kind !== 'number' || !/^\d{1,15}$/.test(count.text))
    throw badField(count, 'expected the count to be a whole number');
  const volume = itemAt(row, 7, 'the volume');
  const candle = {
    symbol,
    interval,
    start: micros(timeAt(row, 1, 'the end') - interval),
    open: priceAt(row, 2, 'the open', grid),
    high: priceAt(row, 3, 'the high', grid),
    low: priceAt(row, 4, 'the low', grid),
    close: priceAt(row, 5, 'the close', grid),
    vwap: textAt(row, 6, 'the vwap'),
    volume: unsignedBigCountOf(textOf(volume, 'the volume'), 'the volume', grid.qtyPrecision, volume.start),
    trades: Number(count.text),
    venueTs: timeAt(row, 0, 'the time'),
  };
  return { type: 'ohlc', snapshot: false, candles: [candle] };
}

function levelsOf(payloads: readonly JsonObject[], name: string): readonly JsonArray[] {
  return payloads.flatMap((payload) => {
    const node = optional(payload, name);
    return node === undefined ? [] : arrayOf(node, `"${name}"`).items.map((level) => arrayOf(level, 'a level'));
  });
}

/**
 * Fills one side. A level whose price is beyond what ticks can hold at v1's long decimals (somebody asks 99,999,997 USD) is left
 * out: should it ever be among the ten best, the checksum tells.
 * @returns How many levels, and their newest time: below zero without any. A level that is shown again has the time that it had.
 */
function fill(
  levels: readonly JsonArray[],
  grid: Grid,
  prices: Ticks[],
  sizes: Lots[],
): { count: number; newest: number } {
  let newest = -1;
  let count = 0;
  for (const level of levels) {
    const price = heldPriceOf(level, grid);
    const size = sizeAt(level, 1, 'the volume', grid);
    newest = Math.max(newest, timeAt(level, 2, 'the time'));
    if (price === undefined) continue;
    prices[count] = price;
    sizes[count] = size;
    count += 1;
  }
  return { count, newest };
}

function heldPriceOf(level: JsonArray, grid: Grid): Ticks | undefined {
  try {
    return priceAt(level, 0, 'the price', grid);
  } catch (error) {
    if (error instanceof DecodeFault && error.code === 'KB_KRAKEN_OUT_OF_RANGE') return undefined;
    throw error;
  }
}

function checksumOf(payloads: readonly JsonObject[]): number | undefined {
  const node = payloads.map((payload) => optional(payload, 'c')).find((found) => found !== undefined);
  if (node === undefined) return undefined;
  const text = textOf(node, 'the checksum');
  const checksum = Number(text);
  if (/^\d{1,10}$/.test(text) && checksum <= 0xffff_ffff) return checksum;
  throw new DecodeFault('KB_KRAKEN_BAD_NUMBER', node.start, `expected a checksum of 32 bits, was ${quote(text)}`);
}

/** The ticker's volumes have three decimals. */
function coarseSizeAt(side: JsonArray, grid: Grid): Lots {
  return sizeAt(side, 2, 'the volume at the best price', grid);
}

function sideOf(node: JsonNode): 'buy' | 'sell' {
  const side = textOf(node, 'the side');
  if (side === 'b') return 'buy';
  if (side === 's') return 'sell';
  throw badField(node, `expected the side to be b or s, was ${quote(side)}`);
}
