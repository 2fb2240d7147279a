import { micros } from '@kb/model';
import type { BookBuffer } from './book-buffer.ts';
import { ending, template } from './frame-scanner.ts';
import type { FrameScanner } from './frame-scanner.ts';
import type { SymbolTable } from './symbol-table.ts';

/**
 * Reads a book frame written exactly as the venue writes it: this field order, no white space, numbers with all decimals
 * of the pair and no exponent, a time of microseconds (or none, as in snapshots before 2026).
 *
 * @param scanner Holds the frame.
 * @returns False when anything, however small, is different: the general path then finds out what it is.
 */
export function readVenueBook(scanner: FrameScanner, symbols: SymbolTable, into: BookBuffer): boolean {
  const snapshot = scanner.byteAt(KIND_OFFSET) === LETTER_S;
  if (!scanner.takes(snapshot ? SNAPSHOT : UPDATE, 0)) return false;
  const start = scanner.at;
  let entry = symbols.last;
  if (entry === undefined || !scanner.takes(entry.bookHead, start)) {
    entry = symbols.find(scanner.bytes, start);
    if (entry === undefined || !scanner.takes(entry.bookHead, start)) return false;
  }

  // Counts are set last, so that a frame refused half-way shows no levels at all.
  into.bidCount = 0;
  into.askCount = 0;
  const { grid } = entry;
  if (!scanner.levels(scanner.at, grid, into.bidPrices, into.bidSizes)) return false;
  const bidCount = scanner.count;
  if (!scanner.takes(ASKS, scanner.at)) return false;
  if (!scanner.levels(scanner.at, grid, into.askPrices, into.askSizes)) return false;
  const askCount = scanner.count;
  if (!scanner.takes(CHECKSUM, scanner.at)) return false;
  if (!scanner.whole(scanner.at) || scanner.value > 0xffff_ffff) return false;
  const checksum = scanner.value;

  if (scanner.takes(TIMESTAMP, scanner.at)) {
    if (!scanner.time(scanner.at) || !scanner.ends(scanner.at, END)) return false;
    into.venueTs = micros(scanner.value);
  } else {
    if (!scanner.ends(scanner.at, END_WITHOUT_TIME)) return false;
    into.venueTs = undefined;
  }
  into.symbol = entry.symbol;
  into.snapshot = snapshot;
  into.checksum = checksum;
  into.bidCount = bidCount;
  into.askCount = askCount;
  return true;
}

const KIND_OFFSET = '{"channel":"book","type":"'.length;
const UPDATE = template('{"channel":"book","type":"update","data":[{"symbol":"');
const SNAPSHOT = template('{"channel":"book","type":"snapshot","data":[{"symbol":"');
const ASKS = template(',"asks":[');
const CHECKSUM = template(',"checksum":');
const TIMESTAMP = template(',"timestamp":"');
const END = ending('"}]}');
const END_WITHOUT_TIME = ending('}]}');
const LETTER_S = 0x73;
