import { lots, micros, ticks } from '@kb/model';
import { ending, template } from './frame-scanner.ts';
import type { FrameScanner } from './frame-scanner.ts';
import type { TradeMessage, WireTrade } from './messages.ts';
import type { SymbolTable } from './symbol-table.ts';

/**
 * Reads a trade frame written exactly as the venue writes it.
 *
 * @param scanner Holds the frame.
 * @returns `undefined` when anything is different: the general path then finds out what it is.
 */
export function readVenueTrades(scanner: FrameScanner, symbols: SymbolTable): TradeMessage | undefined {
  const snapshot = scanner.byteAt(KIND_OFFSET) === LETTER_S;
  if (!scanner.takes(snapshot ? SNAPSHOT : UPDATE, 0)) return undefined;
  const trades: WireTrade[] = [];
  for (;;) {
    const trade = readTrade(scanner, symbols);
    if (trade === undefined) return undefined;
    trades.push(trade);
    if (scanner.byteAt(scanner.at) === COMMA) scanner.at += 1;
    else return scanner.ends(scanner.at, END) ? { type: 'trade', snapshot, trades } : undefined;
  }
}

function readTrade(scanner: FrameScanner, symbols: SymbolTable): WireTrade | undefined {
  if (!scanner.takes(SYMBOL, scanner.at)) return undefined;
  const entry = symbols.find(scanner.bytes, scanner.at);
  if (entry === undefined) return undefined;
  scanner.at += entry.bytes.length;

  const sell = scanner.takes(SELL, scanner.at);
  if (!sell && !scanner.takes(BUY, scanner.at)) return undefined;
  if (!scanner.number(scanner.at, entry.grid.pricePrecision) || scanner.value === 0) return undefined;
  const price = scanner.value;
  if (!scanner.takesQty(scanner.at) || !scanner.number(scanner.at, entry.grid.qtyPrecision)) return undefined;
  const size = scanner.value;

  const limit = scanner.takes(LIMIT, scanner.at);
  if (!limit && !scanner.takes(MARKET, scanner.at)) return undefined;
  if (!scanner.whole(scanner.at)) return undefined;
  const tradeId = scanner.value;
  if (!scanner.takes(TIMESTAMP, scanner.at) || !scanner.time(scanner.at)) return undefined;
  const venueTs = scanner.value;
  if (scanner.byteAt(scanner.at) !== QUOTE || scanner.byteAt(scanner.at + 1) !== CLOSE_BRACE) return undefined;
  scanner.at += 2;
  return {
    symbol: entry.symbol,
    side: sell ? 'sell' : 'buy',
    price: ticks(price),
    size: lots(size),
    orderType: limit ? 'limit' : 'market',
    tradeId,
    venueTs: micros(venueTs),
  };
}

const KIND_OFFSET = '{"channel":"trade","type":"'.length;
const UPDATE = template('{"channel":"trade","type":"update","data":[');
const SNAPSHOT = template('{"channel":"trade","type":"snapshot","data":[');
const SYMBOL = template('{"symbol":"');
const BUY = template(',"side":"buy","price":');
const SELL = template(',"side":"sell","price":');
const LIMIT = template(',"ord_type":"limit","trade_id":');
const MARKET = template(',"ord_type":"market","trade_id":');
const TIMESTAMP = template(',"timestamp":"');
const END = ending(']}');
const QUOTE = 0x22;
const COMMA = 0x2c;
const LETTER_S = 0x73;
const CLOSE_BRACE = 0x7d;
