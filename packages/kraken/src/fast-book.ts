import { micros } from '@kb/model';
import type { BookBuffer } from './book-buffer.ts';
import { matches, template } from './fast-bytes.ts';
import type { LevelReader } from './level-reader.ts';
import type { SymbolTable } from './symbol-table.ts';
import type { WireTime } from './wire-time.ts';

/**
 * Reads a book frame written exactly as the venue writes it: this field order, no white space, numbers with all decimals
 * of the pair and no exponent.
 *
 * @returns False when anything, however small, is different: the general path then finds out what it is.
 */
export function readBookBytes(
  frame: Uint8Array,
  symbols: SymbolTable,
  time: WireTime,
  reader: LevelReader,
  into: BookBuffer,
): boolean {
  const length = frame.length;
  if (length < SHORTEST || frame[length - 1] !== CLOSE_BRACE || frame[length - 2] !== CLOSE_BRACKET) return false;
  if (!matches(frame, 0, HEAD)) return false;
  const snapshot = frame[HEAD.length] === LETTER_S;
  const kind = snapshot ? SNAPSHOT : UPDATE;
  if (!matches(frame, HEAD.length, kind)) return false;
  let at = HEAD.length + kind.length;
  const entry = symbols.find(frame, at);
  if (entry === undefined) return false;
  at += entry.bytes.length;
  if (!matches(frame, at, BIDS)) return false;

  // Counts are set last, so that a frame refused half-way shows no levels at all.
  into.bidCount = 0;
  into.askCount = 0;
  if (!reader.levels(frame, at + BIDS.length, entry.grid, into.bidPrices, into.bidSizes)) return false;
  const bidCount = reader.count;
  if (!matches(frame, reader.at, ASKS)) return false;
  if (!reader.levels(frame, reader.at + ASKS.length, entry.grid, into.askPrices, into.askSizes)) return false;
  const askCount = reader.count;
  if (!matches(frame, reader.at, CHECKSUM)) return false;
  const checksum = reader.whole(frame, reader.at + CHECKSUM.length);
  if (checksum < 0 || checksum > 0xffff_ffff) return false;

  at = reader.at;
  if (at === length - 3) {
    // `}]}`: a snapshot without a time, as before 2026.
    if (frame[at] !== CLOSE_BRACE) return false;
    into.venueTs = undefined;
  } else {
    if (!matches(frame, at, TIMESTAMP) || !matches(frame, length - END.length, END)) return false;
    const venueTs = time.parse(frame, at + TIMESTAMP.length, length - END.length);
    if (!Number.isSafeInteger(venueTs)) return false;
    into.venueTs = micros(venueTs);
  }
  into.symbol = entry.symbol;
  into.snapshot = snapshot;
  into.checksum = checksum;
  into.bidCount = bidCount;
  into.askCount = askCount;
  return true;
}

const HEAD = template('{"channel":"book","type":"');
const UPDATE = template('update","data":[{"symbol":"');
const SNAPSHOT = template('snapshot","data":[{"symbol":"');
const BIDS = template(',"bids":[');
const ASKS = template(',"asks":[');
const CHECKSUM = template(',"checksum":');
const TIMESTAMP = template(',"timestamp":"');
const END = template('"}]}');

/** No book frame is shorter. */
const SHORTEST = 90;
const CLOSE_BRACKET = 0x5d;
const LETTER_S = 0x73;
const CLOSE_BRACE = 0x7d;
