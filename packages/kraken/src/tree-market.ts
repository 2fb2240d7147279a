import { instrument, INSTRUMENT_STATUSES, KbError, lots, ticks } from '@kb/model';
import type { Grid, Instrument, InstrumentStatus, Lots, Ticks } from '@kb/model';
import { DecodeFault, quote } from './json-tree.ts';
import type { JsonObject } from './json-tree.ts';
import type { InstrumentMessage, SkippedPair, TickerMessage, TradeMessage, WireTrade } from './messages.ts';
import type { SymbolTable } from './symbol-table.ts';
import { unknownPrecision } from './tree-book.ts';
import {
  arrayOf,
  badField,
  decimalText,
  objectOf,
  onlyElement,
  optional,
  optionalTimeField,
  priceField,
  required,
  sizeField,
  snapshotField,
  symbolField,
  textField,
  timeField,
  unsignedCountOf,
  wholeField,
} from './tree-fields.ts';

export function tradesFromTree(frame: JsonObject, symbols: SymbolTable): TradeMessage {
  const data = arrayOf(required(frame, 'data'), '"data"');
  const trades = data.items.map((node) => tradeFromTree(objectOf(node, 'a trade'), symbols));
  return { type: 'trade', snapshot: snapshotField(frame), trades };
}

function tradeFromTree(data: JsonObject, symbols: SymbolTable): WireTrade {
  const { symbol, grid } = knownSymbol(data, symbols);
  const side = textField(data, 'side');
  if (side !== 'buy' && side !== 'sell') {
    throw badField(required(data, 'side'), `expected "side" to be buy or sell, was ${quote(side)}`);
  }
  return {
    symbol,
    side,
    price: priceField(data, grid),
    size: sizeField(data, grid),
    orderType: textField(data, 'ord_type'),
    tradeId: wholeField(data, 'trade_id'),
    venueTs: timeField(data, 'timestamp'),
  };
}

export function tickerFromTree(frame: JsonObject, symbols: SymbolTable): TickerMessage {
  const data = onlyElement(frame);
  const { symbol, grid } = knownSymbol(data, symbols);
  const count = (name: string, precision: number): number | undefined => {
    const node = optional(data, name);
    return node && unsignedCountOf(decimalText(node, name), `"${name}"`, precision, node.start);
  };
  // v1 writes a zero where there is no price; whether v2 ever does is not documented, but no price is zero.
  const price = (name: string): Ticks | undefined => {
    const value = count(name, grid.pricePrecision);
    return value === undefined || value === 0 ? undefined : ticks(value);
  };
  const size = (name: string): Lots | undefined => {
    const value = count(name, grid.qtyPrecision);
    return value === undefined ? undefined : lots(value);
  };
  const figure = (name: string): string => decimalText(required(data, name), name);
  const [bid, ask] = [price('bid'), price('ask')];
  const [bidSize, askSize] = [size('bid_qty'), size('ask_qty')];
  return {
    type: 'ticker',
    snapshot: snapshotField(frame),
    symbol,
    bid,
    bidSize: bid && bidSize,
    ask,
    askSize: ask && askSize,
    last: price('last'),
    volume: figure('volume'),
    vwap: figure('vwap'),
    low: figure('low'),
    high: figure('high'),
    change: figure('change'),
    changePct: figure('change_pct'),
    venueTs: optionalTimeField(data, 'timestamp'),
  };
}

/** Reads the pairs of an instrument frame; the caller takes over their grids. A pair that cannot be held is set aside. */
export function instrumentsFromTree(frame: JsonObject): InstrumentMessage {
  const data = objectOf(required(frame, 'data'), '"data"');
  const instruments: Instrument[] = [];
  const skipped: SkippedPair[] = [];
  const pairs = optional(data, 'pairs');
  for (const node of pairs === undefined ? [] : arrayOf(pairs, '"pairs"').items) {
    const pair = objectOf(node, 'a pair');
    try {
      instruments.push(instrumentFromTree(pair));
    } catch (error) {
      skipped.push(skippedPair(pair, error));
    }
  }
  return { type: 'instrument', snapshot: snapshotField(frame), instruments, skipped };
}

function instrumentFromTree(pair: JsonObject): Instrument {
  const status = textField(pair, 'status');
  if (!isInstrumentStatus(status)) throw badField(required(pair, 'status'), `unknown status ${quote(status)}`);
  // `tick_size` is the older name of `price_increment`.
  const increment = optional(pair, 'price_increment') ?? required(pair, 'tick_size');
  return {
    ...instrument({
      symbol: symbolField(pair),
      pricePrecision: wholeField(pair, 'price_precision'),
      qtyPrecision: wholeField(pair, 'qty_precision'),
      tickSize: decimalText(increment, 'price_increment'),
      lotSize: decimalText(required(pair, 'qty_increment'), 'qty_increment'),
      minQty: decimalText(required(pair, 'qty_min'), 'qty_min'),
      minCost: decimalText(required(pair, 'cost_min'), 'cost_min'),
      costPrecision: wholeField(pair, 'cost_precision'),
      status,
    }),
    base: textField(pair, 'base'),
    quote: textField(pair, 'quote'),
  };
}

function skippedPair(pair: JsonObject, error: unknown): SkippedPair {
  const symbol = optional(pair, 'symbol');
  const where = { symbol: symbol?.kind === 'string' ? symbol.text : undefined };
  if (error instanceof DecodeFault) return { ...where, offset: error.offset, detail: error.detail };
  if (error instanceof KbError) return { ...where, offset: pair.start, detail: error.message };
  throw error;
}

function isInstrumentStatus(text: string): text is InstrumentStatus {
  return (INSTRUMENT_STATUSES as readonly string[]).includes(text);
}

/** The symbol of one element, and its grid. @throws DecodeFault when nothing has told its decimals. */
export function knownSymbol(data: JsonObject, symbols: SymbolTable): { symbol: string; grid: Grid } {
  const symbol = symbolField(data);
  const entry = symbols.get(symbol);
  if (entry === undefined) throw unknownPrecision(data, symbol);
  return entry;
}
