import { micros, ModelError } from '@kb/model';
import type { Grid, Lots, Micros, Ticks } from '@kb/model';
import type { BookBuffer } from '../book-buffer.ts';
import { DecodeFault, quote } from '../json-tree.ts';
import type { JsonArray, JsonNode, JsonObject } from '../json-tree.ts';
import type { OhlcMessage, SpreadMessage, TickerMessage, WireTrade } from '../messages.ts';
import { priceChange } from '../price-change.ts';
import { arrayOf, badField, objectOf, optional, required, unsignedBigCountOf } from '../tree-fields.ts';
import { digitsTextAt, gridAt, itemAt, priceAt, priceOrNoneAt, sizeAt, textAt, textOf, timeAt } from './v1-fields.ts';

/** What the payloads of one data frame are about. */
export interface V1Subject {
  readonly symbol: string;
  readonly grid: Grid;
}

/** Whether the payloads of a book frame are a snapshot. @throws DecodeFault for both in one frame, and for a payload without a side. */
export function isV1Snapshot(payloads: readonly JsonObject[]): boolean {
  const kinds = payloads.map((payload) => {
    const [whole, part] = [hasEither(payload, 'as', 'bs'), hasEither(payload, 'a', 'b')];
    if (whole === part) throw badField(payload, whole ? MIXED : 'neither side of the book is there');
    return whole;
  });
  const [first = false] = kinds;
  const other = payloads[kinds.indexOf(!first)];
  if (other !== undefined) throw badField(other, MIXED);
  return first;
}

/**
 * Fills the reused message with a snapshot, or with an update, whose sides may come in one object or in two. The checksum covers the
 * digits as sent: when they are not those of the grid, no book in it could ever match, and the checksum is left out.
 */
export function fillV1Book(payloads: readonly JsonObject[], subject: V1Subject, into: BookBuffer): BookBuffer {
  const snapshot = isV1Snapshot(payloads);
  // Nobody may see a message that is half this frame and half the one before.
  into.bidCount = 0;
  into.askCount = 0;
  const [bidName, askName] = snapshot ? ['bs', 'as'] : ['b', 'a'];
  const bids = fill(levelsOf(payloads, bidName), subject.grid, into.bidPrices, into.bidSizes);
  const asks = fill(levelsOf(payloads, askName), subject.grid, into.askPrices, into.askSizes);
  const checksum = checksumOf(payloads);
  const newest = Math.max(bids.newest, asks.newest);
  into.symbol = subject.symbol;
  into.snapshot = snapshot;
  into.checksum = bids.isAsSent && asks.isAsSent ? checksum : undefined;
  into.venueTs = newest < 0 ? undefined : micros(newest);
  into.bidCount = bids.count;
  into.askCount = asks.count;
  return into;
}

/** The decimals of a snapshot's first level; `undefined` without any. */
export function gridOfV1Book(payloads: readonly JsonObject[]): Grid | undefined {
  const [level] = [...levelsOf(payloads, 'as'), ...levelsOf(payloads, 'bs')];
  return level && gridAt(level, 0, 1);
}

/** The decimals of the last trade. */
export function gridOfV1Ticker(payload: JsonNode): Grid {
  return gridAt(arrayOf(required(objectOf(payload, 'the ticker'), 'c'), '"c"'), 0, 1);
}

/** Reads the rows of a trade frame. v1 numbers none of them. */
export function v1TradeRows(payload: JsonNode): readonly JsonArray[] {
  return arrayOf(payload, 'the trades').items.map((node) => arrayOf(node, 'a trade'));
}

export function v1TradeFromTree(row: JsonArray, { symbol, grid }: V1Subject): Omit<WireTrade, 'tradeId'> {
  return {
    symbol,
    side: sideOf(itemAt(row, 3, 'the side')),
    price: priceAt(row, 0, 'the price', grid),
    size: sizeAt(row, 1, 'the volume', grid),
    orderType: orderTypeOf(textAt(row, 4, 'the order type')),
    venueTs: timeAt(row, 2, 'the time'),
  };
}

/** A side without orders, or a last trade that never was, is sent as a price of zero. */
export function v1TickerFromTree(payload: JsonNode, { symbol, grid }: V1Subject): TickerMessage {
  const data = objectOf(payload, 'the ticker');
  const list = (name: string): JsonArray => arrayOf(required(data, name), `"${name}"`);
  const day = (name: string): string => digitsTextAt(list(name), 1, `"${name}" of 24 hours`);
  const [bids, asks, lasts] = [list('b'), list('a'), list('c')];
  const [bid, ask] = [priceOrNoneAt(bids, 0, 'the bid', grid), priceOrNoneAt(asks, 0, 'the ask', grid)];
  const [bidSize, askSize] = [coarseSizeAt(bids, grid), coarseSizeAt(asks, grid)];
  const { change, percent } = dayChange(list('o'), lasts);
  return {
    type: 'ticker',
    snapshot: false,
    symbol,
    bid,
    bidSize: bid && bidSize,
    ask,
    askSize: ask && askSize,
    last: priceOrNoneAt(lasts, 0, 'the last price', grid),
    volume: day('v'),
    vwap: day('p'),
    low: day('l'),
    high: day('h'),
    change,
    changePct: percent,
    venueTs: undefined,
  };
}

export function v1SpreadFromTree(row: JsonArray, { symbol, grid }: V1Subject): SpreadMessage {
  const [bid, ask] = [priceOrNoneAt(row, 0, 'the bid', grid), priceOrNoneAt(row, 1, 'the ask', grid)];
  const venueTs = timeAt(row, 2, 'the time');
  const [bidSize, askSize] = [sizeAt(row, 3, 'the bid volume', grid), sizeAt(row, 4, 'the ask volume', grid)];
  return { type: 'spread', symbol, bid, bidSize: bid && bidSize, ask, askSize: ask && askSize, venueTs };
}

export function v1OhlcFromTree(row: JsonArray, { symbol, grid }: V1Subject, interval: Micros): OhlcMessage {
  const count = itemAt(row, 8, 'the count');
  if (count.kind !== 'number' || !/^\d{1,15}$/.test(count.text))
    throw badField(count, 'expected the count to be a whole number');
  const volume = itemAt(row, 7, 'the volume');
  const candle = {
    symbol,
    interval,
    start: candleStart(row, interval),
    open: priceAt(row, 2, 'the open', grid),
    high: priceAt(row, 3, 'the high', grid),
    low: priceAt(row, 4, 'the low', grid),
    close: priceAt(row, 5, 'the close', grid),
    vwap: digitsTextAt(row, 6, 'the vwap'),
    volume: unsignedBigCountOf(textOf(volume, 'the volume'), 'the volume', grid.qtyPrecision, volume.start),
    trades: Number(count.text),
    venueTs: timeAt(row, 0, 'the time'),
  };
  return { type: 'ohlc', snapshot: false, candles: [candle] };
}

/** v1 tells when a candle ends. The example in Kraken's documents ends between two intervals, which no candle does: it is refused. */
function candleStart(row: JsonArray, interval: Micros): Micros {
  const start = timeAt(row, 1, 'the end') - interval;
  if (start < 0 || start % interval !== 0) {
    throw badField(itemAt(row, 1, 'the end'), `expected the end to be a multiple of ${interval} µs`);
  }
  return micros(start);
}

function hasEither(payload: JsonObject, one: string, other: string): boolean {
  return optional(payload, one) !== undefined || optional(payload, other) !== undefined;
}

/** How far the price moved in 24 hours, which v1 leaves to its reader. */
function dayChange(opens: JsonArray, lasts: JsonArray): ReturnType<typeof priceChange> {
  const what = '"o" of 24 hours';
  const open = digitsTextAt(opens, 1, what);
  const last = digitsTextAt(lasts, 0, 'the last price');
  try {
    return priceChange(open, last);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new DecodeFault('KB_KRAKEN_OUT_OF_RANGE', itemAt(opens, 1, what).start, `${quote(open)} to ${quote(last)}`);
  }
}

function levelsOf(payloads: readonly JsonObject[], name: string): readonly JsonArray[] {
  return payloads.flatMap((payload) => {
    const node = optional(payload, name);
    return node === undefined ? [] : arrayOf(node, `"${name}"`).items.map((level) => arrayOf(level, 'a level'));
  });
}

interface FilledSide {
  readonly count: number;
  /** Time of the newest level, below zero without any. A level that is shown again has the time that it had. */
  readonly newest: number;
  /** Whether every level was written with the decimals of the grid. */
  readonly isAsSent: boolean;
}

/**
 * Fills one side. A level whose price is beyond what ticks can hold at v1's long decimals (somebody asks 99,999,997 USD) is left
 * out: should it ever be among the ten best, the checksum tells.
 */
function fill(levels: readonly JsonArray[], grid: Grid, prices: Ticks[], sizes: Lots[]): FilledSide {
  let newest = -1;
  let count = 0;
  let isAsSent = true;
  for (const level of levels) {
    const price = heldPriceOf(level, grid);
    const size = sizeAt(level, 1, 'the volume', grid);
    newest = Math.max(newest, timeAt(level, 2, 'the time'));
    const shown = gridAt(level, 0, 1);
    isAsSent &&= shown.pricePrecision === grid.pricePrecision && shown.qtyPrecision === grid.qtyPrecision;
    if (price === undefined) continue;
    prices[count] = price;
    sizes[count] = size;
    count += 1;
  }
  return { count, newest, isAsSent };
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

/** A letter that has no name here comes out as it is. */
function orderTypeOf(letter: string): string {
  return letter === 'm' ? 'market' : letter === 'l' ? 'limit' : letter;
}

const MIXED = 'a snapshot and an update of the book in one frame';
