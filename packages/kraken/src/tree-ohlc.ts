import type { Micros } from '@kb/model';
import type { JsonObject } from './json-tree.ts';
import type { OhlcMessage, WireCandle } from './messages.ts';
import type { SymbolTable } from './symbol-table.ts';
import {
  arrayOf,
  badField,
  decimalText,
  minutesToMicros,
  objectOf,
  optionalTimeField,
  priceField,
  required,
  snapshotField,
  timeField,
  unsignedBigCountOf,
  wholeField,
} from './tree-fields.ts';
import { knownSymbol } from './tree-market.ts';

/**
 * Reads the candles of a frame. The time of each is the frame's own: what a candle calls `timestamp` is deprecated, and the
 * documents differ on whether it is the start or the end.
 * @see https://docs.kraken.com/api/docs/websocket-v2/ohlc
 */
export function ohlcFromTree(frame: JsonObject, symbols: SymbolTable): OhlcMessage {
  const snapshot = snapshotField(frame);
  const venueTs = optionalTimeField(frame, 'timestamp');
  const data = arrayOf(required(frame, 'data'), '"data"');
  const candles = data.items.map((node) => candleFromTree(objectOf(node, 'a candle'), symbols, venueTs));
  return { type: 'ohlc', snapshot, candles };
}

function candleFromTree(data: JsonObject, symbols: SymbolTable, venueTs: Micros | undefined): WireCandle {
  const { symbol, grid } = knownSymbol(data, symbols);
  const volume = required(data, 'volume');
  return {
    symbol,
    interval: intervalField(data),
    start: timeField(data, 'interval_begin'),
    open: priceField(data, grid, 'open'),
    high: priceField(data, grid, 'high'),
    low: priceField(data, grid, 'low'),
    close: priceField(data, grid, 'close'),
    vwap: decimalText(required(data, 'vwap'), 'vwap'),
    volume: unsignedBigCountOf(decimalText(volume, 'volume'), '"volume"', grid.qtyPrecision, volume.start),
    trades: wholeField(data, 'trades'),
    venueTs,
  };
}

function intervalField(data: JsonObject): Micros {
  const interval = minutesToMicros(wholeField(data, 'interval'));
  if (interval === undefined || interval === 0) {
    throw badField(required(data, 'interval'), 'expected "interval" to be a number of minutes above zero');
  }
  return interval;
}
