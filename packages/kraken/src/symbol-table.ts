import { ModelError } from '@kb/model';
import type { Grid } from '@kb/model';
import { template } from './frame-scanner.ts';
import type { Template } from './frame-scanner.ts';

/** What the decoder remembers of a symbol, ready for the byte-level paths. */
export interface SymbolEntry {
  /** The one string that every message of this symbol carries. */
  readonly symbol: string;
  /** UTF-8 of the symbol and its closing quote. */
  readonly bytes: Uint8Array;
  /** The same and what follows it in a book frame, up to its first level. */
  readonly bookHead: Template;
  readonly hash: number;
  /** The next entry with the same bucket. */
  readonly next: SymbolEntry | undefined;
  grid: Grid;
}

/** Most symbols remembered; Kraken lists about 1,500 pairs. What comes after that is refused, nothing is forgotten. */
export const MAX_SYMBOLS = 16_384;

/** @throws ModelError `KB_MODEL_BAD_INSTRUMENT` when a precision is not a whole number from 0 to 15. */
export function checkedGrid(symbol: string, { pricePrecision, qtyPrecision }: Grid): Grid {
  for (const precision of [pricePrecision, qtyPrecision]) {
    if (!Number.isInteger(precision) || precision < 0 || precision > 15) {
      throw new ModelError('KB_MODEL_BAD_INSTRUMENT', `${symbol}: expected 0 to 15 decimals, was ${precision}`);
    }
  }
  return { pricePrecision, qtyPrecision };
}

export function tooManySymbols(symbol: string): ModelError {
  return new ModelError('KB_MODEL_BAD_INSTRUMENT', `${symbol}: more than ${MAX_SYMBOLS} symbols`);
}

/** Finds a symbol by its bytes in a frame, without making a string. */
export class SymbolTable {
  readonly #buckets: (SymbolEntry | undefined)[] = Array.from({ length: BUCKETS }, () => undefined);
  readonly #byName = new Map<string, SymbolEntry>();
  #last: SymbolEntry | undefined = undefined;

  /** What `find` found last: a good guess for the next frame. */
  get last(): SymbolEntry | undefined {
    return this.#last;
  }

  get(symbol: string): SymbolEntry | undefined {
    return this.#byName.get(symbol);
  }

  /** Remembers a symbol's grid, replacing what was known. @returns `undefined` when the table is full. */
  set(symbol: string, { pricePrecision, qtyPrecision }: Grid): SymbolEntry | undefined {
    const grid = { pricePrecision, qtyPrecision };
    const known = this.#byName.get(symbol);
    if (known !== undefined) {
      known.grid = grid;
      return known;
    }
    if (this.#byName.size >= MAX_SYMBOLS) return undefined;

    const bytes = Buffer.from(`${symbol}"`, 'utf8');
    const hash = hashOf(bytes, bytes.length - 1);
    const bucket = hash & (BUCKETS - 1);
    const bookHead = template(`${symbol}","bids":[`);
    const entry: SymbolEntry = { symbol, bytes, bookHead, hash, next: this.#buckets[bucket], grid };
    this.#byName.set(symbol, entry);
    // A symbol that JSON would write with escapes is left to the general path, which resolves them.
    if (JSON.stringify(symbol) === `"${symbol}"`) this.#buckets[bucket] = entry;
    return entry;
  }

  /** The symbol that stands at an offset, closing quote included; `undefined` when it is not known. */
  find(frame: Uint8Array, start: number): SymbolEntry | undefined {
    let hash = 0;
    const end = Math.min(frame.length, start + LONGEST);
    for (let at = start; at < end; at += 1) {
      const byte = frame[at] ?? QUOTE;
      if (byte === QUOTE) return this.#lookUp(frame, start, hash);
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    return undefined;
  }

  #lookUp(frame: Uint8Array, start: number, hash: number): SymbolEntry | undefined {
    let entry = this.#buckets[hash & (BUCKETS - 1)];
    while (entry !== undefined) {
      if (entry.hash === hash && matches(frame, start, entry.bytes)) {
        this.#last = entry;
        return entry;
      }
      entry = entry.next;
    }
    return undefined;
  }
}

function hashOf(bytes: Uint8Array, length: number): number {
  let hash = 0;
  for (let at = 0; at < length; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
  return hash;
}

function matches(frame: Uint8Array, start: number, bytes: Uint8Array): boolean {
  const length = bytes.length;
  if (start + length > frame.length) return false;
  for (let index = 0; index < length; index += 1) if (frame[start + index] !== bytes[index]) return false;
  return true;
}

const BUCKETS = 4096;
const QUOTE = 0x22;
/** No symbol is longer, in bytes. */
const LONGEST = 64;
