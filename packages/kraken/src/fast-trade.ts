import { lots, micros, ticks } from '@kb/model';
import type { Micros } from '@kb/model';
import { matches, template } from './fast-bytes.ts';
import type { LevelReader } from './level-reader.ts';
import type { TradeMessage, WireTrade } from './messages.ts';
import type { SymbolTable } from './symbol-table.ts';
import type { WireTime } from './wire-time.ts';

/**
 * Reads a trade frame written exactly as the venue writes it.
 *
 * @returns `undefined` when anything is different: the general path then finds out what it is.
 */
export function tradesFromBytes(
  frame: Uint8Array,
  symbols: SymbolTable,
  time: WireTime,
  reader: LevelReader,
): TradeMessage | undefined {
  const length = frame.length;
  if (length < SHORTEST || frame[length - 1] !== CLOSE_BRACE || frame[length - 2] !== CLOSE_BRACKET) return undefined;
  if (!matches(frame, 0, HEAD)) return undefined;
  const snapshot = frame[HEAD.length] === LETTER_S;
  const kind = snapshot ? SNAPSHOT : UPDATE;
  if (!matches(frame, HEAD.length, kind)) return undefined;

  const trades: WireTrade[] = [];
  reader.at = HEAD.length + kind.length;
  for (;;) {
    const trade = readTrade(frame, symbols, time, reader);
    if (trade === undefined) return undefined;
    trades.push(trade);
    const at = reader.at;
    reader.at = at + 1;
    if (frame[at] === COMMA) continue;
    return frame[at] === CLOSE_BRACKET && at === length - 2 ? { type: 'trade', snapshot, trades } : undefined;
  }
}

function readTrade(
  frame: Uint8Array,
  symbols: SymbolTable,
  time: WireTime,
  reader: LevelReader,
): WireTrade | undefined {
  let at = reader.at;
  if (!matches(frame, at, SYMBOL)) return undefined;
  at += SYMBOL.length;
  const entry = symbols.find(frame, at);
  if (entry === undefined) return undefined;
  at += entry.bytes.length;

  const sell = matches(frame, at, SELL);
  if (!sell && !matches(frame, at, BUY)) return undefined;
  const price = reader.number(frame, at + (sell ? SELL.length : BUY.length), entry.grid.pricePrecision);
  if (price <= 0 || !matches(frame, reader.at, QTY)) return undefined;
  const size = reader.number(frame, reader.at + QTY.length, entry.grid.qtyPrecision);
  if (size < 0) return undefined;

  const limit = matches(frame, reader.at, LIMIT);
  if (!limit && !matches(frame, reader.at, MARKET)) return undefined;
  const tradeId = reader.whole(frame, reader.at + (limit ? LIMIT.length : MARKET.length));
  if (tradeId < 0 || !matches(frame, reader.at, TIMESTAMP)) return undefined;
  const venueTs = timeUpToQuote(frame, time, reader, reader.at + TIMESTAMP.length);
  if (venueTs === undefined || frame[reader.at] !== CLOSE_BRACE) return undefined;
  reader.at += 1;
  return {
    symbol: entry.symbol,
    side: sell ? 'sell' : 'buy',
    price: ticks(price),
    size: lots(size),
    orderType: limit ? 'limit' : 'market',
    tradeId,
    venueTs,
  };
}

/** A time with six or with nine digits of fraction, and its closing quote. */
function timeUpToQuote(frame: Uint8Array, time: WireTime, reader: LevelReader, start: number): Micros | undefined {
  let end = start + TIME_LENGTH;
  if (end + 3 >= frame.length) return undefined;
  if (frame[end] !== QUOTE) end += 3;
  if (frame[end] !== QUOTE) return undefined;
  const venueTs = time.parse(frame, start, end);
  reader.at = end + 1;
  return Number.isSafeInteger(venueTs) ? micros(venueTs) : undefined;
}

const HEAD = template('{"channel":"trade","type":"');
const UPDATE = template('update","data":[');
const SNAPSHOT = template('snapshot","data":[');
const SYMBOL = template('{"symbol":"');
const BUY = template(',"side":"buy","price":');
const SELL = template(',"side":"sell","price":');
const QTY = template(',"qty":');
const LIMIT = template(',"ord_type":"limit","trade_id":');
const MARKET = template(',"ord_type":"market","trade_id":');
const TIMESTAMP = template(',"timestamp":"');

/** `YYYY-MM-DDTHH:MM:SS.ffffffZ`. */
const TIME_LENGTH = 27;
/** No trade frame with a trade in it is shorter. */
const SHORTEST = 150;
const QUOTE = 0x22;
const COMMA = 0x2c;
const CLOSE_BRACKET = 0x5d;
const LETTER_S = 0x73;
const CLOSE_BRACE = 0x7d;
