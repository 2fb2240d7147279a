/**
 * What a book or trade frame says, found out slowly and by other means than the decoder's: JSON.parse with the source text of
 * each number, regular expressions, BigInt and Date.
 */
import type { Grid } from '@kb/model';
import type { BookMessage, WireTrade } from '../../src/messages.ts';

export interface PlainBook {
  readonly symbol: string;
  readonly snapshot: boolean;
  readonly bids: readonly (readonly [number, number])[];
  readonly asks: readonly (readonly [number, number])[];
  readonly checksum: number | undefined;
  readonly venueTs: number | undefined;
}

/** A number as its text. */
class Lexeme {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** JSON.parse that keeps number text; undefined when the text is not JSON or not UTF-8. */
export function parseKeepingDigits(frame: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(frame);
    return parseWithSource(text, (_key, value, context) => {
      if (typeof value !== 'number') return value;
      return new Lexeme(context.source ?? '');
    });
  } catch {
    return undefined;
  }
}

/** The library types do not know the third argument of a reviver yet. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

/** Undefined when the frame is no book frame that may be accepted. */
export function slowBook(frame: Uint8Array, grid: Grid): PlainBook | undefined {
  const root = record(parseKeepingDigits(frame));
  if (root?.['channel'] !== 'book') return undefined;
  if (root['type'] !== 'snapshot' && root['type'] !== 'update') return undefined;
  const data = root['data'];
  if (!Array.isArray(data) || data.length !== 1) return undefined;
  const book = record(data[0]);
  if (book === undefined || typeof book['symbol'] !== 'string' || book['symbol'] === '') return undefined;
  const bids = slowLevels(book['bids'], grid);
  const asks = slowLevels(book['asks'], grid);
  if (bids === undefined || asks === undefined) return undefined;
  const checksum = book['checksum'] == null ? null : count(book['checksum'], 0);
  if (checksum === undefined || (checksum !== null && checksum > 2 ** 32 - 1)) return undefined;
  const venueTs = book['timestamp'] == null ? null : slowTime(book['timestamp']);
  if (venueTs === undefined) return undefined;
  return {
    symbol: book['symbol'],
    snapshot: root['type'] === 'snapshot',
    bids,
    asks,
    checksum: checksum ?? undefined,
    venueTs: venueTs ?? undefined,
  };
}

export function slowTrades(frame: Uint8Array, grid: Grid): unknown[] | undefined {
  const root = record(parseKeepingDigits(frame));
  if (root?.['channel'] !== 'trade' || !['snapshot', 'update'].includes(String(root['type']))) return undefined;
  if (!Array.isArray(root['data'])) return undefined;
  const trades = root['data'].map((item: unknown) => {
    const trade = record(item);
    if (trade === undefined || typeof trade['symbol'] !== 'string' || typeof trade['ord_type'] !== 'string')
      return undefined;
    const price = count(trade['price'], grid.pricePrecision);
    const size = count(trade['qty'], grid.qtyPrecision);
    const tradeId = count(trade['trade_id'], 0);
    const venueTs = slowTime(trade['timestamp']);
    if (price === undefined || price === 0 || size === undefined || tradeId === undefined || venueTs === undefined) {
      return undefined;
    }
    if (trade['side'] !== 'buy' && trade['side'] !== 'sell') return undefined;
    return {
      symbol: trade['symbol'],
      side: trade['side'],
      price,
      size,
      orderType: trade['ord_type'],
      tradeId,
      venueTs,
    };
  });
  return trades.includes(undefined) ? undefined : trades;
}

/** A decoded book message in the same plain form. */
export function plainBook(message: BookMessage): PlainBook {
  const pairs = (prices: readonly number[], sizes: readonly number[], length: number): [number, number][] =>
    Array.from({ length }, (_, index) => [prices[index]!, sizes[index]!]);
  return {
    symbol: message.symbol,
    snapshot: message.snapshot,
    bids: pairs(message.bidPrices, message.bidSizes, message.bidCount),
    asks: pairs(message.askPrices, message.askSizes, message.askCount),
    checksum: message.checksum,
    venueTs: message.venueTs,
  };
}

/** A cheap comparison for loops that make many. */
export function sameBook(a: PlainBook, b: PlainBook): boolean {
  return JSON.stringify(a) === JSON.stringify({ ...b });
}

export function sameTrades(a: readonly WireTrade[], b: readonly unknown[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function slowLevels(value: unknown, grid: Grid): [number, number][] | undefined {
  if (!Array.isArray(value)) return undefined;
  const levels: [number, number][] = [];
  for (const item of value) {
    const level = record(item);
    const price = count(level?.['price'], grid.pricePrecision);
    const size = count(level?.['qty'], grid.qtyPrecision);
    if (price === undefined || price === 0 || size === undefined) return undefined;
    levels.push([price, size]);
  }
  return levels;
}

/** The exact count of 10^-precision of an unsigned number; undefined when there is none up to 2^53 − 1. */
function count(value: unknown, precision: number): number | undefined {
  if (!(value instanceof Lexeme)) return undefined;
  const parts = /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(value.text);
  if (parts === null) return undefined;
  const fraction = parts[2] ?? '';
  const exponent = BigInt(parts[3] ?? '0') - BigInt(fraction.length) + BigInt(precision);
  let digits = BigInt(parts[1]! + fraction);
  if (digits === 0n) return 0;
  if (exponent > 30n || exponent < -1000n) return undefined;
  if (exponent >= 0n) digits *= 10n ** exponent;
  else if (digits % 10n ** -exponent !== 0n) return undefined;
  else digits /= 10n ** -exponent;
  return digits <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(digits) : undefined;
}

function slowTime(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/.exec(value);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const same = date.toISOString().slice(0, 19) === value.slice(0, 19);
  return same && year < 2255 ? date.getTime() * 1000 + Number((parts[7] ?? '').padEnd(6, '0').slice(0, 6)) : undefined;
}

function record(value: unknown): Record<string, unknown> | undefined {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Lexeme);
  return isRecord ? (value as Record<string, unknown>) : undefined;
}
