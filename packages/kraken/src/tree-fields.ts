import { decimalToCount, lots, micros, ModelError, SECOND, ticks } from '@kb/model';
import type { Grid, Lots, Micros, Ticks } from '@kb/model';
import { DecodeFault, quote } from './json-tree.ts';
import type { JsonArray, JsonNode, JsonObject } from './json-tree.ts';
import { textToMicros } from './wire-time.ts';

/** The member of that name; `undefined` when it is absent or null. */
export function optional(object: JsonObject, name: string): JsonNode | undefined {
  const node = object.members.get(name);
  return node?.kind === 'literal' && node.value === null ? undefined : node;
}

export function required(object: JsonObject, name: string): JsonNode {
  const node = optional(object, name);
  if (node === undefined) throw badField(object, `"${name}" is missing`);
  return node;
}

export function objectOf(node: JsonNode, what: string): JsonObject {
  if (node.kind !== 'object') throw badField(node, `expected ${what} to be an object, was ${node.kind}`);
  return node;
}

export function arrayOf(node: JsonNode, what: string): JsonArray {
  if (node.kind !== 'array') throw badField(node, `expected ${what} to be an array, was ${node.kind}`);
  return node;
}

/** The only element of the frame's `data`. */
export function onlyElement(frame: JsonObject): JsonObject {
  const data = arrayOf(required(frame, 'data'), '"data"');
  const [first, second] = data.items;
  if (first === undefined || second !== undefined) {
    throw badField(data, `expected "data" to hold one element, was ${data.items.length}`);
  }
  return objectOf(first, 'the element of "data"');
}

export function textField(object: JsonObject, name: string): string {
  const node = required(object, name);
  if (node.kind !== 'string') throw badField(node, `expected "${name}" to be a string, was ${node.kind}`);
  return node.text;
}

export function symbolField(object: JsonObject): string {
  const symbol = textField(object, 'symbol');
  if (symbol === '') throw badField(object, 'the symbol is empty');
  return symbol;
}

/** True for `"type":"snapshot"`, false for `"update"`. */
export function snapshotField(frame: JsonObject): boolean {
  const type = textField(frame, 'type');
  if (type !== 'snapshot' && type !== 'update') {
    throw badField(required(frame, 'type'), `expected "type" to be snapshot or update, was ${quote(type)}`);
  }
  return type === 'snapshot';
}

export function timeField(object: JsonObject, name: string): Micros {
  const text = textField(object, name);
  const time = textToMicros(text);
  if (time === undefined) {
    throw badField(required(object, name), `expected "${name}" to be an RFC 3339 time in UTC, was ${quote(text)}`);
  }
  return time;
}

export function optionalTimeField(object: JsonObject, name: string): Micros | undefined {
  return optional(object, name) === undefined ? undefined : timeField(object, name);
}

/** A whole number from 0 to 2^53 − 1. */
export function wholeField(object: JsonObject, name: string): number {
  return unsignedCount(required(object, name), `"${name}"`, 0);
}

/** A price above zero, as a JSON number. */
export function priceField(object: JsonObject, grid: Grid, name = 'price'): Ticks {
  const node = required(object, name);
  const count = unsignedCount(node, `"${name}"`, grid.pricePrecision);
  if (count === 0) throw new DecodeFault('KB_KRAKEN_BAD_NUMBER', node.start, `expected "${name}" to be above zero`);
  return ticks(count);
}

/** A quantity of zero or more, as a JSON number. */
export function sizeField(object: JsonObject, grid: Grid, name = 'qty'): Lots {
  return lots(unsignedCount(required(object, name), `"${name}"`, grid.qtyPrecision));
}

/** A checksum as sent, which may be missing. */
export function checksumField(object: JsonObject): number | undefined {
  if (optional(object, 'checksum') === undefined) return undefined;
  const checksum = wholeField(object, 'checksum');
  if (checksum <= 0xffff_ffff) return checksum;
  throw new DecodeFault('KB_KRAKEN_OUT_OF_RANGE', required(object, 'checksum').start, 'the checksum exceeds 32 bits');
}

/** A JSON number without a minus sign, as a whole count of 10^-precision. */
function unsignedCount(node: JsonNode, what: string, precision: number): number {
  if (node.kind !== 'number') throw badField(node, `expected ${what} to be a number, was ${node.kind}`);
  return unsignedCountOf(node.text, what, precision, node.start);
}

/** Decimal text without a minus sign, as a whole count of 10^-precision. @throws DecodeFault at `offset`. */
export function unsignedCountOf(text: string, what: string, precision: number, offset: number): number {
  if (text.startsWith('-')) {
    throw new DecodeFault('KB_KRAKEN_BAD_NUMBER', offset, `expected ${what} not to be negative, was ${cut(text)}`);
  }
  try {
    return decimalToCount(text, precision);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new DecodeFault(faultCode(error), offset, `${cut(text)} at ${precision} decimals`);
  }
}

/**
 * The same where what is counted was added up over hours and may exceed 2^53 − 1: the volume of a candle. Up to 30 digits.
 * @throws DecodeFault at `offset`.
 */
export function unsignedBigCountOf(text: string, what: string, precision: number, offset: number): bigint {
  const [, whole = '', fraction = '', exponent = '0'] = UNSIGNED.exec(text) ?? [];
  if (whole === '') {
    const found = `expected ${what} to be a number of zero or more, was ${cut(text)}`;
    throw new DecodeFault('KB_KRAKEN_BAD_NUMBER', offset, found);
  }
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return 0n;
  const shift = Number(exponent) - fraction.length + precision;
  if (digits.length + shift > MOST_DIGITS) {
    throw new DecodeFault(
      'KB_KRAKEN_OUT_OF_RANGE',
      offset,
      `${cut(text)} at ${precision} decimals has too many digits`,
    );
  }
  if (shift >= 0) return BigInt(digits + '0'.repeat(shift));
  if (/[1-9]/.test(digits.slice(shift))) {
    throw new DecodeFault('KB_KRAKEN_OFF_GRID', offset, `${cut(text)} at ${precision} decimals`);
  }
  return BigInt(digits.slice(0, shift));
}

/** How many decimals a number was written with; an exponent moves the point. @throws DecodeFault for more than 15. */
export function decimalsOf(text: string, offset: number): number {
  const [digits = '', exponent = '0'] = text.toLowerCase().split('e');
  const decimals = (digits.split('.')[1] ?? '').length - Number(exponent);
  if (decimals > MAX_PRECISION) {
    throw new DecodeFault('KB_KRAKEN_OUT_OF_RANGE', offset, `more than ${MAX_PRECISION} decimals`);
  }
  return Math.max(0, decimals);
}

/** A number, or a number in a string (Kraken's documents once said so), with its digits as sent. */
export function decimalText(node: JsonNode, name: string): string {
  if (node.kind === 'number') return node.text;
  if (node.kind === 'string' && DECIMAL.test(node.text)) return node.text;
  if (node.kind === 'string') {
    throw new DecodeFault(
      'KB_KRAKEN_BAD_NUMBER',
      node.start,
      `expected "${name}" to be a number, was ${quote(node.text)}`,
    );
  }
  throw badField(node, `expected "${name}" to be a number, was ${node.kind}`);
}

/** The text of a string; `undefined` for anything else, where a field of another type is no reason to lose the message. */
export function textOrNone(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' ? node.text : undefined;
}

/** The same for a whole number from 0 to 2^53 − 1. */
export function wholeOrNone(node: JsonNode | undefined): number | undefined {
  if (node?.kind !== 'number' || !/^\d{1,16}$/.test(node.text)) return undefined;
  const value = Number(node.text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The same for a number of minutes. */
export function minutesOrNone(node: JsonNode | undefined): Micros | undefined {
  const minutes = wholeOrNone(node);
  return minutes === undefined ? undefined : minutesToMicros(minutes);
}

/** `undefined` beyond 2^53 − 1 µs. */
export function minutesToMicros(minutes: number): Micros | undefined {
  const duration = minutes * MINUTE;
  return Number.isSafeInteger(duration) ? micros(duration) : undefined;
}

function faultCode(error: ModelError): 'KB_KRAKEN_OFF_GRID' | 'KB_KRAKEN_OUT_OF_RANGE' | 'KB_KRAKEN_BAD_NUMBER' {
  if (error.code === 'KB_MODEL_OFF_GRID') return 'KB_KRAKEN_OFF_GRID';
  return error.code === 'KB_MODEL_OUT_OF_RANGE' ? 'KB_KRAKEN_OUT_OF_RANGE' : 'KB_KRAKEN_BAD_NUMBER';
}

export function badField(node: JsonNode, detail: string): DecodeFault {
  return new DecodeFault('KB_KRAKEN_BAD_FIELD', node.start, detail);
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** A pair with more decimals than this cannot be held in ticks and lots. */
export const MAX_PRECISION = 15;
const MINUTE = 60 * SECOND;
const MOST_DIGITS = 30;
const DECIMAL = /^-?(?:0|[1-9]\d{0,399})(?:\.\d{1,400})?(?:[eE][-+]?\d{1,3})?$/;
const UNSIGNED = /^(\d{1,400})(?:\.(\d{1,400}))?(?:[eE]([-+]?\d{1,3}))?$/;
