import type { DecodeErrorCode } from './messages.ts';

/** A JSON value with its place in the bytes. Numbers keep their text: nothing is ever read through a double. */
export type JsonNode = JsonObject | JsonArray | JsonString | JsonNumber | JsonLiteral;

interface Span {
  /** Byte offset of the first byte. */
  readonly start: number;
  /** Byte offset after the last byte. */
  readonly end: number;
}
export interface JsonObject extends Span {
  readonly kind: 'object';
  /** A Map, so that no key (`__proto__`, `constructor`) means anything. */
  readonly members: ReadonlyMap<string, JsonNode>;
}
export interface JsonArray extends Span {
  readonly kind: 'array';
  readonly items: readonly JsonNode[];
}
export interface JsonString extends Span {
  readonly kind: 'string';
  readonly text: string;
}
export interface JsonNumber extends Span {
  readonly kind: 'number';
  /** The digits as sent. */
  readonly text: string;
}
export interface JsonLiteral extends Span {
  readonly kind: 'literal';
  readonly value: boolean | null;
}

/** What is wrong with a frame and where. Thrown inside the decoder only; a plain class, so that no stack is captured. */
export class DecodeFault {
  readonly code: DecodeErrorCode;
  readonly offset: number;
  readonly detail: string;

  constructor(code: DecodeErrorCode, offset: number, detail: string) {
    this.code = code;
    this.offset = offset;
    this.detail = detail;
  }
}

/** Kraken's frames nest five deep; what nests deeper than this is refused before the stack could suffer. */
export const MAX_DEPTH = 32;

/**
 * Reads one JSON text (RFC 8259) strictly: UTF-8 must be valid, nothing may follow the value, no key may come twice in an
 * object. Recursion is bounded by `maxDepth`.
 */
export class JsonTreeReader {
  readonly #bytes: Uint8Array;
  readonly #buffer: Buffer;
  /** One character a byte, so that offsets are the same. */
  readonly #latin1: string;
  readonly #maxDepth: number;
  #at = 0;
  /** The first `channel` of the outermost object and the first `symbol` anywhere, as far as they have been read. */
  channel: string | undefined = undefined;
  symbol: string | undefined = undefined;

  constructor(bytes: Uint8Array, maxDepth: number = MAX_DEPTH) {
    this.#bytes = bytes;
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#latin1 = this.#buffer.toString('latin1');
    this.#maxDepth = maxDepth;
  }

  /** @throws DecodeFault */
  read(): JsonNode {
    const bytes = this.#bytes;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
      throw new DecodeFault('KB_KRAKEN_BAD_JSON', 0, 'a byte order mark is not JSON');
    }
    const root = this.#value(1);
    this.#skipWhite();
    if (this.#at < bytes.length) throw this.#unexpected('nothing after the value');
    return root;
  }

  #value(depth: number): JsonNode {
    this.#skipWhite();
    if (depth > this.#maxDepth) {
      throw new DecodeFault('KB_KRAKEN_TOO_DEEP', this.#at, `nested deeper than ${this.#maxDepth}`);
    }
    switch (this.#bytes[this.#at] ?? END) {
      case OPEN_BRACE:
        return this.#object(depth);
      case OPEN_BRACKET:
        return this.#array(depth);
      case QUOTE:
        return this.#string();
      case LETTER_T:
        return this.#literal('true', true);
      case LETTER_F:
        return this.#literal('false', false);
      case LETTER_N:
        return this.#literal('null', null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonObject {
    const start = this.#at;
    const members = new Map<string, JsonNode>();
    this.#at += 1;
    this.#skipWhite();
    if (this.#bytes[this.#at] === CLOSE_BRACE) {
      this.#at += 1;
      return { kind: 'object', start, end: this.#at, members };
    }
    for (;;) {
      this.#skipWhite();
      if (this.#bytes[this.#at] !== QUOTE) throw this.#unexpected('a key');
      const key = this.#string();
      if (members.has(key.text)) {
        throw new DecodeFault('KB_KRAKEN_BAD_FIELD', key.start, `the key ${quote(key.text)} comes twice`);
      }
      this.#skipWhite();
      if (this.#bytes[this.#at] !== COLON) throw this.#unexpected('":"');
      this.#at += 1;
      const value = this.#value(depth + 1);
      members.set(key.text, value);
      if (value.kind === 'string') this.#note(key.text, value.text, depth);
      this.#skipWhite();
      const next = this.#bytes[this.#at];
      if (next !== COMMA && next !== CLOSE_BRACE) throw this.#unexpected('"," or "}"');
      this.#at += 1;
      if (next === CLOSE_BRACE) return { kind: 'object', start, end: this.#at, members };
    }
  }

  #note(key: string, text: string, depth: number): void {
    if (key === 'channel' && depth === 1) this.channel ??= text;
    else if (key === 'symbol') this.symbol ??= text;
  }

  #array(depth: number): JsonArray {
    const start = this.#at;
    const items: JsonNode[] = [];
    this.#at += 1;
    this.#skipWhite();
    if (this.#bytes[this.#at] === CLOSE_BRACKET) {
      this.#at += 1;
      return { kind: 'array', start, end: this.#at, items };
    }
    for (;;) {
      items.push(this.#value(depth + 1));
      this.#skipWhite();
      const next = this.#bytes[this.#at];
      if (next !== COMMA && next !== CLOSE_BRACKET) throw this.#unexpected('"," or "]"');
      this.#at += 1;
      if (next === CLOSE_BRACKET) return { kind: 'array', start, end: this.#at, items };
    }
  }

  #string(): JsonString {
    const bytes = this.#bytes;
    const start = this.#at;
    let plain = true;
    let at = start + 1;
    for (;;) {
      const byte = bytes[at];
      if (byte === QUOTE) break;
      if (byte === undefined || byte < 0x20) {
        this.#at = at;
        throw this.#unexpected('the end of a string');
      }
      if (byte === BACKSLASH) {
        plain = false;
        at += this.#escapeLength(at);
      } else if (byte < 0x80) {
        at += 1;
      } else {
        plain = false;
        const length = utf8Length(bytes, at);
        if (length === 0) throw new DecodeFault('KB_KRAKEN_BAD_UTF8', at, 'invalid UTF-8 in a string');
        at += length;
      }
    }
    this.#at = at + 1;
    // What the scan above let through is a JSON string, so JSON.parse only resolves its escapes here.
    const text = plain
      ? this.#ascii(start + 1, at)
      : (JSON.parse(this.#buffer.toString('utf8', start, at + 1)) as string);
    return { kind: 'string', start, end: at + 1, text };
  }

  /** Length of the escape that starts at `at`. */
  #escapeLength(at: number): number {
    const letter = this.#bytes[at + 1];
    if (letter !== undefined && ESCAPES.includes(letter)) return 2;
    if (letter === LETTER_U) {
      let digits = 0;
      while (digits < 4 && isHexDigit(this.#bytes[at + 2 + digits])) digits += 1;
      if (digits === 4) return 6;
    }
    this.#at = at;
    throw this.#unexpected('an escape');
  }

  #number(): JsonNumber {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    if (bytes[at] === MINUS) at += 1;
    if (bytes[at] === ZERO) at += 1;
    else at = this.#digits(at);
    if (bytes[at] === POINT) at = this.#digits(at + 1);
    if (bytes[at] === UPPER_E || bytes[at] === LOWER_E) {
      at += 1;
      if (bytes[at] === PLUS || bytes[at] === MINUS) at += 1;
      at = this.#digits(at);
    }
    this.#at = at;
    return { kind: 'number', start, end: at, text: this.#ascii(start, at) };
  }

  /** Skips one digit or more. */
  #digits(from: number): number {
    let at = from;
    while (isDigit(this.#bytes[at])) at += 1;
    if (at === from) {
      this.#at = at;
      throw this.#unexpected(from === 0 || !isNumberByte(this.#bytes[from - 1]) ? 'a value' : 'a digit');
    }
    return at;
  }

  /**
   * Text of ASCII bytes. Short pieces are cut from the frame's text, which is several times faster; V8 would keep the whole
   * text alive for a longer one.
   */
  #ascii(start: number, end: number): string {
    return end - start < 13 ? this.#latin1.slice(start, end) : this.#buffer.toString('latin1', start, end);
  }

  #literal(word: string, value: boolean | null): JsonLiteral {
    const start = this.#at;
    for (let index = 0; index < word.length; index += 1) {
      if (this.#bytes[start + index] !== word.charCodeAt(index)) {
        this.#at = start + index;
        throw this.#unexpected(word);
      }
    }
    this.#at = start + word.length;
    return { kind: 'literal', start, end: this.#at, value };
  }

  #skipWhite(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let byte = bytes[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = bytes[at])
      at += 1;
    this.#at = at;
  }

  #unexpected(expected: string): DecodeFault {
    const byte = this.#bytes[this.#at];
    const found = byte === undefined ? 'the end' : byteName(byte);
    return new DecodeFault('KB_KRAKEN_BAD_JSON', this.#at, `expected ${expected}, found ${found}`);
  }
}

/** Text in quotes for a message, cut to a length that a log can bear. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function byteName(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16).padStart(2, '0')}`;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= 0x39;
}

function isNumberByte(byte: number | undefined): boolean {
  return isDigit(byte) || byte === MINUS || byte === PLUS || byte === POINT || byte === UPPER_E || byte === LOWER_E;
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}

/** Length of the UTF-8 sequence of a non-ASCII character, 0 when it is not valid (overlong, surrogate, cut, beyond 10FFFF). */
function utf8Length(bytes: Uint8Array, at: number): 0 | 2 | 3 | 4 {
  const lead = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  if (lead >= 0xc2 && lead <= 0xdf) return isContinuation(second) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    if (!isContinuation(second) || !isContinuation(bytes[at + 2])) return 0;
    if ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f)) return 0;
    return 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (!isContinuation(second) || !isContinuation(bytes[at + 2]) || !isContinuation(bytes[at + 3])) return 0;
    if ((lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f)) return 0;
    return 4;
  }
  return 0;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** Stands for what is after the last byte. */
const END = -1;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const UPPER_E = 0x45;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LOWER_E = 0x65;
const LETTER_F = 0x66;
const LETTER_N = 0x6e;
const LETTER_T = 0x74;
const LETTER_U = 0x75;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** `"`, `\`, `/`, `b`, `f`, `n`, `r`, `t`. */
const ESCAPES: readonly number[] = [0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74];
